//! Conversations beside the client: texts go out as they stand, also those that no client should send, and what comes back is told as it
//! came. Each conversation has a connection of its own.
//!
//! It owns the caps and the waits, and refuses to say what is right.

mod command;
mod http;
mod talk;
mod words;

pub use talk::{Conversation, Exchanger};
pub use words::{Heard, Said};
