//! The queries that read a part of something that may be large: pages of lists, and one claim of a run.

use rusqlite::{Connection, params};

use super::read::key;
use super::rows::{RESULT, number, parsed, result as result_of};
use crate::event::{RunEvent, decode};
use crate::model::{CapabilityRef, ProviderId, RunId};
use crate::store::{StoreErrorKind, StoredResult};

pub(super) fn providers(
    connection: &Connection,
    capability: Option<&CapabilityRef>,
    after: Option<&ProviderId>,
    limit: usize,
) -> Result<Vec<ProviderId>, StoreErrorKind> {
    let narrowed = match capability {
        Some(_) => "capability = ?3 AND version = ?4",
        None => "?3 IS ?4",
    };
    let sql = format!(
        "SELECT DISTINCT provider FROM claims WHERE {narrowed} AND provider > ?1 ORDER BY provider LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![
        after.map_or("", ProviderId::as_str),
        number(limit),
        capability.map(|capability| capability.id.as_str()),
        capability.map(|capability| capability.version.to_string()),
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(parsed("provider", row.get(0)?)?);
    }
    Ok(found)
}

pub(super) fn results_of_run(
    connection: &Connection,
    run: &RunId,
    after: Option<u64>,
    limit: usize,
) -> Result<Vec<StoredResult>, StoreErrorKind> {
    let sql = format!(
        "SELECT {RESULT} FROM results r JOIN runs ON runs.key = r.run
         WHERE r.run = ?1 AND r.seq > ?2 ORDER BY r.seq LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    // The first event of a run is its header, so no result has the number 0.
    let after = after.map_or(0, number);
    let mut rows = statement.query(params![key(connection, run)?, after, number(limit)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(result_of(row)?);
    }
    Ok(found)
}

pub(super) fn events_of_claim(
    connection: &Connection,
    run: &RunId,
    provider: &ProviderId,
    capability: &CapabilityRef,
) -> Result<Vec<RunEvent>, StoreErrorKind> {
    // Both values of `own` are named, so that SQLite goes down the index to the run.
    let of_claim = "SELECT e.seq, e.body FROM results r JOIN events e ON e.run = r.run AND e.seq = r.seq
        WHERE r.provider = ?2 AND r.capability = ?3 AND r.version = ?4 AND r.own IN (0, 1) AND r.run = ?1
        ORDER BY e.seq";
    let end = "SELECT seq, body FROM events WHERE run = ?1 AND kind = 'run_finished' AND seq =
        (SELECT max(seq) FROM events WHERE run = ?1)";
    let key = key(connection, run)?;
    let mut events = Vec::new();
    let mut read = |mut rows: rusqlite::Rows<'_>| {
        while let Some(row) = rows.next()? {
            let seq = row.get::<_, i64>(0)?.unsigned_abs();
            let body = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            events.push(decode(body).map_err(|source| StoreErrorKind::Unreadable { seq, source })?);
        }
        Ok::<_, StoreErrorKind>(())
    };
    let mut statement = connection.prepare_cached(of_claim)?;
    read(statement.query(params![
        key,
        provider.as_str(),
        capability.id.as_str(),
        capability.version.to_string(),
    ])?)?;
    let mut statement = connection.prepare_cached(end)?;
    read(statement.query(params![key])?)?;
    Ok(events)
}
