//! `proofhouse probe`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use indexmap::IndexMap;

use super::args::{CallsName, ProbeArguments};
use super::output::Printer;
use super::outputs::Outputs;
use super::progress::Progress;
use super::{environment, exit, run, signals};
use crate::app::{self, AppError, Calls, ClientOptions, FirstLook, Probe, ProbeRequest, Stop};
use crate::model::{AuthSource, Endpoint, EnvValue, plural};
use crate::summary::Repetitions;

/// Probes a server, prints the report, and returns the exit code of the verdict.
pub(super) async fn probe(arguments: &ProbeArguments, printer: &Printer) -> Result<u8, AppError> {
    let endpoint = endpoint(arguments);
    if !may_be_changed(arguments, &endpoint, printer) {
        return Ok(exit::USAGE);
    }
    let request = ProbeRequest {
        endpoint: endpoint.clone(),
        auth: auth(arguments),
        client: ClientOptions {
            revision: arguments.era,
            server_requests: arguments.server_requests.unwrap_or_default(),
        },
        tools: arguments.tool.clone(),
        given: arguments.given.clone(),
        tests: arguments.test.clone(),
        strict: arguments.strict,
        budget: arguments.budget,
        call_limit: arguments.timeout,
        seed: arguments.seed,
    };
    let probe = match app::look(request, &environment::variable).await? {
        FirstLook::Listed(probe) => probe,
        FirstLook::Nothing(None) => {
            printer.error(&format!("{} lists no tools", endpoint.target()), &[]);
            return Ok(exit::UNREACHABLE);
        }
        FirstLook::Nothing(Some(error)) => {
            printer.error(&format!("{}: {error}", endpoint.target()), &[]);
            return Ok(match error.was_asked() {
                true => exit::FAILED,
                false => exit::UNREACHABLE,
            });
        }
    };
    if let Some(error) = probe.locked() {
        printer.warning(&format!(
            "{}: {error}; only what guards it is tried",
            endpoint.target()
        ));
    }
    let calls = calls(arguments, &probe, printer);
    let planned = probe.prepare(calls)?;
    let mut outputs = Outputs::open(arguments.shown.format.shown(), &arguments.shown.output)?;
    let stop = Stop::new();
    signals::listen(&stop, printer.quiet());
    let record = run::record(arguments.no_store, printer);
    let mut progress = Progress::new(printer, planned.plan.tests(), &planned.names());
    let ended = planned
        .run(record, &stop, |event| {
            outputs.push(event);
            progress.watch(event);
        })
        .await?;
    if let Some(reason) = &ended.not_kept {
        printer.warning(&format!("the run could not be kept: {reason}"));
    }
    let mut repetitions = Repetitions::new(1);
    repetitions.add(ended.summary);
    outputs.finish(&repetitions, &printer.report_options(arguments.shown.verbose))?;
    Ok(repetitions.verdict().exit_code())
}

fn endpoint(arguments: &ProbeArguments) -> Endpoint {
    if let Some(url) = &arguments.url {
        return Endpoint::Mcp { url: url.clone() };
    }
    let env = arguments
        .env
        .iter()
        .map(|(name, ours)| (name.clone(), EnvValue::FromEnv(ours.clone())));
    Endpoint::Stdio {
        command: arguments.command.first().cloned().unwrap_or_default(),
        args: arguments.command.iter().skip(1).cloned().collect(),
        env: env.collect::<IndexMap<_, _>>(),
    }
}

fn auth(arguments: &ProbeArguments) -> Vec<AuthSource> {
    let bearer = arguments
        .bearer_env
        .iter()
        .map(|env| AuthSource::Bearer { env: env.clone() });
    let headers = arguments.header.iter().map(|(header, env)| AuthSource::Header {
        header: header.clone(),
        env: env.clone(),
    });
    let login = arguments.login.then_some(AuthSource::Login);
    bearer.chain(headers).chain(login).collect()
}

/// Returns false where everything was to be tried on a machine whose name was not typed again, which is told.
fn may_be_changed(arguments: &ProbeArguments, endpoint: &Endpoint, printer: &Printer) -> bool {
    let host = app::host_of(endpoint.target()).unwrap_or_default();
    let confirmed = arguments.confirm_host.as_deref() == Some(host.as_str());
    if arguments.calls != Some(CallsName::Sandbox) || app::is_local(endpoint) || confirmed {
        return true;
    }
    printer.error(
        &format!("`--calls sandbox` changes what {host} keeps, which is not on this machine"),
        &[format!(
            "if nothing can be broken there, add `--confirm-host {host}`"
        )],
    );
    false
}

/// The tools that may be called: as the arguments say, else as somebody at the terminal says.
fn calls(arguments: &ProbeArguments, probe: &Probe, printer: &Printer) -> Calls {
    let wanted = match arguments.calls {
        Some(wanted) => wanted,
        None => {
            let readers: Vec<_> = probe
                .tools
                .iter()
                .filter(|tool| tool.left_alone(Calls::Read).is_none())
                .map(|tool| tool.name.as_str())
                .collect();
            match (readers.is_empty(), std::io::stdin().is_terminal()) {
                (false, true) if agreed(&readers) => CallsName::Read,
                (false, false) => {
                    printer.note(&format!(
                        "no tool is called: `--calls read` calls the {} that say that they only read",
                        plural(readers.len(), "tool")
                    ));
                    CallsName::None
                }
                _ => CallsName::None,
            }
        }
    };
    wanted.calls()
}

/// Shows what would be called and asks whether it may be.
fn agreed(readers: &[&str]) -> bool {
    let mut terminal = std::io::stderr();
    let _ = write!(
        terminal,
        "These tools say that they only read. Nobody has checked that:\n  {}\nCall them, with valid and invalid inputs? [y/N] ",
        crate::report::one_line(&readers.join(", "), 2_000)
    );
    let _ = terminal.flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
