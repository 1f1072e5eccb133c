//! Standings, computed from many runs: if a provider keeps a capability and since when, a ranking, and the answer of a gate.
//!
//! Pure functions over rows: no store, no network, no clock. A run that was filtered, is a part of a plan, or did not go to its end
//! never changes a standing.

mod assess;
mod gate;
mod history;
mod latency;
mod rank;
mod rate;
mod row;

#[cfg(test)]
mod sample;

pub use assess::{Reason, Standing};
pub use gate::{Answer, Demand, GateAnswer, GateReason, evaluate_gate};
pub use history::{ClaimHistory, CurrentStanding, JudgedRun, Transition, histories};
pub use latency::Latency;
pub use rank::{Contender, rank};
pub use rate::{Rate, Share, ShareError};
pub use row::{Claim, Extent, PassedOver, ResultRow, RunFacts};
