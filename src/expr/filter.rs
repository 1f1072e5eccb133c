//! Lists filtered and cut where they stand: `output.slots.filter(s, s.available)` looks at the JSON and copies only what it keeps, and
//! `[…].map(free, free.slice(0, size(free) - 1))[0]` gives a name to what was kept.
//!
//! The interpreter copies every element of a list several times. Searches filter long lists, so these shapes are worth a way of their
//! own; everything else is left to the interpreter.

use cel::common::ast::{ComprehensionExpr, Expr, LiteralValue, operators};
use cel::common::types::CelBool;
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, ExecutionError, IdedExpr, Value};
use serde_json::Value as Json;

use super::ast::path_of;
use super::bindings::{Bindings, Bound};
use super::environment::environment;
use super::exact::STEP;
use super::steps::spend;
use super::value::{from_json, scalar, val_to_json};

/// The value of `list.filter(x, p)`, `list.slice(a, b)`, `[value].map(name, value)[0]` or `c ? value : other`, where the lists are JSON at
/// a path. None for any other expression, and where it has no value: the interpreter says why.
pub(super) fn filtered(expr: &IdedExpr, bindings: &Bindings) -> Option<Json> {
    match &expr.expr {
        Expr::Call(call) if call.func_name == operators::CONDITIONAL => {
            let [condition, yes, no] = call.args.as_slice() else {
                return None;
            };
            if ![yes, no].into_iter().any(is_short) {
                return None;
            }
            let context = bindings.context();
            let holds = truth(condition, bindings).or_else(|| holds(condition, &context).ok())?;
            let branch = if holds { yes } else { no };
            at_path(branch, bindings)
                .or_else(|| filtered(branch, bindings))
                .or_else(|| {
                    let value = Value::resolve_val(branch, &context).ok()?;
                    val_to_json(value.as_ref()).ok()
                })
        }
        Expr::Call(call) if call.func_name == SLICE => {
            let [from, to] = call.args.as_slice() else {
                return None;
            };
            let items = items_at(call.target.as_deref()?, bindings)?;
            let [from, to] = [from, to].map(|end| usize::try_from(number(end, bindings)?).ok());
            items.get(from?..to?).map(|kept| Json::Array(kept.to_vec()))
        }
        Expr::Call(_) => {
            let Named { value, name, body } = Named::of(expr)?;
            if !is_short(value) || !(is_short(body) || path_of(body).is_some()) {
                return None;
            }
            let value = filtered(value, bindings)?;
            spend(1).ok()?;
            let mut inside = bindings.clone();
            inside.bind(name, Bound::json(value));
            at_path(body, &inside).or_else(|| filtered(body, &inside))
        }
        Expr::Comprehension(comprehension) => {
            let predicate = predicate(comprehension)?;
            let items = items_at(&comprehension.iter_range, bindings)?;
            spend(items.len()).ok()?;
            let mut kept = Vec::new();
            for item in items {
                let element = Element {
                    outside: bindings,
                    name: &comprehension.iter_var,
                    item,
                };
                let mut context = Context::with_env(environment().clone());
                context.set_variable_resolver(&element);
                if holds(predicate, &context).ok()? {
                    kept.push(item.clone());
                }
            }
            Some(Json::Array(kept))
        }
        _ => None,
    }
}

/// The method that cuts a list.
const SLICE: &str = "slice";

/// Returns true if an expression may be one of those that have a way of their own.
fn is_short(expr: &IdedExpr) -> bool {
    match &expr.expr {
        Expr::Comprehension(comprehension) => predicate(comprehension).is_some(),
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [_, yes, no]) => is_short(yes) || is_short(no),
            (SLICE, _) => call.target.as_deref().is_some_and(|list| path_of(list).is_some()),
            _ => Named::of(expr).is_some_and(|named| is_short(named.value)),
        },
        _ => false,
    }
}

/// A value with a name: `[value].map(name, body)[0]`.
struct Named<'e> {
    value: &'e IdedExpr,
    name: &'e str,
    body: &'e IdedExpr,
}

