//! Brings the schema up to date.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use super::failed::Failed;
use crate::store::StoreErrorKind;

/// The schema that holds our tables.
pub(super) const SCHEMA: &str = "proofhouse";

/// The migrations, one from each version to the next. A published migration never changes.
const MIGRATIONS: [&str; 2] = [
    include_str!("../migrations/postgres/0001_runs.sql"),
    include_str!("../migrations/postgres/0010_uploads.sql"),
];
/// The oldest version of this list whose harness can use the newest schema. It grows only where a migration takes something away.
const OLDEST: i32 = 1;

/// The key of the lock that a migration holds ("Prfh").
const LOCK: i64 = 0x5072_6668;
/// The longest time that a migration by another process is waited for, and the pause between two looks.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// Migrates the database, unless it is up to date. One process does it at a time.
pub(super) async fn migrate(connection: &mut PgConnection) -> Result<(), Failed> {
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    let began = Instant::now();
    while version(connection).await? < known {
        let mut writing = connection.begin().await?;
        // Tried again and again instead of waited for: one who waits within a statement blocks indexes that are made beside it.
        let got: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)")
            .bind(LOCK)
            .fetch_one(&mut *writing)
            .await?;
        if !got {
            writing.rollback().await?;
            if began.elapsed() >= PATIENCE {
                return Err(StoreErrorKind::Locked.into());
            }
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        // Who may create none may still own this one, and would be refused also by "if not exists".
        let there: bool = sqlx::query_scalar("SELECT to_regnamespace('proofhouse') IS NOT NULL")
            .fetch_one(&mut *writing)
            .await?;
        if !there {
            sqlx::raw_sql("CREATE SCHEMA proofhouse")
                .execute(&mut *writing)
                .await?;
        }
        sqlx::raw_sql(
            "SET LOCAL statement_timeout = 0;
             CREATE TABLE IF NOT EXISTS schema_version (
                 one     BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
                 version INTEGER NOT NULL,
                 oldest  INTEGER NOT NULL  -- the oldest version whose harness can use this schema
             )",
        )
        .execute(&mut *writing)
        .await?;
        // Read again: another process may have been first.
        let version = version(&mut writing).await?;
        for (migration, to) in MIGRATIONS.iter().zip(1..).filter(|&(_, to)| to > version) {
            sqlx::raw_sql(*migration).execute(&mut *writing).await?;
            let reached = "INSERT INTO schema_version (version, oldest) VALUES ($1, $2)
                ON CONFLICT (one) DO UPDATE SET version = excluded.version, oldest = excluded.oldest";
            sqlx::query(reached)
                .bind(to)
                .bind(OLDEST)
                .execute(&mut *writing)
                .await?;
        }
        writing.commit().await?;
    }
    Ok(())
}

/// The version of the schema; 0 where there is none. One that this harness cannot use is refused.
async fn version(connection: &mut PgConnection) -> Result<i32, Failed> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('proofhouse.schema_version') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !there {
        return Ok(0);
    }
    let found: Option<(i32, i32)> = sqlx::query_as("SELECT version, oldest FROM schema_version")
        .fetch_optional(connection)
        .await?;
    let (version, oldest) = found.unwrap_or((0, 0));
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    if oldest > known {
        return Err(Failed::from(StoreErrorKind::Newer {
            found: version.unsigned_abs(),
            known: known.unsigned_abs(),
        }));
    }
    Ok(version)
}
