//! Proofhouse: a conformance harness and registry for tools that agents call.
//!
//! Three things in one library: a **registry** of versioned capability contracts, a **runner** that proves many
//! providers against declarative suites, and the **records** of every run.
//!
//! ```text
//! capabilities/ ─┐
//! suites/       ─┼─► load + lint ─► plan ─► Plan  (pure, printable, digest)
//! manifest      ─┘                            │
//!                                             ▼
//!                        run ── dialect ── transport (http | mcp | stdio) ──► provider
//!                         │  check: pure verdicts
//!                         ▼
//!                    RunEvent stream  (seq, time, kind; header … footer)
//!             ┌───────────┼──────────────────┐
//!             ▼           ▼                  ▼
//!       live progress  store sink        summary fold
//!                         │                  │
//!                         ▼                  ▼
//!                    stored run ─ replay ─► RunSummary ─► report
//!                                               │            ▲
//!                        faults, excuses ─► KillMatrix ──────┘
//!
//! baseline ─► what is known to fail, in the header of the run ─► judged by the fold
//! many runs ─► standing ─► what a gate answers
//! a run, and what its contract asks for ─► certificate ─► verified anywhere
//! a run, and whose token sends it ─► publish ─► kept by another registry
//! cli ─────┬─► app (use cases) ─► everything above
//! testing ─┘
//! ```
//!
//! `cli` is for people and pipelines; `testing` is the same harness within a provider's own `cargo test`.
//!
//! Modules may import only what stands above them in this list; `tests/it/layers.rs` enforces the exact table.

#[cfg(test)]
extern crate self as proofhouse;

pub mod model;

pub mod diagnostic;

pub mod expr;

pub mod event;

pub mod login;

pub mod transport;

pub mod capability;

pub mod draft;

pub mod suite;

pub mod dialect;

pub mod provider;

pub mod plan;

pub mod check;

pub mod run;

pub mod summary;

pub mod baseline;
pub mod matrix;
pub mod standing;

pub mod report;

pub mod certificate;

pub mod transparency;

pub mod publish;

pub mod store;

pub mod app;

pub mod web;

pub mod cli;

pub mod testing;
