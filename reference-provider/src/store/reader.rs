//! Connections that only read.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::StoreError;
use super::connection::open_reader;

/// More would only wait for the same disk.
const MOST: usize = 8;

/// Connections that only read, opened when they are first needed.
pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    room: Semaphore,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Arc::default(),
            room: Semaphore::new(MOST),
        }
    }

    /// Runs a query on a connection that nobody else uses meanwhile.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let _room = self.room.acquire().await.map_err(|_| StoreError::Closed)?;
        let idle = Arc::clone(&self.idle);
        let path = self.path.clone();
        let task = tokio::task::spawn_blocking(move || {
            let kept = idle.lock().pop();
            let connection = match kept {
                Some(connection) => connection,
                None => open_reader(&path)?,
            };
            let outcome = work(&connection);
            idle.lock().push(connection);
            outcome
        });
        // The connection of work that panicked was dropped with it.
        Ok(task
            .await
            .map_err(|error| StoreError::Panicked(error.to_string()))??)
    }
}
