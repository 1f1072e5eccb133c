//! Everything that is tested from outside the library, by area.

mod cli;
mod domains;
mod layers;
mod manifest;
mod report;
mod runner;
mod schemas;
mod store;
mod suites;
mod support;
mod transport;
