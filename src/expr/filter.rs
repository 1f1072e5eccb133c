//! Lists filtered, mapped and cut where they stand: `output.slots.filter(s, s.available)` looks at the JSON and copies only what it keeps,
//! and `[…].map(free, free.slice(0, size(free) - 1))[0]` gives a name to what was kept.
//!
//! The interpreter copies every element of a list several times. Searches filter long lists, so these shapes are worth a way of their
//! own; everything else is left to the interpreter, also what has no value: it says why.

use std::borrow::Cow;

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, LiteralValue, MapExpr, operators};
use cel::common::types::CelBool;
use cel::{ExecutionError, IdedExpr, Value};
use serde_json::{Map, Value as Json};

use super::bindings::{Bindings, Bound};
use super::comparison::{number, truth};
use super::exact::STEP;
use super::inside::Inside;
use super::steps::spend;
use super::value::{scalar, val_to_json};

/// The value of `list.filter(x, p)`, `list.map(x, y)`, `list.slice(a, b)`, `list.flatten()`, `[value].map(name, value)[0]` or
/// `c ? value : other`, where the lists are JSON at a path or made so in their turn. None for any other expression, and where it has no
/// value.
pub(super) fn filtered(expr: &IdedExpr, bindings: &Bindings) -> Option<Json> {
    is_short(expr)
        .then(|| value(expr, &Inside::Bindings(bindings)))
        .flatten()
}

/// The method that cuts a list.
const SLICE: &str = "slice";

/// The method that makes one list of a list of lists.
const FLATTEN: &str = "flatten";

fn value(expr: &IdedExpr, names: &Inside<'_>) -> Option<Json> {
    match &expr.expr {
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, yes, no]) => {
                let branch = if holds(condition, names)? { yes } else { no };
                names
                    .copied(branch)
                    .or_else(|| value(branch, names))
                    .or_else(|| interpreted(branch, names))
            }
            (SLICE, [from, to]) => {
                let items = items(call.target.as_deref()?, names)?;
                let [from, to] = [from, to].map(|end| usize::try_from(number(end, names)?).ok());
                items.get(from?..to?).map(|kept| Json::Array(kept.to_vec()))
            }
            (FLATTEN, []) => {
                let lists = items(call.target.as_deref()?, names)?.into_owned();
                let mut flat = Vec::new();
                for list in lists {
                    match list {
                        Json::Array(mut inner) => flat.append(&mut inner),
                        other => flat.push(other),
                    }
                }
                Some(Json::Array(flat))
            }
            _ => {
                let named = Named::of(expr)?;
                let found = value(named.value, names)?;
                spend(1).ok()?;
                let inside = Inside::Named {
                    outside: names,
                    name: named.name,
                    value: Bound::json(found),
                };
                inside.copied(named.body).or_else(|| value(named.body, &inside))
            }
        },
        Expr::Comprehension(comprehension) => {
            let items = items(&comprehension.iter_range, names)?;
            spend(items.len()).ok()?;
            let inside = |item| Inside::Element {
                outside: names,
                name: &comprehension.iter_var,
                item,
            };
            let mut made = Vec::new();
            if let Some(predicate) = predicate(comprehension) {
                for item in items.iter() {
                    if holds(predicate, &inside(item))? {
                        made.push(item.clone());
                    }
                }
            } else {
                let body = mapped(comprehension)?;
                for item in items.iter() {
                    made.push(element(body, &inside(item))?);
                }
            }
            Some(Json::Array(made))
        }
        _ => None,
    }
}

/// Returns true if an expression may be one of those that have a way of their own.
fn is_short(expr: &IdedExpr) -> bool {
    match &expr.expr {
        Expr::Comprehension(comprehension) => {
            let is_made = || mapped(comprehension).is_some_and(is_element);
            is_list(&comprehension.iter_range) && (predicate(comprehension).is_some() || is_made())
        }
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [_, yes, no]) => is_short(yes) || is_short(no),
            (SLICE, [_, _]) | (FLATTEN, []) => call.target.as_deref().is_some_and(is_list),
            _ => Named::of(expr)
                .is_some_and(|named| is_short(named.value) && (is_short(named.body) || is_path(named.body))),
        },
        _ => false,
    }
}

