//! `proofhouse cleanup RUN`.

use super::args::{CleanupArguments, Global};
use super::output::Printer;
use super::{environment, exit};
use crate::app::{self, AppError, Bundle};
use crate::report;

/// Undoes what a run left behind. Exits 6 if something is still there.
pub(super) async fn cleanup(
    arguments: &CleanupArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let history = environment::stored_runs()?;
    let (run, cleaned) = app::clean_up(&bundle, &history, &arguments.run, &environment::variable).await?;
    if cleaned.is_empty() {
        printer.line(&format!("run {run} left nothing behind"));
    }
    let mut left = 0;
    for item in &cleaned {
        let made = report::one_line(&item.owed.made, 120);
        match &item.still_there {
            None => printer.line(&format!("taken back  {}  {made}", item.owed.provider)),
            Some(reason) => {
                left += 1;
                printer.line(&format!(
                    "still there  {}  {made}: {}",
                    item.owed.provider,
                    report::one_line(reason, 200)
                ));
            }
        }
    }
    Ok(if left == 0 {
        exit::CONFORMANT
    } else {
        exit::INCOMPLETE
    })
}
