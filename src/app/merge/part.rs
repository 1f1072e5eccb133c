//! One part: read from a file or from the store, and checked alone.

use std::path::Path;

use super::error::MergeError;
use crate::app::files::read_source;
use crate::app::{AppError, History};
use crate::event::{PartRecord, RunEvent, RunEventKind, RunFooter, RunHeader, decode};
use crate::store::Wait;
use crate::summary::{RunSummary, out_of_time};

/// The largest file of events that is read, in bytes.
const LARGEST_PART: u64 = 512 * 1024 * 1024;

/// A complete run of one part of a plan.
pub(super) struct Part {
    /// The file or the run, for messages.
    pub(super) name: String,
    /// True if it was read from a file, which anybody may have written.
    pub(super) from_file: bool,
    pub(super) header: RunHeader,
    pub(super) record: PartRecord,
    pub(super) footer: RunFooter,
    pub(super) events: Vec<RunEvent>,
}

/// Reads a part: the file at `source`, or the stored run that it names.
pub(super) fn read(history: Option<&History>, source: &str) -> Result<Part, AppError> {
    let path = Path::new(source);
    let (name, from_file, events) = match history {
        _ if path.is_file() => (source.to_owned(), true, read_file(path, source)?),
        Some(history) => {
            let run = history.find(source)?;
            let mut events = history.store.events(&run).wait()?;
            // Undos that were settled after the run must not be leftovers of the merged one.
            if let Some(footer) = events.pop() {
                let settled = history.store.settled(&run).wait()?;
                events.extend(settled.into_iter().map(|id| RunEvent {
                    seq: 0,
                    at: footer.at,
                    kind: RunEventKind::UndoSettled { id },
                }));
                events.push(footer);
                renumber(&mut events);
            }
            // Nothing vouches for what a publisher sent, or for what was read from files before.
            let overview = history.store.overview(&run).wait()?;
            let foreign = overview.publisher.is_some() || overview.from_files;
            (run.to_string(), foreign, events)
        }
        None => {
            return Err(AppError::UnknownPart {
                name: source.to_owned(),
            });
        }
    };
    let part = part(name, events)?;
    Ok(Part { from_file, ..part })
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

/// Makes a part of its events. They must be those of a complete run of one part.
pub(super) fn part(name: String, events: Vec<RunEvent>) -> Result<Part, MergeError> {
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
    if let Some(why) = impossible_time(&summary) {
        return Err(MergeError::OutOfTime {
            source_name: name,
            why,
        });
    }
    match (summary.why_incomplete(), summary.footer) {
        (None, Some(footer)) => Ok(Part {
            name,
            from_file: false,
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

/// The first time of a part that cannot be: an end before the start, or a row outside of both. Rows of another time would count by it for
/// standings and rates.
fn impossible_time(summary: &RunSummary) -> Option<String> {
    let (from, to) = (summary.header.started_at, summary.footer.as_ref()?.finished_at);
    if to < from {
        return Some(format!("the run ended at {to}, before it started at {from}"));
    }
    summary.results.iter().find_map(|row| {
        let why = out_of_time(row, from, to)?;
        Some(format!("{} {}: {why}", row.provider, row.id()))
    })
}

/// Numbers events from 0 on.
pub(super) fn renumber(events: &mut [RunEvent]) {
    for (seq, event) in (0..).zip(events) {
        event.seq = seq;
    }
}
