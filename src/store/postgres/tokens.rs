//! Tokens of publishers.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

use super::failed::Failed;
use super::rows::{all, text};
use crate::publish::{TokenHash, TokenRecord, TokenUse};
use crate::store::StoreErrorKind;
use crate::store::rows::{number, stored_hash};

fn record(row: &PgRow) -> Result<TokenRecord, Failed> {
    let providers: String = row.try_get("providers")?;
    Ok(TokenRecord {
        id: row.try_get("id")?,
        publisher: row.try_get("publisher")?,
        providers: serde_json::from_str(&providers).map_err(|_| StoreErrorKind::Column {
            column: "providers",
            value: providers,
        })?,
        created_at: row.try_get("created_at")?,
        revoked_at: row.try_get("revoked_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}

pub(super) async fn insert(pool: &PgPool, hash: &TokenHash, token: &TokenRecord) -> Result<(), Failed> {
    let sql = "INSERT INTO tokens (id, hash, publisher, providers, created_at, expires_at, revoked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(sql)
        .bind(&token.id)
        .bind(hash.as_str())
        .bind(text(&token.publisher))
        .bind(serde_json::Value::from(token.providers.as_slice()).to_string())
        .bind(token.created_at)
        .bind(token.expires_at)
        .bind(token.revoked_at)
        .execute(pool)
        .await?;
    Ok(())
}

pub(super) async fn list(pool: &PgPool) -> Result<Vec<TokenRecord>, Failed> {
    let sql = "SELECT id, publisher, providers, created_at, revoked_at, expires_at FROM tokens ORDER BY created_at, id";
    all(&sqlx::query(sql).fetch_all(pool).await?, record)
}

pub(super) async fn hashed(pool: &PgPool) -> Result<Vec<(TokenHash, TokenRecord)>, Failed> {
    let rows = sqlx::query("SELECT * FROM tokens ORDER BY created_at, id")
        .fetch_all(pool)
        .await?;
    all(&rows, |row| {
        Ok((stored_hash(row.try_get("hash")?)?, record(row)?))
    })
}

pub(super) async fn find(pool: &PgPool, hash: &TokenHash) -> Result<Option<TokenRecord>, Failed> {
    let sql = "SELECT id, publisher, providers, created_at, revoked_at, expires_at FROM tokens
        WHERE hash = $1 AND revoked_at IS NULL";
    let found = sqlx::query(sql).bind(hash.as_str()).fetch_optional(pool).await?;
    found.as_ref().map(record).transpose()
}

/// Revokes a token. Returns true if there was a valid token of this id.
pub(super) async fn revoke(pool: &PgPool, id: &str, at: DateTime<Utc>) -> Result<bool, Failed> {
    if id.contains('\0') {
        return Ok(false);
    }
    let revoked = sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(at)
        .execute(pool)
        .await?;
    Ok(revoked.rows_affected() > 0)
}

/// The use of a token: on a day, or on all days.
pub(super) async fn token_use(pool: &PgPool, id: &str, day: Option<NaiveDate>) -> Result<TokenUse, Failed> {
    let sql = "SELECT coalesce(sum(runs), 0)::int8, coalesce(sum(bytes), 0)::int8, max(last) FROM token_use
        WHERE token = $1 AND ($2::date IS NULL OR day = $2)";
    let (runs, bytes, last): (i64, i64, Option<DateTime<Utc>>) =
        sqlx::query_as(sql).bind(id).bind(day).fetch_one(pool).await?;
    Ok(TokenUse {
        runs: runs.unsigned_abs(),
        bytes: bytes.unsigned_abs(),
        last,
    })
}

/// The use of a token on each day of use.
pub(super) async fn days(pool: &PgPool, id: &str) -> Result<Vec<TokenUse>, Failed> {
    let days: Vec<(i64, i64, DateTime<Utc>)> =
        sqlx::query_as("SELECT runs, bytes, last FROM token_use WHERE token = $1 ORDER BY day")
            .bind(id)
            .fetch_all(pool)
            .await?;
    let used = |(runs, bytes, last): (i64, i64, _)| TokenUse {
        runs: runs.unsigned_abs(),
        bytes: bytes.unsigned_abs(),
        last: Some(last),
    };
    Ok(days.into_iter().map(used).collect())
}

/// Counts a use of a token.
pub(super) async fn count_use(
    pool: &PgPool,
    id: &str,
    at: DateTime<Utc>,
    runs: u64,
    bytes: u64,
) -> Result<(), Failed> {
    let sql = "INSERT INTO token_use AS u (token, day, runs, bytes, last) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (token, day) DO UPDATE SET runs = u.runs + excluded.runs, bytes = u.bytes + excluded.bytes,
            last = greatest(u.last, excluded.last)";
    sqlx::query(sql)
        .bind(id)
        .bind(at.date_naive())
        .bind(number(runs))
        .bind(number(bytes))
        .bind(at)
        .execute(pool)
        .await?;
    Ok(())
}
