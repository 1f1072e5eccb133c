//! Dialects: mappings from a contract's calls to a provider's own, as data.
//!
//! It owns the format (`docs/dialects.md`), its loading and lint, and the transport that makes the mapped requests. It refuses to
//! answer for a provider: a business error needs an answer of the server, and a field that comes from nowhere is declared.
//!
//! [`Dialects`] is the way in: it loads the files; [`translate`] makes a transport of one of them.

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

mod call_context;
mod call_undo;
mod compile;
mod gaps;
mod load;
mod lookup_cache;
mod outline;
mod provider_context;
mod raw;
mod request;
mod rows;
mod rule;
mod shape;
mod step;
mod translator;
mod types;

pub use load::Dialects;
pub use raw::dialect_schema;
pub use translator::translate;
pub use types::{Constant, Dialect, Gap, MappedCall, Pacing, Protocol};
