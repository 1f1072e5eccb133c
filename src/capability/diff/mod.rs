//! The changes that a later version of a contract makes, and the side that each one breaks.
//!
//! A pure function of two contracts. Schemas are compared keyword by keyword: each change narrows what is valid, widens it, or cannot
//! be told, and what cannot be told counts as breaking. Inputs and outputs are then judged oppositely: a narrowed input breaks
//! callers, a narrowed output breaks providers that keep the old words, and a widened one the other side.
//!
//! It refuses to judge how grave a change is, and to compare examples, which bind nobody.

mod contract;
mod keyword;
mod schema;
mod structure;
mod types;
mod view;

pub use contract::diff;
pub use types::{Change, Diff, Effect, Part};
pub use view::DiffView;