fn is_list(expr: &IdedExpr) -> bool {
    is_path(expr) || is_short(expr)
}

/// Returns true if `map` may make elements of this.
fn is_element(expr: &IdedExpr) -> bool {
    match &expr.expr {
        Expr::Map(map) => map.entries.iter().all(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => is_element(&entry.value),
            EntryExpr::StructField(_) => false,
        }),
        _ => is_list(expr),
    }
}

fn is_path(expr: &IdedExpr) -> bool {
    match &expr.expr {
        Expr::Ident(_) => true,
        Expr::Select(select) => !select.test && is_path(&select.operand),
        _ => false,
    }
}

/// The list at a plain path of JSON, or that a part of the expression makes.
fn items<'n>(expr: &IdedExpr, names: &'n Inside<'_>) -> Option<Cow<'n, [Json]>> {
    if is_path(expr) {
        return names
            .json(expr)?
            .as_array()
            .map(|items| Cow::Borrowed(items.as_slice()));
    }
    match value(expr, names)? {
        Json::Array(items) => Some(Cow::Owned(items)),
        _ => None,
    }
}

/// What `map` makes of an element: a text, a number or a flag at a path, an object of such, or a list.
fn element(expr: &IdedExpr, names: &Inside<'_>) -> Option<Json> {
    match &expr.expr {
        Expr::Map(map) => object(map, names),
        Expr::Ident(_) | Expr::Select(_) => match names.json(expr)? {
            // The interpreter writes a number in its own way.
            number @ Json::Number(_) => val_to_json(scalar(number)?.as_ref()).ok(),
            Json::Array(_) | Json::Object(_) => None,
            other => Some(other.clone()),
        },
        _ => value(expr, names),
    }
}

/// An object that is written out, its keys in order.
fn object(map: &MapExpr, names: &Inside<'_>) -> Option<Json> {
    let mut fields = Vec::with_capacity(map.entries.len());
    for entry in &map.entries {
        let EntryExpr::MapEntry(entry) = &entry.expr else {
            return None;
        };
        let Expr::Literal(LiteralValue::String(key)) = &entry.key.expr else {
            return None;
        };
        if entry.optional {
            return None;
        }
        fields.push((key.inner().to_owned(), element(&entry.value, names)?));
    }
    fields.sort_by(|left, right| left.0.cmp(&right.0));
    let count = fields.len();
    let object: Map<_, _> = fields.into_iter().collect();
    (object.len() == count).then_some(Json::Object(object))
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
        Some(Self {
            value,
            name: &comprehension.iter_var,
            body: mapped(comprehension)?,
        })
    }
}

/// What a comprehension that `map` expands to makes of each element: `result + [x]`.
fn mapped(comprehension: &ComprehensionExpr) -> Option<&IdedExpr> {
    let result = comprehension.accu_var.as_str();
    let body = appended(&comprehension.loop_step, result)?;
    let expands = comprehension.iter_var2.is_none() && is_name(&comprehension.result, result);
    expands.then(|| uncounted(body))
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

/// Returns true if a condition holds; None where it has no value.
fn holds(condition: &IdedExpr, names: &Inside<'_>) -> Option<bool> {
    if let Some(holds) = truth(condition, names) {
        return Some(holds);
    }
    let evaluate = || -> Result<bool, ExecutionError> {
        let context = names.context();
        let value = Value::resolve_val(condition, &context)?;
        let holds = value.downcast_ref::<CelBool>().map(|holds| *holds.inner());
        holds.ok_or_else(|| ExecutionError::function_error("filter", "neither true nor false"))
    };
    evaluate().ok()
}

/// The value of a part that has no way of its own.
fn interpreted(expr: &IdedExpr, names: &Inside<'_>) -> Option<Json> {
    let context = names.context();
    let value = Value::resolve_val(expr, &context).ok()?;
    val_to_json(value.as_ref()).ok()
}

#[cfg(test)]
mod tests;
