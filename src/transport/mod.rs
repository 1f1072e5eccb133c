//! Transports, which reach a provider: one trait, one file a binding.
//!
//! It owns limits, body caps, authentication, politeness and the decision whether there is an answer to judge at all (provider
//! contract, "How an answer is judged"). It refuses to know what a right answer is.
//!
//! [`Pool`] is the way in: one for a run, it hands out a [`Transport`] for each provider.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod auth;
mod bearer;
mod body;
mod client_options;
mod clients;
mod confidential;
mod dates;
mod error;
mod exchange;
mod files;
mod gate;
mod head;
mod http;
mod keep_alive;
mod listing;
mod mcp;
pub mod oauth;
mod origin;
mod pace;
mod parse_answer;
mod pool;
mod public;
mod raw;
pub mod reading;
mod record;
mod request_error;
mod roots;
mod sender;
mod stdio;
mod trace;
mod types;
mod whole;

pub use auth::{Auth, MissingVariable};
pub use client_options::{ClientOptions, Revision, ServerRequests};
pub use confidential::is_confidential;
pub use error::{ConnectError, ErrorKind, TransportError};
pub use exchange::{Conversation, Exchanger, Heard, Said};
pub use files::Files;
pub use gate::at_once;
pub use oauth::is_secure;
pub use origin::{address, origin};
pub use pace::Pace;
pub use pool::{Pool, Way, install_crypto};
pub use raw::{Body, Raw, RawAnswer, RawReply, Request};
pub use roots::trust_also;
pub use types::{Asked, Call, Decided, Extra, Limits, ListedTool, Mapped, Prepared, Reply, Transport};
pub use whole::{Peer, Question, Whole};
