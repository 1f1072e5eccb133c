//! The queries that read a part of something that may be large: pages of lists, and one claim of a run.

use sqlx::{AssertSqlSafe, PgPool, Postgres, QueryBuilder};

use super::failed::Failed;
use super::read::key;
use super::rows::{RESULT, all, event, result};
use crate::event::RunEvent;
use crate::model::{CapabilityRef, ProviderId, RunId};
use crate::store::StoredResult;
use crate::store::rows::{number, parsed};

pub(super) async fn providers(
    pool: &PgPool,
    capability: Option<&CapabilityRef>,
    after: Option<&ProviderId>,
    limit: usize,
) -> Result<Vec<ProviderId>, Failed> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new("SELECT DISTINCT provider FROM claims WHERE provider > ");
    query.push_bind(after.map_or("", ProviderId::as_str).to_owned());
    if let Some(capability) = capability {
        query
            .push(" AND capability = ")
            .push_bind(capability.id.to_string());
        query
            .push(" AND version = ")
            .push_bind(capability.version.to_string());
    }
    query.push(" ORDER BY provider LIMIT ").push_bind(number(limit));
    let found: Vec<String> = query.build_query_scalar().fetch_all(pool).await?;
    let mut providers = Vec::with_capacity(found.len());
    for id in found {
        providers.push(parsed("provider", id)?);
    }
    Ok(providers)
}

pub(super) async fn results_of_run(
    pool: &PgPool,
    run: &RunId,
    after: Option<u64>,
    limit: usize,
) -> Result<Vec<StoredResult>, Failed> {
    let sql = format!(
        "SELECT {RESULT} FROM results r JOIN runs ON runs.key = r.run
         WHERE r.run = $1 AND r.seq > $2 ORDER BY r.seq LIMIT $3"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(key(pool, run).await?)
        // The first event of a run is its header, so no result has the number 0.
        .bind(after.map_or(0, number))
        .bind(number(limit))
        .fetch_all(pool)
        .await?;
    all(&rows, result)
}

pub(super) async fn events_of_claim(
    pool: &PgPool,
    run: &RunId,
    provider: &ProviderId,
    capability: &CapabilityRef,
) -> Result<Vec<RunEvent>, Failed> {
    // Both values of `own` are named, so that the index leads to the run.
    let of_claim = "SELECT e.seq, e.body FROM results r JOIN events e ON e.run = r.run AND e.seq = r.seq
        WHERE r.provider = $2 AND r.capability = $3 AND r.version = $4 AND r.own IN (TRUE, FALSE) AND r.run = $1
        ORDER BY e.seq";
    let end = "SELECT seq, body FROM events WHERE run = $1 AND kind = 'run_finished' AND seq =
        (SELECT max(seq) FROM events WHERE run = $1)";
    let key = key(pool, run).await?;
    let mut rows = sqlx::query(of_claim)
        .bind(key)
        .bind(provider.as_str())
        .bind(capability.id.as_str())
        .bind(capability.version.to_string())
        .fetch_all(pool)
        .await?;
    rows.extend(sqlx::query(end).bind(key).fetch_all(pool).await?);
    all(&rows, event)
}
