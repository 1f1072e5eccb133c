//! Everything that is tested from outside the library, by area.

mod layers;
mod suites;
mod support;
mod transport;
mod report;
mod store;
