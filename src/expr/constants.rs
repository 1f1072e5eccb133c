//! Arguments that are written out, checked when a file is loaded: a date that no calendar has, a pattern that is no regular expression.
//!
//! It evaluates what reads no name, and tries functions whose arguments are written out in part with samples for the others.

use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, operators};
use cel::common::types::{CelInt, CelString};
use cel::{Context, ExecutionError, IdedExpr, Program, Value};

use super::environment::environment;
use super::exact::exact;
use super::steps;
use super::syntax::{Written, fragment};
use crate::diagnostic::Problem;

/// A sample for an argument that is not written out.
#[derive(Clone, Copy)]
enum Sample {
    Text(&'static str),
    Whole(i64),
    Instant,
    List,
}

/// Functions that can tell from one argument alone that they have no value, with samples for all of them; a method's begin with what it
/// is called on.
const TRIED: &[(&str, &[Sample])] = &[
    (operators::DIVIDE, &[Sample::Whole(1), Sample::Whole(1)]),
    (operators::MODULO, &[Sample::Whole(1), Sample::Whole(1)]),
    ("matches", &[Sample::Text("a"), Sample::Text("a")]),
    ("local_date", &[Sample::Instant, Sample::Text("UTC")]),
    ("clock_change", &[Sample::Instant, Sample::Text("UTC")]),
    (
        "on_date",
        &[Sample::Instant, Sample::Text("2026-06-01"), Sample::Text("UTC")],
    ),
    (
        "local_instant",
        &[
            Sample::Text("2026-06-01T12:00"),
            Sample::Text("UTC"),
            Sample::Text("earlier"),
            Sample::Text("earlier"),
        ],
    ),
    ("local_instants", &[Sample::List, Sample::Text("UTC")]),
    (
        "local_text",
        &[Sample::Instant, Sample::Text("UTC"), Sample::Text("%Y")],
    ),
    ("day_start", &[Sample::Text("2026-06-01"), Sample::Text("UTC")]),
    ("minor_units", &[Sample::Whole(0), Sample::Text("EUR")]),
    ("major_units", &[Sample::Whole(0), Sample::Text("EUR")]),
    ("getDate", &[Sample::Instant, Sample::Text("UTC")]),
    ("getDayOfMonth", &[Sample::Instant, Sample::Text("UTC")]),
    ("getDayOfWeek", &[Sample::Instant, Sample::Text("UTC")]),
    ("getDayOfYear", &[Sample::Instant, Sample::Text("UTC")]),
    ("getFullYear", &[Sample::Instant, Sample::Text("UTC")]),
    ("getHours", &[Sample::Instant, Sample::Text("UTC")]),
    ("getMilliseconds", &[Sample::Instant, Sample::Text("UTC")]),
    ("getMinutes", &[Sample::Instant, Sample::Text("UTC")]),
    ("getMonth", &[Sample::Instant, Sample::Text("UTC")]),
    ("getSeconds", &[Sample::Instant, Sample::Text("UTC")]),
];

impl Sample {
    fn tree(self) -> IdedExpr {
        let text = |text: &str| literal(LiteralValue::String(CelString::from(text.to_owned())));
        match self {
            Self::Text(sample) => text(sample),
            Self::Whole(sample) => literal(LiteralValue::Int(CelInt::from(sample))),
            Self::Instant => IdedExpr {
                id: 0,
                expr: Expr::Call(CallExpr {
                    func_name: "timestamp".to_owned(),
                    target: None,
                    args: vec![text("2026-06-01T12:00:00Z")],
                }),
            },
            Self::List => IdedExpr {
                id: 0,
                expr: Expr::List(cel::common::ast::ListExpr::new(Vec::new())),
            },
        }
    }
}

fn literal(value: LiteralValue) -> IdedExpr {
    IdedExpr {
        id: 0,
        expr: Expr::Literal(value),
    }
}

/// Refuses an expression of which a part that is written out can have no value.
pub(super) fn check(program: &Program, written: &Written<'_>) -> Result<(), Problem> {
    let Some((call, id, error)) = wrong(program.expression()) else {
        return Ok(());
    };
    let byte = program.source_info().offset_for(id).map(|(start, _)| start);
    let message = fragment(&error.to_string());
    Err(written.problem_at_call(&call.func_name, byte, message))
}

/// The first call that can have no value.
fn wrong(expr: &IdedExpr) -> Option<(&CallExpr, u64, ExecutionError)> {
    let found = parts(expr).into_iter().find_map(wrong);
    if found.is_some() {
        return found;
    }
    let Expr::Call(call) = &expr.expr else { return None };
    let tried = if is_constant(expr) {
        expr.clone()
    } else {
        with_samples(call)?
    };
    steps::begin(None);
    let error = Value::resolve_val(&exact(&tried), &Context::with_env(environment().clone())).err()?;
    Some((call, expr.id, error))
}

/// The parts that are evaluated whenever the expression is, or may be.
fn parts(expr: &IdedExpr) -> Vec<&IdedExpr> {
    match &expr.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => {
            let entries = map.entries.iter().filter_map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => Some([&entry.key, &entry.value]),
                EntryExpr::StructField(_) => None,
            });
            entries.flatten().collect()
        }
        Expr::Comprehension(comprehension) => vec![
            &comprehension.iter_range,
            &comprehension.accu_init,
            &comprehension.loop_step,
            &comprehension.result,
        ],
        Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => Vec::new(),
    }
}

/// Returns true if an expression reads no name. What may be left unevaluated, and what indexes, is not looked at.
fn is_constant(expr: &IdedExpr) -> bool {
    match &expr.expr {
        Expr::Literal(_) => true,
        Expr::List(_) | Expr::Map(_) => parts(expr).into_iter().all(is_constant),
        Expr::Call(call) => {
            let lazy = [
                operators::CONDITIONAL,
                operators::LOGICAL_AND,
                operators::LOGICAL_OR,
            ];
            !lazy.contains(&call.func_name.as_str()) && parts(expr).into_iter().all(is_constant)
        }
        Expr::Comprehension(_) | Expr::Ident(_) | Expr::Select(_) | Expr::Struct(_) | Expr::Unspecified => {
            false
        }
    }
}

/// The call with samples for what is not written out; None where nothing is, or nothing can be told.
fn with_samples(call: &CallExpr) -> Option<IdedExpr> {
    let (_, samples) = TRIED.iter().find(|(name, _)| *name == call.func_name)?;
    let given: Vec<_> = call.target.as_deref().into_iter().chain(&call.args).collect();
    if given.len() != samples.len() || !given.iter().any(|argument| is_constant(argument)) {
        return None;
    }
    let mut arguments = given.iter().zip(*samples).map(|(argument, sample)| {
        if is_constant(argument) {
            (*argument).clone()
        } else {
            sample.tree()
        }
    });
    let target = match call.target {
        Some(_) => arguments.next().map(Box::new),
        None => None,
    };
    Some(IdedExpr {
        id: 0,
        expr: Expr::Call(CallExpr {
            func_name: call.func_name.clone(),
            target,
            args: arguments.collect(),
        }),
    })
}
