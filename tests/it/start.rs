//! A command reads no more of the suites in the binary than it needs.

use std::time::Duration;

use proofhouse::app::{self, Bundle, GateRequest, RunRequest, Source};
use proofhouse::event::Selection;
use proofhouse::model::{BudgetLimits, Clock, SystemClock};
use proofhouse::standing::Demand;

fn bundle() -> Bundle {
    let bundle = Bundle::load(None).unwrap();
    assert_eq!(bundle.suites.files_parsed(), Some(Vec::new()));
    bundle
}

/// Plans a run of these tests of `booking.create_booking` at one provider, which is never asked.
async fn plan(bundle: &Bundle, tests: &[&str]) {
    let manifest = "providers:\n  - { id: \"desk:one\", transport: http, \
                    url: \"http://127.0.0.1:9\", capabilities: [\"booking.create_booking@0.1.0\"] }\n";
    let asked = RunRequest {
        source: Source::Written(manifest.to_owned()),
        selection: Selection {
            tests: tests.iter().map(|test| (*test).to_owned()).collect(),
            ..Selection::default()
        },
        jobs: 1,
        lanes: 1,
        per_host: None,
        seed: Some(7),
        call_limit: Duration::from_secs(30),
        provider_timeout: BudgetLimits::TIME,
        again: None,
        fail_fast: false,
        baseline: None,
        public_only: false,
    };
    if let Err(error) = app::prepare(bundle, &asked, &|_| None).await {
        panic!("{error}: {:?}", error.problems());
    }
}

#[test]
fn a_list_of_tests_parses_no_suite() {
    let bundle = bundle();
    let listed = bundle
        .suites
        .iter()
        .filter(|test| test.is_read_only() && !test.verifies.is_empty());
    assert!(listed.count() > 15);
    assert!(app::lint_findings(&bundle).len() < 1000);
    assert_eq!(bundle.suites.files_parsed(), Some(Vec::new()));
}

#[test]
fn a_gate_parses_no_suite() {
    let bundle = bundle();
    let asked = GateRequest {
        provider: "desk:one".parse().unwrap(),
        capability: "booking.create_booking".to_owned(),
        demand: Demand::default(),
    };
    app::gate(&bundle, None, &asked, SystemClock.now()).unwrap();
    assert_eq!(bundle.suites.files_parsed(), Some(Vec::new()));
}

#[tokio::test]
async fn a_run_parses_the_selected_tests_and_what_they_use() {
    let bundle = bundle();
    plan(
        &bundle,
        &[
            "happy_path",
            "idempotency_window",
            "rejects_past_time",
            "rejects_unknown_service",
        ],
    )
    .await;
    insta::assert_debug_snapshot!("files_that_a_run_parses", bundle.suites.files_parsed());
}
