//! Listings of a server, read page by page.

use std::collections::BTreeSet;
use std::time::Duration;

use rmcp::model::ErrorCode;
use serde_json::{Value, json};

use super::caller::{McpTransport, Spent};
use super::handshake::described;
use super::line::Wire;
use super::manner::Manner;
use super::message::{RpcError, Writer};
use super::session::SessionError;
use crate::transport::error::TransportError;
use crate::transport::listing;
use crate::transport::types::ListedTool;

/// The number of pages of a listing that are read.
const MOST_PAGES: usize = 64;

/// All pages of a listing.
pub(super) struct Pages {
    pub(super) entries: Vec<Value>,
    /// What is wrong with the pages, in words that end a sentence about the listing.
    pub(super) complaint: Option<String>,
}

/// The reason why there is no listing.
pub(super) enum NoPages {
    /// A JSON-RPC error.
    Refused(RpcError),
    /// All else.
    Session(SessionError),
}

impl<W: Wire> McpTransport<W> {
    /// All pages of a listing, whose entries stand under `key`.
    pub(super) async fn pages(
        &self,
        method: &'static str,
        key: &str,
        limit: Duration,
        spent: &mut Spent,
    ) -> Result<Pages, NoPages> {
        let mut entries = Vec::new();
        let mut cursor: Option<String> = None;
        let mut seen = BTreeSet::new();
        let mut complaint = None;
        for number in 1.. {
            if number > MOST_PAGES {
                complaint = Some(format!("has more than {MOST_PAGES} pages, and no more were read"));
                break;
            }
            let write = |id| Writer::list(id, method, cursor.as_deref());
            let (reply, meta) = self
                .request(&write, limit, spent)
                .await
                .map_err(NoPages::Session)?;
            let mut result = reply.map_err(NoPages::Refused)?;
            let next = result
                .get("nextCursor")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let Some(Value::Array(page)) = result.get_mut(key).map(Value::take) else {
                let what = format!("answered {method} without a list of {key}");
                return Err(NoPages::Session(SessionError {
                    error: TransportError::Protocol(what),
                    meta,
                }));
            };
            entries.extend(page);
            if entries.len() > listing::MOST_TOOLS {
                break;
            }
            match next {
                // Servers say so that there is no further page, although they should leave it out.
                None => break,
                Some(next) if next.is_empty() => break,
                Some(next) if seen.insert(next.clone()) => cursor = Some(next),
                Some(_) => {
                    complaint = Some(format!(
                        "gives the cursor of an earlier page again on page {number}, so it has no end"
                    ));
                    break;
                }
            }
        }
        Ok(Pages { entries, complaint })
    }

    /// The tools that the server lists. What it names is remembered.
    pub(super) async fn listing(&self, limit: Duration) -> Result<Option<Vec<ListedTool>>, TransportError> {
        let pages = match self
            .pages("tools/list", "tools", limit, &mut Spent::default())
            .await
        {
            Ok(pages) => pages,
            Err(NoPages::Refused(error)) if error.is(ErrorCode::METHOD_NOT_FOUND) => return Ok(None),
            Err(NoPages::Refused(error)) => {
                let what = described(&error, &|text| self.redact(text));
                return Err(TransportError::Protocol(format!(
                    "answered tools/list with {what}"
                )));
            }
            Err(NoPages::Session(failed)) => return Err(failed.error),
        };
        let mut tools = listing::entries(json!({ "tools": pages.entries })).unwrap_or_default();
        // A server that does not know cursors gives the same page again.
        let mut known = BTreeSet::new();
        tools.retain(|tool: &ListedTool| known.insert(tool.name.clone()));
        let mut complaints: Vec<_> = pages.complaint.into_iter().collect();
        complaints.extend(listing::bounded(&mut tools));
        *self.complaints.lock() = complaints;
        let listed = tools.iter().map(|tool| (tool.name.clone(), Manner::of(tool)));
        *self.listed.lock() = Some(listed.collect());
        Ok(Some(tools))
    }

    /// True if the provider lists a tool; `None` where its listing cannot be read.
    pub(super) async fn lists(&self, tool: &str, limit: Duration) -> Option<bool> {
        let known = self
            .listed
            .lock()
            .as_ref()
            .map(|listed| listed.contains_key(tool));
        match known {
            Some(known) => Some(known),
            None => {
                let listing = self.listing(limit).await.ok()??;
                Some(listing.iter().any(|listed| listed.name == tool))
            }
        }
    }
}
