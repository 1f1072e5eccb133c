//! The revisions that a server names, in an answer to a handshake or in its refusal of one.

use serde_json::Value;

use super::message::RpcError;
use crate::transport::client_options::Revision;
use crate::transport::error::TransportError;

/// The most texts of the data of an error that are looked at.
const MOST_TEXTS: usize = 64;

/// The revisions that an error names as those that the server knows: in its data, else in its words. `offered` is the one that it refuses.
pub(super) fn named(error: &RpcError, offered: Revision) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(data) = &error.data {
        let list = ["supported", "supportedVersions", "supported_versions"]
            .iter()
            .find_map(|key| data.get(key)?.as_array());
        match list {
            Some(list) => found.extend(
                list.iter()
                    .filter_map(Value::as_str)
                    .take(MOST_TEXTS)
                    .flat_map(dates),
            ),
            None => found.extend(dates(&data.to_string())),
        }
    }
    if found.is_empty() {
        found.extend(dates(&error.message));
    }
    found.retain(|date| date != offered.as_str());
    found.dedup();
    found
}

/// The newest of these that we speak and that `fits`.
pub(super) fn newest(named: &[String], fits: impl Fn(Revision) -> bool) -> Option<Revision> {
    named
        .iter()
        .filter_map(|name| Revision::of(name))
        .filter(|revision| fits(*revision))
        .max()
}

/// Says that nothing can be asked, for no revision is known to both sides.
pub(super) fn none_in_common(named: &[String]) -> TransportError {
    TransportError::NotAsked(format!(
        "the server speaks no revision of MCP that we speak, only {}",
        named.join(", ")
    ))
}

/// Says that nothing can be asked, for the manifest wants another revision.
pub(super) fn not_the_wanted(wanted: Revision, instead: &str) -> TransportError {
    TransportError::NotAsked(format!(
        "revision {} of MCP is asked for, and the server {instead}",
        wanted.as_str()
    ))
}

/// The texts of the form of a revision, `2025-11-25`, in a text.
fn dates(text: &str) -> Vec<String> {
    let is_date = |piece: &&str| {
        let bytes = piece.as_bytes();
        bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    };
    text.split(|c: char| !(c.is_ascii_digit() || c == '-'))
        .map(|piece| piece.trim_matches('-'))
        .filter(is_date)
        .take(MOST_TEXTS)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn revisions_are_found_in_the_data_or_else_in_the_words_of_a_refusal() {
        let offered = Revision::NEWEST_WITH_INITIALIZE;
        let rows = [
            (
                json!({ "supported": ["2024-11-05", "2025-03-26"], "requested": "2025-11-25" }),
                "no",
                vec!["2024-11-05", "2025-03-26"],
            ),
            (json!(["2025-06-18"]), "no", vec!["2025-06-18"]),
            (
                json!(null),
                "Unsupported protocol version: 2025-11-25 (supported: 2025-03-26,2024-11-05)",
                vec!["2025-03-26", "2024-11-05"],
            ),
            (json!(null), "Unsupported protocol version 2025-11-25", vec![]),
            (json!({ "supported": ["DRAFT-2026-v1"] }), "x", vec![]),
        ];
        for (data, message, expected) in rows {
            let error = RpcError {
                code: -32602,
                message: message.to_owned(),
                data: Some(data).filter(|data| !data.is_null()),
            };
            assert_eq!(named(&error, offered), expected, "{message}");
        }
        let known = ["2099-01-01", "2024-11-05", "2026-07-28"].map(str::to_owned);
        assert_eq!(
            newest(&known, Revision::has_initialize),
            Revision::of("2024-11-05")
        );
        assert_eq!(newest(&known, |_| true), Some(Revision::STATELESS));
    }
}
