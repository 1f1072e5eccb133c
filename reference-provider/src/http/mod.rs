//! The provider over HTTP.

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
