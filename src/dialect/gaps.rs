//! The calls and inputs that cannot be asked through a dialect, and the fields that it fills in by itself.

use serde_json::Value;

use super::types::{Dialect, MappedCall};
use crate::expr::Bindings;

impl MappedCall {
    /// The reason for which an input cannot be asked about; None where it can.
    pub(super) fn gap(&self, input: &Value, bindings: &Bindings) -> Option<String> {
        let declared = self.gaps.iter().find(|gap| {
            let holds = gap
                .when
                .as_ref()
                .is_some_and(|when| when.holds(bindings).unwrap_or(false));
            let given = gap.fields.iter().any(|field| has(input, field));
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

impl Dialect {
    /// The reason for which the dialect fills all fields that these paths read of answers; None where it does not fill all of them, or where
    /// none is read.
    pub fn fills_all_of(&self, reads: &[Vec<String>], tool: Option<&str>) -> Option<String> {
        let mut reason = None;
        for path in reads {
            let Some(at) = path.iter().position(|name| name == "output") else {
                continue;
            };
            let field = path[at + 1..].join(".");
            // Steps of other names may be of any tool.
            let calls = self
                .calls
                .iter()
                .filter(|call| at > 0 || tool.is_none_or(|tool| call.contract.tool() == tool));
            let filled = calls.into_iter().find_map(|call| {
                call.fills
                    .iter()
                    .find(|(known, _)| field == **known || field.starts_with(&format!("{known}.")))
            });
            let (known, why) = filled?;
            reason.get_or_insert_with(|| format!("the dialect fills `{known}`: {why}"));
        }
        reason
    }
}

/// Returns true if something stands at a path of an input.
fn has(input: &Value, path: &str) -> bool {
    path.split('.')
        .try_fold(input, |value, field| value.get(field))
        .is_some_and(|value| !value.is_null())
}
