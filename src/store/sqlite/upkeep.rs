//! The upkeep of a database: copies, checks, and the removal of runs.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::model::RunId;
use crate::store::StoreErrorKind;
use crate::store::private::create_private_file;

/// The tables whose rows belong to a run, in the order in which their rows may go.
const OF_RUNS: [&str; 3] = ["settlements", "results", "events"];
/// The number of pages that are copied before writers get a turn.
const PAGES_AT_ONCE: std::ffi::c_int = 256;
/// The largest number of mistakes that a check names.
const MOST_MISTAKES: u32 = 100;

/// Removes runs with everything that is stored of them.
pub(super) fn remove(connection: &mut Connection, runs: &[RunId]) -> Result<(), StoreErrorKind> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for run in runs {
        let sql = "SELECT key FROM runs WHERE id = ?1";
        let found = writing
            .prepare_cached(sql)?
            .query_row([run.as_str()], |row| row.get(0));
        let Some(key) = found.optional()? else { continue };
        let key: i64 = key;
        // A claim whose last result goes names the newest run that is left; without any, nobody knows of the claim.
        let moved = "UPDATE claims SET changes = changes + 1, run = coalesce((
                SELECT max(r.run) FROM results r WHERE r.run <> ?1 AND r.provider = claims.provider
                AND r.capability = claims.capability AND r.version = claims.version), -1)
            WHERE (provider, capability, version) IN
                (SELECT provider, capability, version FROM results WHERE run = ?1)";
        writing.pragma_update(None, "defer_foreign_keys", true)?;
        writing.execute(moved, [key])?;
        writing.execute("DELETE FROM claims WHERE run = -1", [])?;
        for table in OF_RUNS {
            writing.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [key])?;
        }
        writing.execute("DELETE FROM runs WHERE key = ?1", [key])?;
    }
    Ok(writing.commit()?)
}

/// Copies the database to a new file by SQLite's online backup. The copy is of one moment, also while others write.
pub(super) fn back_up(connection: &Connection, to: &Path) -> Result<(), StoreErrorKind> {
    let unwritable = |error: std::io::Error| StoreErrorKind::NotWritable(Box::new(error));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(unwritable)?;
    let copied = create_private_file(to)
        .map_err(unwritable)
        .and_then(|()| copy(connection, to));
    if copied.is_err() {
        // Half a copy must not be taken for one.
        let _ = std::fs::remove_file(to);
    }
    copied
}

fn copy(connection: &Connection, to: &Path) -> Result<(), StoreErrorKind> {
    let mut copy = Connection::open(to)?;
    Backup::new(connection, &mut copy)?.run_to_completion(PAGES_AT_ONCE, Duration::ZERO, None)?;
    // One file alone, without a log beside it.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    copy.close().map_err(|(_, error)| error)?;
    std::fs::File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreErrorKind::NotWritable(Box::new(error)))
}

/// What is wrong with the database, a line each.
pub(super) fn check(connection: &Connection) -> Result<Vec<String>, StoreErrorKind> {
    let mut mistakes = Vec::new();
    let sql = format!("PRAGMA integrity_check({MOST_MISTAKES})");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            mistakes.push(line);
        }
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, id): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
        let id = id.map_or_else(String::new, |id| format!(" {id}"));
        mistakes.push(format!("row{id} of `{table}` is of a run that is not there"));
    }
    Ok(mistakes)
}
