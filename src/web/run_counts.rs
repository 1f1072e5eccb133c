//! The counts of the runs that this process made, for a monitor.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;

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
    writeln!(
        out,
        "# HELP proofhouse_runs_total Runs of the schedule by their verdict."
    )?;
    writeln!(out, "# TYPE proofhouse_runs_total counter")?;
    for (verdict, count) in &ended.by_verdict {
        writeln!(out, "proofhouse_runs_total{{verdict=\"{verdict}\"}} {count}")?;
    }
    writeln!(
        out,
        "# HELP proofhouse_missing_runs_total Starts of the schedule without a stored run."
    )?;
    writeln!(out, "# TYPE proofhouse_missing_runs_total counter")?;
    writeln!(out, "proofhouse_missing_runs_total {}", ended.failed_to_run)?;
    writeln!(
        out,
        "# HELP proofhouse_results_total Results of the runs of the schedule by outcome."
    )?;
    writeln!(out, "# TYPE proofhouse_results_total counter")?;
    for (outcome, count) in &ended.by_outcome {
        writeln!(out, "proofhouse_results_total{{outcome=\"{outcome}\"}} {count}")?;
    }
    if let Some(last) = ended.last {
        writeln!(
            out,
            "# HELP proofhouse_last_run_timestamp_seconds The end of the last run of the schedule."
        )?;
        writeln!(out, "# TYPE proofhouse_last_run_timestamp_seconds gauge")?;
        writeln!(out, "proofhouse_last_run_timestamp_seconds {}", last.timestamp())?;
    }
    Ok(())
}
