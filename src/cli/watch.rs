//! `proofhouse run --watch`: runs again when something has changed that the run depends on.

use std::io::{IsTerminal, Write};

use super::args::{Global, RunArguments};
use super::output::Printer;
use super::{environment, exit, run, signals};
use crate::app::{AppError, Kind, Source, Stop, Watched};

/// Runs, waits for a change, and runs again, until a signal. Returns the exit code of the last run.
pub(super) async fn watch(
    arguments: &RunArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let stop = Stop::new();
    let busy = signals::listen_while_busy(&stop, printer.quiet());
    let request = run::request(arguments, None);
    if let Source::Manifest(path) = &request.source
        && !path.is_file()
    {
        return run::once(arguments, global, &stop, &busy, printer).await;
    }
    let mut watched = Watched::new(&request, global.registry.as_deref());
    let mut first = true;
    loop {
        watched.look(&environment::variable).await;
        let code = match run::once(arguments, global, &stop, &busy, printer).await {
            Ok(code) => code,
            // What the command line asks for does not change.
            Err(error) if first && matches!(error.kind(), Kind::Usage | Kind::Bug) => return Err(error),
            Err(error) => {
                printer.app_error(&error);
                exit::of_error(&error)
            }
        };
        first = false;
        if stop.requested() {
            return Ok(code);
        }
        printer.note("\nwatching for changes; Ctrl-C ends");
        let changes = tokio::select! {
            () = stop.when_requested() => return Ok(code),
            changes = watched.change(&environment::variable) => changes,
        };
        clear();
        for change in changes {
            printer.note(&format!("changed: {change}"));
        }
        printer.note("");
    }
}

/// Clears the screen, where there is one.
fn clear() {
    let mut out = std::io::stdout();
    if out.is_terminal() {
        let _ = out.write_all(b"\x1b[2J\x1b[3J\x1b[H").and_then(|()| out.flush());
    }
}
