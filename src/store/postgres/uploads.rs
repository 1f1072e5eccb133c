//! Uploads of publishers.

use async_trait::async_trait;
use sqlx::{PgExecutor, PgPool};

use super::PostgresStore;
use super::failed::Failed;
use crate::model::RunId;
use crate::store::rows::number;
use crate::store::{AddedPiece, StoreError, UploadBounds, UploadPiece, UploadStore};

async fn add(pool: &PgPool, piece: &UploadPiece, bounds: UploadBounds) -> Result<AddedPiece, Failed> {
    let (token, run) = (piece.token.as_str(), piece.run.as_str());
    let mut writing = pool.begin().await?;
    // One piece of a token at a time, over all sites. Its use may be counted meanwhile.
    sqlx::query("SELECT FROM tokens WHERE id = $1 FOR NO KEY UPDATE")
        .bind(token)
        .execute(&mut *writing)
        .await?;
    let kept = size(&mut *writing, token, run).await?;
    if kept != piece.offset {
        return Ok(AddedPiece::Elsewhere(kept));
    }
    let length = kept.saturating_add(piece.text.len() as u64);
    if length > bounds.bytes {
        return Ok(AddedPiece::TooLong);
    }
    if kept == 0 {
        // What another token continues or removes at this moment is passed over: nobody waits for the other in a circle.
        let outdated = "DELETE FROM uploads WHERE (token, run) IN (
            SELECT token, run FROM uploads WHERE changed_at < $1 FOR UPDATE SKIP LOCKED)";
        sqlx::query(outdated)
            .bind(bounds.outdated)
            .execute(&mut *writing)
            .await?;
        let open: i64 = sqlx::query_scalar("SELECT count(*) FROM uploads WHERE token = $1")
            .bind(token)
            .fetch_one(&mut *writing)
            .await?;
        if open.unsigned_abs() >= bounds.open {
            // What is outdated goes all the same.
            writing.commit().await?;
            return Ok(AddedPiece::TooMany(open.unsigned_abs()));
        }
    }
    if !piece.text.is_empty() {
        let grown = "INSERT INTO uploads (token, run, bytes, changed_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (token, run) DO UPDATE SET bytes = excluded.bytes, changed_at = excluded.changed_at";
        sqlx::query(grown)
            .bind(token)
            .bind(run)
            .bind(number(length))
            .bind(piece.at)
            .execute(&mut *writing)
            .await?;
        sqlx::query("INSERT INTO upload_pieces (token, run, begins, body) VALUES ($1, $2, $3, $4)")
            .bind(token)
            .bind(run)
            .bind(number(kept))
            .bind(piece.text.as_bytes())
            .execute(&mut *writing)
            .await?;
    }
    writing.commit().await?;
    Ok(AddedPiece::Stored(length))
}

async fn size(asked: impl PgExecutor<'_>, token: &str, run: &str) -> Result<u64, Failed> {
    let bytes: Option<i64> = sqlx::query_scalar("SELECT bytes FROM uploads WHERE token = $1 AND run = $2")
        .bind(token)
        .bind(run)
        .fetch_optional(asked)
        .await?;
    Ok(bytes.map_or(0, i64::unsigned_abs))
}

#[async_trait]
impl UploadStore for PostgresStore {
    async fn add_piece(&self, piece: UploadPiece, bounds: UploadBounds) -> Result<AddedPiece, StoreError> {
        self.ask(|pool| async move { add(&pool, &piece, bounds).await })
            .await
    }

    async fn upload_size(&self, token: &str, run: &RunId) -> Result<u64, StoreError> {
        let (token, run) = (token.to_owned(), run.clone());
        self.ask(|pool| async move { size(&pool, &token, run.as_str()).await })
            .await
    }

    async fn upload_piece(
        &self,
        token: &str,
        run: &RunId,
        begins: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (token, run) = (token.to_owned(), run.clone());
        self.ask(|pool| async move {
            let sql = "SELECT body FROM upload_pieces WHERE token = $1 AND run = $2 AND begins = $3";
            let found = sqlx::query_scalar(sql)
                .bind(token)
                .bind(run.as_str())
                .bind(number(begins))
                .fetch_optional(&pool)
                .await?;
            Ok(found)
        })
        .await
    }

    async fn remove_upload(&self, token: &str, run: &RunId) -> Result<(), StoreError> {
        let (token, run) = (token.to_owned(), run.clone());
        self.ask(|pool| async move {
            sqlx::query("DELETE FROM uploads WHERE token = $1 AND run = $2")
                .bind(token)
                .bind(run.as_str())
                .execute(&pool)
                .await?;
            Ok(())
        })
        .await
    }
}
