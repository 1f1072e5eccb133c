//! Tokens of publishers.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{instant, number, parsed};
use crate::publish::{TokenHash, TokenRecord, TokenUse};
use crate::store::StoreErrorKind;
use crate::store::rows::stored_hash;

const COLUMNS: &str = "id, publisher, providers, created_at, revoked_at, expires_at";

fn record(row: &Row<'_>) -> Result<TokenRecord, StoreErrorKind> {
    let providers: String = row.get(2)?;
    let revoked: Option<String> = row.get(4)?;
    Ok(TokenRecord {
        id: row.get(0)?,
        publisher: row.get(1)?,
        providers: serde_json::from_str(&providers).map_err(|_| StoreErrorKind::Column {
            column: "providers",
            value: providers,
        })?,
        created_at: parsed("created_at", row.get(3)?)?,
        revoked_at: revoked.map(|text| parsed("revoked_at", text)).transpose()?,
        expires_at: parsed("expires_at", row.get(5)?)?,
    })
}

pub(super) fn insert(
    connection: &Connection,
    hash: &TokenHash,
    token: &TokenRecord,
) -> Result<(), StoreErrorKind> {
    connection.execute(
        "INSERT INTO tokens (id, hash, publisher, providers, created_at, expires_at, revoked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            token.id,
            hash.as_str(),
            token.publisher,
            serde_json::Value::from(token.providers.as_slice()).to_string(),
            instant(token.created_at),
            instant(token.expires_at),
            token.revoked_at.map(instant),
        ],
    )?;
    Ok(())
}

pub(super) fn list(connection: &Connection) -> Result<Vec<TokenRecord>, StoreErrorKind> {
    let sql = format!("SELECT {COLUMNS} FROM tokens ORDER BY created_at, id");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record(row)?);
    }
    Ok(found)
}

pub(super) fn hashed(connection: &Connection) -> Result<Vec<(TokenHash, TokenRecord)>, StoreErrorKind> {
    let sql = format!("SELECT {COLUMNS}, hash FROM tokens ORDER BY created_at, id");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((stored_hash(row.get(6)?)?, record(row)?));
    }
    Ok(found)
}

pub(super) fn find(connection: &Connection, hash: &TokenHash) -> Result<Option<TokenRecord>, StoreErrorKind> {
    let sql = format!("SELECT {COLUMNS} FROM tokens WHERE hash = ?1 AND revoked_at IS NULL");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([hash.as_str()])?;
    rows.next()?.map(record).transpose()
}

/// Revokes a token. Returns true if there was a valid token of this id.
pub(super) fn revoke(connection: &Connection, id: &str, at: DateTime<Utc>) -> Result<bool, StoreErrorKind> {
    let sql = "UPDATE tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL RETURNING id";
    let revoked: Option<String> = connection
        .query_row(sql, params![id, instant(at)], |row| row.get(0))
        .optional()?;
    Ok(revoked.is_some())
}

/// The use of a token: on a day, or on all days.
pub(super) fn token_use(
    connection: &Connection,
    id: &str,
    day: Option<NaiveDate>,
) -> Result<TokenUse, StoreErrorKind> {
    let sql = "SELECT coalesce(sum(runs), 0), coalesce(sum(bytes), 0), max(last) FROM token_use
        WHERE token = ?1 AND (?2 IS NULL OR day = ?2)";
    let day = day.map(|day| day.to_string());
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![id, day])?;
    let Some(row) = rows.next()? else {
        return Ok(TokenUse::default());
    };
    let last: Option<String> = row.get(2)?;
    Ok(TokenUse {
        runs: row.get::<_, i64>(0)?.unsigned_abs(),
        bytes: row.get::<_, i64>(1)?.unsigned_abs(),
        last: last.map(|text| parsed("last", text)).transpose()?,
    })
}

/// The use of a token on each day of use.
pub(super) fn days(connection: &Connection, id: &str) -> Result<Vec<TokenUse>, StoreErrorKind> {
    let sql = "SELECT runs, bytes, last FROM token_use WHERE token = ?1 ORDER BY day";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([id])?;
    let mut days = Vec::new();
    while let Some(row) = rows.next()? {
        days.push(TokenUse {
            runs: row.get::<_, i64>(0)?.unsigned_abs(),
            bytes: row.get::<_, i64>(1)?.unsigned_abs(),
            last: Some(parsed("last", row.get(2)?)?),
        });
    }
    Ok(days)
}

/// Counts a use of a token.
pub(super) fn count_use(
    connection: &Connection,
    id: &str,
    at: DateTime<Utc>,
    runs: u64,
    bytes: u64,
) -> Result<(), StoreErrorKind> {
    connection.execute(
        "INSERT INTO token_use (token, day, runs, bytes, last) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, bytes = bytes + excluded.bytes,
             last = max(last, excluded.last)",
        params![
            id,
            at.date_naive().to_string(),
            number(runs),
            number(bytes),
            instant(at)
        ],
    )?;
    Ok(())
}
