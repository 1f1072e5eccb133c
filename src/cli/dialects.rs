//! `proofhouse dialects list | check | show | schema`.

use super::args::{DialectsCommand, Global};
use super::exit;
use super::output::Printer;
use crate::app::{self, AppError, Bundle};
use crate::model::plural;

/// Shows or checks dialects.
pub(super) fn dialects(
    command: &DialectsCommand,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let bundle = || Bundle::load(global.registry.as_deref());
    match command {
        DialectsCommand::Schema => printer.line(&format!("{:#}", app::dialect_schema())),
        DialectsCommand::List => {
            let bundle = bundle()?;
            let widest = bundle.dialects.iter().map(|dialect| dialect.name.len()).max();
            for dialect in bundle.dialects.iter() {
                let (name, protocol) = (&dialect.name, dialect.protocol.as_str());
                let widest = widest.unwrap_or_default();
                printer.line(&format!("{name:<widest$}  {protocol:<5}  {}", dialect.title));
            }
        }
        DialectsCommand::Check { files } => {
            let checked = app::check_dialects(&bundle()?, files)?;
            printer.line(&format!("{}, no mistakes", plural(checked.len(), "dialect")));
        }
        DialectsCommand::Show { dialect } => show(&*app::find_dialect(&bundle()?, dialect)?, printer),
    }
    Ok(exit::CONFORMANT)
}

fn show(dialect: &app::Dialect, printer: &Printer) {
    printer.line(&format!("{}  ({})", dialect.name, dialect.protocol.as_str()));
    printer.wrapped("  ", "  ", &dialect.title);
    printer.line(&format!("  digest {}", dialect.digest));
    if let Some(pacing) = dialect.pacing {
        printer.line(&format!(
            "  at most {} requests in {} s",
            pacing.requests, pacing.seconds
        ));
    }
    for (name, constant) in &dialect.constants {
        let default = match &constant.default {
            Some(value) => format!(" (default {value})"),
            None => " (must be given)".to_owned(),
        };
        printer.wrapped(
            "  given ",
            "        ",
            &format!("{name}: {}{default}", constant.title),
        );
    }
    for call in &dialect.calls {
        printer.line(&format!("\n{}", call.contract.reference.id));
        for (step, what) in call.outline() {
            printer.line(&format!("  {step}: {what}"));
        }
        for (field, why) in &call.fills {
            printer.wrapped("  fills ", "        ", &format!("{field}: {why}"));
        }
        for gap in &call.gaps {
            printer.wrapped("  gap   ", "        ", &gap.to_string());
        }
    }
}
