//! The provider over HTTP.

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

mod connections;
mod guard;
mod invoice_page;
mod limits;
mod listing;
mod mcp;
mod page;
mod problem;
mod router;
mod webhook;

pub(crate) use connections::serve_connections;
pub(crate) use mcp::Endpoint;
pub use router::router;
pub(crate) use router::router_with;
