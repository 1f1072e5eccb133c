//! Checks a transparency log that is served elsewhere, by its checkpoint and its tiles.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use super::AppError;
use super::files::read_text;
use super::keys::read_trust;
use super::transparency::LARGEST_PROOF;
use crate::certificate::LogKey;
use crate::transparency::{Checkpoint, CheckpointError, LogError, NoteError, judge_tiles, needed_tiles};
use crate::transport::{Files, Limits, Pool};

/// The time limit of one request.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// Checks that the tiles of the log at a URL lead to the root that it signed, and, with an earlier checkpoint, that it continues that one.
/// Returns its checkpoint of today. The trust file names the log.
///
/// # Errors
///
/// A file cannot be read, the log cannot be asked, none that is trusted signed its checkpoint, or it was rewritten or cut.
pub async fn verify_served_log(url: &str, trust: &Path, from: Option<&Path>) -> Result<Checkpoint, AppError> {
    let logs = read_trust(trust)?.logs;
    let from = from.map(|path| read_text(path, LARGEST_PROOF)).transpose()?;
    let limits = Limits {
        call: CALL_LIMIT,
        ..Limits::default()
    };
    let pool = Pool::new(limits, concat!("proofhouse/", env!("CARGO_PKG_VERSION")))?;
    let files = pool.files(url).map_err(AppError::RegistryAddress)?;
    let (key, today) = signed_by_one_of(&logs, &text(&read(&files, url, "checkpoint").await?))?;
    let earlier = from
        .map(|text| Checkpoint::open(&text, key).map_err(LogError::from))
        .transpose()?;
    let mut tiles = HashMap::new();
    for tile in needed_tiles(earlier.as_ref().map(|earlier| earlier.size), today.size) {
        let bytes = read(&files, url, &format!("tile/{}", tile.path())).await?;
        tiles.insert(tile, bytes);
    }
    judge_tiles(earlier.as_ref(), &today, &tiles)?;
    Ok(today)
}

async fn read(files: &Files, url: &str, path: &str) -> Result<Vec<u8>, AppError> {
    files
        .read(path, CALL_LIMIT)
        .await
        .map_err(|error| AppError::Registry {
            what: format!("the log at {url} cannot be read: {error}"),
            hint: Some("a log is served below its name, such as https://registry.example/log".to_owned()),
        })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The log, of those that are trusted, that signed a checkpoint, and the checkpoint.
fn signed_by_one_of<'l>(logs: &'l [LogKey], note: &str) -> Result<(&'l LogKey, Checkpoint), LogError> {
    let mut wrong = None;
    for log in logs {
        match Checkpoint::open(note, log) {
            Ok(checkpoint) => return Ok((log, checkpoint)),
            Err(CheckpointError::Note(NoteError::Unsigned(_))) => {}
            Err(error) => wrong = Some(error),
        }
    }
    Err(wrong.map_or(LogError::Unnamed, LogError::from))
}
