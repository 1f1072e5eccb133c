//! The record of a run of many providers: what its summary holds of each, and what its reports take on top.

use std::io;

use chrono::{DateTime, Utc};
use proofhouse::event::{
    ClaimRecord, ContractRecord, EditionRecord, ProviderRecord, RuleRecord, RuleTest, RunEvent, RunEventKind,
    RunFooter, RunHeader, Selection,
};
use proofhouse::model::{About, CapabilityRef, Endpoint, Level, Outcome, RunId, TestId, TestResult};
use proofhouse::report::{self, Format, Options};
use proofhouse::summary::{Fold, RunSummary};

const PROVIDERS: u64 = 200;
const TESTS: u64 = 4;
const RULES: usize = 30;

/// Notes the most that is held while a report is written.
#[derive(Default)]
struct Watched {
    most: usize,
}

impl io::Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.most = self.most.max(dhat::HeapStats::get().curr_bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn count() -> Vec<(String, u64)> {
    let before = dhat::HeapStats::get();
    let summary = summary();
    let folded = dhat::HeapStats::get();
    let held = (folded.curr_bytes - before.curr_bytes) as u64;
    let mut counts = vec![
        (
            "bytes that a summary holds of a provider".to_owned(),
            held / PROVIDERS,
        ),
        (
            "blocks that the fold of a provider takes".to_owned(),
            (folded.total_blocks - before.total_blocks) / PROVIDERS,
        ),
    ];
    for (name, format) in [("json", Format::Json), ("table", Format::Table)] {
        let before = dhat::HeapStats::get().curr_bytes;
        let mut out = Watched::default();
        report::write(format, &summary, &Options::default(), &mut out).unwrap();
        let took = out.most.saturating_sub(before) as u64;
        counts.push((
            format!("bytes that the report as {name} takes of a provider"),
            took / PROVIDERS,
        ));
    }
    counts
}

fn at() -> DateTime<Utc> {
    "2027-03-01T06:00:00Z".parse().unwrap()
}

/// The events come one by one, as those of a run do.
fn summary() -> RunSummary {
    let mut fold = Fold::new();
    let mut seq = 0;
    let mut push = |kind| {
        fold.take(RunEvent { seq, at: at(), kind }).unwrap();
        seq += 1;
    };
    let capability: CapabilityRef = "booking.create_booking@0.1.0".parse().unwrap();
    push(RunEventKind::RunStarted(Box::new(header(&capability))));
    let tests: Vec<TestId> = (0..TESTS)
        .map(|test| format!("{capability}/test_{test}").parse().unwrap())
        .collect();
    for provider in 0..PROVIDERS {
        let id: proofhouse::model::ProviderId = format!("count:tenant-{provider}").parse().unwrap();
        for test in &tests {
            let result = TestResult::new(id.clone(), test.clone(), Level::Must, Outcome::Pass, at());
            push(RunEventKind::TestFinished(Box::new(result.with_calls(12, 3))));
        }
        push(RunEventKind::ProviderFinished {
            provider: id,
            calls: 12,
        });
    }
    push(RunEventKind::RunFinished(RunFooter {
        finished_at: at(),
        interrupted: false,
    }));
    fold.finish().unwrap()
}

fn header(capability: &CapabilityRef) -> RunHeader {
    let mut contract = ContractRecord::new(capability.clone(), "contract".to_owned(), "suite".to_owned());
    contract.edition = Some(EditionRecord {
        name: "2027-03".to_owned(),
        digest: "edition".to_owned(),
    });
    contract.rules = (0..RULES)
        .map(|rule| RuleRecord {
            id: format!("the_rule_of_number_{rule}"),
            tests: vec![RuleTest {
                name: format!("test_{rule}").parse().unwrap(),
                waits: false,
                peer: false,
            }],
        })
        .collect();
    RunHeader {
        run: RunId::new(at(), 1),
        started_at: at(),
        harness: "count 1".to_owned(),
        time_zones: None,
        seed: 1,
        planned: usize::try_from(PROVIDERS * TESTS).unwrap(),
        plan_digest: "00".to_owned(),
        selection: Selection::default(),
        providers: (0..PROVIDERS)
            .map(|provider| record(provider, capability))
            .collect(),
        peers: Vec::new(),
        contracts: vec![contract],
        baseline: None,
        part: None,
        merged: Vec::new(),
    }
}

fn record(provider: u64, capability: &CapabilityRef) -> ProviderRecord {
    ProviderRecord {
        id: format!("count:tenant-{provider}").parse().unwrap(),
        name: None,
        about: About::default(),
        endpoint: Endpoint::Http {
            url: format!("http://127.0.0.1:4700/p/tenant-{provider}"),
        },
        dialect: None,
        auth: None,
        claims: vec![ClaimRecord {
            capability: capability.id.clone(),
            version: capability.version.clone(),
        }],
    }
}
