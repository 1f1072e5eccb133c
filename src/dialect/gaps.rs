//! The calls and inputs that cannot be asked through a dialect, and the fields that it fills in by itself.

use std::collections::BTreeMap;

use serde_json::Value;

use super::shape::is_flag_of_elements;
use super::types::{Dialect, MappedCall};
use crate::expr::Bindings;

/// The most characters of a text that says something beside a call. With a longer one the call is about that text.
const LONGEST_ASIDE: usize = 100;

impl MappedCall {
    /// The reason for which an input cannot be asked about; None where it can.
    pub(super) fn gap(&self, input: &Value, bindings: &Bindings) -> Option<String> {
        let declared = self.gaps.iter().find(|gap| {
            let holds = gap
                .when
                .as_ref()
                .is_some_and(|when| when.holds(bindings).unwrap_or(false));
            let given = gap.fields.iter().any(|field| {
                let value = at(input, field);
                let left_out = gap.left_out.contains(field) && !value.is_some_and(is_long);
                value.is_some() && !left_out
            });
            gap.is_whole() || holds || given
        });
        if let Some(gap) = declared {
            return Some(gap.because.clone());
        }
        let stray = self
            .contract
            .input
            .violations(input)
            .into_iter()
            .find(|violation| !self.carries.contains(&violation.path));
        stray.map(|violation| {
            let place = match violation.path.as_str() {
                "" => "the input".to_owned(),
                path => format!("`{path}`"),
            };
            format!("{place} breaks the contract's input schema, and the dialect does not carry it to the provider")
        })
    }
}

impl MappedCall {
    /// Takes what the provider has no place for out of an input, and says so.
    pub(super) fn leave_out(&self, input: &mut Value) -> Vec<String> {
        let mut said = Vec::new();
        for gap in &self.gaps {
            for field in gap.left_out.iter().filter(|field| remove(input, field)) {
                said.push(format!("`{field}` is left out: {}", gap.because));
            }
        }
        said
    }

    /// Returns true if a field of the answer is a flag of listed elements.
    fn is_flag(&self, field: &str) -> bool {
        let path: Vec<_> = field.split('.').map(str::to_owned).collect();
        is_flag_of_elements(&self.contract.output.json, &path)
    }
}

impl Dialect {
    /// The reason for which the dialect fills all fields that these paths read of answers; None where it does not fill all of them, or where
    /// none is read.
    /// `filled` are the names that hold nothing but what is filled, each with that reason.
    pub fn fills_all_of(
        &self,
        reads: &[Vec<String>],
        tool: Option<&str>,
        filled: &BTreeMap<String, String>,
    ) -> Option<String> {
        let mut reason = None;
        for path in reads {
            if let Some(why) = path.first().and_then(|name| filled.get(name)) {
                reason.get_or_insert_with(|| why.clone());
                continue;
            }
            let Some(at) = path.iter().position(|name| name == "output") else {
                continue;
            };
            let after: Vec<_> = path.iter().skip(at).skip(1).map(String::as_str).collect();
            let field = after.join(".");
            // Steps of other names may be of any tool.
            let calls = self
                .calls
                .iter()
                .filter(|call| at > 0 || tool.is_none_or(|tool| call.contract.tool() == tool));
            let filled = calls.into_iter().find_map(|call| {
                call.fills
                    .iter()
                    .filter(|(known, _)| !call.is_flag(known))
                    .find(|(known, _)| field == **known || field.starts_with(&format!("{known}.")))
            });
            let (known, why) = filled?;
            reason.get_or_insert_with(|| format!("the dialect fills `{known}`: {why}"));
        }
        reason
    }
}

/// The value at a path of an input, unless it is null.
fn at<'v>(input: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(input, |value, field| value.get(field))
        .filter(|value| !value.is_null())
}

/// Takes the value at a path out of an input. Returns true if there was one.
fn remove(input: &mut Value, path: &str) -> bool {
    match path.split_once('.') {
        Some((field, rest)) => input.get_mut(field).is_some_and(|inner| remove(inner, rest)),
        None => input
            .as_object_mut()
            .is_some_and(|fields| fields.shift_remove(path).is_some()),
    }
}

/// Returns true if a text is so long that a call with it asks about its length.
fn is_long(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.chars().count() > LONGEST_ASIDE)
}
