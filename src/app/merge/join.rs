//! The events of several parts as those of one run.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::part::{Part, renumber};
use crate::event::{Leftover, MergedPart, OwedUndo, RunEvent, RunEventKind};
use crate::model::{RunId, TestResult};

/// The events of the merged run, from parts in order.
pub(super) fn join(parts: &[Part]) -> Vec<RunEvent> {
    let Some(first) = parts.first() else {
        return Vec::new();
    };
    let mut header = first.header.clone();
    header.planned = first.record.whole_planned;
    header.plan_digest.clone_from(&first.record.whole_digest);
    header.selection.partition = None;
    header.part = None;
    let mut footer = first.footer.clone();
    for part in parts {
        header.started_at = header.started_at.min(part.header.started_at);
        footer.finished_at = footer.finished_at.max(part.footer.finished_at);
        header.merged.push(MergedPart {
            run: part.header.run.clone(),
            seed: part.header.seed,
        });
        for peer in &part.header.peers {
            if !header.peers.contains(peer) {
                header.peers.push(peer.clone());
            }
        }
    }
    // An id begins with the moment when its run started.
    header.run = RunId::new(header.started_at, fastrand::u64(..));
    let at = (header.started_at, footer.finished_at);
    let mut joined = Joined::default();
    joined.push(at.0, RunEventKind::RunStarted(Box::new(header)));
    for part in parts {
        joined.take(part);
    }
    joined.push(at.1, RunEventKind::RunFinished(footer));
    renumber(&mut joined.events);
    joined.events
}

/// The events of several parts, one after the other.
#[derive(Default)]
struct Joined {
    events: Vec<RunEvent>,
    /// The highest number of an owed undo in the parts before the present one. Numbers of later parts start above it.
    owed_before: u64,
    /// Notes and unplanned rows that were taken, each with its provider. Several parts may have the same ones; one is enough.
    notes: HashSet<(String, String)>,
    unplanned: HashSet<(String, String)>,
}

impl Joined {
    fn push(&mut self, at: DateTime<Utc>, kind: RunEventKind) {
        self.events.push(RunEvent { seq: 0, at, kind });
    }

    fn take(&mut self, part: &Part) {
        let before = self.owed_before;
        let mut highest = before;
        let mut renamed = |id: u64| {
            let id = before.saturating_add(id).saturating_add(1);
            highest = highest.max(id);
            id
        };
        for event in &part.events {
            let kind = match &event.kind {
                RunEventKind::RunStarted(_) | RunEventKind::RunFinished(_) => continue,
                RunEventKind::UndoOwed(owed) => RunEventKind::UndoOwed(Box::new(OwedUndo {
                    id: renamed(owed.id),
                    ..(**owed).clone()
                })),
                RunEventKind::UndoSettled { id } => RunEventKind::UndoSettled { id: renamed(*id) },
                RunEventKind::LeftOver(left) => RunEventKind::LeftOver(Box::new(Leftover {
                    id: renamed(left.id),
                    ..(**left).clone()
                })),
                RunEventKind::TestFinished(result)
                    if !result.planned && !self.unplanned.insert(key(result)) =>
                {
                    continue;
                }
                RunEventKind::Noted { provider, note }
                    if !self.notes.insert((provider.to_string(), note.clone())) =>
                {
                    continue;
                }
                kind => kind.clone(),
            };
            self.events.push(RunEvent {
                seq: 0,
                at: event.at,
                kind,
            });
        }
        self.owed_before = highest;
    }
}

/// Identifies an unplanned row: its provider and its test.
fn key(result: &TestResult) -> (String, String) {
    (result.provider.to_string(), result.id().to_string())
}
