//! The plan of a run: the tests of every provider, and the reasons for which some are left out. It is a pure function of contracts,
//! suites, providers and selection.
//!
//! It owns the selection of tests, the parts into which a plan is dealt, and the plan's digest. It refuses to call a provider.

mod build;
mod part;
mod peers;
mod select;
mod types;

pub use build::build;
pub use select::{Filter, NameFilter, PatternError};
pub use types::{Disposition, Plan, PlannedContract, PlannedProvider, PlannedTest};
