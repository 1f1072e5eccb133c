//! Opens the database file: checks its owner and version, and migrates it.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::store::StoreErrorKind;
use crate::store::private::{create_private_file, create_private_folder};

/// The name of the file in the data folder.
pub const DATABASE_FILE: &str = "proofhouse.db";

/// The application id of our database files ("Prfh"), so that the database of another program is never changed.
const APPLICATION: i32 = 0x5072_6668;

/// The migrations, one from each version to the next. A published migration never changes.
const MIGRATIONS: [&str; 5] = [
    include_str!("../migrations/sqlite/0001_runs.sql"),
    include_str!("../migrations/sqlite/0002_publishing.sql"),
    include_str!("../migrations/sqlite/0003_outcomes.sql"),
    include_str!("../migrations/sqlite/0004_claims.sql"),
    include_str!("../migrations/sqlite/0005_origin.sql"),
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
    let mut waited = Duration::ZERO;
    loop {
        match connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(StoreErrorKind::from)
        {
            Err(StoreErrorKind::Locked) if waited < busy => {
                thread::sleep(PAUSE);
                waited += PAUSE;
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
