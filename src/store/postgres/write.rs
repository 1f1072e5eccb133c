//! The statements that write: events with the rows derived from them, verdicts and settlements.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::failed::{Failed, is_duplicate};
use super::rows::text;
use crate::model::{RunId, Verdict};
use crate::store::StoreErrorKind;
use crate::store::batch::{Batch, HeadRow, MadeBy};
use crate::store::rows::number;

/// How often a transaction is tried that others were in the way of, or whose connection was lost.
const TRIES: u32 = 6;
/// The pause before the second try; each one after it is twice as long. Together they outlast a restart of the server.
const PAUSE: Duration = Duration::from_millis(200);

/// A run that is being written. Its row is locked.
struct Open {
    key: i64,
    /// True for a run of the registry itself.
    own: bool,
    next_seq: i64,
    ended: bool,
}

/// Stores events, and the verdict of the run where there is one, all or nothing.
pub(super) async fn append(
    pool: &PgPool,
    run: &RunId,
    batch: Option<&Batch>,
    verdict: Option<Verdict>,
    by: &MadeBy,
) -> Result<(), Failed> {
    let mut pause = PAUSE;
    for attempt in 1.. {
        match transaction(pool, run, batch, verdict, by, attempt > 1).await {
            Err(failed) if failed.may_pass && attempt < TRIES => tokio::time::sleep(pause).await,
            ended => return ended,
        }
        pause = pause.saturating_mul(2);
    }
    Ok(())
}

async fn transaction(
    pool: &PgPool,
    run: &RunId,
    batch: Option<&Batch>,
    verdict: Option<Verdict>,
    by: &MadeBy,
    is_repeated: bool,
) -> Result<(), Failed> {
    let mut writing = pool.begin().await?;
    let found = open(&mut writing, run).await?;
    let Some(batch) = batch else {
        let open = found.ok_or_else(|| unknown(run))?;
        if let Some(verdict) = verdict {
            if !open.ended {
                return Err(StoreErrorKind::Unfinished.into());
            }
            judge(&mut writing, open.key, verdict, None).await?;
        }
        return Ok(writing.commit().await?);
    };
    // The connection may have been lost after the commit and before its answer.
    if is_repeated
        && let Some(open) = &found
        && is_there(&mut writing, open, batch).await?
    {
        return Ok(());
    }
    let first = batch.first_seq();
    let open = match (found, &batch.head) {
        (Some(open), None) => open,
        (None, Some(head)) => begin(&mut writing, run, head, by).await?,
        (None, None) => return Err(unknown(run).into()),
        (Some(_), Some(_)) => return Err(StoreErrorKind::OutOfOrder { seq: first }.into()),
    };
    if open.next_seq != number(first) || open.ended {
        return Err(StoreErrorKind::OutOfOrder { seq: first }.into());
    }
    events(&mut writing, &open, batch).await?;
    results(&mut writing, &open, batch).await?;
    count(&mut writing, &open, batch).await?;
    match verdict {
        Some(_) if batch.end.is_none() => return Err(StoreErrorKind::Unfinished.into()),
        Some(verdict) => judge(&mut writing, open.key, verdict, Some(first)).await?,
        None => claims(&mut writing, &open, batch).await?,
    }
    Ok(writing.commit().await?)
}

fn unknown(run: &RunId) -> StoreErrorKind {
    StoreErrorKind::UnknownRun {
        text: run.to_string(),
    }
}

/// The row of a run, locked until the transaction ends: a run has one writer at a time.
async fn open(writing: &mut PgConnection, run: &RunId) -> Result<Option<Open>, Failed> {
    let sql = "SELECT key, next_seq, finished_at IS NOT NULL, publisher IS NULL AND NOT from_files
        FROM runs WHERE id = $1 FOR UPDATE";
    let found: Option<(i64, i64, bool, bool)> = sqlx::query_as(sql)
        .bind(run.as_str())
        .fetch_optional(writing)
        .await?;
    Ok(found.map(|(key, next_seq, ended, own)| Open {
        key,
        own,
        next_seq,
        ended,
    }))
}

/// Returns true if the last event of a batch is the last one of the run.
async fn is_there(writing: &mut PgConnection, open: &Open, batch: &Batch) -> Result<bool, Failed> {
    let Some(last) = batch.events.last() else {
        return Ok(true);
    };
    if open.next_seq != number(batch.next_seq()) {
        return Ok(false);
    }
    let kept: Option<String> = sqlx::query_scalar("SELECT body FROM events WHERE run = $1 AND seq = $2")
        .bind(open.key)
        .bind(number(last.seq))
        .fetch_optional(writing)
        .await?;
    Ok(kept.as_ref() == Some(&last.body))
}

async fn begin(writing: &mut PgConnection, run: &RunId, head: &HeadRow, by: &MadeBy) -> Result<Open, Failed> {
    let sql = "INSERT INTO runs (id, started_at, harness, seed, planned, providers, publisher, from_files)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING key";
    let inserted = sqlx::query_scalar(sql)
        .bind(run.as_str())
        .bind(head.started_at)
        .bind(text(&head.harness))
        .bind(&head.seed)
        .bind(number(head.planned))
        .bind(number(head.providers))
        .bind(by.publisher.as_deref().map(text))
        .bind(by.from_files)
        .fetch_one(writing)
        .await;
    match inserted {
        Ok(key) => Ok(Open {
            key,
            own: by.is_own(),
            next_seq: 0,
            ended: false,
        }),
        // Somebody else began it between our look and now.
        Err(error) if is_duplicate(&error) => Err(StoreErrorKind::OutOfOrder { seq: 0 }.into()),
        Err(error) => Err(error.into()),
    }
}

