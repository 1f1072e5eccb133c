//! The command line as its users meet it: what is printed where, and how it ends.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have ends the test"
)]

pub(crate) mod context;
mod contracts;
mod files;
mod help;
mod records;
mod running;
mod usage;
