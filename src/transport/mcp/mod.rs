//! Providers over MCP, whatever carries the messages: streamable HTTP here, a command's standard streams in
//! [`stdio`](super::stdio).
//!
//! # What is the SDK's and what is ours
//!
//! The SDK (`rmcp`) gives the vocabulary: every message that is sent is one of its types, and so are the revisions, the error codes and
//! the names of the headers. Its client service and its HTTP worker are not used, because a harness must see what they
//! exist to smooth over: they read a result as the first of twenty types that fits and drop the rest, open a second stream for every
//! session, put an expired session right for several calls at once, and tell a lost answer, a
//! refusal and a timeout apart only by the words of an error. What they would decide is decided here instead, by the
//! provider contract alone:
//!
//! - [`mod@line`] is one connection that messages travel on; [`session`] holds it for all lanes, and [`caller`] opens it again after it
//!   broke;
//! - [`handshake`] agrees on a revision, [`revisions`] reads which there are;
//! - [`rounds`] goes on with a call whose server wants an input first, or answers with a task;
//! - [`parse_answer`] finds the answer in the result of a call;
//! - [`client`] puts these together as a [`Transport`](super::Transport), [`questions`] for a person who wants to see all.
//!
//! Nothing is retried but what the contract orders: after 429 and 503 with Retry-After, after a connection that closed before the
//! request was written, and once after the server said that it does not know the session. A stream that its server closes, and to
//! which it gave a place, is resumed there; one that broke is not.
//!
//! # The revisions
//!
//! `initialize` offers 2025-11-25 and accepts every revision with a handshake. Where a server names others, the newest that both know
//! is offered; where it knows no `initialize`, or no revision that has one, `server/discover` is tried: the stateless 2026-07-28 carries
//! what was agreed in every request. Where it knows no streamable HTTP, [`oldest`] is tried, the HTTP of 2024-11-05.

mod caller;
mod client;
mod events;
mod handshake;
mod header_value;
mod http;
mod line;
mod link;
mod listener;
mod manner;
mod message;
mod oldest;
mod pages;
mod parse_answer;
mod questions;
mod revisions;
mod rounds;
mod sdk_refusal;
mod server_requests;
mod session;

pub(super) use caller::McpTransport;
pub(super) use events::Events;
pub(super) use http::{ACCEPT, HttpWire};
pub(super) use line::{Line, LineError, ResponseMeta, Sent, Wire};
pub(super) use message::{ENVELOPE, Incoming, Message, Reply as RpcReply, parse_messages, shown_id};
pub(super) use server_requests::reply as reply_to_server;
