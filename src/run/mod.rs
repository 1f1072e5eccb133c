//! The executor: calls providers as the plan says, and reports what came of it as events.
//!
//! Providers run side by side, each in its own task; the tests of one provider run in lanes, on slots that no two hold at once, the
//! exclusive ones alone, and those that move the provider's clock after them. A test may call another provider as its peer, whose
//! state is the one that its own tests use. One dispatcher numbers the events. It refuses to know who listens:
//! no report, no store, no certificate.

// What a run owns, from the options to the executor of one test.
mod calendars;
mod candidates;
mod confirm;
mod context;
mod dialect_coverage;
mod draw;
mod emit;
mod entries;
mod entry_state;
mod evidence;
mod executor;
mod host;
mod late_tests;
mod lease;
mod listings;
mod look_ups;
mod notes;
mod options;
mod peer_session;
mod provider_state;
mod scan;
mod scope;
mod skew;
mod span;
mod step_error;
mod stop;
mod test_clock;
mod tool_availability;
mod transcript;
mod turns;
mod undo_ledger;
mod unnamed;

// What the executor of a test does.
mod calls;
mod clock_control;
mod doubt;
mod expressions;
mod fixtures;
mod judging;
mod look_up;
mod lost_answer;
mod pairs;
mod peer;
mod race;
mod results;
mod rows;
mod scan_look;
mod scan_take;
mod scan_turns;
mod search;
mod send;
mod settle;
mod steps;
mod telling;
mod test;
mod undo;
mod waiting;

// What a run does.
mod again;
mod alone;
mod answered;
mod differences;
mod provider;
mod retry;
mod runner;

pub use emit::Listener;
pub use options::RunOptions;
pub use runner::{RunError, run};
pub use stop::Stop;
pub use undo::{RefusedUndo, TakenBack, take_back};
pub use unnamed::{Ask, find_made};
