//! A row: what it is called, and its value, made from a base and checked.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::{Schema, Violation};
use super::change::Change;
use super::place::{self, Step};

/// A negative or a boundary of a schema.
#[derive(Debug, Clone)]
pub struct GeneratedRow {
    /// Its name, in `snake_case`, the same as long as the schema is: `customer_email_format`.
    pub id: String,
    /// A noun phrase that names the input: “a `customer.email` without an @”.
    pub what: String,
    /// The place that it is about, as people write it: `customer.email`; empty for the whole input.
    pub path: String,
    /// The keyword that it is about: `format`.
    pub keyword: &'static str,
    /// True if it puts null where a field may be left out.
    pub(super) is_absence: bool,
    /// True if what combines schemas holds at its place or around it: what the change breaks may be told in another way, or of another place
    /// on the way to it, and some bases may give no value.
    pub(super) is_uncertain: bool,
    aim: Aim,
    route: Vec<Step>,
    change: Result<Change, String>,
}

/// The condition on the value of a row.
#[derive(Debug, Clone)]
enum Aim {
    /// Invalid, and at the place of this JSON pointer alone.
    Broken(String),
    /// Valid.
    Valid,
}

/// The reason why a row has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    /// The base is not valid itself.
    #[error("its base breaks the input schema: {0}")]
    Base(Violation),
    /// The base has nothing at the place that could be changed so.
    #[error("its base has nothing there that could be changed so")]
    Place,
    /// The change breaks nothing.
    #[error("it keeps the input schema, and was meant to break it")]
    StillValid,
    /// The change breaks something else, or more than it should.
    #[error("it breaks the input schema elsewhere: {0}")]
    BreaksElsewhere(Violation),
    /// The extreme is not valid.
    #[error("it breaks the input schema, and was meant to keep it: {0}")]
    Invalid(Violation),
}

impl GeneratedRow {
    /// A row that breaks the keyword at a place. `beside`: the error stands at the object around it, as for a field that is missing.
    pub(super) fn negative(
        id: String,
        what: String,
        route: &[Step],
        keyword: &'static str,
        beside: bool,
        change: Change,
    ) -> Self {
        let at = if beside {
            route.split_last().map_or(route, |(_, before)| before)
        } else {
            route
        };
        Self {
            aim: Aim::Broken(place::pointer(at)),
            ..Self::boundary(id, what, route, keyword, change)
        }
    }

    /// A row that keeps the schema.
    pub(super) fn boundary(
        id: String,
        what: String,
        route: &[Step],
        keyword: &'static str,
        change: Change,
    ) -> Self {
        Self {
            id,
            what,
            path: place::path(route),
            keyword,
            is_absence: false,
            is_uncertain: false,
            aim: Aim::Valid,
            route: route.to_vec(),
            change: Ok(change),
        }
    }

    /// The same row, left out for this reason.
    #[must_use]
    pub fn without(mut self, reason: impl Into<String>) -> Self {
        self.change = Err(reason.into());
        self
    }

    /// The change with the way to its place; None if the row is left out.
    pub(super) fn change(&self) -> Option<(&Change, &[Step])> {
        Some((self.change.as_ref().ok()?, &self.route))
    }

    /// Returns true if some bases may give no value for it, although nothing is wrong.
    pub fn depends_on_base(&self, why: &NotMade) -> bool {
        self.is_uncertain && !matches!(why, NotMade::Base(_))
    }

    /// The reason why the row is left out; None if it runs.
    pub fn left_out(&self) -> Option<&str> {
        self.change.as_ref().err().map(String::as_str)
    }

    /// The row's value: the base with one change, checked against the whole schema.
    ///
    /// # Errors
    ///
    /// The base is invalid or has nothing to change, or the value is not what the row is meant to be: valid, or broken by its keyword
    /// at its place and nowhere else.
    pub fn made(&self, schema: &Schema, base: &Value) -> Result<Value, NotMade> {
        if let Some(violation) = schema.violations(base).into_iter().next() {
            return Err(NotMade::Base(violation));
        }
        let change = self.change.as_ref().map_err(|_| NotMade::Place)?;
        let made = change.apply(&self.route, base).ok_or(NotMade::Place)?;
        let violations = schema.violations(&made);
        match &self.aim {
            Aim::Valid => match violations.into_iter().next() {
                Some(violation) => Err(NotMade::Invalid(violation)),
                None => Ok(made),
            },
            Aim::Broken(_) if violations.is_empty() => Err(NotMade::StillValid),
            Aim::Broken(pointer) if self.is_uncertain => {
                let on_the_way = |violation: &&Violation| {
                    let inside = |whole: &str, part: &str| {
                        part.strip_prefix(whole)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    };
                    inside(pointer, &violation.pointer) || inside(&violation.pointer, pointer)
                };
                match violations.iter().find(|violation| !on_the_way(violation)) {
                    Some(stray) => Err(NotMade::BreaksElsewhere(stray.clone())),
                    None => Ok(made),
                }
            }
            Aim::Broken(pointer) => {
                let meant = |violation: &Violation| violation.keyword == self.keyword;
                let stray = violations.iter().find(|violation| violation.pointer != *pointer);
                let unmeant = violations.first().filter(|_| !violations.iter().any(meant));
                match stray.or(unmeant) {
                    Some(stray) => Err(NotMade::BreaksElsewhere(stray.clone())),
                    None => Ok(made),
                }
            }
        }
    }
}

/// Rows whose ids differ: a later one of the same id is numbered.
pub(super) fn with_own_ids(mut rows: Vec<GeneratedRow>) -> Vec<GeneratedRow> {
    let mut taken = BTreeSet::new();
    for row in &mut rows {
        let plain = row.id.clone();
        let mut number = 1_usize;
        while !taken.insert(row.id.clone()) {
            number = number.saturating_add(1);
            row.id = format!("{plain}_{number}");
        }
    }
    rows
}

/// `a` or `an`, and the place in code style.
pub(super) fn a(path: &str) -> String {
    let article = if path.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) {
        "an"
    } else {
        "a"
    };
    format!("{article} `{path}`")
}

/// The row of a word that is not taken apart.
pub(super) fn combined(route: &[Step], word: &str) -> GeneratedRow {
    let path = place::path(route);
    let id = place::named(route, "combined");
    GeneratedRow::boundary(id, a(&path), route, "combined", Change::Remove).without(format!(
        "schemas that combine others with `{word}` are not taken apart"
    ))
}
