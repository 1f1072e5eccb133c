//! The manifest of providers: where each is reached, and what it claims to offer.
//!
//! It owns the file's form and the finding of every mistake in it. It refuses credentials, which come from the environment, and
//! to connect to anything.

mod auth;
mod claim;
mod endpoint;
mod manifest;
mod reader;
mod resolve;

pub use claim::ClaimSpec;
pub use manifest::{Fixture, Manifest, ManifestEntry, NamedDialect};
pub use resolve::{Claims, Lookup, Unknown};
