//! The settings that connections for reading and for writing share.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settle(&connection)?;
    Ok(connection)
}

/// Sets what every connection needs: its cache of statements, and how long it waits for a lock.
pub(super) fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(256);
    connection.busy_timeout(std::time::Duration::from_secs(5))
}
