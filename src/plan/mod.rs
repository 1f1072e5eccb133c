//! Which test runs against which provider, and why not: a pure function of contracts, suites, manifest and selection.
//!
//! It owns the selection of tests and the plan's digest. It refuses to ask a provider anything.

mod build;
mod select;
mod types;

pub use build::{Claimant, build};
pub use select::{Filter, PatternError};
pub use types::{Disposition, Plan, PlannedContract, PlannedProvider, PlannedTest};
