//! `proofhouse cleanup RUN`.

use super::args::{CleanupArguments, Global};
use super::output::Printer;
use super::{environment, exit};
use crate::app::{self, AppError, Bundle, TakenBack};
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
        let (end, reason) = match &item.taken {
            TakenBack::Yes => ("taken back", None),
            TakenBack::Stays(why) => ("stays", Some(why)),
            TakenBack::No(reason) => {
                left += 1;
                ("still there", Some(reason))
            }
        };
        let reason = reason.map_or_else(String::new, |reason| {
            format!(": {}", report::one_line(reason, 200))
        });
        printer.line(&format!("{end}  {}  {made}{reason}", item.owed.provider));
    }
    Ok(if left == 0 {
        exit::CONFORMANT
    } else {
        exit::INCOMPLETE
    })
}
