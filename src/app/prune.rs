//! Removes old runs from the store, but none on which something rests.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::files::read_text;
use super::{AppError, Bundle, History};
use crate::certificate::{Envelope, LARGEST_ENVELOPE, Statement};
use crate::model::RunId;
use crate::store::Wait;

/// The number of runs that are removed in one transaction.
const BATCH: usize = 20;
/// The age from which a run without an end is taken for a killed one.
const KILLED: TimeDelta = TimeDelta::days(1);

/// The runs that stay.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Runs that started less than this long ago.
    pub keep: TimeDelta,
    /// The newest runs, whatever their age.
    pub keep_last: usize,
    /// Folders of certificates (files that end in `.json`): the runs that they name.
    pub certificates: Vec<PathBuf>,
}

/// The reason why an old run stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// A certificate names it.
    Certificate,
    /// The standing of a claim, or its beginning, rests on it.
    Standing,
    /// It owes something to a provider, which `cleanup` takes back.
    Owing,
    /// It has no end yet, and may be going on.
    Running,
}

/// The result of pruning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The runs that were removed, newest first.
    pub removed: Vec<RunId>,
    /// The old runs that stay, newest first.
    pub needed: Vec<(RunId, Needed)>,
    /// The number of all runs that stay.
    pub left: usize,
}

impl History {
    /// Removes the runs that are older than `retention` keeps as of `now`, except those on which something rests. Removes nothing
    /// with `dry_run`.
    ///
    /// # Errors
    ///
    /// The store cannot be used, or a certificate cannot be read: then nothing is removed.
    pub fn prune(
        &self,
        bundle: &Bundle,
        retention: &Retention,
        now: DateTime<Utc>,
        dry_run: bool,
    ) -> Result<Pruned, AppError> {
        let certified = certified(&retention.certificates)?;
        let standing = self.runs_of_standings(bundle)?;
        let mut pruned = Pruned::default();
        for (place, run) in self.all_runs()?.into_iter().enumerate() {
            if place < retention.keep_last || now - run.started_at < retention.keep {
                pruned.left += 1;
                continue;
            }
            let needed = if certified.contains(&run.run) {
                Some(Needed::Certificate)
            } else if standing.contains(&run.run) {
                Some(Needed::Standing)
            } else if run.publisher.is_none()
                && !run.from_files
                && !self.store.owed(&run.run).wait()?.is_empty()
            {
                Some(Needed::Owing)
            } else if run.finished_at.is_none() && now - run.started_at < KILLED {
                Some(Needed::Running)
            } else {
                None
            };
            match needed {
                Some(needed) => {
                    pruned.left += 1;
                    pruned.needed.push((run.run, needed));
                }
                None => pruned.removed.push(run.run),
            }
        }
        if !dry_run {
            for runs in pruned.removed.chunks(BATCH) {
                self.store.remove(runs).wait()?;
            }
        }
        Ok(pruned)
    }

    /// The latest run of every standing, and the one from which on it has been so.
    fn runs_of_standings(&self, bundle: &Bundle) -> Result<HashSet<RunId>, AppError> {
        let mut runs = HashSet::new();
        for claim in self.standings(bundle, None, None)? {
            runs.extend(claim.now.latest.iter().map(|(run, _)| run.clone()));
            runs.extend(
                claim
                    .history
                    .transitions()
                    .into_iter()
                    .next_back()
                    .map(|change| change.run),
            );
        }
        Ok(runs)
    }
}

/// The runs that the certificates in some folders name, whether or not the certificates hold.
fn certified(folders: &[PathBuf]) -> Result<HashSet<RunId>, AppError> {
    let mut runs = HashSet::new();
    for folder in folders {
        let entries = std::fs::read_dir(folder).map_err(|error| AppError::unreadable(folder, &error))?;
        for entry in entries {
            let path = entry
                .map_err(|error| AppError::unreadable(folder, &error))?
                .path();
            if path.extension().is_some_and(|ending| ending == "json") {
                runs.insert(run_of(&path)?);
            }
        }
    }
    Ok(runs)
}

fn run_of(path: &Path) -> Result<RunId, AppError> {
    let text = read_text(path, LARGEST_ENVELOPE as u64)?;
    let wrong = |error: &dyn std::fmt::Display| AppError::unreadable(path, error);
    let envelope = Envelope::read(&text).map_err(|error| wrong(&error))?;
    let statement = Statement::read(&envelope.payload).map_err(|error| wrong(&error))?;
    let named = statement.predicate.proofhouse.map(|about| about.run);
    named
        .ok_or_else(|| wrong(&"it names no run"))?
        .parse()
        .map_err(|error| wrong(&error))
}

impl Pruned {
    /// The number of old runs that stay, by reason.
    pub fn needed_by_reason(&self) -> BTreeMap<Needed, usize> {
        let mut counts = BTreeMap::new();
        for (_, reason) in &self.needed {
            *counts.entry(*reason).or_default() += 1;
        }
        counts
    }
}

impl Needed {
    /// The reason in words, after a number of runs.
    pub fn description(self) -> &'static str {
        match self {
            Self::Certificate => "named by a certificate",
            Self::Standing => "the ground of a standing",
            Self::Owing => "owing something to a provider (`proofhouse cleanup RUN`)",
            Self::Running => "without an end yet",
        }
    }
}
