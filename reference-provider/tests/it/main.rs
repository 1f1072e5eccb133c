//! The provider from outside: its router, its server, its files, its binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on is a test that failed"
)]

mod availability;
mod binary;
mod cancelling;
mod creating;
mod durability;
mod faults;
mod listing;
mod mcp;
mod probes;
mod races;
mod refusals;
mod server;
mod support;
mod wire;
