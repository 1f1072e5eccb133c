//! One expression: compiled at load, with its names checked, evaluated any number of times.

use std::sync::Arc;

use cel::common::types::CelBool;
use cel::common::value::Val;
use cel::{ExecutionError, IdedExpr, Program, Value};
use serde_json::Value as Json;

use super::ast::{self, Found, walk};
use super::bindings::Bindings;
use super::constants;
use super::environment::environment;
use super::exact::exact;
use super::explain::{Explanation, explain};
use super::filter::filtered;
use super::functions;
use super::nested;
use super::reads::{self, Made};
use super::shape::Names;
use super::steps;
use super::syntax::{Written, fragment};
use super::value::val_to_json;
use super::zone_rules::ZoneRules;
use crate::diagnostic::{Problem, Source, Span, Spot, near_miss};
use crate::model::{TestBudget, clip};

/// The reason why an expression has no value: a field that is not there, operands that do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    message: String,
    cause: EvalCause,
}

/// The side that an expression without a value speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvalCause {
    /// The values that it read: something is missing, or of another type, or cannot be read as what it should be.
    Values,
    /// The lists that it read are too long to be looked at.
    TooLong,
    /// The expression itself: with no values would it have one.
    Expression,
}

impl EvalError {
    /// The side that it speaks of.
    pub fn cause(&self) -> EvalCause {
        self.cause
    }
}

/// A compiled expression.
pub struct Expression {
    text: String,
    program: Program,
    /// The tree that is evaluated.
    exact: Box<IdedExpr>,
    path: Option<Vec<String>>,
    /// The names that it reads.
    roots: Vec<String>,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

/// The most characters of an error that are kept: it may show values.
const LONGEST_ERROR: usize = 500;

/// The most characters of a value that an error shows.
const SHOWN: usize = 200;

/// Does an evaluation by the rules of time zones and on the budget of its bindings. Outside of a test, the budget is that of the call at
/// work, where there is one.
fn evaluation<T>(bindings: &Bindings, evaluate: impl FnOnce() -> T) -> T {
    let of_call = match bindings.budget() {
        Some(_) => None,
        None => TestBudget::current(),
    };
    let turn = bindings
        .budget()
        .or_else(|| of_call.as_deref().map(|test| test.turn().as_ref()));
    steps::begin(turn);
    ZoneRules::begin(bindings.zone_rules());
    let value = evaluate();
    ZoneRules::end(bindings.zone_rules());
    steps::end(turn);
    value
}

impl Expression {
    /// Compiles an expression that stands in a file at `span`, and checks that it reads known names only.
    ///
    /// # Errors
    ///
    /// A problem with a caret under the place: syntax, an unknown name, an unknown function, a field that cannot be there.
    pub fn compile(source: &Arc<Source>, span: &Span, text: &str, names: &Names) -> Result<Self, Problem> {
        let text = text.trim();
        let written = Written::new(source, span, text);
        written.check_limits()?;
        let program = environment()
            .compile(text)
            .map_err(|errors| written.problem_of(&errors))?;
        let expression = Self {
            path: ast::path_of(program.expression()),
            text: text.to_owned(),
            roots: ast::roots_of(program.expression()),
            exact: Box::new(exact(program.expression())),
            program,
        };
        expression.check(&written, names)?;
        constants::check(&expression.program, &written)?;
        Ok(expression)
    }

    /// Compiles the expression of a scalar that was read from a file.
    ///
    /// # Errors
    ///
    /// Those of [`Expression::compile`].
    pub fn compile_spot(source: &Arc<Source>, text: &Spot<String>, names: &Names) -> Result<Self, Problem> {
        Self::compile(source, &text.span(source), &text.value, names)
    }

    /// Compiles the expression of a key that may be left out.
    ///
    /// # Errors
    ///
    /// Those of [`Expression::compile`].
    pub fn compile_optional(
        source: &Arc<Source>,
        text: Option<&Spot<String>>,
        names: &Names,
    ) -> Result<Option<Self>, Problem> {
        text.map(|text| Self::compile_spot(source, text, names))
            .transpose()
    }

    #[cfg(test)]
    pub(super) fn tree(&self) -> &IdedExpr {
        &self.exact
    }

