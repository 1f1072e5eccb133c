//! The use case that makes one run of the parts of a plan.
//!
//! Every part must be there once and whole, and all must be parts of the same plan: what is missing could be what fails.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::{AppError, History, Kind, files::read_source};
use crate::diagnostic::Hint;
use crate::event::{
    Leftover, MergedPart, OwedUndo, PartRecord, RunEvent, RunEventKind, RunFooter, RunHeader, Selection,
    decode,
};
use crate::model::{RunId, TestResult};
use crate::summary::{FoldError, RunSummary};

/// The largest file of events that is read.
const LARGEST_PART: u64 = 512 * 1024 * 1024;

/// How many events are kept in one transaction.
const BATCH: usize = 1_000;

/// Why parts make no whole.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A line of a file is no event.
    #[error("{source_name}:{line}: {reason}")]
    Line {
        /// The file.
        source_name: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The events of a part contradict each other.
    #[error("{source_name}: {error}")]
    Contradiction {
        /// The part.
        source_name: String,
        /// The contradiction.
        error: FoldError,
    },
    /// A run that was not made with `--partition`.
    #[error("{source_name} is a run of its own, not a part of one")]
    NotAPart {
        /// The run.
        source_name: String,
    },
    /// A part that did not go to its end.
    #[error("{source_name} is not whole: {why}")]
    Incomplete {
        /// The part.
        source_name: String,
        /// Why not.
        why: String,
    },
    /// Parts of different plans, or run in different ways.
    #[error("{first} and {second} are no parts of one run: {what} differs")]
    Different {
        /// One part.
        first: String,
        /// Another.
        second: String,
        /// What differs.
        what: &'static str,
    },
    /// The same part twice.
    #[error("part {number} is there twice: {first} and {second}")]
    Overlap {
        /// Which part.
        number: usize,
        /// One run of it.
        first: String,
        /// Another.
        second: String,
    },
    /// Parts are missing.
    #[error("of {of} parts {} missing: {}", if missing.len() == 1 { "one is" } else { "some are" }, numbers(.missing))]
    Hole {
        /// How many parts there are.
        of: usize,
        /// Which are missing.
        missing: Vec<usize>,
    },
    /// The parts together do not have the tests of the plan.
    #[error("together the parts are not the whole plan: {0}")]
    NotTheWhole(FoldError),
}

fn numbers(missing: &[usize]) -> String {
    let numbers: Vec<_> = missing.iter().map(ToString::to_string).collect();
    numbers.join(", ")
}

impl MergeError {
    /// What the user can do about it: name other parts, mend a file, or run a part again.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotAPart { .. } | Self::Different { .. } | Self::Overlap { .. } => Kind::Usage,
            Self::Line { .. } | Self::Contradiction { .. } | Self::NotTheWhole(_) => Kind::Files,
            Self::Incomplete { .. } | Self::Hole { .. } => Kind::Record,
        }
    }
}

impl Hint for MergeError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotAPart { .. } => vec!["`proofhouse run --partition 1/2` makes a part".to_owned()],
            Self::Hole { of, missing } => missing
                .iter()
                .map(|number| format!("`--partition {number}/{of}` makes it"))
                .take(1)
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// A run made of parts.
#[derive(Debug)]
pub struct Merged {
    /// The summary.
    pub summary: RunSummary,
    /// Its events.
    pub events: Vec<RunEvent>,
}

struct Part {
    name: String,
    header: RunHeader,
    record: PartRecord,
    footer: RunFooter,
    events: Vec<RunEvent>,
}

/// Makes one run of parts: each a file of events, or a run that is kept.
///
/// # Errors
///
/// A part cannot be read, is not whole, or does not belong to the others; or together they are not the whole.
pub fn merge(history: Option<&History>, sources: &[String]) -> Result<Merged, AppError> {
    let parts = sources
        .iter()
        .map(|source| read(history, source))
        .collect::<Result<Vec<_>, AppError>>()?;
    let parts = in_order(parts)?;
    let events = join(&parts);
    let summary = RunSummary::fold(&events).map_err(MergeError::NotTheWhole)?;
    Ok(Merged { summary, events })
}

