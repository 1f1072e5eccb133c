//! The calls of a failed result as reports show them, whether the summary holds them or the record of its run.

use std::borrow::Cow;

use super::RunSummary;
use crate::model::{Exchange, Failure, TestResult};

impl RunSummary {
    /// The calls of a failed result, the failing one last.
    pub fn calls_of<'s>(&'s self, result: &'s TestResult) -> Cow<'s, [Exchange]> {
        let failure = result.failure.as_deref();
        match (failure.and_then(|failure| failure.recorded), self.calls.record()) {
            (Some(seq), Some(record)) => record.calls(seq).into(),
            _ => failure.map_or(&[][..], |failure| &failure.exchanges).into(),
        }
    }

    /// What is known of a failed result, with its calls.
    pub fn failure_of<'s>(&'s self, result: &'s TestResult) -> Option<Cow<'s, Failure>> {
        let failure = result.failure.as_deref()?;
        Some(match failure.recorded {
            None => Cow::Borrowed(failure),
            Some(_) => Cow::Owned(Failure {
                exchanges: self.calls_of(result).into_owned(),
                ..failure.clone()
            }),
        })
    }
}
