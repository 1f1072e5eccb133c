//! The summary of a run, folded from its events: results in a fixed order, totals, leftovers, known
//! failures, causes, claims and the verdict.
//!
//! [`Fold`] takes the events of a run one by one, live or replayed, and ends in a [`RunSummary`]. A stream that contradicts
//! itself is an error; a stream that stops early gives an incomplete summary. Pure: no clock, no files, no rendering.

mod apply_baseline;
mod calls;
mod causes;
mod claim;
mod claims;
mod compare;
mod counts;
mod eras;
mod error;
mod fold;
mod key;
mod known;
mod providers;
mod repeat;
mod shown_calls;
mod times;
mod types;
mod verdict;

#[cfg(test)]
pub(crate) mod sample;

pub use calls::{CallRecord, KeptCalls, RecordedCalls};
pub use causes::{Cause, causes};
pub use claim::{ClaimStanding, ClaimSummary, ProofLevel, ProofLevelError, RuleState, RuleSummary};
pub use claims::{claim_standing, claims, claims_of, missing_for_next_level, unproven_essential};
pub use compare::{Compared, Comparison, Side};
pub use counts::{CountColumn, Counts};
pub use error::FoldError;
pub use fold::Fold;
pub use known::{KnownFailures, OutOfDate, OutOfDateReason};
pub use repeat::{Repeated, Repetitions};
pub use times::out_of_time;
pub use types::{ProviderSummary, RunSummary};
