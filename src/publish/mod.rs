//! What it takes to publish a run at a registry: whose token may speak of whom, and which runs are taken.
//!
//! Pure rules. It refuses files, networks and stores, and never holds a token's text longer than it takes to hash it.

mod check;
mod token;

pub use check::{Refusal, Suited, check};
pub use token::{TOKEN_PREFIX, TokenHash, TokenRecord, new_token};
