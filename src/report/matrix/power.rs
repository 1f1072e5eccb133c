//! The power of the suites as a Markdown table, which people read as it is too.

use std::io;

use crate::matrix::Power;
use crate::report::ReportError;

/// Writes one line for each fault, the weakest last.
///
/// # Errors
///
/// `out` takes no more.
pub fn write_power(power: &Power, out: &mut dyn io::Write) -> Result<(), ReportError> {
    writeln!(
        out,
        "| fault | killed | missed at times over | never seen over |\n|---|---|---|---|"
    )?;
    for (name, row) in power.weakest_last() {
        let missed: Vec<_> = row.missed().collect();
        let unseen: Vec<_> = row.unseen().collect();
        writeln!(
            out,
            "| `{name}` | {} of {} | {} | {} |",
            row.killed(),
            row.total(),
            missed.join(", "),
            unseen.join(", ")
        )?;
    }
    Ok(out.flush()?)
}
