//! The budget of one evaluation: so many elements are looked at, and no more.
//!
//! Lists come from providers, and an expression may run over one inside another. The budget ends what would take minutes.

use std::cell::Cell;

use cel::ExecutionError;

use super::arguments::failed;

/// The number of elements that one evaluation may look at. It takes seconds to get there, and minutes without optimisation: the tests of
/// this module have less.
const MOST: u64 = if cfg!(test) { 100_000 } else { 10_000_000 };

/// The words by which an exhausted budget is known.
const EXHAUSTED: &str = "more steps than an expression may take";

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(MOST) };
}

/// Gives one evaluation its budget. An evaluation never leaves its thread.
pub(super) fn begin() {
    LEFT.set(MOST);
}

/// Takes steps off the budget.
pub(super) fn spend(steps: usize) -> Result<(), ExecutionError> {
    let left = LEFT.get();
    let steps = u64::try_from(steps).unwrap_or(u64::MAX);
    LEFT.set(left.saturating_sub(steps));
    if steps > left {
        return Err(failed(
            "evaluate",
            format_args!("{EXHAUSTED} ({MOST}): the lists that it runs over are too long"),
        ));
    }
    Ok(())
}

/// Returns true if this is the error of an exhausted budget.
pub(super) fn is_exhausted(error: &ExecutionError) -> bool {
    matches!(error, ExecutionError::FunctionError { message, .. } if message.starts_with(EXHAUSTED))
}
