//! A request, taken apart.

use serde_json::Value;

use crate::support::servers::Request;

/// A request by its parts.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// The parts of the path, decoded.
    pub(super) path: Vec<String>,
    query: Vec<(String, String)>,
    request: &'a Request,
}

impl<'a> Asked<'a> {
    pub(super) fn of(request: &'a Request) -> Self {
        let (path, query) = request
            .path
            .split_once('?')
            .unwrap_or((request.path.as_str(), ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        Self {
            method: &request.method,
            path: path
                .split('/')
                .filter(|part| !part.is_empty())
                .map(decoded)
                .collect(),
            query: query
                .split('&')
                .filter(|part| !part.is_empty())
                .map(pair)
                .collect(),
            request,
        }
    }

    /// The parts of the path, to be matched.
    pub(super) fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The value of a key of the query that is there and not empty.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.request.header(name)
    }

    /// The body, if it is JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.request.body).ok()
    }

    /// Whether nothing was sent.
    pub(super) fn is_empty(&self) -> bool {
        self.request.body.is_empty()
    }
}

/// Undoes the encoding of an address, `+` for a blank included.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                at += 3;
            }
            (byte, _) => {
                plain.push(if byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
