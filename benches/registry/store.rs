//! A store with as many results as are wanted: runs of many providers, one provider a run, over the tests of the bundled suites.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use proofhouse::app::Bundle;
use proofhouse::event::{
    ClaimRecord, ContractRecord, ProviderRecord, RunEvent, RunEventKind, RunFooter, RunHeader, Selection,
};
use proofhouse::model::{
    About, CapabilityRef, Endpoint, Level, Outcome, ProviderId, RunId, TestResult, Verdict,
};
use proofhouse::store::{RunStore, SqliteStore, Wait};

/// How many providers there are.
const PROVIDERS: usize = 40;

/// What was kept.
pub(crate) struct Seeded {
    pub(crate) rows: usize,
    pub(crate) runs: Vec<RunId>,
    /// A day on which few of the runs had taken place.
    pub(crate) early: String,
    /// A place in the middle of the list of results.
    pub(crate) cursor: String,
}

/// Fills the store of a folder.
pub(crate) fn fill(folder: &Path, bundle: &Bundle, wanted: usize) -> Seeded {
    let store = SqliteStore::open(folder).unwrap();
    let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut seeded = Seeded {
        rows: 0,
        runs: Vec::new(),
        early: String::new(),
        cursor: String::new(),
    };
    let mut number = 0;
    while seeded.rows < wanted {
        let at = start + TimeDelta::minutes(number * 15);
        let place = usize::try_from(number).unwrap();
        let provider: ProviderId = format!("bookio:shop-{:03}", place % PROVIDERS).parse().unwrap();
        let run = RunId::new(at, number.unsigned_abs());
        // One run in ten has a failure.
        let rows = rows(bundle, &provider, at, place % 10 == 3);
        seeded.rows += rows.len();
        let verdict = if place % 10 == 3 {
            Verdict::Failed
        } else {
            Verdict::Conformant
        };
        let events = events(bundle, &run, &provider, at, rows);
        store.append(&run, &events).wait().unwrap();
        store.finish(&run, &[], verdict).wait().unwrap();
        if seeded.rows < wanted / 2 {
            seeded.cursor = format!("{run}.5");
        }
        if seeded.rows < wanted / 20 {
            seeded.early = at.date_naive().to_string();
        }
        seeded.runs.push(run);
        number += 1;
    }
    seeded
}

fn rows(bundle: &Bundle, provider: &ProviderId, at: DateTime<Utc>, fails: bool) -> Vec<TestResult> {
    let mut rows: Vec<_> = bundle
        .suites
        .iter()
        .map(|test| {
            let ms = 3 + at.timestamp().unsigned_abs() % 90;
            TestResult::new(provider.clone(), test.id.clone(), test.level, Outcome::Pass, at)
                .with_calls(ms, 3)
        })
        .collect();
    if fails && let Some(row) = rows.iter_mut().find(|row| row.level == Level::Must) {
        row.outcome = Outcome::Fail;
        row.message = Some("create_booking answered against its output schema".to_owned());
    }
    rows
}

fn events(
    bundle: &Bundle,
    run: &RunId,
    provider: &ProviderId,
    at: DateTime<Utc>,
    rows: Vec<TestResult>,
) -> Vec<RunEvent> {
    let claims = |reference: &CapabilityRef| ClaimRecord {
        capability: reference.id.clone(),
        version: reference.version.clone(),
    };
    let header = RunHeader {
        run: run.clone(),
        started_at: at,
        harness: "proofhouse 0.1.0".to_owned(),
        time_zones: None,
        seed: 7,
        planned: rows.len(),
        plan_digest: "00".to_owned(),
        selection: Selection::default(),
        providers: vec![ProviderRecord {
            id: provider.clone(),
            name: None,
            about: About::default(),
            endpoint: Endpoint::Http {
                url: "http://127.0.0.1:4700".to_owned(),
            },
            dialect: None,
            auth: None,
            claims: bundle
                .registry
                .iter()
                .map(|contract| claims(&contract.reference))
                .collect(),
        }],
        peers: Vec::new(),
        contracts: bundle
            .registry
            .iter()
            .map(|contract| {
                ContractRecord::new(contract.reference.clone(), contract.digest.clone(), String::new())
            })
            .collect(),
        baseline: None,
        part: None,
        merged: Vec::new(),
    };
    let end = RunEventKind::RunFinished(RunFooter {
        finished_at: at + TimeDelta::minutes(1),
        interrupted: false,
    });
    let kinds = std::iter::once(RunEventKind::RunStarted(Box::new(header)))
        .chain(
            rows.into_iter()
                .map(|row| RunEventKind::TestFinished(Box::new(row))),
        )
        .chain([end]);
    (0..)
        .zip(kinds)
        .map(|(seq, kind)| RunEvent { seq, at, kind })
        .collect()
}
