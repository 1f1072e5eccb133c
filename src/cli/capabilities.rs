//! `proofhouse capabilities list | show | diff | draft | rows | lint | lock | publish | edition | schema`.

use super::args::{CapabilitiesCommand, Global};
use super::output::Printer;
use super::{diff, draft, environment, exit, rows};
use crate::app::{self, AppError, Bundle, CapabilityPage, DraftFrom, DraftRequest, Earlier, StoredResult};
use crate::capability::{self, LintFinding, Registry, Severity};
use crate::draft::Reached;
use crate::model::{AuthSource, plural};
use crate::report::{self, Column, Kind};

/// Lists, shows, compares, drafts, lints or locks contracts.
pub(super) async fn capabilities(
    command: &CapabilitiesCommand,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    match command {
        CapabilitiesCommand::Rows {
            schemas,
            from,
            format,
        } => rows::rows(schemas, from, *format, printer),
        CapabilitiesCommand::List => {
            list(&Bundle::contracts(global.registry.as_deref())?, printer)?;
            Ok(exit::CONFORMANT)
        }
        CapabilitiesCommand::Show { id } => {
            let registry = Bundle::contracts(global.registry.as_deref())?;
            let history = environment::existing_runs()?;
            show(&CapabilityPage::find(&registry, id, history.as_ref())?, printer)?;
            Ok(exit::CONFORMANT)
        }
        CapabilitiesCommand::Diff {
            before,
            after,
            format,
            server,
            bearer_env,
            header,
            login,
            lock,
            write_lock,
            command,
        } => {
            let registry = Bundle::contracts(global.registry.as_deref())?;
            if let Some(before) = before {
                let diff = app::diff_contracts(&registry, before, after.as_deref())?;
                diff::print(&diff, *format, printer)?;
                return Ok(exit::CONFORMANT);
            }
            let from = served(server.as_ref(), command);
            let earlier = match (lock, write_lock) {
                (Some(file), _) => Some(Earlier::Listing(file)),
                (None, Some(_)) => None,
                (None, None) => Some(Earlier::Contracts(&registry)),
            };
            let auth = token(bearer_env.as_ref(), header.as_ref(), *login);
            let live = app::live_tools(&from, auth.as_ref(), &environment::variable).await?;
            let drift = app::drift(&live, earlier, write_lock.as_deref())?;
            diff::print_drift(&drift, *format, printer)?;
            Ok(if drift.breaking {
                exit::FAILED
            } else {
                exit::CONFORMANT
            })
        }
        CapabilitiesCommand::Draft {
            url,
            listing,
            openapi,
            out,
            domain,
            bearer_env,
            header,
            login,
            writes,
            command,
        } => {
            let from = match (listing, openapi) {
                (Some(file), _) => DraftFrom::Listing(file.clone()),
                (None, Some(file)) => DraftFrom::OpenApi(file.clone()),
                (None, None) => served(url.as_ref(), command),
            };
            let request = DraftRequest {
                from,
                domain: domain.clone(),
                auth: token(bearer_env.as_ref(), header.as_ref(), *login),
                writes: *writes,
                out: out.clone(),
            };
            draft::draft(&request, printer).await
        }
        CapabilitiesCommand::Lint => Ok(lint(&Bundle::load_whole(global.registry.as_deref())?, printer)),
        CapabilitiesCommand::Lock => lock(global, printer),
        CapabilitiesCommand::Publish => publish(global, printer),
        CapabilitiesCommand::Edition { name } => edition(name, global, printer),
        CapabilitiesCommand::Schema => {
            printer.line(&format!("{:#}", capability::capability_schema()));
            Ok(exit::CONFORMANT)
        }
    }
}

fn list(registry: &Registry, printer: &Printer) -> Result<(), AppError> {
    let columns = [
        Column::stays("capability", Kind::Name),
        Column::stays("version", Kind::Word),
        Column::goes("category", Kind::Word, 1),
    ];
    let rows: Vec<_> = registry
        .iter()
        .map(|capability| {
            vec![
                capability.reference.id.to_string(),
                format!("v{}", capability.reference.version),
                capability.category.clone(),
            ]
        })
        .collect();
    printer.list(&columns, &rows)
}

/// How a server is logged in to, from the arguments that say so.
fn token(bearer: Option<&String>, header: Option<&(String, String)>, login: bool) -> Option<AuthSource> {
    match (bearer, header) {
        (Some(env), _) => Some(AuthSource::Bearer { env: env.clone() }),
        (None, Some((header, env))) => Some(AuthSource::Header {
            header: header.clone(),
            env: env.clone(),
        }),
        (None, None) => login.then_some(AuthSource::Login),
    }
}

/// A running server.
fn served(url: Option<&String>, command: &[String]) -> DraftFrom {
    DraftFrom::Server(match command.split_first() {
        Some((command, args)) => Reached::Command(command.clone(), args.to_vec()),
        None => Reached::Mcp(url.cloned().unwrap_or_default()),
    })
}

