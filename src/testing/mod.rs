//! The harness as a library for a provider's own `cargo test`: a function proves the provider, and panics with the table of the run.
//!
//! A provider that listens already is proven by its URL, from a plain `#[test]`:
//!
//! ```no_run
//! use proofhouse::testing::prove_url;
//!
//! prove_url("http://127.0.0.1:8080", &["booking.create_booking@0.2.0"]);
//! ```
//!
//! A provider written with axum is proven by its router, which is served for as long as the test runs:
//!
//! ```no_run
//! use axum::routing::post;
//! use axum::{Json, Router};
//! use proofhouse::testing::prove_router;
//! use serde_json::json;
//!
//! let provider = Router::new().route(
//!     "/tools/list_services",
//!     post(|| async { Json(json!({ "ok": true, "timezone": "Europe/Prague", "services": [] })) }),
//! );
//! prove_router(provider, &["booking.list_services"]);
//! ```
//!
//! The bundled suites run as with `proofhouse run`, and no record is stored. It owns its runtime, so a plain `#[test]` is enough. It
//! refuses everything that needs a manifest: credentials, dialects, several providers.

mod prove;

pub use prove::{prove_router, prove_url};
