//! The opening of a session: `initialize`, or what stands for it in the stateless revision.

use std::time::Duration;

use rmcp::model::{ErrorCode, ProtocolVersion};
use serde_json::Value;

use super::line::{Around, Fault, Line, Sent, Wire};
use super::message::{RpcError, Writer};
use super::session::{Broken, Session};
use crate::transport::judge::start_of;
use crate::transport::{ErrorKind, TransportError};

/// Opens a session within the limit, pauses that the provider asks for aside.
pub(super) async fn open<W: Wire>(
    wire: &W,
    writer: &Writer,
    limit: Duration,
    redact: &(dyn Fn(String) -> String + Sync),
) -> Result<Session<W::Line>, Broken> {
    let mut line = wire.open().await.map_err(|trouble| Broken {
        trouble,
        around: Around::default(),
    })?;
    let sent = line.ask(&writer.initialize(wire.next_id()), limit).await;
    let left = limit.saturating_sub(sent.waited);
    if sent.code.is_some_and(knows_no_initialize) {
        return discover(wire, line, writer, left, redact).await;
    }
    let session = sent.session.clone();
    let (result, around) = result_of(sent, "initialize", redact)?;
    let version = match version(&result, redact) {
        Ok(version) => version,
        Err(what) => return Err(Broken::protocol(what, around)),
    };
    line.settle(&version, session);
    let sent = line.tell(&Writer::initialized(), left).await;
    match sent.reply {
        Ok(_) => Ok(Session {
            line,
            stateless: false,
        }),
        Err(fault) => Err(Broken::new(fault, "notifications/initialized", sent.around)),
    }
}

/// Whether a server that answers `initialize` with this error may speak a revision that has none.
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
) -> Result<Session<W::Line>, Broken> {
    line.settle(&ProtocolVersion::NO_INITIALIZE, None);
    let sent = line.ask(&writer.discover(wire.next_id()), limit).await;
    let (result, around) = result_of(sent, "initialize and server/discover", redact)?;
    let supported = result
        .get("supportedVersions")
        .and_then(Value::as_array)
        .is_some_and(|versions| {
            versions
                .iter()
                .any(|version| version.as_str() == Some(ProtocolVersion::NO_INITIALIZE.as_str()))
        });
    if supported {
        Ok(Session {
            line,
            stateless: true,
        })
    } else {
        let what = "answered initialize with an error, and server/discover without a revision that we know";
        Err(Broken::protocol(what.to_owned(), around))
    }
}

fn result_of(
    sent: Sent,
    method: &str,
    redact: &(dyn Fn(String) -> String + Sync),
) -> Result<(Value, Around), Broken> {
    match sent.reply {
        Ok(Ok(result)) => Ok((result, sent.around)),
        Ok(Err(error)) => Err(Broken::protocol(
            format!("answered {method} with {}", described(&error, redact)),
            sent.around,
        )),
        Err(fault) => Err(Broken::new(fault, method, sent.around)),
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

impl Broken {
    fn protocol(what: String, around: Around) -> Self {
        Self::new(TransportError::Protocol(what).into(), "", around)
    }

    /// The call that wanted the session was never sent. A provider that could not be asked stays that; all else is its fault.
    fn new(fault: Fault, method: &str, around: Around) -> Self {
        let trouble = match fault {
            Fault::TransportError(TransportError::NotAnAnswer(what)) => {
                TransportError::Protocol(format!("answered {method} with {what}"))
            }
            Fault::TransportError(trouble) => trouble,
            Fault::SessionGone => TransportError::NoSuchTool("404".to_owned()),
        };
        let trouble = match trouble.kind() {
            ErrorKind::Wrong if !matches!(trouble, TransportError::NotReady(_)) => {
                TransportError::NotReady(Box::new(trouble))
            }
            ErrorKind::Wrong | ErrorKind::NotAsked | ErrorKind::Gap | ErrorKind::NoSuchTool => trouble,
        };
        Self { trouble, around }
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
