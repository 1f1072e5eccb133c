//! The readers of what comes over a wire, without the wire: for those that must take any bytes, and for whoever tests that they do.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;

use super::body::{End, Received};
use super::error::TransportError;
use super::head::Heading;
use super::mcp::Events;
use super::stdio::{Lines, Next};
use super::types::{Limits, ListedTool};
use super::{dates, listing, parse_answer};
use crate::model::{Answer, AnswerShape, Reading};

/// Reads the date of a header, in any of the three forms of HTTP. None for one that is out of a sane range.
pub fn http_date(text: &str) -> Option<DateTime<Utc>> {
    dates::http_date(text)
}

/// Reads `Retry-After`: seconds, or a date by the provider's clock.
pub fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    dates::retry_after(text, now)
}

/// The data of the events in a stream, which comes in pieces. None if one grows over `cap` bytes.
pub fn events<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, cap: usize) -> Option<Vec<Vec<u8>>> {
    let mut events = Events::default();
    let mut found = Vec::new();
    for piece in pieces {
        found.extend(events.feed(piece, cap).ok()?);
    }
    Some(found)
}

/// The whole lines of a stream of a command. None if one is longer than `cap` bytes.
pub async fn lines(bytes: &[u8], cap: usize) -> Option<Vec<Vec<u8>>> {
    let mut lines = Lines::new(bytes);
    let mut found = Vec::new();
    loop {
        match lines.next(cap).await {
            Ok(Next::Line(line)) => found.push(line),
            Ok(Next::End(_)) | Err(_) => return Some(found),
            Ok(Next::TooLarge(_)) => return None,
        }
    }
}

/// The answer in a response with this body, or the error that it is.
///
/// # Errors
///
/// There is no answer in it, by the provider contract, "How an answer is judged".
pub fn answer(status: u16, body: &[u8]) -> Result<Answer, TransportError> {
    let heading = Heading {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
        ..Heading::NONE
    };
    let received = Received {
        bytes: body.to_vec(),
        end: Some(End::Whole),
        done: None,
    };
    let limits = Limits::default();
    let facts = parse_answer::parse_answer(
        heading,
        &received,
        AnswerShape::Envelope,
        &limits,
        limits.call,
        &|text| text,
    );
    facts.map(|facts| Reading::default().answer(facts))
}

/// The tools in the body of a listing; None where it is none.
pub fn listing(body: &[u8]) -> Option<Vec<ListedTool>> {
    listing::tools(body, &Limits::default())
}
