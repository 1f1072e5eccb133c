//! What the record of a run says of its providers: their names and addresses.

use std::collections::BTreeMap;

use super::{AppError, History};
use crate::event::{ProviderRecord, RunEventKind};
use crate::model::{ProviderId, RunId};
use crate::store::Wait;

/// The entries of providers in the records of runs, each record read once.
#[derive(Debug, Default)]
pub struct ProviderRecords(BTreeMap<RunId, BTreeMap<ProviderId, ProviderRecord>>);

impl ProviderRecords {
    /// The first entry of a provider in the manifest of a run. None if its record does not name it.
    ///
    /// # Errors
    ///
    /// There is no such run, or the store cannot be read.
    pub fn find(
        &mut self,
        history: &History,
        run: &RunId,
        provider: &ProviderId,
    ) -> Result<Option<&ProviderRecord>, AppError> {
        if !self.0.contains_key(run) {
            let mut found = BTreeMap::new();
            let first = history.store.event(run, 0).wait()?;
            if let Some(RunEventKind::RunStarted(header)) = first.map(|event| event.kind) {
                for record in header.providers {
                    found.entry(record.id.clone()).or_insert(record);
                }
            }
            self.0.insert(run.clone(), found);
        }
        Ok(self.0.get(run).and_then(|of_run| of_run.get(provider)))
    }
}
