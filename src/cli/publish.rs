//! `proofhouse publish`: publishes a stored run at a registry.

use super::args::PublishArguments;
use super::output::Printer;
use super::{environment, exit};
use crate::app::{AppError, History, RemoteRegistry};

/// Publishes a run, and resumes an earlier attempt.
pub(super) async fn publish(arguments: &PublishArguments, printer: &Printer) -> Result<u8, AppError> {
    let history = environment::stored_runs()?;
    send(&history, &arguments.run, &arguments.to, printer).await?;
    Ok(exit::CONFORMANT)
}

/// Publishes a run and prints its address.
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
