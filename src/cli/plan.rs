//! `proofhouse run --dry-run`: the plan of a run, for people or as JSON.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::{Value, json};

use super::args::ShownArguments;
use super::exit;
use super::output::Printer;
use crate::app::{AppError, Disposition, PreparedRun};
use crate::model::{plural, printable_json};
use crate::report::{Format, Shown};

/// The name and version of the plan as JSON.
const FORMAT: &str = "proofhouse.plan/1";

/// Shows the plan in the asked format, and writes it to the asked files. No tool is called.
///
/// # Errors
///
/// A format that a plan does not have, or a file that cannot be written.
pub(super) fn show(planned: &PreparedRun, shown: &ShownArguments, printer: &Printer) -> Result<u8, AppError> {
    let files = shown.output.iter().map(|output| output.format);
    for format in std::iter::once(shown.format.shown()).chain(files) {
        if !matches!(format, Shown::Report(Format::Table | Format::Json)) {
            return Err(AppError::NoPlanFormat {
                format: format.as_str(),
            });
        }
    }
    let as_json = printable_json(&format!("{:#}\n", plan(planned)));
    for output in &shown.output {
        let text = match output.format {
            Shown::Report(Format::Json) => as_json.clone(),
            _ => lines(planned).join("\n") + "\n",
        };
        let written = output.create()?.write_all(text.as_bytes());
        written.map_err(|error| AppError::unsaved(&output.path, &error.into()))?;
    }
    match shown.format.shown() {
        Shown::Report(Format::Json) => printer.json(&plan(planned))?,
        _ => print(planned, printer),
    }
    Ok(exit::CONFORMANT)
}

/// The plan for programs.
fn plan(planned: &PreparedRun) -> Value {
    let providers = planned.plan.providers.iter().map(|provider| {
        let tests = provider.tests.iter().map(|planned| {
            let (disposition, reason) = match &planned.disposition {
                Disposition::Run => ("run", None),
                Disposition::OnTestClock(reason) => ("on_test_clock", Some(reason)),
                Disposition::Skip(_, reason) => ("skip", Some(reason)),
            };
            json!({
                "capability": planned.test.id.capability.id,
                "version": planned.test.id.capability.version,
                "test": planned.test.id.name,
                "level": planned.test.level,
                "disposition": disposition,
                "reason": reason,
                "creations": planned.test.creations(),
            })
        });
        json!({
            "provider": provider.target.id(),
            "creations": provider.creations(),
            "tests": tests.collect::<Vec<_>>(),
        })
    });
    json!({
        "format": FORMAT,
        "digest": planned.plan.digest,
        "providers": providers.collect::<Vec<_>>(),
        "totals": {
            "providers": names(planned),
            "tests": planned.plan.tests(),
            "creations": creations(planned),
        },
    })
}

fn names(planned: &PreparedRun) -> usize {
    planned.names().iter().collect::<BTreeSet<_>>().len()
}

fn creations(planned: &PreparedRun) -> usize {
    let providers = planned.plan.providers.iter();
    providers.map(|provider| provider.creations()).sum()
}

/// The last line: the plan as a whole.
fn whole(planned: &PreparedRun) -> String {
    format!(
        "{}, {}, {} made and taken back · plan {} · no tool was called",
        plural(names(planned), "provider"),
        plural(planned.plan.tests(), "test"),
        plural(creations(planned), "thing"),
        &planned.plan.digest[..12],
    )
}

/// A line of the plan: what stands before it and before what is wrapped of it, and its words.
struct Line(&'static str, &'static str, String);

fn parts(planned: &PreparedRun) -> Vec<Line> {
    let mut lines = Vec::new();
    for provider in &planned.plan.providers {
        lines.push(Line(
            "",
            "  ",
            format!(
                "{}: {}, {} made and taken back",
                provider.target.id(),
                plural(provider.tests.len(), "test"),
                plural(provider.creations(), "thing")
            ),
        ));
        for planned in &provider.tests {
            let test = format!("{:<6} {}", planned.test.level, planned.test.id);
            lines.push(Line("  ", "         ", test));
            match &planned.disposition {
                Disposition::Run => {}
                Disposition::OnTestClock(reason) => {
                    let reason = format!("only on a test clock: {reason}");
                    lines.push(Line("         ", "         ", reason));
                }
                Disposition::Skip(_, reason) => {
                    lines.push(Line("         skip: ", "               ", reason.clone()));
                }
            }
        }
        lines.push(Line("", "", String::new()));
    }
    lines
}

/// The plan for people in a file.
fn lines(planned: &PreparedRun) -> Vec<String> {
    let parts = parts(planned).into_iter();
    let lines = parts.map(|Line(first, _, words)| crate::report::clean(format!("{first}{words}").trim_end()));
    lines.chain([whole(planned)]).collect()
}

fn print(planned: &PreparedRun, printer: &Printer) {
    for Line(first, rest, words) in parts(planned) {
        match words.as_str() {
            "" => printer.line(""),
            words => printer.wrapped(first, rest, words),
        }
    }
    printer.paragraph(&whole(planned));
}
