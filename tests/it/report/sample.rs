//! Runs to render: one in which everything passed, one in which everything that can go wrong did.

use proofhouse::event::{Leftover, RunEventKind, RunHeader};
use proofhouse::model::{
    AuthSource, BrokenRule, CaseResult, Endpoint, Exchange, Failure, Level, Observed, Outcome, TestResult,
};
use proofhouse::summary::RunSummary;
use serde_json::json;

use crate::support::run_sample::{self, Row, Sample};

const TENANTS: [&str; 10] = [
    "studio-sangha",
    "verde-wellness-austin",
    "bistro-modra-houba",
    "aurora-hair-brooklyn",
    "salon-aurora",
    "massage-relax",
    "ink-quarter-portland",
    "ink-house",
    "fitness-zelena",
    "dental-vinohrady",
];

pub(super) fn row(provider: &str, test: &str, ms: u64) -> TestResult {
    let mut result = run_sample::row(provider, test).ms(ms).0;
    result.when = run_sample::at(2);
    result
}

pub(super) fn ends(mut row: TestResult, outcome: Outcome, message: &str) -> TestResult {
    row.outcome = outcome;
    row.message = Some(message.to_owned());
    if !outcome.executed() {
        (row.ms, row.calls) = (0, 0);
    }
    row
}

/// Ten providers with four tests each, all passed.
pub(super) fn ten_providers() -> Vec<TestResult> {
    let times = [
        ("happy_path", 240),
        ("idempotency_window", 305),
        ("rejects_past_time", 0),
        ("rejects_unknown_service", 117),
    ];
    let rows = TENANTS.iter().zip(0u64..).flat_map(|(tenant, n)| {
        times.map(|(test, ms)| {
            row(
                &format!("bookio:{tenant}"),
                test,
                if ms == 0 { 0 } else { ms + 7 * n },
            )
        })
    });
    rows.collect()
}

pub(super) fn header(rows: &[TestResult]) -> RunHeader {
    let mut header = Sample::of(rows.iter().cloned().map(Row)).header;
    header.run = "20261121-030000-4f2a9c".parse().unwrap();
    header.plan_digest = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef".to_owned();
    for provider in &mut header.providers {
        provider.endpoint = Endpoint::Http {
            url: format!("http://127.0.0.1:4700/p/{}", provider.id.tenant()),
        };
        provider.auth = Some(AuthSource::Bearer {
            env: "BOOKIO_TOKEN".to_owned(),
        });
    }
    header
}

/// The summary of a run. `interrupted` is None for a run that was killed.
pub(super) fn fold(
    header: RunHeader,
    rows: Vec<TestResult>,
    more: Vec<RunEventKind>,
    interrupted: Option<bool>,
) -> RunSummary {
    let mut sample = Sample::of(rows.into_iter().map(Row));
    sample.header = header;
    sample.middle.extend(more);
    let sample = match interrupted {
        Some(false) => sample,
        Some(true) => sample.interrupted(),
        None => sample.killed(),
    };
    sample.fold().unwrap()
}

pub(super) fn run_of(rows: Vec<TestResult>) -> RunSummary {
    fold(header(&rows), rows, Vec::new(), Some(false))
}

