//! The rules for publishing a run at a registry: tokens and their scopes, and the checks of a run.
//!
//! Pure rules. It refuses files, networks and stores, and holds the text of a token only while hashing it.

mod check;
mod token;

pub use check::{ContractDigests, Refusal, check};
pub use token::{TOKEN_PREFIX, TokenHash, TokenRecord, new_token};
