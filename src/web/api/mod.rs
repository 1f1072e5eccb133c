//! The registry for programs: JSON over HTTP, described by an OpenAPI document that is made of the same list of routes.
//!
//! What goes wrong is told as `application/problem+json` (RFC 9457).

mod asked;
mod capabilities;
mod certificates;
mod gate;
mod kill_matrix;
mod openapi;
mod problem;
mod providers;
mod route;
mod runs;
mod uploads;

pub(super) use openapi::document;
pub(super) use route::router;
pub use uploads::Receiving;
