//! The statements that write: events with the rows derived from them, verdicts and settlements.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, named_params, params};

use super::rows::{instant, number, verdict_word};
use crate::model::{RunId, Verdict};
use crate::store::StoreErrorKind;
use crate::store::batch::{Batch, ClaimRow, EndRow, HeadRow, MadeBy, ResultRow};

/// A run that is being written.
struct Open {
    key: i64,
    /// True for a run of the registry itself.
    own: bool,
    next_seq: u64,
    ended: bool,
}

/// Stores events, and the verdict of the run where there is one, all or nothing.
pub(super) fn append(
    connection: &mut Connection,
    run: &RunId,
    batch: Option<&Batch>,
    verdict: Option<Verdict>,
    by: &MadeBy,
) -> Result<(), StoreErrorKind> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(batch) = batch {
        add(&writing, batch, by)?;
    }
    if let Some(verdict) = verdict {
        judge(&writing, run, verdict)?;
    }
    Ok(writing.commit()?)
}

fn add(writing: &Transaction<'_>, batch: &Batch, by: &MadeBy) -> Result<(), StoreErrorKind> {
    let first = batch.first_seq();
    let open = match &batch.head {
        Some(head) => begin(writing, &batch.run, head, by)?,
        None => known(writing, &batch.run)?,
    };
    if open.next_seq != first || open.ended {
        return Err(StoreErrorKind::OutOfOrder { seq: first });
    }
    let mut insert = writing
        .prepare_cached("INSERT INTO events (run, seq, at, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for event in &batch.events {
        insert.execute(params![
            open.key,
            number(event.seq),
            instant(event.at),
            event.kind,
            event.body
        ])?;
    }
    for row in &batch.results {
        result(writing, &open, row)?;
    }
    for row in batch.claims() {
        claim(writing, &open, row)?;
    }
    if let Some(row) = &batch.end {
        end(writing, open.key, row)?;
    }
    count(writing, &open, batch)
}

fn begin(
    writing: &Transaction<'_>,
    run: &RunId,
    head: &HeadRow,
    by: &MadeBy,
) -> Result<Open, StoreErrorKind> {
    if open(writing, run)?.is_some() {
        return Err(StoreErrorKind::OutOfOrder { seq: 0 });
    }
    writing.execute(
        "INSERT INTO runs (id, started_at, harness, seed, planned, providers, publisher, from_files)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            run.as_str(),
            instant(head.started_at),
            head.harness,
            head.seed,
            number(head.planned),
            number(head.providers),
            by.publisher,
            by.from_files,
        ],
    )?;
    Ok(Open {
        key: writing.last_insert_rowid(),
        own: by.is_own(),
        next_seq: 0,
        ended: false,
    })
}

fn open(connection: &Connection, run: &RunId) -> Result<Option<Open>, StoreErrorKind> {
    let sql = "SELECT key, next_seq, finished_at IS NOT NULL, publisher IS NULL AND NOT from_files
        FROM runs WHERE id = ?1";
    let found = connection.prepare_cached(sql)?.query_row([run.as_str()], |row| {
        Ok(Open {
            key: row.get(0)?,
            next_seq: row.get::<_, i64>(1)?.unsigned_abs(),
            ended: row.get(2)?,
            own: row.get(3)?,
        })
    });
    Ok(found.optional()?)
}

fn known(connection: &Connection, run: &RunId) -> Result<Open, StoreErrorKind> {
    open(connection, run)?.ok_or_else(|| StoreErrorKind::UnknownRun {
        text: run.to_string(),
    })
}

fn result(writing: &Transaction<'_>, run: &Open, row: &ResultRow) -> Result<(), StoreErrorKind> {
    let sql = "INSERT INTO results
        (run, seq, provider, capability, version, test, level, outcome, ms, calls, when_at, message, own)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    writing.prepare_cached(sql)?.execute(params![
        run.key,
        number(row.seq),
        row.claim.provider,
        row.claim.capability,
        row.claim.version,
        row.test,
        row.level,
        row.outcome,
        number(row.ms),
        number(row.calls),
        instant(row.when),
        row.message,
        run.own,
    ])?;
    Ok(())
}

/// Notes that the run has results of a claim.
fn claim(writing: &Transaction<'_>, run: &Open, row: &ClaimRow) -> Result<(), StoreErrorKind> {
    let sql = "INSERT INTO claims (provider, capability, version, run, changes) VALUES (?1, ?2, ?3, ?4, 1)
        ON CONFLICT DO UPDATE SET run = excluded.run, changes = changes + 1 WHERE run <> excluded.run";
    writing
        .prepare_cached(sql)?
        .execute(params![row.provider, row.capability, row.version, run.key])?;
    Ok(())
}

fn end(writing: &Transaction<'_>, run: i64, row: &EndRow) -> Result<(), StoreErrorKind> {
    writing.execute(
        "UPDATE runs SET finished_at = ?2, interrupted = ?3 WHERE key = ?1",
        params![run, instant(row.finished_at), row.interrupted],
    )?;
    Ok(())
}

fn count(writing: &Transaction<'_>, open: &Open, batch: &Batch) -> Result<(), StoreErrorKind> {
    let sql =
        "UPDATE runs SET next_seq = :next, pass = pass + :pass, fail = fail + :fail, error = error + :error,
        blocked = blocked + :blocked, skip = skip + :skip WHERE key = :run";
    let totals = &batch.totals;
    writing.prepare_cached(sql)?.execute(named_params! {
        ":run": open.key,
        ":next": number(batch.next_seq()),
        ":pass": number(totals.pass),
        ":fail": number(totals.fail),
        ":error": number(totals.error),
        ":blocked": number(totals.blocked),
        ":skip": number(totals.skip),
    })?;
    Ok(())
}

fn judge(connection: &Connection, run: &RunId, verdict: Verdict) -> Result<(), StoreErrorKind> {
    let open = known(connection, run)?;
    if !open.ended {
        return Err(StoreErrorKind::Unfinished);
    }
    connection.execute(
        "UPDATE runs SET verdict = ?2 WHERE key = ?1",
        params![open.key, verdict_word(verdict)],
    )?;
    connection.execute(
        "UPDATE claims SET changes = changes + 1 WHERE (provider, capability, version) IN
         (SELECT provider, capability, version FROM results WHERE run = ?1)",
        [open.key],
    )?;
    Ok(())
}

pub(super) fn settle(
    connection: &Connection,
    run: &RunId,
    owed: u64,
    at: DateTime<Utc>,
) -> Result<(), StoreErrorKind> {
    let open = known(connection, run)?;
    connection.execute(
        "INSERT INTO settlements (run, owed, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![open.key, number(owed), instant(at)],
    )?;
    Ok(())
}
