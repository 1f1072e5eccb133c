//! The use case that makes one run of the parts of a plan.
//!
//! It owns the rules of what makes a whole: every part is there once and complete, and all are parts of the same plan. It refuses to
//! merge around a missing part, because the missing tests may be the ones that fail.

mod error;
mod join;
mod merged;
mod order;
mod part;

pub use error::MergeError;
pub use merged::{Merged, merge};
