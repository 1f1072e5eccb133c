//! Providers that try to cost the harness its time, its memory or its verdict. One attack a file.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have ends the test"
)]

mod listings;
mod long_lists;
mod many_keys;
#[cfg(unix)]
mod output_floods;
mod pauses;
mod slow_turns;
