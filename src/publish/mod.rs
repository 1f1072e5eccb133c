//! The rules for publishing a run at a registry: tokens, their scopes and quotas, and the checks of a run.
//!
//! Pure rules. It refuses files, networks and stores, and holds the text of a token only while hashing it.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod check;
mod quota;
mod token;

pub use check::{PublishedContract, Refusal, check};
pub use quota::{QuotaError, TokenUse, until_tomorrow};
pub use token::{TOKEN_PREFIX, TokenHash, TokenRecord, new_token};
