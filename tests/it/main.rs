//! Everything that is tested from outside the library, by area.

mod layers;
mod manifest;
mod report;
mod runner;
mod store;
mod suites;
mod support;
mod transport;
mod transport_mcp;
