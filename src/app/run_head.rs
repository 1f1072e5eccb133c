//! The heads of stored runs: what decides if their results count. They are read again and again, and a header may be large.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::AppError;
use crate::event::{RunEventKind, RunHeader};
use crate::model::RunId;
use crate::store::{RunOverview, RunStore, Wait};

/// The largest number of headers that are remembered.
const MOST: usize = 1_000;

/// The head of a run: its overview, and its header without the providers.
#[derive(Debug, Clone)]
pub(super) struct RunHead {
    pub(super) overview: RunOverview,
    pub(super) header: Arc<RunHeader>,
}

/// The headers that were read before. They never change.
#[derive(Debug, Default)]
pub(super) struct RunHeads(Mutex<HashMap<RunId, Arc<RunHeader>>>);

impl RunHeads {
    /// Reads the head of a run. None if its record has no first event.
    pub(super) fn read(&self, store: &dyn RunStore, run: &RunId) -> Result<Option<RunHead>, AppError> {
        let overview = store.overview(run).wait()?;
        let known = self.0.lock().get(run).cloned();
        if let Some(header) = known {
            return Ok(Some(RunHead { overview, header }));
        }
        let first = store.event(run, 0).wait()?;
        let Some(RunEventKind::RunStarted(mut header)) = first.map(|event| event.kind) else {
            return Ok(None);
        };
        header.providers = Vec::new();
        header.peers = Vec::new();
        let header = Arc::new(*header);
        let mut headers = self.0.lock();
        if headers.len() >= MOST {
            headers.clear();
        }
        headers.insert(run.clone(), Arc::clone(&header));
        Ok(Some(RunHead { overview, header }))
    }
}