impl<'e> Named<'e> {
    fn of(expr: &'e IdedExpr) -> Option<Self> {
        let Expr::Call(call) = &expr.expr else { return None };
        let [list, place] = call.args.as_slice() else {
            return None;
        };
        let Expr::Comprehension(comprehension) = &list.expr else {
            return None;
        };
        let first = matches!(&place.expr, Expr::Literal(LiteralValue::Int(place)) if *place.inner() == 0);
        let Expr::List(values) = &comprehension.iter_range.expr else {
            return None;
        };
        let ([value], true) = (
            values.elements.as_slice(),
            first && call.func_name == operators::INDEX,
        ) else {
            return None;
        };
        let result = comprehension.accu_var.as_str();
        let body = appended(&comprehension.loop_step, result)?;
        let expands = comprehension.iter_var2.is_none() && is_name(&comprehension.result, result);
        expands.then_some(Self {
            value,
            name: &comprehension.iter_var,
            body: uncounted(body),
        })
    }
}

/// What `before + [x]` adds to the list so far.
fn appended<'e>(step: &'e IdedExpr, result: &str) -> Option<&'e IdedExpr> {
    let Expr::Call(add) = &step.expr else { return None };
    let [before, added] = add.args.as_slice() else {
        return None;
    };
    let Expr::List(added) = &added.expr else {
        return None;
    };
    let [element] = added.elements.as_slice() else {
        return None;
    };
    (add.func_name == operators::ADD && is_name(before, result)).then_some(element)
}

/// An expression without the call that counts it.
fn uncounted(expr: &IdedExpr) -> &IdedExpr {
    match &expr.expr {
        Expr::Call(call) if call.func_name == STEP => call.args.first().unwrap_or(expr),
        _ => expr,
    }
}

fn is_name(expr: &IdedExpr, name: &str) -> bool {
    matches!(&expr.expr, Expr::Ident(found) if found == name)
}

/// The value at a plain path of JSON.
fn at_path(expr: &IdedExpr, bindings: &Bindings) -> Option<Json> {
    let path = path_of(expr)?;
    let (root, fields) = path.split_first()?;
    bindings.get(root)?.json_at(fields)?
}

/// The list at a plain path of JSON.
fn items_at<'b>(expr: &IdedExpr, bindings: &'b Bindings) -> Option<&'b [Json]> {
    let path = path_of(expr)?;
    let (root, fields) = path.split_first()?;
    bindings.get(root)?.array_at(fields)
}

