//! How a provider is reached: one trait, one file a binding.
//!
//! It owns limits, body caps, authentication, politeness and the decision whether there is an answer to judge at all (provider
//! contract, "How an answer is judged"). It refuses to know what a right answer is.
//!
//! [`Pool`] is the way in: one for a run, it hands out a [`Transport`] for each provider.

mod auth;
mod body;
mod dates;
mod gate;
mod http;
mod judge;
mod keep_alive;
mod listing;
mod mcp;
mod pool;
mod public;
mod raw;
mod record;
mod sender;
mod stdio;
mod types;
mod wire;

pub use auth::{Auth, MissingVariable};
pub use pool::{ConnectError, Pool, install_crypto};
pub use raw::{Body, Raw, RawAnswer, RawReply, Request};
pub use types::{
    Answer, Call, ErrorKind, Limits, ListedTool, Mapped, Prepared, Reply, Transport, TransportError,
};
