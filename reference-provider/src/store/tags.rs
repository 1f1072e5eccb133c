//! The tags of customers, as they are compared: the caller trims and folds them.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

/// The tags of the customer at this place in the order of making, in the order of their characters.
pub(crate) fn of(db: &Connection, customer: i64) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("SELECT tag FROM customer_tag WHERE customer = ?1 ORDER BY tag")?
        .query_map([customer], |row| row.get(0))?
        .collect()
}

/// Adds a tag; one that is there stays.
pub(crate) fn add(db: &Connection, customer: i64, tag: &str, at: DateTime<Utc>) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO customer_tag VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute((customer, tag, at.timestamp_millis()))?;
    Ok(())
}

/// Removes a tag, if it is there.
pub(crate) fn remove(db: &Connection, customer: i64, tag: &str) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM customer_tag WHERE customer = ?1 AND tag = ?2")?
        .execute((customer, tag))?;
    Ok(())
}
