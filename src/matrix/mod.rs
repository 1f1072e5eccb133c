//! The kill matrix: which test fails a provider that is wrong in one known way, and which rule is proven by that.
//!
//! It owns the matrix, the excuses and the findings. It refuses to run anything, and does not know where the faults come from: they
//! are names with a rule each. Pure: no clock, no files, no rendering.

mod build;
mod excuses;
mod finding;
mod power;
mod types;

pub use build::Trial;
pub use excuses::{BUNDLED_EXCUSES, Excuses};
pub use finding::Finding;
pub use power::{Miss, Power, PowerCell, PowerRow};
pub use types::{Fate, FaultRow, Kill, KillMatrix, KnownFault, KnownTest, RuleRow, RuleState, Silent};
