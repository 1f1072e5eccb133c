//! Providers over MCP, whatever carries the messages: streamable HTTP here, a command's standard streams in
//! [`stdio`](super::stdio).
//!
//! # What is the SDK's and what is ours
//!
//! The SDK (`rmcp`) gives the vocabulary: every message that is sent is one of its types, and so are the revisions, the error codes and
//! the names of the headers. Its client service and its HTTP worker are not used, because a harness must see what they
//! exist to smooth over: they read a result as the first of twenty types that fits and drop the rest, open a second stream for every
//! session, resume streams that broke, put an expired session right for several calls at once, and tell a lost answer, a
//! refusal and a timeout apart only by the words of an error. What they would decide is decided here instead, by the
//! provider contract alone:
//!
//! - [`mod@line`] is one connection that messages travel on; [`session`] opens it, once for all lanes, and again after it broke;
//! - [`handshake`] agrees on a revision;
//! - [`parse_answer`] finds the answer in the result of a call;
//! - [`client`] puts these together as a [`Transport`](super::Transport).
//!
//! Nothing is retried but what the contract orders: after 429 and 503 with Retry-After, after a connection that closed before the
//! request was written, and once after 404 on a session. A stream that broke is not resumed. A session is not deleted at its
//! end, which no call marks: it is the server's to expire.
//!
//! # The revisions
//!
//! `initialize` offers 2025-11-25 and accepts every revision from 2025-03-26 on. Where a server knows no `initialize`, or no revision
//! that has one, `server/discover` is tried: the stateless 2026-07-28 carries what was agreed in every request.

mod client;
mod events;
mod handshake;
mod http;
mod line;
mod message;
mod parse_answer;
mod session;

pub(super) use client::McpTransport;
pub(super) use events::Events;
pub(super) use http::{ACCEPT, HttpWire};
pub(super) use line::{Line, LineError, ResponseMeta, Sent, Wire};
pub(super) use message::{ENVELOPE, Incoming, Message, Reply as RpcReply, parse_messages, refusal, shown_id};
