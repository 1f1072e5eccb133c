//! `proofhouse capabilities list | show | lint | lock`.

use super::args::{CapabilitiesCommand, Global};
use super::exit;
use super::output::Printer;
use crate::app::{self, AppError, Bundle, CapabilityPage, History, StoredResult};
use crate::capability::{Capability, Severity};
use crate::report;

/// Looks at the contracts.
pub(super) fn capabilities(
    command: &CapabilitiesCommand,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    match command {
        CapabilitiesCommand::List => {
            for capability in Bundle::contracts(global.registry.as_deref())?.iter() {
                let reference = &capability.reference;
                printer.line(&format!(
                    "{:<40} v{:<8} {:<18} {}",
                    reference.id, reference.version, capability.category, capability.summary
                ));
            }
            Ok(exit::CONFORMANT)
        }
        CapabilitiesCommand::Show { id } => {
            let registry = Bundle::contracts(global.registry.as_deref())?;
            let folder = app::data_folder(std::env::var_os(app::DATA_VARIABLE));
            let history = History::open_existing(&folder)?;
            show(&CapabilityPage::find(&registry, id, history.as_ref())?, printer);
            Ok(exit::CONFORMANT)
        }
        CapabilitiesCommand::Lint => Ok(lint(&Bundle::load(global.registry.as_deref())?, printer)),
        CapabilitiesCommand::Lock => lock(global, printer),
    }
}

fn lint(bundle: &Bundle, printer: &Printer) -> u8 {
    let findings = app::lint_findings(bundle);
    for finding in &findings {
        printer.line(&finding.render(printer.colour()));
        printer.line(&format!("  rule: {}", finding.rule));
        printer.line("");
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let warnings = findings.len() - errors;
    printer.line(&format!("{errors} errors, {warnings} warnings"));
    if errors == 0 {
        exit::CONFORMANT
    } else {
        exit::FAILED
    }
}

fn lock(global: &Global, printer: &Printer) -> Result<u8, AppError> {
    let folder = global.registry.as_deref().ok_or_else(|| AppError::Unknown {
        what: "the bundled contracts are locked already".to_owned(),
        hint: Some("name the folder with your contracts: --registry FOLDER".to_owned()),
    })?;
    let added = app::lock_contracts(folder)?;
    if added.is_empty() {
        printer.line("every version is locked already");
    }
    for reference in added {
        printer.line(&format!("locked {reference}"));
    }
    Ok(exit::CONFORMANT)
}

/// The page of a capability: everything that its web page has, in that order.
fn show(page: &CapabilityPage, printer: &Printer) {
    let Capability {
        reference,
        category,
        summary,
        semantics,
        when_to_use,
        ..
    } = page.capability.as_ref();
    let width = printer.width().unwrap_or(100).min(100);
    let wrap = |text: &str, indent: &str| {
        let lines = report::wrap(text, Some(width - 2 * indent.len()));
        lines.join(&format!("\n{indent}"))
    };
    printer.line(&format!("{}  [{category}]", reference.id.tool()));
    let others: Vec<_> = page
        .versions
        .iter()
        .filter(|known| **known != reference.version)
        .map(|known| format!("v{known}"))
        .collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!(" (also {})", others.join(", "))
    };
    printer.line(&format!("{} · v{}{others}", reference.id, reference.version));
    printer.line("");
    printer.line(&wrap(summary, ""));
    section(printer, "Semantics", &wrap(semantics, ""));
    let invariants: Vec<_> = page
        .capability
        .invariants
        .iter()
        .map(|invariant| wrap(&format!("• {}  [{}]", invariant.words, invariant.id), "  "))
        .collect();
    section(printer, "Invariants", &invariants.join("\n"));
    section(printer, "When to use", &wrap(when_to_use, ""));
    section(
        printer,
        "Input schema",
        &format!("{:#}", page.capability.input.json),
    );
    section(
        printer,
        "Output schema",
        &format!("{:#}", page.capability.output.json),
    );
    section(
        printer,
        "Reversibility",
        &wrap(&page.capability.reversibility.summary, ""),
    );
    let rulings: Vec<_> = page
        .capability
        .rulings
        .iter()
        .map(|ruling| {
            wrap(
                &format!("• {} {}  [{}]", ruling.gap, ruling.ruling, ruling.id),
                "  ",
            )
        })
        .collect();
    if !rulings.is_empty() {
        section(
            printer,
            "Rulings on what the contract leaves open",
            &rulings.join("\n"),
        );
    }
    let recent = if page.recent.is_empty() {
        "no runs are kept yet; `proofhouse run --reference` makes one".to_owned()
    } else {
        recent(&page.recent)
    };
    section(printer, "Recent conformance runs", &recent);
}

fn section(printer: &Printer, title: &str, body: &str) {
    printer.line(&format!("\n{title}\n\n{body}"));
}

fn recent(results: &[StoredResult]) -> String {
    let provider = results
        .iter()
        .map(|result| result.provider.as_str().len())
        .max()
        .unwrap_or(0)
        .max(8);
    let test = results
        .iter()
        .map(|result| result.test.as_str().len())
        .max()
        .unwrap_or(0)
        .max(4);
    let mut lines = vec![format!(
        "{:<8} {:<provider$} {:<test$} {:>6}  when",
        "pass", "provider", "test", "ms"
    )];
    lines.extend(results.iter().map(|result| {
        format!(
            "{:<8} {:<provider$} {:<test$} {:>6}  {}",
            result.outcome,
            result.provider,
            result.test,
            result.ms,
            result.when.format("%m-%d %H:%M")
        )
    }));
    lines.join("\n")
}
