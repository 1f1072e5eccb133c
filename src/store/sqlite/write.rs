//! The statements that write: events with the rows derived from them, verdicts and settlements.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, named_params, params};

use super::rows::{instant, number, verdict_word};
use crate::event::{RunEvent, RunEventKind, RunFooter, RunHeader, encode};
use crate::model::{RunId, TestResult, Totals, Verdict};
use crate::store::{ImportedFrom, StoreErrorKind};

/// A run that is being written.
struct Open {
    key: i64,
    /// True for a run of the registry itself.
    own: bool,
    next_seq: u64,
    ended: bool,
}

pub(super) fn append(
    connection: &mut Connection,
    run: &RunId,
    events: &[RunEvent],
) -> Result<(), StoreErrorKind> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    add(&writing, run, events, None)?;
    Ok(writing.commit()?)
}

/// Stores a complete run that came from outside, with its verdict.
pub(super) fn import(
    connection: &mut Connection,
    run: &RunId,
    events: &[RunEvent],
    verdict: Verdict,
    from: ImportedFrom<'_>,
) -> Result<(), StoreErrorKind> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    add(&writing, run, events, Some(from))?;
    finish(&writing, run, verdict)?;
    Ok(writing.commit()?)
}

fn add(
    writing: &Transaction<'_>,
    run: &RunId,
    events: &[RunEvent],
    from: Option<ImportedFrom<'_>>,
) -> Result<(), StoreErrorKind> {
    let mut events = events.iter().filter(|event| event.kind.recorded()).peekable();
    let Some(first) = events.peek() else { return Ok(()) };
    let mut open = match &first.kind {
        RunEventKind::RunStarted(header) => begin(writing, run, header, first.seq, from)?,
        _ => open(writing, run)?.ok_or_else(|| StoreErrorKind::UnknownRun {
            text: run.to_string(),
        })?,
    };
    let mut totals = Totals::default();
    // The results of a claim come one after the other, and news of it is told once.
    let mut claims = BTreeSet::new();
    for event in events {
        if event.seq != open.next_seq || open.ended {
            return Err(StoreErrorKind::OutOfOrder { seq: event.seq });
        }
        let body = encode(event).map_err(|source| StoreErrorKind::Unwritable {
            seq: event.seq,
            source,
        })?;
        writing
            .prepare_cached("INSERT INTO events (run, seq, at, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                open.key,
                number(event.seq),
                instant(event.at),
                event.kind.name(),
                body
            ])?;
        match &event.kind {
            RunEventKind::TestFinished(row) => {
                totals.add(row.outcome);
                result(writing, &open, event.seq, row)?;
                if claims.insert((&row.provider, &row.capability, &row.version)) {
                    claim(writing, &open, row)?;
                }
            }
            RunEventKind::RunFinished(footer) => {
                end(writing, open.key, footer)?;
                open.ended = true;
            }
            RunEventKind::RunStarted(_)
            | RunEventKind::UndoOwed(_)
            | RunEventKind::UndoSettled { .. }
            | RunEventKind::LeftOver(_)
            | RunEventKind::TestStarted { .. }
            | RunEventKind::Noted { .. }
            | RunEventKind::ProviderFinished { .. } => {}
        }
        open.next_seq = open.next_seq.saturating_add(1);
    }
    count(writing, &open, totals)
}

fn begin(
    writing: &Transaction<'_>,
    run: &RunId,
    header: &RunHeader,
    seq: u64,
    from: Option<ImportedFrom<'_>>,
) -> Result<Open, StoreErrorKind> {
    if header.run != *run || open(writing, run)?.is_some() {
        return Err(StoreErrorKind::OutOfOrder { seq });
    }
    let (publisher, from_files) = match from {
        Some(ImportedFrom::Publisher(publisher)) => (Some(publisher), false),
        Some(ImportedFrom::Files) => (None, true),
        None => (None, false),
    };
    // One provider may have several entries.
    writing.execute(
        "INSERT INTO runs (id, started_at, harness, seed, planned, providers, publisher, from_files)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            run.as_str(),
            instant(header.started_at),
            header.harness,
            header.seed.to_string(),
            number(header.planned),
            number(providers_of(header)),
            publisher,
            from_files,
        ],
    )?;
    Ok(Open {
        key: writing.last_insert_rowid(),
        own: from.is_none(),
        next_seq: 0,
        ended: false,
    })
}

/// The number of providers, each once: several entries of a manifest may share an id.
fn providers_of(header: &RunHeader) -> usize {
    let ids: BTreeSet<_> = header.providers.iter().map(|entry| &entry.id).collect();
    ids.len()
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

fn result(writing: &Transaction<'_>, run: &Open, seq: u64, row: &TestResult) -> Result<(), StoreErrorKind> {
    let sql = "INSERT INTO results
        (run, seq, provider, capability, version, test, level, outcome, ms, calls, when_at, message, own)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    writing.prepare_cached(sql)?.execute(params![
        run.key,
        number(seq),
        row.provider.as_str(),
        row.capability.as_str(),
        row.version.to_string(),
        row.test.as_str(),
        row.level.to_string(),
        row.outcome.as_str(),
        number(row.ms),
        number(row.calls),
        instant(row.when),
        row.message,
        run.own,
    ])?;
    Ok(())
}

/// Notes that the run has results of a claim.
fn claim(writing: &Transaction<'_>, run: &Open, row: &TestResult) -> Result<(), StoreErrorKind> {
    let sql = "INSERT INTO claims (provider, capability, version, run, changes) VALUES (?1, ?2, ?3, ?4, 1)
        ON CONFLICT DO UPDATE SET run = excluded.run, changes = changes + 1 WHERE run <> excluded.run";
    writing.prepare_cached(sql)?.execute(params![
        row.provider.as_str(),
        row.capability.as_str(),
        row.version.to_string(),
        run.key,
    ])?;
    Ok(())
}

fn end(writing: &Transaction<'_>, run: i64, footer: &RunFooter) -> Result<(), StoreErrorKind> {
    writing.execute(
        "UPDATE runs SET finished_at = ?2, interrupted = ?3 WHERE key = ?1",
        params![run, instant(footer.finished_at), footer.interrupted],
    )?;
    Ok(())
}

fn count(writing: &Transaction<'_>, open: &Open, totals: Totals) -> Result<(), StoreErrorKind> {
    let sql =
        "UPDATE runs SET next_seq = :next, pass = pass + :pass, fail = fail + :fail, error = error + :error,
        blocked = blocked + :blocked, skip = skip + :skip WHERE key = :run";
    writing.prepare_cached(sql)?.execute(named_params! {
        ":run": open.key,
        ":next": number(open.next_seq),
        ":pass": number(totals.pass),
        ":fail": number(totals.fail),
        ":error": number(totals.error),
        ":blocked": number(totals.blocked),
        ":skip": number(totals.skip),
    })?;
    Ok(())
}

pub(super) fn finish(connection: &Connection, run: &RunId, verdict: Verdict) -> Result<(), StoreErrorKind> {
    let open = open(connection, run)?.ok_or_else(|| StoreErrorKind::UnknownRun {
        text: run.to_string(),
    })?;
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
    let open = open(connection, run)?.ok_or_else(|| StoreErrorKind::UnknownRun {
        text: run.to_string(),
    })?;
    connection.execute(
        "INSERT INTO settlements (run, owed, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![open.key, number(owed), instant(at)],
    )?;
    Ok(())
}
