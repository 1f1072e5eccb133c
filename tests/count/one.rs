//! The run of providers one after the other, call after call, over a server in this process whose clock and calendar stand still.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use proofhouse::app::Bundle;
use proofhouse::event::{RunEvent, RunEventKind, RunHeader, Selection};
use proofhouse::model::{Clock, Endpoint, Outcome, RunId, SystemClock, TestResult};
use proofhouse::plan::{self, Filter};
use proofhouse::provider::{EntryId, Provider};
use proofhouse::run::{self, RunOptions, Stop};
use proofhouse::summary::Fold;
use proofhouse::transport::{Limits, Pool};
use reference_provider::{ManualClock, Options, Server, Tenant, Tenants};

/// The tests that are run.
const TESTS: [&str; 4] = [
    "happy_path",
    "idempotency_window",
    "rejects_past_time",
    "rejects_unknown_service",
];

fn now() -> DateTime<Utc> {
    "2027-03-01T06:00:00Z".parse().unwrap()
}

/// The providers of the longer run, the first of which fill what a run keeps once.
const PROVIDERS: usize = 12;
const FIRST: usize = 4;

/// The allocations of a run, after one that fills what a process keeps, and what a longer one holds of each provider that has ended.
pub(crate) fn count() -> Vec<(String, u64)> {
    let bundle = Bundle::load(None).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        run(&bundle, 1).await;
        let before = dhat::HeapStats::get().total_blocks;
        run(&bundle, 1).await;
        let blocks = dhat::HeapStats::get().total_blocks - before;
        let held = run(&bundle, PROVIDERS).await;
        let each = (held[PROVIDERS - 1] - held[FIRST - 1]) / (PROVIDERS - FIRST);
        vec![
            ("blocks of a run of four tests".to_owned(), blocks),
            (
                "bytes that a run holds of a provider that has ended".to_owned(),
                each as u64,
            ),
        ]
    })
}

/// Runs the tests of some providers. Returns the bytes that were held at the end of each.
async fn run(bundle: &Bundle, providers: usize) -> Vec<usize> {
    let options = Options {
        clock: Arc::new(ManualClock::at(now())),
        ..Options::in_memory(Tenants::generated(providers))
    };
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let pool = Pool::new(Limits::default(), "count/1").unwrap();
    let target = |(place, tenant): (usize, &Tenant)| {
        let endpoint = Endpoint::Http {
            url: server.tenant_url(&tenant.slug),
        };
        let provider = Provider::new(format!("count:{}", tenant.slug).parse().unwrap(), endpoint)
            .with_claims(Some(bundle.registry.listed(|tool| tool == "create_booking")));
        let transport = provider.open(&pool, None).unwrap();
        Arc::new(provider.connected(EntryId::new(place), transport))
    };
    let targets: Vec<_> = server.tenants().iter().enumerate().map(target).collect();
    let filter = Filter::new(&[], &TESTS.map(str::to_owned), false).unwrap();
    let plan = Arc::new(plan::build(
        &bundle.registry,
        &bundle.suites,
        &targets,
        &filter,
        false,
    ));
    // The first answer tells the time of the server, by which everything is done.
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let header = RunHeader {
        run: RunId::new(now(), 1),
        started_at: now(),
        harness: "count 1".to_owned(),
        time_zones: None,
        seed: 1,
        planned: plan.tests(),
        plan_digest: plan.digest.clone(),
        selection: Selection::default(),
        providers: targets
            .iter()
            .map(|target| target.record(target.claims()))
            .collect(),
        peers: Vec::new(),
        contracts: Vec::new(),
        baseline: None,
        part: None,
        merged: Vec::new(),
    };
    let options = RunOptions {
        jobs: 1,
        lanes: 1,
        seed: 1,
        draw: 1,
        ..RunOptions::default()
    };
    let (mut fold, stop, mut held) = (Fold::new(), Stop::new(), Vec::with_capacity(providers));
    run::run(
        &plan,
        &bundle.registry,
        header,
        &options,
        &clock,
        &stop,
        |event: RunEvent| {
            let ended = matches!(event.kind, RunEventKind::ProviderFinished { .. });
            fold.take(event).unwrap();
            if ended {
                held.push(dhat::HeapStats::get().curr_bytes);
            }
        },
    )
    .await
    .unwrap();
    drop((plan, targets));
    server.stop().await.unwrap();
    let summary = fold.finish().unwrap();
    assert_eq!(summary.results.len(), TESTS.len() * providers);
    let passed = |result: &&TestResult| result.outcome != Outcome::Pass;
    if let Some(other) = summary.results.iter().find(passed) {
        panic!("{} is {}: {:?}", other.test, other.outcome, other.message);
    }
    held
}
