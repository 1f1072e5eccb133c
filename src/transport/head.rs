//! The head of a response: its status, and the headers that bear on the answer or ask for patience.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};

use super::dates;
use super::error::TransportError;
use crate::model::{Clock, SteadyClock};

/// The head of a response.
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Our own clock when it came.
    at: DateTime<Utc>,
    /// What to do about a server that wants a login.
    pub(super) advice: Option<String>,
}

impl Head {
    /// A head that has just come.
    pub(super) fn new(status: StatusCode, headers: HeaderMap) -> Self {
        Self {
            status,
            headers,
            at: SteadyClock::as_set().now(),
            advice: None,
        }
    }

    pub(super) fn text(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The parts that the answer is parsed with.
    pub(super) fn heading(&self) -> Heading<'_> {
        Heading {
            status: self.status,
            content_type: self.text(&CONTENT_TYPE),
            content_encoding: self.text(&CONTENT_ENCODING),
            location: self.text(&LOCATION),
            advice: self.advice.as_deref(),
        }
    }

    /// The provider's clock, with our own at the same moment.
    pub(super) fn clock(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        Some((self.date()?, self.at))
    }

    /// The error where the provider still asks for patience and ours has run out.
    pub(super) fn out_of_patience(&self) -> Option<TransportError> {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => Some(TransportError::RateLimited),
            StatusCode::SERVICE_UNAVAILABLE if self.patience(0).is_some() => {
                Some(TransportError::Unavailable)
            }
            _ => None,
        }
    }

    /// The provider's clock.
    fn date(&self) -> Option<DateTime<Utc>> {
        self.text(&DATE).and_then(dates::http_date)
    }

    /// The wait that the provider asks for before the next request, if it asks for one.
    pub(super) fn patience(&self, pauses: u32) -> Option<Duration> {
        let asked = || dates::retry_after(self.text(&RETRY_AFTER)?, self.date().unwrap_or(self.at));
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => Some(asked().unwrap_or_else(|| dates::backoff(pauses))),
            StatusCode::SERVICE_UNAVAILABLE => asked(),
            _ => None,
        }
    }
}

/// The status and the headers that bear on the parsing of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heading<'a> {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<&'a str>,
    pub(super) content_encoding: Option<&'a str>,
    pub(super) location: Option<&'a str>,
    /// What to do about a server that wants a login.
    pub(super) advice: Option<&'a str>,
}

impl Heading<'_> {
    /// For a text that has no head of its own.
    pub(super) const NONE: Self = Self {
        status: StatusCode::OK,
        content_type: None,
        content_encoding: None,
        location: None,
        advice: None,
    };
}
