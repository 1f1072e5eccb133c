//! The harness inside a provider's own `cargo test`: one function that proves it, and panics with the table of the run.
//!
//! ```no_run
//! #[test]
//! fn the_provider_is_conformant() {
//!     proofhouse::testing::prove_url("http://127.0.0.1:8080", &["booking.create_booking@0.2.0"]);
//! }
//! ```
//!
//! The bundled suites run as `proofhouse run` runs them, and nothing is kept. It owns its own runtime, so a plain `#[test]` does. It
//! refuses what needs a manifest: credentials, dialects, several providers.

mod prove;

pub use prove::{prove_router, prove_url};