pub(super) fn failure() -> Failure {
    let exchange = Exchange {
        tool: "create_booking".to_owned(),
        target: "http://127.0.0.1:4700/p/ink-house/tools/create_booking".to_owned(),
        request_headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("authorization".to_owned(), "Bearer $BOOKIO_TOKEN".to_owned()),
        ],
        input: json!({ "service_id": "svc-7", "start_at": "2026-11-23T09:00:00Z", "customer": { "name": "Ada O'Neill", "email": "ada+4f2a9c@example.com" } }),
        status: Some(200),
        response_headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: Some("{\"ok\":true,\"booking_id\":\"bk-1\",\"note\":\"\u{1b}[31mred\u{1b}[0m\"}".to_owned()),
        trouble: None,
        ms: 212,
        attempts: 1,
        by_dialect: false,
        steps: Vec::new(),
    };
    Failure {
        rule: Some(BrokenRule {
            capability: "booking.create_booking".to_owned(),
            id: "idempotent_within_window".to_owned(),
            words: "If a booking with the same `(provider_id, service_id, start_at, customer.email)` was created within the previous 60 seconds, the same `booking_id` is returned and no second booking is persisted (idempotency window).".to_owned(),
        }),
        step: Some("again".to_owned()),
        case: None,
        expected: Some("the booking_id of the first answer, \"bk-1\"".to_owned()),
        actual: Some("\"bk-2\"".to_owned()),
        check: Some("again.output.booking_id == first.output.booking_id".to_owned()),
        values: vec![
            Observed { path: "again.output.booking_id".to_owned(), value: "\"bk-2\"".to_owned() },
            Observed { path: "first.output.booking_id".to_owned(), value: "\"bk-1\"".to_owned() },
        ],
        exchanges: vec![exchange],
        recorded: None,
    }
}

/// A run in which everything that can go wrong did, at providers that send hostile texts.
pub(super) fn troubled() -> RunSummary {
    let mut rows = ten_providers();
    rows[29] = ends(
        rows[29].clone(),
        Outcome::Fail,
        "the same request within 60 seconds made a second booking: \u{1b}[2Jbk-2 is not bk-1\nThe two requests were sent 0.2 seconds apart.",
    );
    rows[29].failure = Some(Box::new(failure()));
    rows[29].flaky = true;
    rows[29].notes = vec!["that no second booking is persisted could not be observed".to_owned()];
    rows[4] = ends(
        rows[4].clone(),
        Outcome::Fail,
        "a cancelled slot is offered again only after a minute",
    );
    rows[4].level = Level::Should;
    let case = |case: &str, outcome, message: Option<&str>| CaseResult {
        case: case.to_owned(),
        outcome,
        ms: 3,
        calls: 1,
        message: message.map(str::to_owned),
    };
    rows[34] = ends(rows[34].clone(), Outcome::Fail, "1 of 2 cases failed");
    rows[34].cases = vec![
        case("an_hour_ago", Outcome::Pass, None),
        case("a_year_ago", Outcome::Fail, Some("ok is true")),
    ];
    for row in &mut rows[8..12] {
        let message = "connection refused (os error 111): http://127.0.0.1:4700/p/bistro-modra-houba";
        *row = ends(row.clone(), Outcome::Error, message);
    }
    rows[17] = ends(
        rows[17].clone(),
        Outcome::Skip,
        "slow: it waits for 61 seconds; --slow runs it",
    );
    rows[21] = ends(
        rows[21].clone(),
        Outcome::Skip,
        "slow: it waits for 61 seconds; --slow runs it",
    );
    rows[36] = ends(
        rows[36].clone(),
        Outcome::Blocked,
        "list_services answered without `services`",
    );
    let mut set_up = ends(
        row("bookio:dental-vinohrady", "set_up", 4),
        Outcome::Fail,
        "`services` is missing",
    );
    set_up.capability = "booking.list_services".parse().unwrap();
    set_up.planned = false;
    rows.push(set_up);
    let note = |tenant: &str, note: &str| RunEventKind::Noted {
        provider: format!("bookio:{tenant}").parse().unwrap(),
        note: note.to_owned(),
    };
    let loose = "the listed input schema of create_booking is looser than the contract's";
    let left = Leftover {
        id: 3,
        provider: "bookio:ink-house".parse().unwrap(),
        test: "booking.create_booking@0.1.0/idempotency_window".to_owned(),
        made: "create_booking at 2026-11-23T09:00:00Z".to_owned(),
        tool: "cancel_booking".to_owned(),
        input: Some(json!({ "booking_id": "bk-2" })),
        reason: "the provider answered 500".to_owned(),
    };
    let more = vec![
        note("salon-aurora", loose),
        note("ink-house", loose),
        note("ink-house", "its clock is 3 seconds ahead"),
        RunEventKind::LeftOver(Box::new(left)),
    ];
    fold(header(&rows), rows, more, Some(false))
}
