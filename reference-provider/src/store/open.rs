//! Opening the database: its format, its settings, and what may not be opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::StoreError;
use super::connection::settle;
use super::reader::Readers;

/// The format of the file; a later one is refused.
const FORMAT: i64 = 6;

/// The migrations: each leads to a format from the one before, the first from an empty file.
const STEPS: [&str; 6] = [
    include_str!("schema.sql"),
    include_str!("effects.sql"),
    concat!(
        include_str!("bookings_of_format_3.sql"),
        include_str!("services.sql"),
        include_str!("customers.sql"),
        include_str!("history.sql"),
        include_str!("outbox.sql"),
        include_str!("invoices.sql"),
    ),
    include_str!("long_bookings.sql"),
    include_str!("refunds.sql"),
    include_str!("payments.sql"),
];

/// Marks the file as ours: "Rpro".
const APPLICATION_ID: i64 = 0x5270_726f;

/// More pages than an empty database has.
const ALL_PAGES: i32 = i32::MAX;

/// The place where bookings are stored.
#[derive(Debug, Clone)]
pub enum Storage {
    /// In memory: gone when the provider stops.
    Memory,
    /// In this folder, which is made if need be.
    Folder(PathBuf),
}

/// The connection for the writer, and readers where they can have their own.
pub(super) fn open(storage: &Storage) -> Result<(Connection, Option<Readers>), StoreError> {
    match storage {
        Storage::Memory => Ok((open_memory()?, None)),
        Storage::Folder(folder) => {
            let path = folder.join("bookings.sqlite3");
            // Made here, as SQLite would let every user of the machine read it. Its log gets the same mode.
            let made = crate::folder::make(folder).and_then(|()| crate::folder::make_file(&path));
            made.map_err(|source| StoreError::Folder {
                path: folder.clone(),
                source,
            })?;
            let connection = open_file(&path)?;
            Ok((connection, Some(Readers::new(path))))
        }
    }
}

/// A new database in memory. Its tables are copied from one that is made once: that takes a fraction of what all migrations take, and
/// a proof of the suites opens hundreds.
fn open_memory() -> Result<Connection, StoreError> {
    static EMPTY: Mutex<Option<Connection>> = Mutex::new(None);
    let mut connection = Connection::open_in_memory()?;
    settle(&connection)?;
    let mut kept = EMPTY.lock();
    let empty = match &mut *kept {
        Some(empty) => empty,
        none => {
            let empty = Connection::open_in_memory()?;
            prepare(&empty, Path::new(":memory:"))?;
            none.insert(empty)
        }
    };
    Backup::new(empty, &mut connection)?.run_to_completion(ALL_PAGES, Duration::ZERO, None)?;
    drop(kept);
    Ok(connection)
}

fn open_file(path: &Path) -> Result<Connection, StoreError> {
    let cannot_open = |source| StoreError::Open {
        path: path.to_owned(),
        source,
    };
    let connection = Connection::open(path).map_err(cannot_open)?;
    settle(&connection).map_err(cannot_open)?;
    prepare(&connection, path)?;
    // Acknowledged means on the disk: in this mode SQLite syncs the log at every commit.
    connection
        .pragma_update(None, "journal_mode", "wal")
        .map_err(cannot_open)?;
    connection
        .pragma_update(None, "synchronous", "full")
        .map_err(cannot_open)?;
    // Every request has a savepoint, for which SQLite copies the pages that it changes. They would go through a file.
    connection
        .pragma_update(None, "temp_store", "memory")
        .map_err(cannot_open)?;
    // Fails here, with a clear message, where a folder can be read but not written.
    connection
        .execute_batch(&format!(
            "BEGIN IMMEDIATE; PRAGMA user_version = {FORMAT}; COMMIT;"
        ))
        .map_err(cannot_open)?;
    Ok(connection)
}

/// Makes the tables of a new database and those that an older one lacks, and refuses one that is not ours or is too new.
fn prepare(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let cannot_open = |source| StoreError::Open {
        path: path.to_owned(),
        source,
    };
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let found = number("user_version").map_err(cannot_open)?;
    if found > FORMAT {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: FORMAT,
        });
    }
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(cannot_open)?;
    let is_new = found == 0 && tables == 0;
    if !is_new && number("application_id").map_err(cannot_open)? != APPLICATION_ID {
        return Err(StoreError::Foreign {
            path: path.to_owned(),
        });
    }
    let done = usize::try_from(found).unwrap_or_default();
    let missing = STEPS.get(done..).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    let script = format!(
        "BEGIN IMMEDIATE; {} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;",
        missing.concat()
    );
    connection.execute_batch(&script).map_err(cannot_open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(db: &Connection) -> Vec<(String, String)> {
        let sql = "SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name";
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn a_database_in_memory_has_the_tables_of_a_file_and_nothing_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let (file, _) = open(&Storage::Folder(folder.path().to_owned())).unwrap();
        let (first, _) = open(&Storage::Memory).unwrap();
        first.execute_batch("CREATE TABLE mine (n INTEGER)").unwrap();
        let (second, _) = open(&Storage::Memory).unwrap();
        assert!(tables(&file).len() > 10);
        assert_eq!(tables(&second), tables(&file));
        for db in [&first, &second] {
            for name in ["user_version", "application_id", "foreign_keys"] {
                let number = |db: &Connection| {
                    db.pragma_query_value(None, name, |row| row.get::<_, i64>(0))
                        .unwrap()
                };
                assert_eq!(number(db), number(&file), "{name}");
            }
        }
    }
}
