//! The upkeep of a database: checks, and the removal of runs.

use sqlx::PgPool;

use super::failed::Failed;
use crate::model::RunId;

/// The largest number of mistakes of a kind that a check names.
const MOST_MISTAKES: i64 = 100;

/// Removes runs with everything that is stored of them.
pub(super) async fn remove(pool: &PgPool, runs: &[RunId]) -> Result<(), Failed> {
    let ids: Vec<&str> = runs.iter().map(RunId::as_str).collect();
    let mut writing = pool.begin().await?;
    // As everybody does who writes: first the runs, then the claims. Nobody else changes a claim meanwhile.
    let sql = "SELECT key FROM runs WHERE id = ANY($1) ORDER BY key FOR UPDATE";
    let keys: Vec<i64> = sqlx::query_scalar(sql)
        .bind(&ids)
        .fetch_all(&mut *writing)
        .await?;
    sqlx::query("LOCK TABLE claims IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *writing)
        .await?;
    // A claim whose last result goes names the newest run that is left; without any, nobody knows of the claim.
    let touched = "SELECT DISTINCT provider, capability, version FROM results WHERE run = ANY($1)";
    let touched: Vec<(String, String, String)> = sqlx::query_as(touched)
        .bind(&keys)
        .fetch_all(&mut *writing)
        .await?;
    let moved = "UPDATE claims SET changes = changes + 1, run = newest.run FROM (
            SELECT max(r.run) AS run FROM results r WHERE r.run <> ALL($1)
                AND r.provider = $2 AND r.capability = $3 AND r.version = $4) newest
        WHERE provider = $2 AND capability = $3 AND version = $4 AND newest.run IS NOT NULL";
    let gone = "DELETE FROM claims WHERE provider = $1 AND capability = $2 AND version = $3";
    for (provider, capability, version) in touched {
        let left = sqlx::query(moved)
            .bind(&keys)
            .bind(&provider)
            .bind(&capability)
            .bind(&version)
            .execute(&mut *writing)
            .await?;
        if left.rows_affected() == 0 {
            sqlx::query(gone)
                .bind(&provider)
                .bind(&capability)
                .bind(&version)
                .execute(&mut *writing)
                .await?;
        }
    }
    for table in [
        "DELETE FROM settlements WHERE run = ANY($1)",
        "DELETE FROM results WHERE run = ANY($1)",
        "DELETE FROM events WHERE run = ANY($1)",
        "DELETE FROM runs WHERE key = ANY($1)",
    ] {
        sqlx::query(table).bind(&keys).execute(&mut *writing).await?;
    }
    Ok(writing.commit().await?)
}

/// What is wrong with the database, a line each: rows that the columns of a run do not count, and claims without a result.
pub(super) async fn check(pool: &PgPool) -> Result<Vec<String>, Failed> {
    let mut mistakes = Vec::new();
    // Of one moment, so that a run that goes on meanwhile is no mistake, and without the limit of a page's questions.
    let mut reading = pool.begin().await?;
    sqlx::raw_sql(
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0",
    )
    .execute(&mut *reading)
    .await?;
    for sql in [
        "SELECT format('run %s counts %s events, and %s are there', id, next_seq, found) FROM (
            SELECT id, next_seq, (SELECT count(*) FROM events WHERE run = key) AS found FROM runs) counted
         WHERE found <> next_seq ORDER BY id LIMIT $1",
        "SELECT format('run %s counts %s results, and %s are there', id, counted, found) FROM (
            SELECT id, pass + fail + error + blocked + skip AS counted,
                (SELECT count(*) FROM results WHERE run = key) AS found FROM runs) counted
         WHERE found <> counted ORDER BY id LIMIT $1",
        "SELECT format('the claim %s %s@%s has no result', provider, capability, version) FROM claims c
         WHERE NOT EXISTS (SELECT FROM results r WHERE r.provider = c.provider
            AND r.capability = c.capability AND r.version = c.version)
         ORDER BY provider, capability, version LIMIT $1",
    ] {
        let found: Vec<String> = sqlx::query_scalar(sql)
            .bind(MOST_MISTAKES)
            .fetch_all(&mut *reading)
            .await?;
        mistakes.extend(found);
    }
    Ok(mistakes)
}
