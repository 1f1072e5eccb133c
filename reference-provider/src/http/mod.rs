//! The provider over HTTP.

mod listing;
mod mcp;
mod page;
mod problem;
mod router;

pub(crate) use mcp::Endpoint;
pub use router::router;
pub(crate) use router::router_with;
