//! Opening the database: its format, its settings, and what may not be opened.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

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
        Storage::Memory => {
            let connection = Connection::open_in_memory()?;
            prepare(&connection, Path::new(":memory:"))?;
            Ok((connection, None))
        }
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
