//! The kill matrix: which test fails a provider that is wrong in one known way, and which rule is proven by that.
//!
//! It owns what a run against known faults adds up to, what is excused in writing, and what of it is red. It refuses to run
//! anything, and to know where the faults come from: they are names with a rule each. Pure: no clock, no files, no rendering.

mod build;
mod excuses;
mod finding;
mod types;

pub use build::Trial;
pub use excuses::{BUNDLED_EXCUSES, Excuses};
pub use finding::Finding;
pub use types::{Fate, FaultRow, Kill, KillMatrix, KnownFault, KnownTest, RuleRow, RuleState};