/// The value of a whole number that is written out or made of the lengths of lists; None for any other.
fn number(expr: &IdedExpr, bindings: &Bindings) -> Option<i64> {
    match &expr.expr {
        Expr::Literal(LiteralValue::Int(number)) => Some(*number.inner()),
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            ("size", [list]) if call.target.is_none() => i64::try_from(items_at(list, bindings)?.len()).ok(),
            ("@subtract", [left, right]) => number(left, bindings)?.checked_sub(number(right, bindings)?),
            ("@add", [left, right]) => number(left, bindings)?.checked_add(number(right, bindings)?),
            (operators::CONDITIONAL, [condition, yes, no]) => {
                number(if truth(condition, bindings)? { yes } else { no }, bindings)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The truth of a comparison of such numbers, or of a flag at a path; None for any other condition.
fn truth(expr: &IdedExpr, bindings: &Bindings) -> Option<bool> {
    let Expr::Call(call) = &expr.expr else {
        return at_path(expr, bindings)?.as_bool();
    };
    let [left, right] = call.args.as_slice() else {
        return None;
    };
    let (left, right) = (number(left, bindings)?, number(right, bindings)?);
    Some(match call.func_name.as_str() {
        "@less" => left < right,
        "@less_or_equal" => left <= right,
        "@greater" => left > right,
        "@greater_or_equal" => left >= right,
        _ => return None,
    })
}

/// The predicate of a comprehension that `filter` expands to: `p ? result + [x] : result`.
fn predicate(comprehension: &ComprehensionExpr) -> Option<&IdedExpr> {
    let result = comprehension.accu_var.as_str();
    let Expr::Call(step) = &comprehension.loop_step.expr else {
        return None;
    };
    let [predicate, longer, same] = step.args.as_slice() else {
        return None;
    };
    let expands = step.func_name == operators::CONDITIONAL
        && comprehension.iter_var2.is_none()
        && is_name(same, result)
        && is_name(&comprehension.result, result)
        && is_name(appended(longer, result)?, &comprehension.iter_var);
    expands.then_some(predicate)
}

fn holds(predicate: &IdedExpr, context: &Context<'_, '_>) -> Result<bool, ExecutionError> {
    let value = Value::resolve_val(predicate, context)?;
    let holds = value.downcast_ref::<CelBool>().map(|holds| *holds.inner());
    holds.ok_or_else(|| ExecutionError::function_error("filter", "neither true nor false"))
}

/// The names that a predicate reads: those outside, and the element's.
struct Element<'e> {
    outside: &'e Bindings,
    name: &'e str,
    item: &'e Json,
}

impl VariableResolver for Element<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let mut path = variable.split('.');
        if path.next() != Some(self.name) {
            return self.outside.resolve(variable);
        }
        if variable.len() == self.name.len() {
            return Some(CowVal::Owned(from_json(self.item)));
        }
        let found = path.try_fold(self.item, |json, field| json.get(field))?;
        scalar(found).map(CowVal::Owned)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::diagnostic::Source;
    use crate::expr::{Expression, Names, Shape};

    fn bindings() -> Bindings {
        let mut bindings = Bindings::new();
        let slots = json!([
            { "id": 1, "free": true, "at": { "day": "a" } },
            { "id": 2, "free": false, "at": { "day": "b" } },
            { "id": 3, "free": true, "at": { "day": "b" } },
        ]);
        bindings.bind_json(
            "output",
            json!({ "ok": true, "slots": slots, "names": { "x": 1 } }),
        );
        bindings.bind_json("wanted", json!(["b"]));
        bindings
    }

    fn expression(text: &str) -> Expression {
        let mut names = Names::new();
        for name in ["output", "wanted"] {
            names.insert(name, Shape::Any);
        }
        let source: Arc<Source> = Source::new("test.yaml", text);
        Expression::compile(&source, &(0..text.len()), text, &names).unwrap()
    }

    #[test]
    fn the_short_way_and_the_interpreter_keep_the_same() {
        for (text, short) in [
            ("output.slots.filter(s, s.free)", true),
            ("output.slots.filter(s, s.at.day in wanted && s.id > 1)", true),
            ("output.ok ? output.slots.filter(s, !s.free) : []", true),
            ("!output.ok ? output.slots.filter(s, !s.free) : []", true),
            (
                "output.slots.filter(output, has(output.at) && output.at == {'day': 'b'})",
                true,
            ),
            ("output.slots.filter(s, s == {'id': 1})", true),
            ("output.names.filter(n, n == 'x')", false),
            (
                "output.ok ? [output.slots.filter(s, s.free)].map(kept, size(kept) > 1 ? kept.slice(0, size(kept) - 1) : kept)[0] : []",
                true,
            ),
            (
                "[output.ok ? output.slots.filter(s, s.id < 3) : []].map(kept, size(kept) > 2 ? kept.slice(0, 1) : kept)[0]",
                true,
            ),
            (
                "[output.slots.filter(s, s.free)].map(kept, kept.slice(size(kept) > 0 ? size(kept) - 1 : 0, size(kept)))[0]",
                true,
            ),
            ("[output.slots.filter(s, s.free)].map(wanted, wanted)[0]", true),
            ("output.slots.slice(1, 3)", true),
            ("output.slots.slice(1, 4)", false),
            ("output.slots.slice(2, 1)", false),
            (
                "[output.slots.filter(s, s.free)].map(kept, kept.map(s, s.id))[0]",
                false,
            ),
            (
                "[output.slots.filter(s, s.free)].map(kept, kept.slice(0, 9))[0]",
                false,
            ),
            ("[output.slots.filter(s, s.free)].map(kept, kept)[1]", false),
            ("output.slots.map(s, s.id)", false),
            ("output.slots.map(s, s.free, s.id)", false),
            ("output.slots.filter(s, s.free).filter(s, s.id > 1)", false),
            ("output.slots.filter(s, s.nothing)", false),
            ("output.slots.filter(s, s.id)", false),
        ] {
            let (expression, bindings) = (expression(text), bindings());
            assert_eq!(filtered(expression.tree(), &bindings).is_some(), short, "{text}");
            let interpreted = Value::resolve_val(expression.tree(), &bindings.context())
                .and_then(|value| val_to_json(value.as_ref()));
            match (expression.evaluate(&bindings), interpreted) {
                (Ok(found), Ok(interpreted)) => assert_eq!(found, interpreted, "{text}"),
                (found, interpreted) => assert!(found.is_err() && interpreted.is_err(), "{text}"),
            }
        }
    }
}
