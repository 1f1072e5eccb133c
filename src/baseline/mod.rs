//! Baselines: files of what is known to fail, so that only what is new makes a run red.
//!
//! It owns the form of the file and the entries that a failed run proposes. What an entry does to a run is decided where its events
//! are summed up, from the run's own record ([`crate::summary`]). It refuses to excuse what has no reason, no ticket or no end.

mod propose;
mod read;

pub use propose::{Proposal, propose};
pub use read::{BASELINE_FORMAT, read, read_with};
