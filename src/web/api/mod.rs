//! The JSON API. Its OpenAPI document is generated from the same list of routes as the router.
//!
//! Errors are `application/problem+json` (RFC 9457).

mod capabilities;
mod certificates;
mod gate;
mod kill_matrix;
mod openapi;
mod problem;
mod providers;
mod query;
mod respond;
mod route;
mod router;
mod runs;
mod uploads;

pub(super) use openapi::document;
pub(super) use router::router;
