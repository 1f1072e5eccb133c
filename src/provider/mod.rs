//! Providers: the manifest that names them, and each of them from its entry there to the target of a run.
//!
//! It owns the form of the manifest, every mistake in it, and the facts known of a provider. It refuses credentials, which come from
//! the environment, and to call any tool.

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

mod about;
mod auth;
mod claim;
mod endpoint;
mod manifest;
mod oauth;
mod reader;
mod resolve;
mod target;

pub use claim::ClaimSpec;
pub use manifest::{Fixture, Manifest, ManifestEntry, NamedDialect};
pub use resolve::{Claims, Lookup, Unknown};
pub use target::{Connected, Declared, EntryId, Provider, Target};
