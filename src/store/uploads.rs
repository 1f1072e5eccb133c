//! What a database must do to receive runs in pieces.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::model::RunId;

/// A piece of the record of a run, as a publisher sends it.
#[derive(Debug, Clone)]
pub struct UploadPiece {
    /// The id of the token that sends it. Each token has uploads of its own.
    pub token: String,
    /// The run.
    pub run: RunId,
    /// Where the piece begins in the record, in bytes.
    pub offset: u64,
    /// The piece. It is text, so each piece ends where a character ends.
    pub text: String,
    /// When it came.
    pub at: DateTime<Utc>,
}

/// The bounds of uploads.
#[derive(Debug, Clone, Copy)]
pub struct UploadBounds {
    /// The largest number of bytes of a record.
    pub bytes: u64,
    /// The largest number of unfinished uploads of a token.
    pub open: u64,
    /// Uploads that did not change since are removed before another one begins.
    pub outdated: DateTime<Utc>,
}

/// What became of a piece. All but the first leave everything as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddedPiece {
    /// It is stored, and so many bytes of the record are.
    Stored(u64),
    /// It does not begin where the stored ones end, which is here.
    Elsewhere(u64),
    /// The record would be longer than its bound.
    TooLong,
    /// So many uploads of the token are unfinished.
    TooMany(u64),
}

/// A store of uploads. Several sites may receive one upload in turns.
#[async_trait]
pub trait UploadStore: Send + Sync {
    /// Appends a piece, wholly or not at all. An empty one changes nothing.
    async fn add_piece(&self, piece: UploadPiece, bounds: UploadBounds) -> Result<AddedPiece, StoreError>;

    /// The number of bytes of an upload; 0 where there is none.
    async fn upload_size(&self, token: &str, run: &RunId) -> Result<u64, StoreError>;

    /// The bytes of the piece that begins at an offset.
    async fn upload_piece(
        &self,
        token: &str,
        run: &RunId,
        begins: u64,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// Removes an upload, if there is one.
    async fn remove_upload(&self, token: &str, run: &RunId) -> Result<(), StoreError>;
}
