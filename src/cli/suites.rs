//! `proofhouse suites list | check | schema`.

use super::args::{Global, SchemaKind, SuitesCommand};
use super::exit;
use super::output::Printer;
use crate::app::{AppError, Bundle};
use crate::model::plural;
use crate::suite;

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
        SuitesCommand::List => {
            let bundle = Bundle::load(global.registry.as_deref())?;
            let mut capability = None;
            for test in bundle.suites.iter() {
                if capability != Some(&test.id.capability) {
                    if capability.is_some() {
                        printer.line("");
                    }
                    printer.line(&test.id.capability.to_string());
                    capability = Some(&test.id.capability);
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
