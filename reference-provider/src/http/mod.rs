//! The provider over HTTP.

mod base_url;
mod listing;
mod page;
mod router;

pub use router::router;
