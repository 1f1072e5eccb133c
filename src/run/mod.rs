//! The executor: asks providers what the plan says, and tells what came of it as events.
//!
//! Providers run side by side, each in its own task; the tests of one provider run in lanes, on slots that no two hold at once, the
//! exclusive ones alone. One dispatcher numbers the events. It refuses to know who listens: no report, no store, no certificate.

mod ask;
mod cases;
mod emit;
mod fixture;
mod halt;
mod lease;
mod offered;
mod offers;
mod options;
mod provider;
mod runner;
mod search;
mod session;
mod skew;
mod steps;
mod stop;
mod undo;

pub use options::{Contestant, RunOptions};
pub use runner::{RunError, run};
pub use stop::Stop;
pub use undo::{TakenBack, take_back};
