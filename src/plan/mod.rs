//! Which test runs against which provider, and why not: a pure function of contracts, suites, manifest and selection.
//!
//! It owns the selection of tests, the parts into which a plan is dealt, and the plan's digest. It refuses to ask a provider anything.

mod build;
mod part;
mod peers;
mod select;
mod types;

pub use build::build;
pub use select::{Filter, NameFilter, PatternError};
pub use types::{Disposition, Plan, PlannedContract, PlannedProvider, PlannedTest};
