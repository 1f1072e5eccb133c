//! Use cases over stored runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::claims::SKEW;
use super::contract_record::restate_contracts;
use super::run_head::RunHeads;
use super::shown_runs::ShownRuns;
use super::standing_cache::StandingCache;
use super::{AppError, Bundle};
use crate::event::RunEvent;
use crate::model::{CapabilityRef, Clock, ProviderId, RunId, SystemClock, TestName};
use crate::store::{
    self, ClaimResults, Page, ResultFilter, RunOverview, RunStore, StorePlace, StoredResult, UploadStore,
    Wait,
};
use crate::summary::{Comparison, RunSummary};

/// The smallest limit, for a contract whose tests were removed after their results were stored.
const FEW_TESTS: usize = 50;

/// The number of runs that are listed at once where all of them are.
const PAGE: usize = 500;

/// The stored runs of a data folder.
#[derive(Clone)]
pub struct History {
    pub(super) store: Arc<dyn RunStore>,
    pub(super) uploads: Arc<dyn UploadStore>,
    pub(super) standing_cache: Arc<StandingCache>,
    pub(super) run_heads: Arc<RunHeads>,
    pub(super) shown_runs: Arc<ShownRuns>,
}

impl History {
    /// Opens the store of a folder, and creates both if they do not exist.
    ///
    /// # Errors
    ///
    /// The folder or its database cannot be used.
    pub fn open(folder: &Path) -> Result<Self, AppError> {
        Self::open_at(&StorePlace::of_folder(folder))
    }

    /// Opens the store at a place, and makes it if there is none.
    ///
    /// # Errors
    ///
    /// The store cannot be used.
    pub fn open_at(place: &StorePlace) -> Result<Self, AppError> {
        let store = place.open()?;
        Ok(Self {
            uploads: store.clone(),
            store,
            standing_cache: Arc::default(),
            run_heads: Arc::default(),
            shown_runs: Arc::default(),
        })
    }

    /// Opens the store at a place if it exists. Never creates a file.
    ///
    /// # Errors
    ///
    /// The store is there and cannot be used.
    pub fn open_existing(place: &StorePlace) -> Result<Option<Self>, AppError> {
        place.exists().then(|| Self::open_at(place)).transpose()
    }

    /// Opens the store at a place, which must exist.
    ///
    /// # Errors
    ///
    /// There is no store, or it cannot be used.
    pub fn open_required(place: &StorePlace) -> Result<Self, AppError> {
        match (Self::open_existing(place)?, place) {
            (Some(history), _) => Ok(history),
            (None, StorePlace::Folder(folder)) => Err(AppError::NoRunsKept {
                folder: folder.clone(),
            }),
            (None, StorePlace::Postgres(_)) => Self::open_at(place),
        }
    }

    /// A page of the list of runs, newest first. `before` is the last run of the page before.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or has no run `before`.
    pub fn list(&self, limit: usize, before: Option<&str>) -> Result<Vec<RunOverview>, AppError> {
        let before = before.map(|text| self.store.find(text).wait()).transpose()?;
        Ok(self.store.list(&Page { limit, before }).wait()?)
    }

