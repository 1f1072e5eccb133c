//! The expressions of a suite, evaluated in the scope of a test.

use serde_json::Value;

use super::executor::TestExecutor;
use super::step_error::StepError;
use crate::expr::{EvalCause, EvalError, Expression, Template};

impl TestExecutor<'_> {
    /// The value of an expression.
    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, StepError> {
        expression
            .evaluate(self.scope().bindings())
            .map_err(|error| without_value(&error, expression.text()))
    }

    /// The list that an expression makes. `does` says what the suite does with it, for the error: `runs over`.
    pub(super) fn evaluate_list(&self, expression: &Expression, does: &str) -> Result<Vec<Value>, StepError> {
        list(self.evaluate(expression)?, expression, does)
    }

    /// Returns true if a condition holds.
    pub(super) fn holds(&self, condition: &Expression) -> Result<bool, StepError> {
        condition
            .holds(self.scope().bindings())
            .map_err(|error| without_value(&error, condition.text()))
    }

    /// The value of a template; `what` names it in an error.
    pub(super) fn render(&self, template: &Template, what: &str) -> Result<Value, StepError> {
        template
            .render(self.scope().bindings())
            .map_err(|error| without_value(&error, what))
    }

    /// The value of a template as text.
    pub(super) fn render_text(&self, template: &Template, what: &str) -> Result<String, StepError> {
        Ok(match self.render(template, what)? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }
}

/// An expression of the suite without a value: what it reads is not there, and the suite should have asked first; or it has none
/// whatever it reads.
pub(super) fn without_value(error: &EvalError, what: &str) -> StepError {
    match error.cause() {
        EvalCause::Values | EvalCause::TooLong => {
            StepError::Error(format!("the suite could not make `{what}`: {error}"))
        }
        EvalCause::Expression => StepError::Bug(format!("the harness could not evaluate `{what}`: {error}")),
    }
}

/// The elements of a value that must be a list.
pub(super) fn list(value: Value, expression: &Expression, does: &str) -> Result<Vec<Value>, StepError> {
    match value {
        Value::Array(items) => Ok(items),
        _ => Err(StepError::Error(format!(
            "the suite {does} `{}`, which is no list",
            expression.text()
        ))),
    }
}
