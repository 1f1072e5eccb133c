//! `proofhouse publish`: sends a run that is kept to a registry.

use super::args::PublishArguments;
use super::output::Printer;
use super::{environment, exit};
use crate::app::{AppError, History, RemoteRegistry};

/// Sends a run, from where an earlier attempt stopped.
pub(super) async fn publish(arguments: &PublishArguments, printer: &Printer) -> Result<u8, AppError> {
    let history = environment::stored_runs()?;
    send(&history, &arguments.run, &arguments.to, printer).await?;
    Ok(exit::CONFORMANT)
}

/// Sends a run and says so.
pub(super) async fn send(history: &History, run: &str, url: &str, printer: &Printer) -> Result<(), AppError> {
    let registry = RemoteRegistry::at(url, true, &environment::variable)?;
    let published = registry.publish(history, run).await?;
    let state = if published.known {
        "was published before"
    } else {
        "is published"
    };
    printer.note(&format!(
        "run {} {state}: {}/runs/{0}",
        published.run,
        url.trim_end_matches('/')
    ));
    Ok(())
}
