//! Lists filtered where they stand: `output.slots.filter(s, s.available)` looks at the JSON and copies only what it keeps.
//!
//! The interpreter copies every element of a list several times. Searches filter long lists, so this shape is worth a way of its own;
//! everything else is left to the interpreter.

use cel::common::ast::{ComprehensionExpr, Expr, operators};
use cel::common::types::CelBool;
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, ExecutionError, IdedExpr, Value};
use serde_json::Value as Json;

use super::ast::path_of;
use super::bindings::Bindings;
use super::environment::environment;
use super::steps::spend;
use super::value::{from_json, scalar, val_to_json};

/// The value of `list.filter(x, p)` or `c ? list.filter(x, p) : other`, where the list is JSON at a path. None for any other
/// expression, and where it has no value: the interpreter says why.
pub(super) fn filtered(expr: &IdedExpr, bindings: &Bindings) -> Option<Json> {
    match &expr.expr {
        Expr::Call(call) if call.func_name == operators::CONDITIONAL => {
            let [condition, yes, no] = call.args.as_slice() else {
                return None;
            };
            if ![yes, no].into_iter().any(is_comprehension) {
                return None;
            }
            let context = bindings.context();
            let branch = if holds(condition, &context).ok()? { yes } else { no };
            filtered(branch, bindings).or_else(|| {
                let value = Value::resolve_val(branch, &context).ok()?;
                val_to_json(value.as_ref()).ok()
            })
        }
        Expr::Comprehension(comprehension) => {
            let predicate = predicate(comprehension)?;
            let path = path_of(&comprehension.iter_range)?;
            let (root, fields) = path.split_first()?;
            let items = bindings.get(root)?.array_at(fields)?;
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

fn is_comprehension(expr: &IdedExpr) -> bool {
    matches!(expr.expr, Expr::Comprehension(_))
}

/// The predicate of a comprehension that `filter` expands to: `p ? result + [x] : result`.
fn predicate(comprehension: &ComprehensionExpr) -> Option<&IdedExpr> {
    let is = |expr: &IdedExpr, name: &str| matches!(&expr.expr, Expr::Ident(found) if found == name);
    let result = comprehension.accu_var.as_str();
    let Expr::Call(step) = &comprehension.loop_step.expr else {
        return None;
    };
    let [predicate, longer, same] = step.args.as_slice() else {
        return None;
    };
    let Expr::Call(add) = &longer.expr else {
        return None;
    };
    let [before, added] = add.args.as_slice() else {
        return None;
    };
    let Expr::List(added) = &added.expr else {
        return None;
    };
    let [element] = added.elements.as_slice() else {
        return None;
    };
    let expands = step.func_name == operators::CONDITIONAL
        && add.func_name == operators::ADD
        && comprehension.iter_var2.is_none()
        && is(before, result)
        && is(same, result)
        && is(&comprehension.result, result)
        && is(element, &comprehension.iter_var);
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
