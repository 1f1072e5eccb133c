//! The tree of an expression as it is evaluated: a copy in which operators, sorting, durations and clock readings are calls of our own.
//!
//! The library types numbers by their spelling, reads durations only to their first mistake, and knows time zones by older rules. The
//! copy calls [`super::operators`] and its sisters instead. The tree as it was written stays for names, paths and explanations.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, operators};

/// The call around the part of a macro that is evaluated for each element: it counts the steps.
pub(super) const STEP: &str = "@step";

/// The function that stands for an operator.
fn of_operator(call: &CallExpr) -> Option<&'static str> {
    Some(match (call.func_name.as_str(), call.args.len()) {
        (operators::ADD, 2) => "@add",
        (operators::SUBSTRACT, 2) => "@subtract",
        (operators::MULTIPLY, 2) => "@multiply",
        (operators::DIVIDE, 2) => "@divide",
        (operators::MODULO, 2) => "@remainder",
        (operators::EQUALS, 2) => "@equal",
        (operators::NOT_EQUALS, 2) => "@unequal",
        (operators::LESS, 2) => "@less",
        (operators::LESS_EQUALS, 2) => "@less_or_equal",
        (operators::GREATER, 2) => "@greater",
        (operators::GREATER_EQUALS, 2) => "@greater_or_equal",
        (operators::IN, 2) => "@among",
        (operators::NEGATE, 1) => "@negate",
        ("duration", 1) => "@duration",
        ("timestamp", 1) => "@timestamp",
        _ => return None,
    })
}

/// The function that stands for a method, which takes what the method is called on first.
fn of_method(call: &CallExpr) -> Option<&'static str> {
    Some(match (call.func_name.as_str(), call.args.len()) {
        ("sort", 0) => "@sort",
        ("distinct", 0) => "@distinct",
        ("@sortByAssociatedKeys", 1) => "@sort_by",
        ("getDate", 1) => "@getDate",
        ("getDayOfMonth", 1) => "@getDayOfMonth",
        ("getDayOfWeek", 1) => "@getDayOfWeek",
        ("getDayOfYear", 1) => "@getDayOfYear",
        ("getFullYear", 1) => "@getFullYear",
        ("getHours", 1) => "@getHours",
        ("getMilliseconds", 1) => "@getMilliseconds",
        ("getMinutes", 1) => "@getMinutes",
        ("getMonth", 1) => "@getMonth",
        ("getSeconds", 1) => "@getSeconds",
        _ => return None,
    })
}

/// The tree to evaluate for a tree that was written.
pub(super) fn exact(written: &IdedExpr) -> IdedExpr {
    let expr = match &written.expr {
        Expr::Call(call) => Expr::Call(exact_call(call)),
        Expr::Select(select) => {
            let mut select = select.clone();
            *select.operand = exact(&select.operand);
            Expr::Select(select)
        }
        Expr::List(list) => {
            let mut list = list.clone();
            list.elements = list.elements.iter().map(exact).collect();
            Expr::List(list)
        }
        Expr::Map(map) => {
            let mut map = map.clone();
            for entry in &mut map.entries {
                if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                    entry.key = exact(&entry.key);
                    entry.value = exact(&entry.value);
                }
            }
            Expr::Map(map)
        }
        Expr::Comprehension(comprehension) => {
            let mut copy = comprehension.clone();
            copy.iter_range = exact(&comprehension.iter_range);
            copy.accu_init = exact(&comprehension.accu_init);
            copy.loop_cond = exact(&comprehension.loop_cond);
            copy.loop_step = exact(&comprehension.loop_step);
            // An error of a condition ends the loop at once; one of `all` and `exists` waits for an element that decides without it.
            if matches!(copy.loop_cond.expr, Expr::Literal(_)) {
                count_step(&mut copy.loop_step);
            } else {
                count(&mut copy.loop_cond);
            }
            copy.result = exact(&comprehension.result);
            Expr::Comprehension(copy)
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => written.expr.clone(),
    };
    IdedExpr { id: written.id, expr }
}

/// Counts inside the step of a macro. The shapes that the library recognises stay: `p ? @result + [x] : @result` and `@result + [x]`.
fn count_step(step: &mut IdedExpr) {
    let Expr::Call(call) = &mut step.expr else { return };
    let inside = match (call.func_name.as_str(), call.args.as_mut_slice()) {
        (operators::CONDITIONAL, [condition, ..]) => Some(condition),
        (operators::ADD, [_, added]) => match &mut added.expr {
            Expr::List(list) => list.elements.first_mut(),
            _ => None,
        },
        _ => None,
    };
    if let Some(inside) = inside {
        count(inside);
    }
}

/// Puts the call that counts around an expression.
fn count(expr: &mut IdedExpr) {
    let counted = std::mem::take(expr);
    *expr = IdedExpr {
        id: counted.id,
        expr: Expr::Call(CallExpr {
            func_name: STEP.to_owned(),
            target: None,
            args: vec![counted],
        }),
    };
}

fn exact_call(call: &CallExpr) -> CallExpr {
    let mut copy = CallExpr {
        func_name: call.func_name.clone(),
        target: call.target.as_deref().map(|target| Box::new(exact(target))),
        args: call.args.iter().map(exact).collect(),
    };
    if is_of_macro(call) {
        return copy;
    }
    match &call.target {
        None => {
            if let Some(name) = of_operator(call).filter(|_| !is_plain(call)) {
                name.clone_into(&mut copy.func_name);
            }
        }
        Some(_) => {
            if let Some(name) = of_method(call) {
                name.clone_into(&mut copy.func_name);
                copy.args.splice(0..0, copy.target.take().map(|target| *target));
            }
        }
    }
    copy
}

/// Returns true for a step of a macro, `@result + [x]`, which the library recognises by its shape.
fn is_of_macro(call: &CallExpr) -> bool {
    let first = call.args.first().map(|first| &first.expr);
    matches!(first, Some(Expr::Ident(name)) if name.starts_with('@')) && call.target.is_none()
}

/// Returns true if an operator works on something that is written out and no number: there is nothing to count with.
fn is_plain(call: &CallExpr) -> bool {
    let compares = matches!(
        call.func_name.as_str(),
        operators::EQUALS | operators::NOT_EQUALS | operators::ADD
    );
    compares
        && call.args.iter().any(|side| {
            matches!(
                &side.expr,
                Expr::Literal(LiteralValue::String(_) | LiteralValue::Boolean(_) | LiteralValue::Null)
            )
        })
}
