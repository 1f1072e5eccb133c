//! `proofhouse tool list | describe | call`.

use std::io::Read;

use serde_json::Value;

use super::args::{AtArguments, Global, ToolCommand};
use super::output::Printer;
use super::{environment, exit};
use crate::app::{AppError, At, Bundle, Described, Toolbox};
use crate::capability::Difference;
use crate::model::{Endpoint, Exchange};
use crate::report;

/// The largest input that is read from standard input, in bytes.
const LARGEST_INPUT: u64 = 1024 * 1024;

/// Lists, describes or calls the tools of one provider.
pub(super) async fn tool(command: &ToolCommand, global: &Global, printer: &Printer) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let (ToolCommand::List { at } | ToolCommand::Describe { at, .. } | ToolCommand::Call { at, .. }) =
        command;
    let toolbox = Toolbox::open(&bundle, &place(at), at.timeout, &environment::variable).await?;
    match command {
        ToolCommand::List { .. } => Ok(list(&toolbox, printer).await),
        ToolCommand::Describe { name, .. } => {
            describe(&toolbox.describe(name).await?, name, printer);
            Ok(exit::CONFORMANT)
        }
        ToolCommand::Call {
            name,
            arguments,
            no_validate,
            trace,
            ..
        } => {
            let options = CallOptions {
                validate: !no_validate,
                trace: *trace,
            };
            call(&toolbox, name, arguments, options, printer).await
        }
    }
}

fn place(at: &AtArguments) -> At {
    match at {
        AtArguments {
            providers: Some(file),
            provider: Some(provider),
            ..
        } => At::Manifest {
            file: file.clone(),
            provider: provider.clone(),
        },
        AtArguments {
            url: Some(url),
            mcp: true,
            ..
        } => At::Endpoint(Endpoint::Mcp { url: trimmed(url) }),
        AtArguments { url: Some(url), .. } => At::Endpoint(Endpoint::Http { url: trimmed(url) }),
        AtArguments { reference, .. } => At::Reference(reference.clone().unwrap_or_default()),
    }
}

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

async fn list(toolbox: &Toolbox, printer: &Printer) -> u8 {
    match toolbox.list().await {
        Ok(Some(tools)) => {
            let named: Vec<_> = tools
                .iter()
                .map(|tool| report::one_line(&tool.name, 80))
                .collect();
            let widest = named.iter().map(|name| name.chars().count()).max().unwrap_or(0);
            for (tool, name) in tools.iter().zip(named) {
                let what = match toolbox.contract(&tool.name) {
                    Some(contract) => format!("{}: {}", contract.reference, contract.summary),
                    None => report::one_line(tool.description.as_deref().unwrap_or("(no contract)"), 200),
                };
                printer.line(&format!("{name:<widest$}  {what}"));
            }
            exit::CONFORMANT
        }
        Ok(None) => {
            printer.error(&format!("{} lists no tools", toolbox.name), &[]);
            exit::UNREACHABLE
        }
        Err(trouble) => {
            printer.error(&format!("{}: {trouble}", toolbox.name), &[]);
            exit::UNREACHABLE
        }
    }
}

fn describe(described: &Described, name: &str, printer: &Printer) {
    match &described.contract {
        Some(contract) => {
            printer.line(&format!(
                "{} · v{}  [{}]",
                contract.reference.id, contract.reference.version, contract.category
            ));
            printer.line(&format!("\n{}\n\n{}", contract.summary, contract.semantics));
            printer.line(&format!("\nInput schema\n\n{:#}", contract.input.json));
            printer.line(&format!("\nOutput schema\n\n{:#}", contract.output.json));
        }
        None => printer.line(&format!("{name}: no contract of this name is published")),
    }
    printer.line("\nAs the provider lists it\n");
    let Some(live) = &described.live else {
        printer.line("not listed");
        return;
    };
    if let Some(description) = &live.description {
        printer.line(description);
    }
    let sides = [
        ("input schema", &live.input_schema, &described.input_differences),
        (
            "output schema",
            &live.output_schema,
            &described.output_differences,
        ),
    ];
    for (side, schema, differences) in sides {
        match (schema, described.contract.is_some()) {
            (None, _) => printer.line(&format!("{side}: none")),
            (Some(schema), false) => printer.line(&format!("{side}: {schema:#}")),
            (Some(_), true) if differences.is_empty() => printer.line(&format!("{side}: as published")),
            (Some(_), true) => {
                printer.line(&format!("{side}: differs from the published one"));
                for difference in differences {
                    printer.line(&format!("  {}", one_difference(difference)));
                }
            }
        }
    }
}

fn one_difference(difference: &Difference) -> String {
    let side = |value: &Option<Value>| match value {
        Some(value) => report::one_line(&value.to_string(), 80),
        None => "nothing".to_owned(),
    };
    let place = if difference.pointer.is_empty() {
        "/"
    } else {
        &difference.pointer
    };
    format!(
        "{}: published {}, listed {}",
        report::one_line(place, 120),
        side(&difference.published),
        side(&difference.live)
    )
}

/// The options of a call.
#[derive(Clone, Copy)]
struct CallOptions {
    /// Refuses an input that breaks the schema.
    validate: bool,
    /// Shows the requests of a dialect.
    trace: bool,
}

/// Each request that a dialect made of a call: what was sent, what came back, and what was made of it.
fn trace(exchange: &Exchange, printer: &Printer) {
    if exchange.steps.is_empty() {
        printer.note("no dialect made requests of this call");
    }
    for (number, step) in exchange.steps.iter().enumerate() {
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

/// Calls a tool. Returns 0 on `ok: true`, 1 on any other answer, 5 if the provider cannot be reached.
async fn call(
    toolbox: &Toolbox,
    name: &str,
    arguments: &str,
    options: CallOptions,
    printer: &Printer,
) -> Result<u8, AppError> {
    let text = match arguments {
        "-" => read_input()?,
        text => text.to_owned(),
    };
    let input: Value = match serde_json::from_str(&text) {
        Ok(input) => input,
        Err(error) => {
            printer.error(
                &format!("the arguments are not JSON: {error}"),
                &["for example '{\"date\": \"2026-06-01\"}'".to_owned()],
            );
            return Ok(exit::USAGE);
        }
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
        trace(&called.exchange, printer);
    }
    match called.answer {
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
