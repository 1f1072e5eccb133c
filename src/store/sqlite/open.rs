//! Opens the database file: checks its owner and version, and migrates it.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::store::StoreErrorKind;
use crate::store::private::{create_private_file, create_private_folder};

/// The name of the file in the data folder.
pub const DATABASE_FILE: &str = "proofhouse.db";

/// The application id of our database files ("Prfh"), so that the database of another program is never changed.
const APPLICATION: i32 = 0x5072_6668;

/// The migrations, one from each version to the next. A published migration never changes.
const MIGRATIONS: [&str; 8] = [
    include_str!("../migrations/sqlite/0001_runs.sql"),
    include_str!("../migrations/sqlite/0002_publishing.sql"),
    include_str!("../migrations/sqlite/0003_outcomes.sql"),
    include_str!("../migrations/sqlite/0004_claims.sql"),
    include_str!("../migrations/sqlite/0005_origin.sql"),
    include_str!("../migrations/sqlite/0006_attested.sql"),
    include_str!("../migrations/sqlite/0007_providers.sql"),
    include_str!("../migrations/sqlite/0008_uploads.sql"),
];

impl From<rusqlite::Error> for StoreErrorKind {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotWritable(Box::new(error))
            }
            Some(ErrorCode::NotADatabase) => Self::NotADatabase,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(Box::new(error)),
            _ => Self::Database(Box::new(error)),
        }
    }
}

/// Opens the connection that writes. It creates and migrates the database.
pub(super) fn writer(data: &Path, path: &Path, busy: Duration) -> Result<Connection, StoreErrorKind> {
    create_private_folder(data).map_err(StoreErrorKind::Folder)?;
    create_private_file(path).map_err(|error| StoreErrorKind::NotWritable(Box::new(error)))?;
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(busy)?;
    let version = version_of(&mut connection)?;
    write_ahead(&connection, busy)?;
    set_up(&connection)?;
    if version < MIGRATIONS.len() {
        migrate(&mut connection)?;
    }
    Ok(connection)
}

/// Opens a connection that reads.
pub(super) fn reader(path: &Path, busy: Duration) -> Result<Connection, StoreErrorKind> {
    // Not read-only: the first reader after a crash may have to recover the log.
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(busy)?;
    set_up(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> Result<(), StoreErrorKind> {
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection.pragma_update(None, "synchronous", "NORMAL")?)
}

/// The version of the file; 0 for an empty one. A file of another program is refused before anything is changed.
fn version_of(connection: &mut Connection) -> Result<usize, StoreErrorKind> {
    let reading = connection.transaction()?;
    let number = |pragma: &str| reading.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: u32 = reading.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if application != APPLICATION && (tables > 0 || version != 0 || application != 0) {
        return Err(StoreErrorKind::NotADatabase);
    }
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(StoreErrorKind::Newer {
            found: u32::try_from(version).unwrap_or(u32::MAX),
            known: u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX),
        }),
    }
}

/// Turns the write-ahead log on. While another process does the same, SQLite answers "busy" at once instead of waiting.
fn write_ahead(connection: &Connection, busy: Duration) -> Result<(), StoreErrorKind> {
    const PAUSE: Duration = Duration::from_millis(20);
    let began = Instant::now();
    loop {
        match connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(StoreErrorKind::from)
        {
            Err(StoreErrorKind::Locked) if began.elapsed() < busy => {
                thread::sleep(PAUSE);
            }
            answer => return answer,
        }
    }
}

fn migrate(connection: &mut Connection) -> Result<(), StoreErrorKind> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again: another process may have been first.
    let version: u32 = writing.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (migration, to) in MIGRATIONS.iter().zip(1u32..).filter(|&(_, to)| to > version) {
        writing.execute_batch(migration)?;
        writing.pragma_update(None, "user_version", to)?;
    }
    writing.pragma_update(None, "application_id", APPLICATION)?;
    Ok(writing.commit()?)
}

#[cfg(test)]
mod tests {
    use super::super::SqliteStore;
    use super::*;
    use crate::model::RunOrigin;
    use crate::publish::TokenHash;
    use crate::store::{ClaimResults, RunStore, TokenStore, UploadStore, Wait};
    use crate::summary::sample::{Sample, row};

