//! Everything that is tested from outside the library, by area.

mod broken;
mod faults;
mod layers;
mod manifest;
mod report;
mod runner;
mod store;
mod strangers;
mod suites;
mod support;
mod transport;
