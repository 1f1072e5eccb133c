//! Events as lines of JSON, with a version.

use serde::{Deserialize, Serialize};

use super::RunEvent;

/// The version that [`encode`] writes. A reader takes this one and every older one.
pub const FORMAT_VERSION: u32 = 1;

/// Why a stored event cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The text is not an event.
    #[error("not an event of a run")]
    Malformed(#[from] serde_json::Error),
    /// The event was written by a newer version.
    #[error("written in event format {found}, this version reads up to {FORMAT_VERSION}")]
    TooNew {
        /// The version found.
        found: u32,
    },
}

#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    event: &'a RunEvent,
}

#[derive(Deserialize)]
struct Stamp {
    v: u32,
}

#[derive(Deserialize)]
struct OwnedLine {
    event: RunEvent,
}

/// One event as one line of JSON, without the line's end.
pub fn encode(event: &RunEvent) -> Result<String, CodecError> {
    Ok(serde_json::to_string(&Line {
        v: FORMAT_VERSION,
        event,
    })?)
}

/// Reads one line back.
pub fn decode(line: &str) -> Result<RunEvent, CodecError> {
    let Stamp { v } = serde_json::from_str(line)?;
    if v > FORMAT_VERSION {
        return Err(CodecError::TooNew { found: v });
    }
    Ok(serde_json::from_str::<OwnedLine>(line)?.event)
}
