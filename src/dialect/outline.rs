//! A dialect in words, for people who look at it.

use std::fmt;

use super::step::{Kind, Step, StepRequest, Turns};
use super::types::{Gap, MappedCall};

impl MappedCall {
    /// The requests of the call in their order, by step.
    pub fn outline(&self) -> Vec<(String, String)> {
        self.steps.iter().flat_map(lines).collect()
    }
}

fn lines(step: &Step) -> Vec<(String, String)> {
    match &step.kind {
        Kind::Let(values) => {
            let names: Vec<_> = values.iter().map(|(name, _)| name.as_str()).collect();
            vec![("let".to_owned(), names.join(", "))]
        }
        Kind::Rows(rows) => {
            let name = step.id.clone().unwrap_or_default();
            vec![(name, format!("{}, row by row", rows.called))]
        }
        Kind::FirstOf(branches) => branches
            .iter()
            .flat_map(|branch| &branch.steps)
            .flat_map(lines)
            .collect(),
        Kind::Ask(ask) => {
            let mut what = match &ask.request {
                StepRequest::Http { method, .. } => format!("{method} request"),
                StepRequest::Tool { .. } => "tool".to_owned(),
            };
            what.push_str(if ask.reads {
                ", reads"
            } else {
                ", may change something"
            });
            what.push_str(match ask.turns {
                Turns::Once => "",
                Turns::Each { .. } => ", for each element of a list",
                Turns::Pages { .. } => ", page by page",
            });
            if ask.decides {
                what.push_str(", decides");
            }
            if ask.undo.is_some() {
                what.push_str(", is taken back where a later step fails");
            }
            vec![(ask.name.clone(), what)]
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut of = self.fields.clone();
        of.extend(self.tests.iter().map(|test| test.name.clone()));
        of.extend(self.when.iter().map(|when| format!("when {}", when.text())));
        if of.is_empty() {
            of.push("the whole call".to_owned());
        }
        write!(f, "{}: {}", of.join(", "), self.because)
    }
}
