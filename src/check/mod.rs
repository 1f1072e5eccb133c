//! Verdicts on answers: pure functions of the contract, the expectation and the answer.
//!
//! It owns what every answer must keep (output schema, `ok` and `error` agreeing) and how an expectation is judged. It refuses input
//! and output: no call, no clock, no file.

mod finding;
mod judge;

pub use finding::{Finding, Unmet};
pub use judge::{check, judge};