    /// Every run, newest first.
    pub(super) fn all_runs(&self) -> Result<Vec<RunOverview>, AppError> {
        let mut all: Vec<RunOverview> = Vec::new();
        loop {
            let before = all.last().map(|run| run.run.clone());
            let page = self.store.list(&Page { limit: PAGE, before }).wait()?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Finds a run by its id, by the beginning of its id, or by `latest`.
    ///
    /// # Errors
    ///
    /// There is no such run, or more than one.
    pub fn find(&self, text: &str) -> Result<RunId, AppError> {
        Ok(self.store.find(text).wait()?)
    }

    /// The overview of a run.
    ///
    /// # Errors
    ///
    /// There is no such run, or the store cannot be read.
    pub fn overview(&self, run: &RunId) -> Result<RunOverview, AppError> {
        Ok(self.store.overview(run).wait()?)
    }

    /// The summary of a run, replayed from its events.
    ///
    /// # Errors
    ///
    /// There is no such run, or its record contradicts itself.
    pub fn summary(&self, text: &str) -> Result<RunSummary, AppError> {
        let run = self.find(text)?;
        Ok(store::load(self.store.as_ref(), &run).wait()?)
    }

    /// The summary of a run as the site shows it: a run that others made is judged by the contracts as this registry knows them.
    ///
    /// # Errors
    ///
    /// There is no such run, or its record contradicts itself.
    pub fn judged_summary(&self, bundle: &Bundle, run: &RunId) -> Result<RunSummary, AppError> {
        let mut summary = store::load(self.store.as_ref(), run).wait()?;
        if !self.store.overview(run).wait()?.origin().is_own() {
            restate_contracts(bundle, &mut summary);
        }
        Ok(summary)
    }

    /// The summary of a run as the site shows it, see [`judged_summary`](Self::judged_summary). Those that were shown last are remembered,
    /// so every call must pass the same bundle.
    ///
    /// # Errors
    ///
    /// There is no such run, or its record contradicts itself.
    pub fn shown_summary(&self, bundle: &Bundle, run: &RunId) -> Result<Arc<RunSummary>, AppError> {
        // Both are read before the record: what is stored meanwhile makes a summary old, never wrong for ever.
        let overview = self.store.overview(run).wait()?;
        let settled = self.store.settled(run).wait()?.len();
        if let Some(known) = self.shown_runs.get(&overview, settled) {
            return Ok(known);
        }
        let summary = Arc::new(self.judged_summary(bundle, run)?);
        if overview.finished_at.is_some() {
            self.shown_runs.keep(overview, settled, &summary);
        }
        Ok(summary)
    }

    /// Passes every event of a run to `each`, in order.
    ///
    /// # Errors
    ///
    /// There is no such run, or its record cannot be read.
    pub fn replay(&self, text: &str, mut each: impl FnMut(&RunEvent) + Send) -> Result<(), AppError> {
        let run = self.find(text)?;
        let all = |event| {
            each(&event);
            true
        };
        Ok(store::replay(self.store.as_ref(), &run, all).wait()?)
    }

    /// Compares two runs.
    ///
    /// # Errors
    ///
    /// Either run is not there.
    pub fn compare(&self, before: &str, after: &str) -> Result<Comparison, AppError> {
        Ok(Comparison::between(&self.summary(before)?, &self.summary(after)?))
    }

    /// The providers that some run has tested, sorted, after `after`; `capability` narrows the list.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn providers(
        &self,
        capability: Option<&CapabilityRef>,
        after: Option<&ProviderId>,
        limit: usize,
    ) -> Result<Vec<ProviderId>, AppError> {
        Ok(self.store.providers(capability, after, limit).wait()?)
    }

    /// The tenants of a platform that some run has tested, sorted, after `after`.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn tenants(
        &self,
        platform: &str,
        after: Option<&ProviderId>,
        limit: usize,
    ) -> Result<Vec<ProviderId>, AppError> {
        // No id of a tenant sorts before this one.
        let Ok(first) = format!("{platform}:0").parse::<ProviderId>() else {
            return Ok(Vec::new());
        };
        let mut tenants = Vec::new();
        if after.is_none() && !self.store.claims(None, Some(&first)).wait()?.is_empty() {
            tenants.push(first.clone());
        }
        let rest = self
            .store
            .providers(None, Some(after.unwrap_or(&first)), limit)
            .wait()?;
        tenants.extend(rest.into_iter().take_while(|id| id.platform() == platform));
        tenants.truncate(limit);
        Ok(tenants)
    }

    /// The results of a run in order, after the one with the number `after`.
    ///
    /// # Errors
    ///
    /// There is no such run, or the store cannot be read.
    pub fn results_of_run(
        &self,
        run: &RunId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredResult>, AppError> {
        Ok(self.store.results_of_run(run, after, limit).wait()?)
    }

    /// The latest result of each test of a capability, of each of these providers.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn latest_by_test(
        &self,
        bundle: &Bundle,
        capability: &CapabilityRef,
        providers: &[ProviderId],
    ) -> Result<BTreeMap<ProviderId, BTreeMap<TestName, StoredResult>>, AppError> {
        // Enough for the last complete run, and for single tests that ran since.
        // The results of others are shown only where there are none of the registry itself.
        let limit = 2 * bundle.suites.tests(capability).len().max(FEW_TESTS);
        // What a wrong clock dated into the future is no latest result.
        let until = Some(SystemClock.now() + SKEW);
        let mut latest = BTreeMap::new();
        for provider in providers {
            let read = |own| {
                let query = ClaimResults {
                    provider,
                    capability: Some(capability),
                    own,
                    since: None,
                    until,
                    limit,
                };
                self.store.results_of_claim(&query).wait()
            };
            let mut found = read(true)?;
            if found.is_empty() {
                found = read(false)?;
            }
            let tests: &mut BTreeMap<_, _> = latest.entry(provider.clone()).or_default();
            for result in found {
                tests.entry(result.test.clone()).or_insert(result);
            }
        }
        Ok(latest)
    }

    /// The recent results that pass a filter.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn recent(&self, filter: &ResultFilter) -> Result<Vec<StoredResult>, AppError> {
        Ok(self.store.recent_results(filter).wait()?)
    }
}
