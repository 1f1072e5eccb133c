//! The provider over HTTP.

mod listing;
mod page;
mod router;

pub use router::router;
