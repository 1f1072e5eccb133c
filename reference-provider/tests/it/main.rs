//! The provider from outside: its router, its server, its files, its binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on is a test that failed"
)]

mod availability;
mod binary;
mod cancelling;
mod creating;
mod crowd;
mod customers;
mod door;
mod durability;
mod faults;
mod favcrm;
mod invoicing;
mod layers;
mod lifecycle;
mod listing;
mod mails;
mod mcp;
mod page;
mod probes;
mod races;
mod refusals;
mod sandbox;
mod server;
mod service_probes;
mod services;
mod stripe;
mod support;
mod versions;
mod wire;
