//! The registry for programs: JSON over HTTP, described by an OpenAPI document that is made of the same list of routes.
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
