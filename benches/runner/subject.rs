//! The runner's side.

use std::path::{Path, PathBuf};
use std::time::Duration;

use proofhouse::app::{Bundle, History, Record, RunRequest, Source, Stop, prepare};
use reference_provider::Version;

use crate::arguments::Checks;
use crate::job::{JOBS, LANES, Measured, Turns};
use crate::measure::Moment;

/// A run over the providers of a manifest.
pub(crate) fn asked(manifest: PathBuf, checks: Checks) -> RunRequest {
    RunRequest {
        source: Source::Manifest(manifest),
        selection: checks.selection(),
        jobs: JOBS,
        lanes: LANES,
        per_host: None,
        seed: None,
        call_limit: Duration::from_secs(10),
        provider_timeout: proofhouse::model::BudgetLimits::TIME,
        fail_fast: false,
        baseline: None,
        public_only: false,
        again: None,
    }
}

/// What every provider of the measurement claims, as a manifest lists it.
pub(crate) fn claims() -> String {
    let tools: Vec<_> = Version::V0_1_0
        .tools()
        .filter(|tool| tool.domain() == "booking")
        .map(|tool| format!("booking.{}", tool.name()))
        .collect();
    tools.join(", ")
}

/// Proves the providers of a manifest, from reading it to the end of the record. Contracts and suites are loaded before, as the
/// other side's script is.
pub(crate) async fn run(manifest: PathBuf, data: &Path, checks: Checks, turns: Turns) -> Measured {
    let bundle = Bundle::load(None).unwrap();
    let history = History::open(data).unwrap();
    let asked = asked(manifest, checks);
    let mut measured = Measured::default();
    for turn in 0..turns.warm_up + turns.counted {
        let start = Moment::now();
        let planned = prepare(&bundle, &asked, &|_| None).await.unwrap();
        let ended = planned
            .run(Record::Kept(history.clone()), &Stop::new(), |_| {})
            .await
            .unwrap();
        if turn >= turns.warm_up {
            start.add_to(&mut measured);
            let totals = ended.summary.totals;
            measured.calls += ended
                .summary
                .providers
                .iter()
                .map(|provider| provider.calls)
                .sum::<u64>();
            measured.strange += (ended.summary.results.len() - totals.pass) as u64;
        }
        assert_eq!(ended.not_kept, None);
    }
    measured
}