impl Merged {
    /// Keeps the merged run.
    ///
    /// # Errors
    ///
    /// The store refuses it.
    pub fn keep(&self, history: &History) -> Result<(), AppError> {
        let run = &self.summary.header.run;
        for events in self.events.chunks(BATCH) {
            history.store.append(run, events)?;
        }
        Ok(history.store.finish(run, self.summary.verdict())?)
    }
}

fn read(history: Option<&History>, source: &str) -> Result<Part, AppError> {
    let path = Path::new(source);
    let (name, events) = match history {
        _ if path.is_file() => (source.to_owned(), read_file(path, source)?),
        Some(history) => {
            let run = history.find(source)?;
            let mut events = history.store.events(&run)?;
            // What was taken back after the run must not be left over in the merged one.
            if let Some(footer) = events.pop() {
                let settled = history.store.settled(&run)?;
                events.extend(settled.into_iter().map(|id| RunEvent {
                    seq: 0,
                    at: footer.at,
                    kind: RunEventKind::UndoSettled { id },
                }));
                events.push(footer);
                renumber(&mut events);
            }
            (run.to_string(), events)
        }
        None => {
            return Err(AppError::Unknown {
                what: format!("`{source}` is no file, and no runs are kept"),
                hint: None,
            });
        }
    };
    Ok(part(name, events)?)
}

fn read_file(path: &Path, name: &str) -> Result<Vec<RunEvent>, AppError> {
    let source = read_source(path, LARGEST_PART)?;
    let lines = source.text().lines().enumerate();
    let events = lines.map(|(at, line)| {
        decode(line).map_err(|error| MergeError::Line {
            source_name: name.to_owned(),
            line: at + 1,
            reason: error.to_string(),
        })
    });
    Ok(events.collect::<Result<_, _>>()?)
}

/// A part by its events, which must be those of a whole run of it.
fn part(name: String, events: Vec<RunEvent>) -> Result<Part, MergeError> {
    let summary = match RunSummary::fold(&events) {
        Ok(summary) => summary,
        Err(error) => {
            return Err(MergeError::Contradiction {
                source_name: name,
                error,
            });
        }
    };
    let Some(record) = summary.header.part.clone().filter(|record| record.part.exists()) else {
        return Err(MergeError::NotAPart { source_name: name });
    };
    match (summary.why_incomplete(), summary.footer) {
        (None, Some(footer)) => Ok(Part {
            name,
            header: summary.header,
            record,
            footer,
            events,
        }),
        (why, _) => Err(MergeError::Incomplete {
            source_name: name,
            why: why.unwrap_or_default(),
        }),
    }
}

/// The parts by their numbers, each once, of one plan.
fn in_order(parts: Vec<Part>) -> Result<Vec<Part>, MergeError> {
    let mut ordered: BTreeMap<usize, Part> = BTreeMap::new();
    for part in parts {
        if let Some(first) = ordered.values().next()
            && let Some(what) = difference(first, &part)
        {
            return Err(MergeError::Different {
                first: first.name.clone(),
                second: part.name,
                what,
            });
        }
        let number = part.record.part.number;
        if let Some(twin) = ordered.get(&number) {
            return Err(MergeError::Overlap {
                number,
                first: twin.name.clone(),
                second: part.name,
            });
        }
        ordered.insert(number, part);
    }
    let of = ordered.values().next().map_or(0, |part| part.record.part.of);
    let missing: Vec<_> = (1..=of).filter(|number| !ordered.contains_key(number)).collect();
    if missing.is_empty() {
        Ok(ordered.into_values().collect())
    } else {
        Err(MergeError::Hole { of, missing })
    }
}

/// What keeps two runs from being parts of one. The seed only orders a run, and the same provider may be reached at another place.
fn difference(left: &Part, right: &Part) -> Option<&'static str> {
    let selection = |part: &Part| Selection {
        partition: None,
        ..part.header.selection.clone()
    };
    let claims = |part: &Part| {
        let providers = part.header.providers.iter();
        providers
            .map(|record| (record.id.clone(), record.claims.clone()))
            .collect::<Vec<_>>()
    };
    let (of, other) = (&left.record, &right.record);
    if of.part.of != other.part.of {
        Some("the number of parts")
    } else if (&of.whole_digest, of.whole_planned) != (&other.whole_digest, other.whole_planned) {
        Some("the plan")
    } else if left.header.harness != right.header.harness {
        Some("the version of the harness")
    } else if selection(left) != selection(right) {
        Some("what was selected")
    } else if left.header.contracts != right.header.contracts {
        Some("the contracts")
    } else if left.header.baseline != right.header.baseline {
        Some("the baseline")
    } else if claims(left) != claims(right) {
        Some("what the providers claim")
    } else {
        None
    }
}

