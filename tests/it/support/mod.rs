//! What several areas of tests share.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have ends the test"
)]

pub(crate) mod guard;
pub(crate) mod mcp_servers;
pub(crate) mod misbehaviour;
pub(crate) mod notes;
pub(crate) mod parcels;
pub(crate) mod postgres;
pub(crate) mod proving;
pub(crate) mod reference;
#[expect(dead_code, reason = "the unit tests of the crate use the rest")]
#[path = "../../../src/summary/sample.rs"]
pub(crate) mod run_sample;
pub(crate) mod schemas;
pub(crate) mod servers;
pub(crate) mod stand_ins;
pub(crate) mod stranger;
