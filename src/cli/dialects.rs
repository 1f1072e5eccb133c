//! `proofhouse dialects list | check | audit | show | schema`.

use super::args::{DialectsCommand, Global};
use super::output::Printer;
use super::{environment, exit, signals};
use crate::app::Stop;
use crate::app::{self, AppError, Bundle};
use crate::model::plural;
use crate::report;

/// Shows or checks dialects.
pub(super) async fn dialects(
    command: &DialectsCommand,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let bundle = || Bundle::load(global.registry.as_deref());
    match command {
        DialectsCommand::Schema => printer.line(&format!("{:#}", app::dialect_schema())),
        DialectsCommand::List => {
            let bundle = bundle()?;
            let dialects = app::check_dialects(&bundle, &[])?;
            let widest = dialects.iter().map(|dialect| dialect.name.len()).max();
            for dialect in dialects {
                let (name, protocol) = (&dialect.name, dialect.protocol.as_str());
                let widest = widest.unwrap_or_default();
                printer.beside(&format!("{name:<widest$}  {protocol:<5}  "), &dialect.title);
            }
        }
        DialectsCommand::Check { files } => {
            let checked = app::check_dialects(&Bundle::load_whole(global.registry.as_deref())?, files)?;
            printer.line(&format!("{}, no mistakes", plural(checked.len(), "dialect")));
        }
        DialectsCommand::Audit {
            providers,
            provider,
            slow,
            seed,
        } => {
            let asked = app::GapAudit {
                manifest: providers.clone(),
                providers: provider.clone(),
                slow: *slow,
                seed: *seed,
            };
            let stop = Stop::new();
            signals::listen(&stop, printer.quiet());
            let audited = app::audit_gaps(&bundle()?, &asked, &environment::variable, &stop).await?;
            if stop.requested() {
                printer.warning("the audit was interrupted, so it says nothing of the gaps");
                return Ok(exit::INCOMPLETE);
            }
            return Ok(audit(&audited, printer));
        }
        DialectsCommand::Show { dialect } => show(&*app::find_dialect(&bundle()?, dialect)?, printer),
    }
    Ok(exit::CONFORMANT)
}

/// Shows what each gap hides. Returns 1 if one hides a failure.
fn audit(audited: &[app::AuditedGap], printer: &Printer) -> u8 {
    for gap in audited {
        let (word, message) = match &gap.found {
            app::Found::Failure(message) => ("hides ", message.as_str()),
            app::Found::Pass => ("passes", "the provider passes it, the gap is not needed"),
            app::Found::Nothing(message) => ("open  ", message.as_str()),
        };
        let line = format!("{word} {} {}: {}", gap.provider, gap.test, report::clean(message));
        printer.wrapped("", "       ", &line);
    }
    let hiding = audited
        .iter()
        .filter(|gap| matches!(gap.found, app::Found::Failure(_)))
        .count();
    printer.line(&format!(
        "\n{}, {hiding} hide a failure",
        plural(audited.len(), "gapped test")
    ));
    if hiding > 0 {
        exit::FAILED
    } else {
        exit::CONFORMANT
    }
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
