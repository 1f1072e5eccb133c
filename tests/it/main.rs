//! Everything that is tested from outside the library, by area.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have ends the test"
)]

mod action;
mod baseline;
mod benchmarks;
mod bindings;
mod broken;
mod cli;
mod dialects;
mod docs;
mod domains;
mod drift;
mod fuzz;
mod guide;
mod hostile;
mod hours;
mod layers;
mod login;
mod manifest;
mod matrix;
mod native;
mod plan;
mod probe;
mod races;
mod report;
mod runner;
mod schemas;
mod secrets;
mod site;
mod stand_ins;
mod start;
mod store;
mod strangers;
mod suites;
mod support;
mod terminal;
mod transport;
mod transport_mcp;
mod unnamed;
mod versions;
mod walkthrough;