    /// Returns true if the expression reads no other names than these.
    pub fn reads_only(&self, names: &[&str]) -> bool {
        self.roots.iter().all(|root| names.contains(&root.as_str()))
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn check(&self, written: &Written<'_>, names: &Names) -> Result<(), Problem> {
        let mut wrong = None;
        walk(self.program.expression(), &mut Vec::new(), &mut |found| {
            if wrong.is_some() {
                return;
            }
            wrong = match found {
                Found::Path { root, fields } => match names.get(root) {
                    None => Some(
                        written
                            .problem_at_word(root, format!("unknown name `{root}`"))
                            .label("known here: ".to_owned() + &names.iter().collect::<Vec<_>>().join(", "))
                            .did_you_mean(near_miss(root, names.iter())),
                    ),
                    Some(shape) => shape.follow(&fields).err().map(|(at, known)| {
                        let parent = std::iter::once(root.to_owned()).chain(fields[..at].iter().cloned());
                        let parent = parent.collect::<Vec<_>>().join(".");
                        let message = format!("`{parent}` has no field `{}`", fields[at]);
                        written
                            .problem_at_word(&fields[at], message)
                            .label(format!("its fields: {}", known.join(", ")))
                            .did_you_mean(near_miss(&fields[at], known.iter().map(String::as_str)))
                    }),
                },
                Found::Function { name } => (!functions::is_known(name)).then(|| {
                    written
                        .problem_at_word(name, format!("unknown function `{name}`"))
                        .did_you_mean(near_miss(name, functions::all_names()))
                }),
            };
        });
        wrong.map_or(Ok(()), Err)
    }

    /// Evaluates the expression, and reads what is wanted out of its value.
    fn read<T>(
        &self,
        bindings: &Bindings,
        read: impl FnOnce(&dyn Val) -> Result<T, ExecutionError>,
    ) -> Result<T, EvalError> {
        let value = evaluation(bindings, || {
            Value::resolve_val(&self.exact, &bindings.context()).and_then(|value| read(value.as_ref()))
        });
        value.map_err(|error| EvalError {
            cause: self.cause(&error, bindings),
            message: clip(&fragment(&error.to_string()), LONGEST_ERROR),
        })
    }

    /// The cause of an error. Names and the number of arguments were checked when the expression was compiled, so what is still
    /// wrong with them is ours.
    fn cause(&self, error: &ExecutionError, bindings: &Bindings) -> EvalCause {
        let ours = matches!(
            error,
            ExecutionError::UndeclaredReference(_)
                | ExecutionError::InvalidArgumentCount { .. }
                | ExecutionError::MissingArgumentOrTarget
                | ExecutionError::InternalError(_)
        );
        if steps::is_exhausted(error) {
            EvalCause::TooLong
        } else if ours || self.is_ours(bindings) {
            EvalCause::Expression
        } else {
            EvalCause::Values
        }
    }

    /// Returns true if the expression reads nothing but what the harness made itself.
    fn is_ours(&self, bindings: &Bindings) -> bool {
        self.roots.iter().all(|root| bindings.is_ours(root))
    }

    /// The value as JSON.
    ///
    /// # Errors
    ///
    /// A field is missing, or operands do not fit.
    pub fn evaluate(&self, bindings: &Bindings) -> Result<Json, EvalError> {
        // A plain path needs no interpreter, and keeps the order of an object's keys.
        if let Some((root, fields)) = self.path.as_ref().and_then(|path| path.split_first())
            && let Some(found) = bindings.get(root).and_then(|bound| bound.json_at(fields))
        {
            return found.ok_or_else(|| EvalError {
                message: format!("there is no `{}`", self.text),
                cause: if self.is_ours(bindings) {
                    EvalCause::Expression
                } else {
                    EvalCause::Values
                },
            });
        }
        match evaluation(bindings, || filtered(&self.exact, bindings)) {
            Some(kept) => Ok(kept),
            None => self.read(bindings, val_to_json),
        }
    }

    /// Returns true if the predicate holds.
    ///
    /// # Errors
    ///
    /// It has no value, or one that is neither true nor false.
    pub fn holds(&self, bindings: &Bindings) -> Result<bool, EvalError> {
        let value = self.read(bindings, |value| match value.downcast_ref::<CelBool>() {
            Some(holds) => Ok(Ok(*holds.inner())),
            None => val_to_json(value).map(Err),
        })?;
        value.map_err(|other| EvalError {
            message: format!(
                "`{}` is {}, not true or false",
                self.text,
                clip(&other.to_string(), SHOWN)
            ),
            cause: if self.path.is_some() && !self.is_ours(bindings) {
                EvalCause::Values
            } else {
                EvalCause::Expression
            },
        })
    }

    /// Every path that it reads, elements of a list under the path of their list.
    pub fn reads(&self) -> Vec<Vec<String>> {
        reads::reads(self.program.expression())
    }

    /// The name of a list that it runs over anew for each element of another one, if it does.
    pub fn list_per_element(&self) -> Option<String> {
        nested::list_per_element(self.program.expression())
    }

    /// The names that it reads.
    pub fn roots(&self) -> &[String] {
        &self.roots
    }

    /// Each path of the objects that it writes, or the value as a whole, with the names it is made from.
    pub(super) fn made(&self) -> Vec<Made> {
        let parts = reads::made(self.program.expression());
        if parts.is_empty() {
            return vec![(Vec::new(), self.roots.iter().cloned().collect())];
        }
        parts
    }

    /// Explains why the predicate does not hold: expected, actual, and the values that it read.
    pub fn explain(&self, bindings: &Bindings) -> Explanation {
        evaluation(bindings, || {
            explain(self.program.expression(), &bindings.context())
        })
    }
}
