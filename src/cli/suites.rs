//! `proofhouse suites list | show | check | schema`.

use std::sync::Arc;

use super::args::{Global, SchemaKind, SuitesCommand};
use super::exit;
use super::output::Printer;
use crate::app::{self, AppError, Bundle, CapabilityPage};
use crate::model::plural;
use crate::suite::{self, Test, in_words};

/// Lists or checks suites, or prints the schema of their files.
pub(super) fn suites(command: &SuitesCommand, global: &Global, printer: &Printer) -> Result<u8, AppError> {
    match command {
        SuitesCommand::Schema { kind } => {
            let schema = match kind {
                SchemaKind::Test => suite::test_schema(),
                SchemaKind::Fixture => suite::fixture_schema(),
                SchemaKind::Expectation => suite::expectation_schema(),
                SchemaKind::Tables => suite::tables_schema(),
            };
            printer.line(&format!("{schema:#}"));
        }
        SuitesCommand::List {
            words,
            capability,
            ids,
        } => {
            let bundle = Bundle::load(global.registry.as_deref())?;
            list(&bundle, words, capability.as_deref(), *ids, printer)?;
        }
        SuitesCommand::Show { test } => {
            let bundle = Bundle::load(global.registry.as_deref())?;
            show(&app::find_tests(&bundle, test)?, printer)?;
        }
        SuitesCommand::Check => {
            let bundle = Bundle::load_whole(global.registry.as_deref())?;
            let tests = bundle.suites.iter().count();
            for warning in bundle.suites.warnings() {
                printer.warning(&warning.to_string());
            }
            printer.line(&format!("{}, no mistakes", plural(tests, "test")));
        }
    }
    Ok(exit::CONFORMANT)
}

fn list(
    bundle: &Bundle,
    words: &[String],
    capability: Option<&str>,
    ids: bool,
    printer: &Printer,
) -> Result<(), AppError> {
    // A name that nobody publishes is a mistake, and no empty list.
    if let Some(name) = capability {
        CapabilityPage::find(&bundle.registry, name, None)?;
    }
    let words: Vec<_> = words.iter().map(|word| word.to_lowercase()).collect();
    let wanted = |test: &Test| {
        let of = &test.id.capability;
        let named = capability.is_none_or(|name| name == of.to_string() || name == of.id.as_str());
        let text = format!("{} {} {}", test.id, test.title, test.verifies.join(" ")).to_lowercase();
        named && words.iter().all(|word| text.contains(word.as_str()))
    };
    let mut last = None;
    for test in bundle.suites.iter().filter(|test| wanted(test)) {
        if ids {
            printer.line(&test.id.to_string());
            continue;
        }
        if last != Some(&test.id.capability) {
            if last.is_some() {
                printer.line("");
            }
            printer.line(&test.id.capability.to_string());
            last = Some(&test.id.capability);
        }
        let reads = if test.is_read_only() { "reads" } else { "writes" };
        printer.line(&format!("  {:<6} {}  ({reads})", test.level, test.id.name));
        printer.wrapped("         ", "         ", &test.title);
        printer.wrapped(
            "         verifies ",
            "                  ",
            &test.verifies.join(", "),
        );
    }
    if last.is_none() && !ids {
        printer.note("no test has these words");
    }
    Ok(())
}

/// Shows tests in words. Versions of a test that say the same are shown once.
fn show(tests: &[&Arc<Test>], printer: &Printer) -> Result<(), AppError> {
    let mut shown: Vec<Vec<String>> = Vec::new();
    for test in tests {
        test.prepare()?;
        let lines = in_words(test).lines();
        if !shown.is_empty() {
            printer.line("");
        }
        printer.line(&test.id.to_string());
        if shown.contains(&lines) {
            printer.line("  the same");
            continue;
        }
        about(test, printer);
        for line in &lines {
            let text = line.trim_start();
            let indent = 2 + line.len() - text.len();
            let hang = if text.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
                2
            } else {
                0
            };
            printer.wrapped(&" ".repeat(indent), &" ".repeat(indent + hang), text);
        }
        for fault in app::faults_killed_by(&test.id) {
            printer.wrapped(
                "  kills ",
                "        ",
                &format!("`{}`: {}", fault.name, fault.does),
            );
        }
        shown.push(lines);
    }
    Ok(())
}

fn about(test: &Test, printer: &Printer) {
    printer.wrapped("  ", "  ", &test.title);
    let essential = if test.essential { ", essential" } else { "" };
    let reads = if test.is_read_only() {
        "only reads"
    } else {
        "writes"
    };
    let calls = plural(test.calls(), "call");
    printer.line(&format!("  {}{essential}, {reads}, about {calls}", test.level));
    if let Some(slow) = &test.slow {
        printer.wrapped("  slow: ", "        ", slow);
    }
    for id in &test.verifies {
        let rule = test.capability.rules().find(|rule| rule.id == id);
        let words = rule.map_or_else(String::new, |rule| format!(": {}", rule.words.trim()));
        printer.wrapped("  verifies ", "           ", &format!("{id}{words}"));
    }
}