/// Publishes the drafts, if nothing is missing in any.
fn publish(global: &Global, printer: &Printer) -> Result<u8, AppError> {
    let folder = global
        .registry
        .as_deref()
        .ok_or(AppError::BundledContractsLocked)?;
    let bundle = Bundle::load_whole(Some(folder))?;
    let lacks = |finding: &LintFinding| finding.severity == Severity::Error || finding.rule == "todo";
    let missing = app::lint_findings(&bundle).iter().any(lacks);
    lint(&bundle, printer);
    if missing {
        printer.note("nothing is published as long as something is missing");
        return Ok(exit::FAILED);
    }
    let published = app::publish_drafts(folder, &bundle)?;
    if published.is_empty() {
        printer.line("everything is published already");
    }
    for sealed in published {
        printer.line(&format!("published {sealed}"));
    }
    Ok(exit::CONFORMANT)
}

fn lint(bundle: &Bundle, printer: &Printer) -> u8 {
    let findings = app::lint_findings(bundle);
    for finding in &findings {
        printer.drawing(|canvas| finding.render_on(canvas));
        printer.line(&format!("  rule: {}", finding.rule));
        printer.line("");
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let warnings = findings.len() - errors;
    printer.line(&format!(
        "{}, {}",
        plural(errors, "error"),
        plural(warnings, "warning")
    ));
    if errors == 0 {
        exit::CONFORMANT
    } else {
        exit::FAILED
    }
}

fn lock(global: &Global, printer: &Printer) -> Result<u8, AppError> {
    let folder = global
        .registry
        .as_deref()
        .ok_or(AppError::BundledContractsLocked)?;
    let added = app::lock_contracts(folder)?;
    if added.is_empty() {
        printer.line("every version is locked already");
    }
    for sealed in added {
        printer.line(&format!("locked {sealed}"));
    }
    Ok(exit::CONFORMANT)
}

fn edition(name: &str, global: &Global, printer: &Printer) -> Result<u8, AppError> {
    let folder = global
        .registry
        .as_deref()
        .ok_or(AppError::BundledContractsLocked)?;
    let published = app::publish_editions(folder, name)?;
    if published.is_empty() {
        printer.line("every contract is held to its newest edition already");
    }
    for capability in published {
        printer.line(&format!("published edition {name} of {capability}"));
    }
    Ok(exit::CONFORMANT)
}

/// Prints the page of a capability, with the same content and order as its web page.
fn show(page: &CapabilityPage, printer: &Printer) -> Result<(), AppError> {
    let capability = page.capability.as_ref();
    let reference = &capability.reference;
    printer.line(&format!("{}  [{}]", reference.id.tool(), capability.category));
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
    if let Some(meant) = &page.meant {
        printer.note(meant);
    }
    printer.line("");
    printer.paragraph(&capability.summary);
    heading(printer, "Semantics");
    printer.paragraph(&capability.semantics);
    if capability.reading().is_native() {
        heading(printer, "Answers");
        printer.paragraph(
            "Native: whatever the tool answers. A result that is marked as an error is a refusal.",
        );
        if capability.tool() != reference.id.tool() {
            printer.paragraph(&format!("The tool is `{}` on the wire.", capability.tool()));
        }
        for code in capability.reading().codes() {
            printer.item(&format!("a refusal may have the code `{code}`, by its words"));
        }
    }
    heading(printer, "Invariants");
    for invariant in &capability.invariants {
        printer.item(&format!("{} [{}]", invariant.words, invariant.id));
    }
    heading(printer, "When to use");
    printer.paragraph(&capability.when_to_use);
    // Schemas are printed unwrapped, so that they can be copied.
    heading(printer, "Input schema");
    printer.line(&format!("{:#}", capability.input.json));
    heading(printer, "Output schema");
    printer.line(&format!("{:#}", capability.output.json));
    heading(printer, "Reversibility");
    printer.paragraph(&capability.reversibility.summary);
    if !capability.rulings.is_empty() {
        heading(printer, "Rulings on what the contract leaves open");
        for ruling in &capability.rulings {
            printer.item(&format!("{} {} [{}]", ruling.gap, ruling.ruling, ruling.id));
        }
    }
    heading(printer, "Recent conformance runs");
    recent(&page.recent, printer)
}

fn heading(printer: &Printer, title: &str) {
    printer.line(&format!("\n{title}\n"));
}

fn recent(results: &[StoredResult], printer: &Printer) -> Result<(), AppError> {
    if results.is_empty() {
        printer.paragraph("no runs are kept yet; `proofhouse run --reference` makes one");
        return Ok(());
    }
    let rows: Vec<_> = results
        .iter()
        .map(|result| {
            let was_called = result.calls > 0 || result.outcome.executed();
            vec![
                report::outcome_word(result.outcome, result.level).to_owned(),
                result.provider.to_string(),
                result.test.to_string(),
                if was_called {
                    result.ms.to_string()
                } else {
                    String::new()
                },
                result.when.format("%m-%d %H:%M").to_string(),
            ]
        })
        .collect();
    printer.list(&report::RESULT_COLUMNS, &rows)
}
