//! The budget of a provider's turn: time, pauses, steps of expressions and bytes of its record.
//!
//! A provider decides how long its answers take, how long its lists are and how often it asks for patience. Each of these has a limit over
//! its whole turn. What runs out ends the turn of this provider, never the run.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod limits;
mod test;
mod turn;

pub use limits::{BudgetLimits, Resource};
pub use test::TestBudget;
pub use turn::{TurnBudget, Working};
