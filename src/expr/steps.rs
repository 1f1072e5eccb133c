//! The budget of an evaluation: so many elements are looked at, and no more, in one of them and over the whole turn of a provider.
//!
//! Lists come from providers, and an expression may run over one inside another. The budget ends what would take minutes.

use std::cell::Cell;

use cel::ExecutionError;

use super::arguments::failed;
use crate::model::TurnBudget;

/// The number of elements that one evaluation may look at. It takes seconds to get there, and minutes without optimisation: the tests of
/// this module have less.
const MOST: u64 = if cfg!(test) { 100_000 } else { 10_000_000 };

/// The words by which an exhausted budget is known.
const EXHAUSTED: &str = "more steps than an expression may take";

thread_local! {
    static GIVEN: Cell<u64> = const { Cell::new(MOST) };
    static LEFT: Cell<u64> = const { Cell::new(MOST) };
}

/// Gives one evaluation its budget, at most what is left of a turn. An evaluation never leaves its thread.
pub(super) fn begin(turn: Option<&TurnBudget>) {
    let given = turn.map_or(MOST, |turn| turn.steps_left().min(MOST));
    GIVEN.set(given);
    LEFT.set(given);
}

/// Ends an evaluation: the turn pays for it. One that ran out of a budget which the turn had cut short ends the turn.
pub(super) fn end(turn: Option<&TurnBudget>) {
    let Some(turn) = turn else { return };
    turn.spend_steps(GIVEN.get().saturating_sub(LEFT.get()));
}

/// Takes steps off the budget.
pub(super) fn spend(steps: usize) -> Result<(), ExecutionError> {
    let left = LEFT.get();
    let steps = u64::try_from(steps).unwrap_or(u64::MAX);
    LEFT.set(left.saturating_sub(steps));
    if steps > left {
        let given = GIVEN.get();
        // One more than was given, so that the turn is known to be over.
        GIVEN.set(given.saturating_add(u64::from(given < MOST)));
        let why = match given < MOST {
            true => "little is left of those of the provider's turn",
            false => "the lists that it runs over are too long",
        };
        return Err(failed("evaluate", format_args!("{EXHAUSTED} ({given}): {why}")));
    }
    Ok(())
}

/// Returns true if this is the error of an exhausted budget.
pub(super) fn is_exhausted(error: &ExecutionError) -> bool {
    matches!(error, ExecutionError::FunctionError { message, .. } if message.starts_with(EXHAUSTED))
}
