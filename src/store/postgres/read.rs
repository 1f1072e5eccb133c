//! The queries that read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgPool, Postgres, QueryBuilder};

use super::failed::Failed;
use super::rows::{OVERVIEW, RESULT, all, claim, event as event_of, overview as overview_of, result};
use crate::event::{OwedUndo, RunEvent};
use crate::model::{CapabilityRef, ProviderId, RunId};
use crate::store::rows::{number, parsed, still_owed};
use crate::store::{
    ClaimResults, Page, ResultFilter, RunOverview, StoreErrorKind, StoredClaim, StoredResult,
};

/// A query that is put together.
type Query = QueryBuilder<Postgres>;

fn unknown(run: &RunId) -> StoreErrorKind {
    StoreErrorKind::UnknownRun {
        text: run.to_string(),
    }
}

pub(super) async fn key(pool: &PgPool, run: &RunId) -> Result<i64, Failed> {
    let found: Option<i64> = sqlx::query_scalar("SELECT key FROM runs WHERE id = $1")
        .bind(run.as_str())
        .fetch_optional(pool)
        .await?;
    Ok(found.ok_or_else(|| unknown(run))?)
}

pub(super) async fn list(pool: &PgPool, page: &Page) -> Result<Vec<RunOverview>, Failed> {
    let mut query = Query::new(format!("SELECT {OVERVIEW} FROM runs"));
    if let Some(before) = &page.before {
        let before = overview(pool, before).await?;
        query
            .push(" WHERE (started_at, id) < (")
            .push_bind(before.started_at);
        query.push(", ").push_bind(before.run.to_string()).push(")");
    }
    query.push(" ORDER BY started_at DESC, id DESC LIMIT ");
    query.push_bind(number(page.limit));
    all(&query.build().fetch_all(pool).await?, overview_of)
}

pub(super) async fn overview(pool: &PgPool, run: &RunId) -> Result<RunOverview, Failed> {
    let sql = format!("SELECT {OVERVIEW} FROM runs WHERE id = $1");
    let found = sqlx::query(AssertSqlSafe(sql))
        .bind(run.as_str())
        .fetch_optional(pool)
        .await?;
    overview_of(&found.ok_or_else(|| unknown(run))?)
}

pub(super) async fn events_after(
    pool: &PgPool,
    run: &RunId,
    after: Option<u64>,
    limit: usize,
) -> Result<Vec<RunEvent>, Failed> {
    let sql = "SELECT seq, body FROM events WHERE run = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    let rows = sqlx::query(sql)
        .bind(key(pool, run).await?)
        .bind(after.map_or(-1, number))
        .bind(number(limit))
        .fetch_all(pool)
        .await?;
    all(&rows, event_of)
}

pub(super) async fn find(pool: &PgPool, text: &str) -> Result<RunId, Failed> {
    /// The largest number of runs that the error names.
    const NAMED: usize = 5;
    let latest = "SELECT id FROM runs ORDER BY started_at DESC, id DESC LIMIT 1";
    let latest: Option<String> = sqlx::query_scalar(latest).fetch_optional(pool).await?;
    let latest = latest.ok_or(StoreErrorKind::NoRuns)?;
    if text == "latest" {
        return Ok(parsed("id", latest)?);
    }
    let none = || StoreErrorKind::UnknownRun {
        text: text.to_owned(),
    };
    // PostgreSQL refuses texts with this character, and no id has it.
    if text.contains('\0') {
        return Err(none().into());
    }
    // The whole id comes first, whatever begins with it.
    let sql =
        "SELECT id FROM runs WHERE id >= $1 AND id < $2 ORDER BY id <> $1, started_at DESC, id DESC LIMIT $3";
    let mut candidates: Vec<String> = sqlx::query_scalar(sql)
        .bind(text)
        .bind(format!("{text}{}", char::MAX))
        .bind(number(NAMED + 1))
        .fetch_all(pool)
        .await?;
    match candidates.as_slice() {
        [] => Err(none().into()),
        [whole, ..] if whole == text => Ok(parsed("id", whole.clone())?),
        [only] => Ok(parsed("id", only.clone())?),
        _ => {
            let more = candidates.len() > NAMED;
            candidates.truncate(NAMED);
            Err(Failed::from(StoreErrorKind::Ambiguous {
                text: text.to_owned(),
                candidates,
                more,
            }))
        }
    }
}