    /// A database of version 5: a published run, one of the registry itself, and a token without an end.
    fn of_version_5(path: &Path) {
        let connection = Connection::open(path).unwrap();
        for migration in &MIGRATIONS[..5] {
            connection.execute_batch(migration).unwrap();
        }
        connection.pragma_update(None, "user_version", 5).unwrap();
        connection
            .pragma_update(None, "application_id", APPLICATION)
            .unwrap();
        let hash = TokenHash::of("phk_old");
        let rows = format!(
            "INSERT INTO runs (key, id, started_at, harness, seed, planned, providers, publisher) VALUES
                 (1, '20261121-030000-000001', '2026-11-21T03:00:00.000000Z', 'h', '1', 1, 1, 'Bookio'),
                 (2, '20261121-040000-000002', '2026-11-21T04:00:00.000000Z', 'h', '1', 1, 1, NULL);
             INSERT INTO results
                 (run, seq, provider, capability, version, test, level, outcome, ms, calls, when_at) VALUES
                 (1, 1, 'a:b', 'booking.x', '0.1.0', 'one', 'must', 'pass', 1, 1, '2026-11-21T03:00:00.000000Z'),
                 (2, 1, 'a:b', 'booking.x', '0.1.0', 'one', 'must', 'fail', 1, 1, '2026-11-21T04:00:00.000000Z');
             INSERT INTO tokens (id, hash, publisher, providers, created_at) VALUES
                 ('old', '{}', 'Bookio', '[\"bookio:*\"]', '2026-01-01T00:00:00.000000Z');",
            hash.as_str()
        );
        connection.execute_batch(&rows).unwrap();
    }

    #[test]
    fn an_older_file_learns_whose_its_results_are_and_its_tokens_get_an_end() {
        let folder = tempfile::tempdir().unwrap();
        of_version_5(&folder.path().join(DATABASE_FILE));
        let store = SqliteStore::open(folder.path()).unwrap();
        let token = store
            .find_token(&TokenHash::of("phk_old"))
            .wait()
            .unwrap()
            .unwrap();
        // A version without uploads takes them too.
        let run = "20261121-030000-000009".parse().unwrap();
        assert_eq!(store.upload_size("old", &run).wait().unwrap(), 0);
        let left = token.expires_at - chrono::Utc::now();
        assert!((89..=90).contains(&left.num_days()), "{left}");
        let (provider, capability) = ("a:b".parse().unwrap(), "booking.x@0.1.0".parse().unwrap());
        for (own, origin) in [
            (true, RunOrigin::Own),
            (false, RunOrigin::Publisher("Bookio".to_owned())),
        ] {
            let found = store
                .results_of_claim(&ClaimResults {
                    provider: &provider,
                    capability: Some(&capability),
                    own,
                    since: None,
                    until: None,
                    limit: 10,
                })
                .wait()
                .unwrap();
            let [only] = found.as_slice() else {
                panic!("{found:?}")
            };
            assert_eq!(store.overview(&only.run).wait().unwrap().origin(), origin);
        }
    }

    /// A database of version 6 with a run, as the harness of that time wrote it but for the number of its providers.
    fn of_version_6(path: &Path, run: &Sample, providers: u32, body: &str) {
        let connection = Connection::open(path).unwrap();
        for migration in &MIGRATIONS[..6] {
            connection.execute_batch(migration).unwrap();
        }
        connection.pragma_update(None, "user_version", 6).unwrap();
        connection
            .pragma_update(None, "application_id", APPLICATION)
            .unwrap();
        let id = run.header.run.as_str();
        connection
            .execute(
                "INSERT INTO runs (key, id, started_at, harness, seed, planned, providers)
                 VALUES (1, ?1, '2026-11-21T03:00:00.000000Z', 'h', '1', 1, ?2)",
                rusqlite::params![id, providers],
            )
            .unwrap();
        connection
            .execute(
                "INSERT INTO events (run, seq, at, kind, body)
                 VALUES (1, 0, '2026-11-21T03:00:00.000000Z', 'run_started', ?1)",
                [body],
            )
            .unwrap();
    }

    #[test]
    fn an_older_file_counts_a_provider_with_several_entries_once() {
        let mut run = Sample::of([row("a:one", "happy_path"), row("a:two", "happy_path")]);
        run.header.providers.push(run.header.providers[0].clone());
        let header = crate::event::encode(&run.events()[0]).unwrap();
        for (body, providers) in [(header.as_str(), 2), ("{ broken", 3)] {
            let folder = tempfile::tempdir().unwrap();
            of_version_6(&folder.path().join(DATABASE_FILE), &run, 3, body);
            let store = SqliteStore::open(folder.path()).unwrap();
            let overview = store.overview(&run.header.run).wait().unwrap();
            assert_eq!(overview.providers, providers, "{body}");
        }
        // As a run that is stored now is counted.
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path()).unwrap();
        store.append(&run.header.run, &run.events()[..1]).wait().unwrap();
        assert_eq!(store.overview(&run.header.run).wait().unwrap().providers, 2);
    }
}
