//! What the log of requests says of each.

use std::fmt::{self, Display};
use std::net::IpAddr;

use serde::Serialize;

/// One request and its answer. No head of it is kept, so no credential is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoggedRequest {
    /// The method.
    pub method: String,
    /// The path with its query, in one line and cut.
    pub path: String,
    /// The route that the path belongs to. None where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// The time to the head of the answer.
    #[serde(rename = "ms")]
    pub milliseconds: u64,
    /// Who asked, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<IpAddr>,
}

impl Display for LoggedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            path,
            status,
            milliseconds,
            ..
        } = self;
        write!(f, "{method} {path} {status} {milliseconds} ms")?;
        self.client.map_or(Ok(()), |client| write!(f, " {client}"))
    }
}
