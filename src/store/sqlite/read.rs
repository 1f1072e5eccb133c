//! The queries that read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::rows::{
    CLAIM, OVERVIEW, RESULT, claim as claim_of, instant, number, overview as overview_of, parsed,
    result as result_of,
};
use crate::event::{OwedUndo, RunEvent, decode};
use crate::model::{CapabilityRef, ProviderId, RunId};
use crate::store::rows::still_owed;
use crate::store::{
    ClaimResults, Page, ResultFilter, RunOverview, StoreErrorKind, StoredClaim, StoredResult,
};

pub(super) fn list(connection: &Connection, page: &Page) -> Result<Vec<RunOverview>, StoreErrorKind> {
    let before = page
        .before
        .as_ref()
        .map(|run| overview(connection, run))
        .transpose()?;
    let (at, id) = match &before {
        Some(before) => (Some(instant(before.started_at)), Some(before.run.as_str())),
        None => (None, None),
    };
    let sql = format!(
        "SELECT {OVERVIEW} FROM runs WHERE ?1 IS NULL OR (started_at, id) < (?1, ?2)
         ORDER BY started_at DESC, id DESC LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![at, id, number(page.limit)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(overview_of(row)?);
    }
    Ok(found)
}

pub(super) fn overview(connection: &Connection, run: &RunId) -> Result<RunOverview, StoreErrorKind> {
    let mut statement = connection.prepare_cached(&format!("SELECT {OVERVIEW} FROM runs WHERE id = ?1"))?;
    let mut rows = statement.query([run.as_str()])?;
    match rows.next()? {
        Some(row) => overview_of(row),
        None => Err(StoreErrorKind::UnknownRun {
            text: run.to_string(),
        }),
    }
}

pub(super) fn claims(
    connection: &Connection,
    capability: Option<&CapabilityRef>,
    provider: Option<&ProviderId>,
) -> Result<Vec<StoredClaim>, StoreErrorKind> {
    let sql = format!(
        "SELECT {CLAIM} FROM claims WHERE (?1 IS NULL OR (capability, version) = (?1, ?2))
         AND (?3 IS NULL OR provider = ?3) ORDER BY provider, capability, version"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![
        capability.map(|capability| capability.id.as_str()),
        capability.map(|capability| capability.version.to_string()),
        provider.map(ProviderId::as_str),
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(claim_of(row)?);
    }
    Ok(found)
}

pub(super) fn key(connection: &Connection, run: &RunId) -> Result<i64, StoreErrorKind> {
    let mut statement = connection.prepare_cached("SELECT key FROM runs WHERE id = ?1")?;
    let found = statement.query_row([run.as_str()], |row| row.get(0)).optional()?;
    found.ok_or_else(|| StoreErrorKind::UnknownRun {
        text: run.to_string(),
    })
}

pub(super) fn events_after(
    connection: &Connection,
    run: &RunId,
    after: Option<u64>,
    limit: usize,
) -> Result<Vec<RunEvent>, StoreErrorKind> {
    let sql = "SELECT seq, body FROM events WHERE run = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
    let after = after.map_or(-1, number);
    read_events(
        connection,
        sql,
        params![key(connection, run)?, after, number(limit)],
    )
}

pub(super) fn event(
    connection: &Connection,
    run: &RunId,
    seq: u64,
) -> Result<Option<RunEvent>, StoreErrorKind> {
    let mut statement = connection.prepare_cached("SELECT body FROM events WHERE run = ?1 AND seq = ?2")?;
    let mut rows = statement.query(params![key(connection, run)?, number(seq)])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let body = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
    let event = decode(body).map_err(|source| StoreErrorKind::Unreadable { seq, source })?;
    Ok(Some(event))
}

fn read_events(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Vec<RunEvent>, StoreErrorKind> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let seq = row.get::<_, i64>(0)?.unsigned_abs();
        let body = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        events.push(decode(body).map_err(|source| StoreErrorKind::Unreadable { seq, source })?);
    }
    Ok(events)
}

pub(super) fn find(connection: &Connection, text: &str) -> Result<RunId, StoreErrorKind> {
    /// The largest number of runs that the error names.
    const NAMED: usize = 5;
    let ids = |condition: &str, values: &[&str]| {
        let sql = format!(
            "SELECT id FROM runs WHERE {condition} ORDER BY started_at DESC, id DESC LIMIT {}",
            NAMED + 1
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(0))?;
        rows.collect::<Result<Vec<_>, _>>()
    };
    let run = |id: &str| {
        id.parse::<RunId>().map_err(|_| StoreErrorKind::Column {
            column: "id",
            value: id.to_owned(),
        })
    };
    let newest = ids("TRUE", &[])?;
    let Some(latest) = newest.first() else {
        return Err(StoreErrorKind::NoRuns);
    };
    if text == "latest" {
        return run(latest);
    }
    if let Some(id) = ids("id = ?1", &[text])?.first() {
        return run(id);
    }
    let after = format!("{text}{}", char::MAX);
    let mut candidates = ids("id >= ?1 AND id < ?2", &[text, &after])?;
    match candidates.as_slice() {
        [] => Err(StoreErrorKind::UnknownRun {
            text: text.to_owned(),
        }),
        [only] => run(only),
        _ => {
            let more = candidates.len() > NAMED;
            candidates.truncate(NAMED);
            Err(StoreErrorKind::Ambiguous {
                text: text.to_owned(),
                candidates,
                more,
            })
        }
    }
}

