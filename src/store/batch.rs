//! Events as the rows of a database: encoded, and with what is derived from them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{ImportedFrom, StoreErrorKind};
use crate::event::{RunEvent, RunEventKind, encode};
use crate::model::{RunId, TestResult, Totals};

/// Events of one run that go into a store together, in order and without a gap.
#[derive(Debug)]
pub(super) struct Batch {
    /// The run.
    pub(super) run: RunId,
    /// The run as its header describes it, where the first event is the header.
    pub(super) head: Option<HeadRow>,
    /// The events.
    pub(super) events: Vec<EventRow>,
    /// The results among them.
    pub(super) results: Vec<ResultRow>,
    /// The end of the run, where the last event is it.
    pub(super) end: Option<EndRow>,
    /// The number of results of each outcome.
    pub(super) totals: Totals,
}

/// What the header says of a run.
#[derive(Debug)]
pub(super) struct HeadRow {
    pub(super) started_at: DateTime<Utc>,
    pub(super) harness: String,
    pub(super) seed: String,
    pub(super) planned: usize,
    /// The number of providers, each once: several entries of a manifest may share an id.
    pub(super) providers: usize,
}

/// Who made a run. Without a publisher and files it is one of the registry itself.
#[derive(Debug, Default)]
pub(super) struct MadeBy {
    pub(super) publisher: Option<String>,
    pub(super) from_files: bool,
}

impl MadeBy {
    /// Returns true for a run of the registry itself.
    pub(super) fn is_own(&self) -> bool {
        self.publisher.is_none() && !self.from_files
    }
}

impl From<ImportedFrom<'_>> for MadeBy {
    fn from(from: ImportedFrom<'_>) -> Self {
        match from {
            ImportedFrom::Publisher(publisher) => Self {
                publisher: Some(publisher.to_owned()),
                from_files: false,
            },
            ImportedFrom::Files => Self {
                publisher: None,
                from_files: true,
            },
        }
    }
}

/// An event.
#[derive(Debug)]
pub(super) struct EventRow {
    pub(super) seq: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) kind: &'static str,
    pub(super) body: String,
}

/// A result.
#[derive(Debug)]
pub(super) struct ResultRow {
    pub(super) seq: u64,
    pub(super) claim: ClaimRow,
    pub(super) test: String,
    pub(super) level: String,
    pub(super) outcome: &'static str,
    pub(super) ms: u64,
    pub(super) calls: u32,
    pub(super) when: DateTime<Utc>,
    pub(super) message: Option<String>,
}

/// A provider, a capability and its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClaimRow {
    pub(super) provider: String,
    pub(super) capability: String,
    pub(super) version: String,
}

/// The end of a run.
#[derive(Debug)]
pub(super) struct EndRow {
    pub(super) finished_at: DateTime<Utc>,
    pub(super) interrupted: bool,
}

impl Batch {
    /// The rows of those events that are recorded. None if no event is.
    pub(super) fn of(run: &RunId, events: &[RunEvent]) -> Result<Option<Self>, StoreErrorKind> {
        let recorded = || events.iter().filter(|event| event.kind.recorded());
        let Some(first) = recorded().next() else {
            return Ok(None);
        };
        let mut batch = Self {
            run: run.clone(),
            head: head(run, first)?,
            events: Vec::with_capacity(events.len()),
            results: Vec::new(),
            end: None,
            totals: Totals::default(),
        };
        for (event, seq) in recorded().zip(first.seq..) {
            batch.add(event, seq)?;
        }
        Ok(Some(batch))
    }

    /// The number of the first event.
    pub(super) fn first_seq(&self) -> u64 {
        self.events.first().map_or(0, |event| event.seq)
    }

    /// The number of the event that follows.
    pub(super) fn next_seq(&self) -> u64 {
        self.events.last().map_or(0, |event| event.seq.saturating_add(1))
    }

    /// The claims of the results, sorted, each once: whoever writes them in this order waits for nobody who waits for him.
    pub(super) fn claims(&self) -> BTreeSet<&ClaimRow> {
        self.results.iter().map(|result| &result.claim).collect()
    }

    fn add(&mut self, event: &RunEvent, seq: u64) -> Result<(), StoreErrorKind> {
        if event.seq != seq || self.end.is_some() {
            return Err(StoreErrorKind::OutOfOrder { seq: event.seq });
        }
        let body = encode(event).map_err(|source| StoreErrorKind::Unwritable { seq, source })?;
        self.events.push(EventRow {
            seq,
            at: event.at,
            kind: event.kind.name(),
            body,
        });
        match &event.kind {
            RunEventKind::TestFinished(row) => {
                self.totals.add(row.outcome);
                self.results.push(result(seq, row));
            }
            RunEventKind::RunFinished(footer) => {
                self.end = Some(EndRow {
                    finished_at: footer.finished_at,
                    interrupted: footer.interrupted,
                });
            }
            RunEventKind::RunStarted(_)
            | RunEventKind::UndoOwed(_)
            | RunEventKind::UndoSettled { .. }
            | RunEventKind::LeftOver(_)
            | RunEventKind::TestStarted { .. }
            | RunEventKind::Noted { .. }
            | RunEventKind::ProviderFinished { .. } => {}
        }
        Ok(())
    }
}

fn head(run: &RunId, first: &RunEvent) -> Result<Option<HeadRow>, StoreErrorKind> {
    let RunEventKind::RunStarted(header) = &first.kind else {
        return Ok(None);
    };
    if header.run != *run || first.seq != 0 {
        return Err(StoreErrorKind::OutOfOrder { seq: first.seq });
    }
    let ids: BTreeSet<_> = header.providers.iter().map(|entry| &entry.id).collect();
    Ok(Some(HeadRow {
        started_at: header.started_at,
        harness: header.harness.clone(),
        seed: header.seed.to_string(),
        planned: header.planned,
        providers: ids.len(),
    }))
}

fn result(seq: u64, row: &TestResult) -> ResultRow {
    ResultRow {
        seq,
        claim: ClaimRow {
            provider: row.provider.to_string(),
            capability: row.capability.to_string(),
            version: row.version.to_string(),
        },
        test: row.test.to_string(),
        level: row.level.to_string(),
        outcome: row.outcome.as_str(),
        ms: row.ms,
        calls: row.calls,
        when: row.when,
        message: row.message.clone(),
    }
}
