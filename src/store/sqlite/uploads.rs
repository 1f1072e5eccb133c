//! Uploads of publishers.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::SqliteStore;
use super::rows::{instant, number};
use crate::model::RunId;
use crate::store::{AddedPiece, StoreError, StoreErrorKind, UploadBounds, UploadPiece, UploadStore};

fn add(
    connection: &mut Connection,
    piece: &UploadPiece,
    bounds: UploadBounds,
) -> Result<AddedPiece, StoreErrorKind> {
    let (token, run) = (&piece.token, piece.run.as_str());
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let kept = size(&writing, token, run)?;
    if kept != piece.offset {
        return Ok(AddedPiece::Elsewhere(kept));
    }
    let length = kept.saturating_add(piece.text.len() as u64);
    if length > bounds.bytes {
        return Ok(AddedPiece::TooLong);
    }
    if kept == 0 {
        let outdated = "DELETE FROM uploads WHERE changed_at < ?1";
        writing.execute(outdated, [instant(bounds.outdated)])?;
        let counting = "SELECT count(*) FROM uploads WHERE token = ?1";
        let open: i64 = writing.query_row(counting, [token], |row| row.get(0))?;
        if open.unsigned_abs() >= bounds.open {
            // What is outdated goes all the same.
            writing.commit()?;
            return Ok(AddedPiece::TooMany(open.unsigned_abs()));
        }
    }
    if !piece.text.is_empty() {
        writing.execute(
            "INSERT INTO uploads (token, run, bytes, changed_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (token, run) DO UPDATE SET bytes = excluded.bytes, changed_at = excluded.changed_at",
            params![token, run, number(length), instant(piece.at)],
        )?;
        writing.execute(
            "INSERT INTO upload_pieces (token, run, begins, body) VALUES (?1, ?2, ?3, ?4)",
            params![token, run, number(kept), piece.text.as_bytes()],
        )?;
    }
    writing.commit()?;
    Ok(AddedPiece::Stored(length))
}

fn size(connection: &Connection, token: &str, run: &str) -> Result<u64, StoreErrorKind> {
    let sql = "SELECT bytes FROM uploads WHERE token = ?1 AND run = ?2";
    let bytes: Option<i64> = connection
        .query_row(sql, [token, run], |row| row.get(0))
        .optional()?;
    Ok(bytes.map_or(0, i64::unsigned_abs))
}

#[async_trait]
impl UploadStore for SqliteStore {
    async fn add_piece(&self, piece: UploadPiece, bounds: UploadBounds) -> Result<AddedPiece, StoreError> {
        self.writing(move |writer| add(writer, &piece, bounds)).await
    }

    async fn upload_size(&self, token: &str, run: &RunId) -> Result<u64, StoreError> {
        let (token, run) = (token.to_owned(), run.clone());
        self.reading(move |reader| size(reader, &token, run.as_str()))
            .await
    }

    async fn upload_piece(
        &self,
        token: &str,
        run: &RunId,
        begins: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (token, run) = (token.to_owned(), run.clone());
        self.reading(move |reader| {
            let sql = "SELECT body FROM upload_pieces WHERE token = ?1 AND run = ?2 AND begins = ?3";
            let key = params![token, run.as_str(), number(begins)];
            Ok(reader.query_row(sql, key, |row| row.get(0)).optional()?)
        })
        .await
    }

    async fn remove_upload(&self, token: &str, run: &RunId) -> Result<(), StoreError> {
        let (token, run) = (token.to_owned(), run.clone());
        self.writing(move |writer| {
            let sql = "DELETE FROM uploads WHERE token = ?1 AND run = ?2";
            writer.execute(sql, [token.as_str(), run.as_str()])?;
            Ok(())
        })
        .await
    }
}