pub(super) fn recent_results(
    connection: &Connection,
    filter: &ResultFilter,
) -> Result<Vec<StoredResult>, StoreErrorKind> {
    let equal = [
        ("capability", filter.capability.as_ref().map(ToString::to_string)),
        ("version", filter.version.as_ref().map(ToString::to_string)),
        ("provider", filter.provider.as_ref().map(ToString::to_string)),
        ("test", filter.test.as_ref().map(ToString::to_string)),
        ("outcome", filter.outcome.as_ref().map(ToString::to_string)),
    ];
    // Only the given filters are part of the query, so that SQLite picks the right index.
    let (columns, mut values): (Vec<_>, Vec<_>) = equal
        .into_iter()
        .filter_map(|(column, value)| Some((column, value?)))
        .unzip();
    let mut conditions: String = columns
        .iter()
        .map(|column| format!("AND r.{column} = ? "))
        .collect();
    for (bound, at) in [(">=", filter.since), ("<", filter.until)] {
        if let Some(at) = at {
            conditions.extend(["AND r.when_at ", bound, " ? "]);
            values.push(instant(at));
        }
    }
    if let Some(before) = &filter.before {
        conditions.push_str(
            "AND (r.when_at, r.run, r.seq) < (SELECT seen.when_at, seen.run, seen.seq FROM results seen
             WHERE seen.run = (SELECT key FROM runs WHERE id = ?) AND seen.seq = CAST(? AS INTEGER)) ",
        );
        values.push(before.run.to_string());
        values.push(number(before.seq).to_string());
    }
    values.push(number(filter.limit).to_string());
    let sql = format!(
        "SELECT {RESULT} FROM results r JOIN runs ON runs.key = r.run WHERE TRUE {conditions}
         ORDER BY r.when_at DESC, r.run DESC, r.seq DESC LIMIT CAST(? AS INTEGER)"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(result_of(row)?);
    }
    Ok(found)
}

pub(super) fn results_of_claim(
    connection: &Connection,
    query: &ClaimResults<'_>,
) -> Result<Vec<StoredResult>, StoreErrorKind> {
    // The name of the set-up row stands in the text, so that SQLite takes the index of those rows alone.
    let of = match query.capability {
        Some(_) => "r.capability = ?3 AND r.version = ?4",
        None => "r.test = 'set_up' AND ?3 IS ?4",
    };
    let sql = format!(
        "SELECT {RESULT} FROM results r JOIN runs ON runs.key = r.run
         WHERE r.provider = ?1 AND r.own = ?2 AND {of}
         AND (?5 IS NULL OR r.when_at >= ?5) AND (?6 IS NULL OR r.when_at < ?6)
         ORDER BY r.run DESC, r.seq DESC LIMIT ?7"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![
        query.provider.as_str(),
        query.own,
        query.capability.map(|capability| capability.id.as_str()),
        query.capability.map(|capability| capability.version.to_string()),
        query.since.map(instant),
        query.until.map(instant),
        number(query.limit),
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(result_of(row)?);
    }
    Ok(found)
}

pub(super) fn owed(connection: &Connection, run: &RunId) -> Result<Vec<OwedUndo>, StoreErrorKind> {
    let sql = "SELECT seq, body FROM events
        WHERE run = ?1 AND kind IN ('undo_owed', 'undo_settled') ORDER BY seq";
    let events = read_events(connection, sql, [key(connection, run)?])?;
    Ok(still_owed(events, &settlements(connection, run)?))
}

pub(super) fn settlements(
    connection: &Connection,
    run: &RunId,
) -> Result<BTreeMap<u64, DateTime<Utc>>, StoreErrorKind> {
    let mut statement = connection.prepare_cached("SELECT owed, at FROM settlements WHERE run = ?1")?;
    let mut rows = statement.query([key(connection, run)?])?;
    let mut settled = BTreeMap::new();
    while let Some(row) = rows.next()? {
        settled.insert(row.get::<_, i64>(0)?.unsigned_abs(), parsed("at", row.get(1)?)?);
    }
    Ok(settled)
}
