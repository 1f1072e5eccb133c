//! The executor: asks providers what the plan says, and tells what came of it as events.
//!
//! Providers run side by side, each in its own task; the tests of one provider run in lanes, on slots that no two hold at once, the
//! exclusive ones alone, and those that move the provider's clock after them. A test may ask another provider as its peer, in the
//! session that this one has itself. One dispatcher numbers the events. It refuses to know who listens:
//! no report, no store, no certificate.

mod ask;
mod cases;
mod emit;
mod fixture;
mod halt;
mod layers;
mod lease;
mod offered;
mod offers;
mod options;
mod owe;
mod peer;
mod premises;
mod provider;
mod race;
mod refusal;
mod retry;
mod runner;
mod search;
mod session;
mod sessions;
mod skew;
mod steps;
mod stop;
mod test_clock;
mod undo;

pub use options::RunOptions;
pub use runner::{RunError, run};
pub use stop::Stop;
pub use undo::{TakenBack, take_back};
