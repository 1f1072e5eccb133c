//! The opening of a session: `initialize`, or what stands for it in the stateless revision.

use std::time::Duration;

use rmcp::model::{ErrorCode, ProtocolVersion};
use serde_json::Value;

use super::line::{Line, LineError, ResponseMeta, Sent, Wire};
use super::message::{RpcError, Writer};
use super::session::{McpSession, SessionError};
use crate::transport::error::{ErrorKind, TransportError};
use crate::transport::parse_answer::start_of;

/// Opens a session within the limit, pauses that the provider asks for aside.
pub(super) async fn open<W: Wire>(
    wire: &W,
    writer: &Writer,
    limit: Duration,
    redact: &(dyn Fn(String) -> String + Sync),
) -> Result<McpSession<W::Line>, SessionError> {
    let mut line = wire.open().await.map_err(|error| SessionError {
        error,
        meta: ResponseMeta::default(),
    })?;
    let sent = line.ask(&writer.initialize(wire.next_id()), limit).await;
    let left = limit.saturating_sub(sent.waited);
    if sent.code.is_some_and(knows_no_initialize) {
        return discover(wire, line, writer, left, redact).await;
    }
    let session = sent.session.clone();
    let (result, meta) = result_of(sent, "initialize", redact)?;
    let version = match version(&result, redact) {
        Ok(version) => version,
        Err(what) => return Err(SessionError::protocol(what, meta)),
    };
    line.settle(&version, session);
    let sent = line.notify(&Writer::initialized(), left).await;
    match sent.reply {
        Ok(_) => Ok(McpSession {
            line,
            stateless: false,
        }),
        Err(error) => Err(SessionError::new(error, "notifications/initialized", sent.meta)),
    }
}

/// Returns true if a server that answers `initialize` with this error may speak a revision that has none.
fn knows_no_initialize(code: i64) -> bool {
    [
        ErrorCode::METHOD_NOT_FOUND,
        ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
    ]
    .iter()
    .any(|known| i64::from(known.0) == code)
}

async fn discover<W: Wire>(
    wire: &W,
    mut line: W::Line,
    writer: &Writer,
    limit: Duration,
    redact: &(dyn Fn(String) -> String + Sync),
) -> Result<McpSession<W::Line>, SessionError> {
    line.settle(&ProtocolVersion::NO_INITIALIZE, None);
    let sent = line.ask(&writer.discover(wire.next_id()), limit).await;
    let (result, meta) = result_of(sent, "initialize and server/discover", redact)?;
    let supported = result
        .get("supportedVersions")
        .and_then(Value::as_array)
        .is_some_and(|versions| {
            versions
                .iter()
                .any(|version| version.as_str() == Some(ProtocolVersion::NO_INITIALIZE.as_str()))
        });
    if supported {
        Ok(McpSession {
            line,
            stateless: true,
        })
    } else {
        let what = "answered initialize with an error, and server/discover without a revision that we know";
        Err(SessionError::protocol(what.to_owned(), meta))
    }
}

fn result_of(
    sent: Sent,
    method: &str,
    redact: &(dyn Fn(String) -> String + Sync),
) -> Result<(Value, ResponseMeta), SessionError> {
    match sent.reply {
        Ok(Ok(result)) => Ok((result, sent.meta)),
        Ok(Err(error)) => Err(SessionError::protocol(
            format!("answered {method} with {}", described(&error, redact)),
            sent.meta,
        )),
        Err(error) => Err(SessionError::new(error, method, sent.meta)),
    }
}

/// A JSON-RPC error in words.
pub(super) fn described(error: &RpcError, redact: &dyn Fn(String) -> String) -> String {
    format!(
        "the JSON-RPC error {} ({:?})",
        error.code,
        start_of(&error.message, redact)
    )
}

/// The revision of an `initialize` result, if it is one that we speak.
fn version(result: &Value, redact: &dyn Fn(String) -> String) -> Result<ProtocolVersion, String> {
    let Some(version) = result.get("protocolVersion").and_then(Value::as_str) else {
        return Err("answered initialize without a protocolVersion".to_owned());
    };
    ProtocolVersion::KNOWN_VERSIONS
        .iter()
        .find(|known| {
            known.as_str() == version
                && known.has_initialize()
                && known.as_str() >= ProtocolVersion::V_2025_03_26.as_str()
        })
        .cloned()
        .ok_or_else(|| {
            let shown = start_of(version, redact);
            format!("answered initialize with the protocol version {shown:?}, which we do not speak")
        })
}

impl SessionError {
    fn protocol(what: String, meta: ResponseMeta) -> Self {
        Self::new(TransportError::Protocol(what).into(), "", meta)
    }

    /// The call that wanted the session was never sent. A provider that could not be asked stays that; all else is its fault.
    fn new(error: LineError, method: &str, meta: ResponseMeta) -> Self {
        let error = match error {
            LineError::TransportError(TransportError::NotAnAnswer(what)) => {
                TransportError::Protocol(format!("answered {method} with {what}"))
            }
            LineError::TransportError(error) => error,
            LineError::SessionGone => TransportError::NoSuchTool("404".to_owned()),
        };
        let error = match error.kind() {
            ErrorKind::Wrong if !matches!(error, TransportError::NotReady(_)) => {
                TransportError::NotReady(Box::new(error))
            }
            ErrorKind::Wrong | ErrorKind::NotAsked | ErrorKind::Gap | ErrorKind::NoSuchTool => error,
        };
        Self { error, meta }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_revision_with_initialize_from_march_2025_on_is_spoken() {
        for version_of in ["2025-03-26", "2025-06-18", "2025-11-25"] {
            let found = version(&json!({ "protocolVersion": version_of }), &|text| text).unwrap();
            assert_eq!(found.as_str(), version_of);
        }
        for version_of in ["2024-11-05", "2026-07-28", "2025-05-05", ""] {
            assert_eq!(
                version(&json!({ "protocolVersion": version_of }), &|text| text).unwrap_err(),
                format!(
                    "answered initialize with the protocol version {version_of:?}, which we do not speak"
                )
            );
        }
        assert_eq!(
            version(&json!([]), &|text| text).unwrap_err(),
            "answered initialize without a protocolVersion"
        );
    }
}
