//! The counts of the runs that this process made, for a monitor.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;

use super::exposition::head;
use crate::app::RunOverview;

/// The runs that ended in this process.
#[derive(Clone)]
struct Ended {
    by_verdict: BTreeMap<&'static str, u64>,
    by_outcome: BTreeMap<&'static str, u64>,
    failed_to_run: u64,
    last: Option<DateTime<Utc>>,
}

static ENDED: Mutex<Ended> = Mutex::new(Ended {
    by_verdict: BTreeMap::new(),
    by_outcome: BTreeMap::new(),
    failed_to_run: 0,
    last: None,
});

/// Counts a run of the schedule that ended and is stored.
pub fn count_run(run: &RunOverview) {
    let mut ended = ENDED.lock();
    *ended.by_verdict.entry(run.verdict.as_str()).or_default() += 1;
    let totals = &run.totals;
    let outcomes = [
        ("pass", totals.pass),
        ("fail", totals.fail),
        ("error", totals.error),
        ("blocked", totals.blocked),
        ("skip", totals.skip),
    ];
    for (outcome, count) in outcomes {
        *ended.by_outcome.entry(outcome).or_default() += count as u64;
    }
    ended.last = run.finished_at.max(ended.last);
}

/// Counts a start of the schedule that led to no run, or to one that is not stored.
pub fn count_missing_run() {
    ENDED.lock().failed_to_run += 1;
}

pub(super) fn write_metrics(out: &mut String) -> std::fmt::Result {
    let ended = ENDED.lock().clone();
    head(
        out,
        "proofhouse_runs_total",
        "counter",
        "Runs of the schedule by their verdict.",
    )?;
    for (verdict, count) in &ended.by_verdict {
        writeln!(out, "proofhouse_runs_total{{verdict=\"{verdict}\"}} {count}")?;
    }
    head(
        out,
        "proofhouse_missing_runs_total",
        "counter",
        "Starts of the schedule without a stored run.",
    )?;
    writeln!(out, "proofhouse_missing_runs_total {}", ended.failed_to_run)?;
    head(
        out,
        "proofhouse_results_total",
        "counter",
        "Results of the runs of the schedule by outcome.",
    )?;
    for (outcome, count) in &ended.by_outcome {
        writeln!(out, "proofhouse_results_total{{outcome=\"{outcome}\"}} {count}")?;
    }
    if let Some(last) = ended.last {
        head(
            out,
            "proofhouse_last_run_timestamp_seconds",
            "gauge",
            "The end of the last run of the schedule.",
        )?;
        writeln!(out, "proofhouse_last_run_timestamp_seconds {}", last.timestamp())?;
    }
    Ok(())
}
