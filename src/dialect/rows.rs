//! Reading a list of a provider's row by row. Years of use leave rows behind that cannot be read: they are left out and said, and the
//! others are read all the same.

use serde_json::Value;

use super::step::Rows;
use crate::expr::{Bindings, EvalCause, EvalError};

/// What became of a list.
#[derive(Debug, Default)]
pub(super) struct ReadRows {
    /// The rows that were read.
    pub(super) read: Vec<Value>,
    /// The number of those that could not be.
    pub(super) left_out: usize,
    /// Why the first of those could not be.
    pub(super) reason: String,
}

/// What could not be read, and why: the list as a whole, or the dialect is wrong.
pub(super) type Unread<'r> = (&'r str, EvalError);

impl Rows {
    /// Reads a list, with what is bound. None where it is no list.
    pub(super) fn read(&self, bindings: &Bindings) -> Result<Option<ReadRows>, Unread<'_>> {
        let list = self
            .list
            .evaluate(bindings)
            .map_err(|error| (self.list.text(), error))?;
        let Value::Array(rows) = list else {
            return Ok(None);
        };
        let mut bindings = bindings.clone();
        let mut done = ReadRows::default();
        for row in rows {
            bindings.bind_json(&self.name, row);
            match self.read_one(&bindings) {
                Ok(Ok(Some(value))) => done.read.push(value),
                Ok(Ok(None)) => {}
                Ok(Err(reason)) => {
                    if done.left_out == 0 {
                        done.reason = reason;
                    }
                    done.left_out = done.left_out.saturating_add(1);
                }
                Err(error) => return Err((self.list.text(), error)),
            }
        }
        Ok(Some(done))
    }

    /// Reads one row: its value, None where it is not wanted, or why it cannot be read.
    fn read_one(&self, bindings: &Bindings) -> Result<Result<Option<Value>, String>, EvalError> {
        let of_row = |error: EvalError| match error.cause() {
            EvalCause::Values => Ok(error.to_string()),
            EvalCause::TooLong | EvalCause::Expression => Err(error),
        };
        if let Some(when) = &self.when {
            match when.holds(bindings) {
                Ok(true) => {}
                Ok(false) => return Ok(Ok(None)),
                Err(error) => return of_row(error).map(Err),
            }
        }
        let value = match self.is.render(bindings) {
            Ok(value) => value,
            Err(error) => return of_row(error).map(Err),
        };
        let lacks = |name: &&String| value.get(name.as_str()).is_none_or(Value::is_null);
        Ok(match self.needs.iter().find(lacks) {
            Some(name) => Err(format!("it has no `{name}`")),
            None => Ok(Some(value)),
        })
    }
}
