//! `proofhouse schedule check`.

use chrono::{DateTime, Utc};
use serde_json::json;
use time_zones::Zone;

use super::args::{ListFormat, ScheduleCommand};
use super::output::Printer;
use super::{environment, exit};
use crate::app::{AppError, MissedStarts, Schedule, ScheduleRecord, WhyMissed};
use crate::model::{Clock, SystemClock, plural};

/// How a start is written for people.
const MINUTE: &str = "%Y-%m-%d %H:%M %Z";

/// Checks a schedule, and shows its next starts and those that were missed last.
pub(super) fn schedule(command: &ScheduleCommand, printer: &Printer) -> Result<u8, AppError> {
    let ScheduleCommand::Check { file, zone, format } = command;
    let schedule = Schedule::read(file)?;
    let (manifest, entries) = schedule.read_manifest()?;
    let starts = schedule.next_times(SystemClock.now());
    let jitter = schedule.jitter().num_minutes();
    let seen = ScheduleRecord::of(&environment::data_folder(), file).read()?;
    match format {
        ListFormat::Json => {
            let starts = starts.iter().map(|start| {
                let local = zone.map(|zone| start.with_timezone(&zone).to_rfc3339());
                json!({ "at": start, "local": local })
            });
            printer.json(&json!({
                "format": "proofhouse.starts/1",
                "providers": manifest.display().to_string(),
                "entries": entries,
                "jitter_minutes": jitter,
                "zone": zone.map(|zone| zone.name()),
                "starts": starts.collect::<Vec<_>>(),
                "seen_until": seen.as_ref().map(|seen| seen.until),
                "missed": seen.and_then(|seen| seen.missed),
            }))?;
        }
        ListFormat::Table => {
            let entries = match entries {
                1 => "1 entry".to_owned(),
                count => format!("{count} entries"),
            };
            printer.line(&format!("{entries} of {}, next", manifest.display()));
            for start in &starts {
                printer.line(&format!("  {}", shown(*start, *zone)));
            }
            if jitter > 0 {
                printer.line(&format!("each up to {} later", plural_minutes(jitter)));
            }
            if let Some(missed) = seen.and_then(|seen| seen.missed) {
                printer.line(&missed_starts(&missed));
            }
        }
    }
    Ok(exit::CONFORMANT)
}

fn plural_minutes(minutes: i64) -> String {
    plural(usize::try_from(minutes).unwrap_or_default(), "minute")
}

/// Which starts had no run, and why, in one line.
pub(super) fn missed_starts(missed: &MissedStarts) -> String {
    let at = |time: &DateTime<Utc>| time.format(MINUTE).to_string();
    let why = match missed.why {
        WhyMissed::Busy => "a run was still at work, or the machine stood still",
        WhyMissed::Down => "nobody followed the schedule",
    };
    match missed.count {
        1 => format!("the start of {} was missed: {why}", at(&missed.first)),
        count => {
            let more = if count == MissedStarts::MOST {
                " at least"
            } else {
                ""
            };
            format!(
                "{count} starts{more} were missed, from {} to {}: {why}",
                at(&missed.first),
                at(&missed.last)
            )
        }
    }
}

/// A start in UTC, and as a clock of the zone shows it.
fn shown(start: DateTime<Utc>, zone: Option<Zone>) -> String {
    let utc = start.format(MINUTE).to_string();
    match zone {
        None => utc,
        Some(zone) => {
            let local = start.with_timezone(&zone);
            format!("{utc}  {} {}", local.format("%Y-%m-%d %H:%M %:z"), zone.name())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_shown_in_utc_and_as_a_clock_shows_it_across_a_change() {
        let zone: Zone = "Europe/Prague".parse().unwrap();
        let of = |at: &str| shown(at.parse().unwrap(), Some(zone));
        assert_eq!(
            of("2027-03-27T03:00:00Z"),
            "2027-03-27 03:00 UTC  2027-03-27 04:00 +01:00 Europe/Prague"
        );
        assert_eq!(
            of("2027-03-28T03:00:00Z"),
            "2027-03-28 03:00 UTC  2027-03-28 05:00 +02:00 Europe/Prague"
        );
        assert_eq!(
            shown("2027-03-28T03:00:00Z".parse().unwrap(), None),
            "2027-03-28 03:00 UTC"
        );
    }
}