async fn events(writing: &mut PgConnection, open: &Open, batch: &Batch) -> Result<(), Failed> {
    let sql = "INSERT INTO events (run, seq, at, kind, body)
        SELECT $1, * FROM UNNEST($2::int8[], $3::timestamptz[], $4::text[], $5::text[])";
    let rows = || batch.events.iter();
    sqlx::query(sql)
        .bind(open.key)
        .bind(rows().map(|row| number(row.seq)).collect::<Vec<_>>())
        .bind(rows().map(|row| row.at).collect::<Vec<_>>())
        .bind(rows().map(|row| row.kind).collect::<Vec<_>>())
        .bind(rows().map(|row| row.body.as_str()).collect::<Vec<_>>())
        .execute(writing)
        .await?;
    Ok(())
}

async fn results(writing: &mut PgConnection, open: &Open, batch: &Batch) -> Result<(), Failed> {
    if batch.results.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO results
        (run, own, seq, provider, capability, version, test, level, outcome, ms, calls, when_at, message)
        SELECT $1, $2, * FROM UNNEST($3::int8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::int8[], $11::int8[], $12::timestamptz[], $13::text[])";
    let rows = || batch.results.iter();
    sqlx::query(sql)
        .bind(open.key)
        .bind(open.own)
        .bind(rows().map(|row| number(row.seq)).collect::<Vec<_>>())
        .bind(rows().map(|row| row.claim.provider.as_str()).collect::<Vec<_>>())
        .bind(
            rows()
                .map(|row| row.claim.capability.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(rows().map(|row| row.claim.version.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|row| row.test.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|row| row.level.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|row| row.outcome).collect::<Vec<_>>())
        .bind(rows().map(|row| number(row.ms)).collect::<Vec<_>>())
        .bind(rows().map(|row| number(row.calls)).collect::<Vec<_>>())
        .bind(rows().map(|row| row.when).collect::<Vec<_>>())
        .bind(
            rows()
                .map(|row| row.message.as_deref().map(text))
                .collect::<Vec<_>>(),
        )
        .execute(writing)
        .await?;
    Ok(())
}

/// Notes that the run has results of claims, in their order: two who write them in one order never wait for each other.
async fn claims(writing: &mut PgConnection, open: &Open, batch: &Batch) -> Result<(), Failed> {
    let claims = batch.claims();
    if claims.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO claims AS c (provider, capability, version, run, changes)
        SELECT provider, capability, version, $1, 1
        FROM UNNEST($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS t (provider, capability, version, place)
        ORDER BY place
        ON CONFLICT (provider, capability, version)
        DO UPDATE SET run = excluded.run, changes = c.changes + 1 WHERE c.run <> excluded.run";
    sqlx::query(sql)
        .bind(open.key)
        .bind(claims.iter().map(|row| row.provider.as_str()).collect::<Vec<_>>())
        .bind(
            claims
                .iter()
                .map(|row| row.capability.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(claims.iter().map(|row| row.version.as_str()).collect::<Vec<_>>())
        .execute(writing)
        .await?;
    Ok(())
}

async fn count(writing: &mut PgConnection, open: &Open, batch: &Batch) -> Result<(), Failed> {
    let sql = "UPDATE runs SET next_seq = $2, pass = pass + $3, fail = fail + $4, error = error + $5,
        blocked = blocked + $6, skip = skip + $7, finished_at = $8, interrupted = $9 WHERE key = $1";
    let totals = &batch.totals;
    let end = batch.end.as_ref();
    sqlx::query(sql)
        .bind(open.key)
        .bind(number(batch.next_seq()))
        .bind(number(totals.pass))
        .bind(number(totals.fail))
        .bind(number(totals.error))
        .bind(number(totals.blocked))
        .bind(number(totals.skip))
        .bind(end.map(|end| end.finished_at))
        .bind(end.map(|end| end.interrupted))
        .execute(writing)
        .await?;
    Ok(())
}

/// Stores a verdict. Its news, and that of the results from the number `new_from` on, goes to the claims in one pass and in their order.
async fn judge(
    writing: &mut PgConnection,
    run: i64,
    verdict: Verdict,
    new_from: Option<u64>,
) -> Result<(), Failed> {
    sqlx::query("UPDATE runs SET verdict = $2 WHERE key = $1")
        .bind(run)
        .bind(verdict.as_str())
        .execute(&mut *writing)
        .await?;
    // A claim that has new results here comes with 2 changes: it was told of, and it is judged.
    let sql = "INSERT INTO claims AS c (provider, capability, version, run, changes)
        SELECT provider, capability, version, $1, CASE WHEN max(seq) >= $2 THEN 2 ELSE 1 END
        FROM results WHERE run = $1
        GROUP BY provider, capability, version ORDER BY provider, capability, version
        ON CONFLICT (provider, capability, version) DO UPDATE SET
            changes = c.changes + CASE WHEN excluded.changes = 2 AND c.run <> excluded.run THEN 2 ELSE 1 END,
            run = CASE WHEN excluded.changes = 2 THEN excluded.run ELSE c.run END";
    sqlx::query(sql)
        .bind(run)
        .bind(new_from.map_or(i64::MAX, number))
        .execute(writing)
        .await?;
    Ok(())
}

pub(super) async fn settle(pool: &PgPool, run: &RunId, owed: u64, at: DateTime<Utc>) -> Result<(), Failed> {
    let key = super::read::key(pool, run).await?;
    let sql = "INSERT INTO settlements (run, owed, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    sqlx::query(sql)
        .bind(key)
        .bind(number(owed))
        .bind(at)
        .execute(pool)
        .await?;
    Ok(())
}
