//! `proofhouse tool call`: what is sent, and what came back.

use std::io::Read;

use serde_json::Value;

use super::output::Printer;
use super::{exit, tool_answer};
use crate::app::{AppError, Called, Toolbox, Whole};
use crate::diagnostic::BYTE_ORDER_MARK;
use crate::model::Exchange;
use crate::report;

/// The largest input that is read from standard input, in bytes.
const LARGEST_INPUT: u64 = 1024 * 1024;

/// The options of a call.
#[derive(Clone, Copy)]
pub(super) struct CallOptions {
    /// Refuses an input that breaks the schema.
    pub(super) validate: bool,
    /// Shows the requests of a dialect.
    pub(super) trace: bool,
    /// Shows the result as it came.
    pub(super) raw: bool,
}

/// Each request that a dialect made of a call: what was sent, what came back, and what was made of it.
fn trace(exchange: Option<&Exchange>, printer: &Printer) {
    let steps = exchange.map_or(&[][..], |exchange| exchange.steps.as_slice());
    if steps.is_empty() {
        printer.note("no dialect made requests of this call");
    }
    for (number, step) in steps.iter().enumerate() {
        let line = format!(
            "{}. {}: {}  ({} ms)",
            number + 1,
            step.step,
            step.request,
            step.ms
        );
        printer.note(&report::one_line(&line, 400));
        if !step.sent.is_null() {
            whole("   sent    ", &step.sent.to_string(), printer);
        }
        let status = step.status.map(|status| format!("{status} ")).unwrap_or_default();
        let body = step.body.as_deref().unwrap_or("nothing");
        whole("   answer  ", &format!("{status}{body}"), printer);
        printer.note(&report::one_line(&format!("   read as {}", step.read_as), 400));
    }
}

/// All lines of a text, those after the first set in below it.
fn whole(before: &str, text: &str, printer: &Printer) {
    let cleaned = report::clean(text);
    let mut before = before.to_owned();
    for line in cleaned.lines() {
        printer.note(&format!("{before}{line}"));
        before = " ".repeat(before.len());
    }
}

/// Calls a tool. Returns 0 on success, 1 on a refusal or a wrong answer, 5 if the provider cannot be reached.
pub(super) async fn call(
    toolbox: &Toolbox,
    name: &str,
    arguments: &str,
    options: CallOptions,
    printer: &Printer,
) -> Result<u8, AppError> {
    let Some(input) = read_arguments(arguments, printer)? else {
        return Ok(exit::USAGE);
    };
    let violations = toolbox.check_input(name, &input);
    if options.validate && !violations.is_empty() {
        let mut hints: Vec<_> = violations.iter().skip(1).map(ToString::to_string).collect();
        hints.push("--no-validate sends it anyway".to_owned());
        printer.error(
            &format!(
                "the arguments break the input schema of {name}: {}",
                violations[0]
            ),
            &hints,
        );
        return Ok(exit::USAGE);
    }
    let called = toolbox.call(name, &input).await;
    if options.trace {
        trace(called.exchange.as_ref(), printer);
    }
    let code = match &called.whole {
        Some(whole) => shown(name, &called, whole, options.raw, printer)?,
        None => answered(name, &called, printer)?,
    };
    for note in &called.notes {
        printer.note(&report::one_line(note, 400));
    }
    printer.note(&tool_answer::footing(&called, toolbox.peer().as_ref()));
    Ok(code)
}

/// Shows all of a result. Its tool's contract, where it has one, decides what it is worth.
fn shown(name: &str, called: &Called, whole: &Whole, raw: bool, printer: &Printer) -> Result<u8, AppError> {
    tool_answer::show(whole, raw, printer)?;
    for violation in &called.violations {
        printer.warning(&format!("the answer breaks the output schema: {violation}"));
    }
    let ok = match (&called.answer, called.has_contract) {
        (Ok(answer), true) => answer.is_success(),
        // A refusal in words is one, whatever a contract would have it say.
        (Err(error), true) if whole.is_success() => {
            printer.error(&format!("{name}: {error}"), &[]);
            false
        }
        (_, _) => whole.is_success(),
    };
    Ok(if ok { exit::CONFORMANT } else { exit::FAILED })
}

/// Shows the answer of a contract, or what came instead of one.
fn answered(name: &str, called: &Called, printer: &Printer) -> Result<u8, AppError> {
    match &called.answer {
        Ok(answer) => {
            printer.json(&answer.output)?;
            for violation in &called.violations {
                printer.warning(&format!("the answer breaks the output schema: {violation}"));
            }
            let ok = answer.is_success();
            Ok(if ok { exit::CONFORMANT } else { exit::FAILED })
        }
        Err(trouble) => {
            printer.error(&format!("{name}: {trouble}"), &[]);
            Ok(if trouble.was_asked() {
                exit::FAILED
            } else {
                exit::UNREACHABLE
            })
        }
    }
}

/// The arguments that were given; None where they are no JSON, which is told.
pub(super) fn read_arguments(arguments: &str, printer: &Printer) -> Result<Option<Value>, AppError> {
    let text = match arguments {
        "-" => read_input()?,
        text => text.to_owned(),
    };
    match serde_json::from_str(text.trim_start_matches(BYTE_ORDER_MARK)) {
        Ok(input) => Ok(Some(input)),
        Err(error) => {
            printer.error(
                &format!("the arguments are not JSON: {error}"),
                &["for example '{\"date\": \"2026-06-01\"}'".to_owned()],
            );
            Ok(None)
        }
    }
}

fn read_input() -> Result<String, AppError> {
    let mut text = String::new();
    let read = std::io::stdin()
        .lock()
        .take(LARGEST_INPUT)
        .read_to_string(&mut text);
    read.map_err(|error| AppError::Unreadable {
        path: "standard input".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(text)
}
