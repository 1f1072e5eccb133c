//! Providers that somebody else wrote: a correct one is never accused, however odd it is, and a wrong one is told what is wrong.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have ends the test"
)]

mod correct;
mod wrong;
