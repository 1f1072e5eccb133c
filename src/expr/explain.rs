//! The reason why a predicate does not hold, from its parts.

use cel::common::ast::{ComprehensionExpr, Expr, operators};
use cel::{Context, ExecutionError, IdedExpr, Value};

use super::ast::{Found, walk};
use super::exact::exact;
use super::value::to_json;
use crate::model::{Observed, clip};

/// The values that a false predicate saw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// The right side of the comparison that does not hold, as text.
    pub expected: Option<String>,
    /// The left side of it.
    pub actual: Option<String>,
    /// The values that were read, each once.
    pub values: Vec<Observed>,
}

/// The number of characters of a value that are shown.
const SHOWN: usize = 400;
/// The number of values that are shown.
const MOST: usize = 12;

/// Explains an expression that is false in this context.
pub(super) fn explain(expr: &IdedExpr, context: &Context<'_, '_>) -> Explanation {
    let mut explanation = Explanation::default();
    descend(expr, context, &mut explanation);
    explanation
}

/// The value of a part of the tree that was written.
fn value_of(written: &IdedExpr, context: &Context<'_, '_>) -> Result<Value, ExecutionError> {
    context.resolve(&exact(written))
}

fn show(value: &Value) -> String {
    clip(&to_json(value).to_string(), SHOWN)
}

fn descend(expr: &IdedExpr, context: &Context<'_, '_>, into: &mut Explanation) {
    match &expr.expr {
        Expr::Call(call) if call.func_name == operators::LOGICAL_AND => {
            let culprit = call
                .args
                .iter()
                .find(|part| value_of(part, context) != Ok(Value::Bool(true)));
            descend(culprit.unwrap_or(expr_or(call.args.first(), expr)), context, into);
        }
        Expr::Call(call) if call.args.len() == 2 && comparison(&call.func_name).is_some() => {
            let words = comparison(&call.func_name).unwrap_or_default();
            if let (Ok(left), Ok(right)) =
                (value_of(&call.args[0], context), value_of(&call.args[1], context))
            {
                into.actual = Some(show(&left));
                into.expected = Some(format!("{words}{}", show(&right)));
            }
            observe(expr, context, into);
        }
        Expr::Comprehension(comprehension) => {
            if !failing_element(comprehension, context, into) {
                observe(expr, context, into);
            }
        }
        _ => observe(expr, context, into),
    }
}

fn expr_or<'e>(first: Option<&'e IdedExpr>, otherwise: &'e IdedExpr) -> &'e IdedExpr {
    first.unwrap_or(otherwise)
}

/// The words before the expected value; an equation needs none.
fn comparison(operator: &str) -> Option<&'static str> {
    Some(match operator {
        operators::EQUALS => "",
        operators::NOT_EQUALS => "other than ",
        operators::LESS => "less than ",
        operators::LESS_EQUALS => "at most ",
        operators::GREATER => "more than ",
        operators::GREATER_EQUALS => "at least ",
        operators::IN => "one of ",
        _ => return None,
    })
}

/// For `list.all(x, p)`: explains the first element for which `p` does not hold.
fn failing_element(
    comprehension: &ComprehensionExpr,
    context: &Context<'_, '_>,
    into: &mut Explanation,
) -> bool {
    let Expr::Call(step) = &comprehension.loop_step.expr else {
        return false;
    };
    if step.func_name != operators::LOGICAL_AND || step.args.len() != 2 {
        return false;
    }
    let Ok(Value::List(items)) = value_of(&comprehension.iter_range, context) else {
        return false;
    };
    for item in items.iter() {
        let mut inner = context.new_inner_scope();
        inner.add_variable_from_value(comprehension.iter_var.as_str(), item.clone());
        if value_of(&step.args[1], &inner) != Ok(Value::Bool(true)) {
            into.values.push(Observed {
                path: comprehension.iter_var.clone(),
                value: show(item),
            });
            descend(&step.args[1], &inner, into);
            return true;
        }
    }
    false
}

fn observe(expr: &IdedExpr, context: &Context<'_, '_>, into: &mut Explanation) {
    walk(expr, &mut Vec::new(), &mut |found| {
        let Found::Path { root, fields } = found else {
            return;
        };
        let path = std::iter::once(root.to_owned())
            .chain(fields.iter().cloned())
            .collect::<Vec<_>>()
            .join(".");
        if into.values.len() >= MOST || into.values.iter().any(|seen| seen.path == path) {
            return;
        }
        let value = context
            .get_variable(root)
            .and_then(|value| Value::try_from(value.as_ref()).ok())
            .and_then(|value| {
                fields.iter().try_fold(value, |value, field| match &value {
                    Value::Map(map) => map.get(&cel::objects::KeyRef::String(field)).cloned(),
                    _ => None,
                })
            });
        let value = value.as_ref().map_or_else(|| "(missing)".to_owned(), show);
        into.values.push(Observed { path, value });
    });
}