fn join(parts: &[Part]) -> Vec<RunEvent> {
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
    /// What was owed before the present part, so that numbers stay apart.
    owed_before: u64,
    /// Notes, and rows that no plan asked for, each with its provider: several parts come upon the same.
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

fn key(result: &TestResult) -> (String, String) {
    (result.provider.to_string(), result.id().to_string())
}

fn renumber(events: &mut [RunEvent]) {
    for (seq, event) in (0..).zip(events) {
        event.seq = seq;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample::{Row, Sample, owed, row};

    fn of(number: usize, rows: impl IntoIterator<Item = Row>) -> Sample {
        let mut sample = Sample::of(rows).part(number, 2);
        sample.header.part.as_mut().unwrap().whole_planned = 2;
        let provider = "a:b".parse().unwrap();
        sample.and(RunEventKind::Noted {
            provider,
            note: "its clock is ahead".to_owned(),
        })
    }

    fn merged(samples: &[Sample]) -> Result<RunSummary, MergeError> {
        let parts = samples
            .iter()
            .map(|sample| part("a part".to_owned(), sample.events()));
        let parts = in_order(parts.collect::<Result<_, _>>()?)?;
        RunSummary::fold(&join(&parts)).map_err(MergeError::NotTheWhole)
    }

    #[test]
    fn what_several_parts_come_upon_is_told_once() {
        let set_up = || {
            row("a:b", "set_up")
                .of("booking.list_services")
                .unplanned()
                .fails("no")
        };
        let parts = [
            of(2, [row("a:b", "two"), set_up()]),
            of(1, [row("a:b", "one"), set_up()]),
        ];
        let summary = merged(&parts).unwrap();
        let names: Vec<_> = summary.results.iter().map(|row| row.test.as_str()).collect();
        assert_eq!((names, summary.notes.len()), (vec!["one", "two", "set_up"], 1));
        let runs: Vec<_> = summary.header.merged.iter().map(|part| part.seed).collect();
        assert_eq!((runs.len(), summary.header.part), (2, None));
    }

    #[test]
    fn what_two_parts_owe_under_one_number_stays_apart() {
        let owes = |sample: Sample| sample.and(RunEventKind::UndoOwed(Box::new(owed(1, "a:b"))));
        let settled = RunEventKind::UndoSettled { id: 1 };
        let parts = [
            owes(of(1, [row("a:b", "one")])).and(settled),
            owes(of(2, [row("a:b", "two")])),
        ];
        let summary = merged(&parts).unwrap();
        assert_eq!(summary.leftovers.len(), 1, "only the second part owes anything");
    }

    #[test]
    fn the_same_test_in_two_parts_and_too_few_tests_are_refused() {
        let refused = |parts: [Sample; 2]| merged(&parts).unwrap_err().to_string();
        insta::assert_snapshot!(refused([of(1, [row("a:b", "one")]), of(2, [row("a:b", "one")])]), @"together the parts are not the whole plan: `a:b` has two results of booking.create_booking@0.1.0/one");
        let mut few = [of(1, [row("a:b", "one")]), of(2, [row("a:b", "two")])];
        for sample in &mut few {
            sample.header.part.as_mut().unwrap().whole_planned = 3;
        }
        insta::assert_snapshot!(refused(few), @"together the parts are not the whole plan: 3 tests were planned and 2 ended, in a run that was not interrupted");
    }

    #[test]
    fn a_part_that_was_interrupted_is_a_hole() {
        let parts = [
            of(1, [row("a:b", "one")]),
            of(2, [row("a:b", "two")]).interrupted(),
        ];
        assert!(matches!(merged(&parts), Err(MergeError::Incomplete { .. })));
    }
}
