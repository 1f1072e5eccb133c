//! The tools over the Model Context Protocol, for one tenant at a time.
//!
//! Owned here: what a tenant says of itself, its tools as MCP lists and calls them, which sessions are open, and the
//! binding to standard input and output. The binding to HTTP stands with the other addresses, in `http`.
//!
//! Spoken are 2025-03-26, 2025-06-18 and 2025-11-25, which begin with `initialize`, and 2026-07-28, in which every
//! request stands alone. Refused are 2024-11-05, batches of requests, and everything besides tools: no prompts, no
//! resources, no completions.
//!
//! # What an answer becomes
//!
//! - The object that HTTP sends as its body is `structuredContent`, and the same text is the only content.
//! - `ok: false` has `isError`, also for an input that breaks the schema. Arguments that are missing or null count as
//!   `{}`, as MCP has it; arguments that are no object at all are refused as such a body is over HTTP.
//! - A message in which a key stands twice in one object is -32602, over HTTP with status 400.
//! - A tool that is not there is -32602, `Unknown tool: …`.
//! - What HTTP answers with a status of 500 and above, storage that failed or a fault that breaks the answer, has no
//!   counterpart among results: it is the JSON-RPC error -32603, with the body as its data.

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

mod handler;
mod lines;
mod sessions;
mod stdio;

pub(crate) use handler::TenantTools;
pub(crate) use lines::doubled;
pub(crate) use sessions::Sessions;
pub(crate) use stdio::serve;
