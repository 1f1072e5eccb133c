//! Verdicts on answers: pure functions of the contract, the expectation and the answer.
//!
//! It owns what every answer must keep (output schema, `ok` and `error` agreeing) and how an expectation is judged. It refuses input
//! and output: no call, no clock, no file.

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

mod finding;
mod judge;
mod length;

pub use finding::{Finding, Unmet};
pub use judge::{check, judge};
pub use length::too_long;