pub(super) async fn claims(
    pool: &PgPool,
    capability: Option<&CapabilityRef>,
    provider: Option<&ProviderId>,
) -> Result<Vec<StoredClaim>, Failed> {
    let mut query = Query::new("SELECT provider, capability, version, changes FROM claims WHERE TRUE");
    if let Some(capability) = capability {
        query
            .push(" AND capability = ")
            .push_bind(capability.id.to_string());
        query
            .push(" AND version = ")
            .push_bind(capability.version.to_string());
    }
    if let Some(provider) = provider {
        query.push(" AND provider = ").push_bind(provider.to_string());
    }
    query.push(" ORDER BY provider, capability, version");
    all(&query.build().fetch_all(pool).await?, claim)
}

pub(super) async fn recent_results(
    pool: &PgPool,
    filter: &ResultFilter,
) -> Result<Vec<StoredResult>, Failed> {
    let mut query = results();
    let equal = [
        ("capability", filter.capability.as_ref().map(ToString::to_string)),
        ("version", filter.version.as_ref().map(ToString::to_string)),
        ("provider", filter.provider.as_ref().map(ToString::to_string)),
        ("test", filter.test.as_ref().map(ToString::to_string)),
        ("outcome", filter.outcome.as_ref().map(ToString::to_string)),
    ];
    for (column, value) in equal {
        if let Some(value) = value {
            query.push(format!(" AND r.{column} = ")).push_bind(value);
        }
    }
    times(&mut query, filter.since, filter.until);
    if let Some(before) = &filter.before {
        let seen = "SELECT r.when_at, r.run, r.seq FROM results r JOIN runs ON runs.key = r.run
            WHERE runs.id = $1 AND r.seq = $2";
        let seen: Option<(DateTime<Utc>, i64, i64)> = sqlx::query_as(seen)
            .bind(before.run.as_str())
            .bind(number(before.seq))
            .fetch_optional(pool)
            .await?;
        let Some((when, run, seq)) = seen else {
            return Ok(Vec::new());
        };
        // The time stands alone as well: by it whole parts of a table could be left out.
        query.push(" AND r.when_at <= ").push_bind(when);
        query.push(" AND (r.when_at, r.run, r.seq) < (").push_bind(when);
        query.push(", ").push_bind(run);
        query.push(", ").push_bind(seq).push(")");
    }
    query.push(" ORDER BY r.when_at DESC, r.run DESC, r.seq DESC LIMIT ");
    query.push_bind(number(filter.limit));
    all(&query.build().fetch_all(pool).await?, result)
}

pub(super) async fn results_of_claim(
    pool: &PgPool,
    query: &ClaimResults<'_>,
) -> Result<Vec<StoredResult>, Failed> {
    let mut asked = results();
    asked
        .push(" AND r.provider = ")
        .push_bind(query.provider.to_string());
    asked.push(" AND r.own = ").push_bind(query.own);
    match query.capability {
        Some(capability) => {
            asked
                .push(" AND r.capability = ")
                .push_bind(capability.id.to_string());
            asked
                .push(" AND r.version = ")
                .push_bind(capability.version.to_string());
        }
        // The name stands in the text: there is an index of those rows alone.
        None => {
            asked.push(" AND r.test = 'set_up'");
        }
    }
    times(&mut asked, query.since, query.until);
    asked.push(" ORDER BY r.run DESC, r.seq DESC LIMIT ");
    asked.push_bind(number(query.limit));
    all(&asked.build().fetch_all(pool).await?, result)
}

fn results() -> Query {
    Query::new(format!(
        "SELECT {RESULT} FROM results r JOIN runs ON runs.key = r.run WHERE TRUE"
    ))
}

fn times(query: &mut Query, since: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) {
    if let Some(since) = since {
        query.push(" AND r.when_at >= ").push_bind(since);
    }
    if let Some(until) = until {
        query.push(" AND r.when_at < ").push_bind(until);
    }
}

pub(super) async fn owed(pool: &PgPool, run: &RunId) -> Result<Vec<OwedUndo>, Failed> {
    let sql = "SELECT seq, body FROM events
        WHERE run = $1 AND kind IN ('undo_owed', 'undo_settled') ORDER BY seq";
    let rows = sqlx::query(sql)
        .bind(key(pool, run).await?)
        .fetch_all(pool)
        .await?;
    Ok(still_owed(all(&rows, event_of)?, &settlements(pool, run).await?))
}

pub(super) async fn settlements(pool: &PgPool, run: &RunId) -> Result<BTreeMap<u64, DateTime<Utc>>, Failed> {
    let rows: Vec<(i64, DateTime<Utc>)> = sqlx::query_as("SELECT owed, at FROM settlements WHERE run = $1")
        .bind(key(pool, run).await?)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|(id, at)| (id.unsigned_abs(), at)).collect())
}
