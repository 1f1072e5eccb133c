//! Whether a table tells a run in brief: where much failed, the causes matter more than each row.

use super::Options;
use crate::model::Outcome;
use crate::summary::RunSummary;

/// The most rows of a run that is told in full.
const FEW_ROWS: usize = 24;

/// Returns true if what needs nobody is left out: a run of many rows with a failure that decides, unless everything is asked for.
pub(super) fn is_brief(summary: &RunSummary, options: Options) -> bool {
    let decides = |result| summary.is_binding(result) && summary.known_as(result).is_none();
    let mut results = summary.results.iter();
    !options.verbose
        && summary.results.len() > FEW_ROWS
        && results.any(|result| result.outcome == Outcome::Fail && decides(result))
}
