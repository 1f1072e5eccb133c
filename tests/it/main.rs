//! Everything that is tested from outside the library, by area.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have ends the test"
)]

mod bindings;
mod broken;
mod cli;
mod docs;
mod domains;
mod faults;
mod layers;
mod manifest;
mod plan;
mod report;
mod runner;
mod schemas;
mod store;
mod strangers;
mod suites;
mod support;
mod transport;
mod transport_mcp;
