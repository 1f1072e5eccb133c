//! What a run looks like in each format.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, and so may what builds its data"
)]

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use proofhouse::event::{
    ClaimRecord, Leftover, ProviderRecord, RunEvent, RunEventKind, RunFooter, RunHeader, Selection,
};
use proofhouse::model::{
    AuthSource, BrokenRule, CaseResult, Endpoint, Exchange, Failure, Level, Observed, Outcome, RunId,
    TestResult,
};
use proofhouse::report::{Format, Options, json_schema, write, write_comparison};
use proofhouse::summary::{Comparison, RunSummary};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

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

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_230_000 + seconds, 0).unwrap()
}

fn row(provider: &str, test: &str, ms: u64) -> TestResult {
    TestResult {
        provider: provider.parse().unwrap(),
        capability: "booking.create_booking".parse().unwrap(),
        version: "0.1.0".parse().unwrap(),
        test: test.parse().unwrap(),
        level: Level::Must,
        outcome: Outcome::Pass,
        ms,
        calls: 1,
        when: at(2),
        message: None,
        flaky: false,
        planned: true,
        cases: Vec::new(),
        notes: Vec::new(),
        failure: None,
    }
}

fn ends(mut row: TestResult, outcome: Outcome, message: &str) -> TestResult {
    row.outcome = outcome;
    row.message = Some(message.to_owned());
    if !outcome.executed() {
        (row.ms, row.calls) = (0, 0);
    }
    row
}

/// Ten providers with four tests each, all passed.
fn ten_providers() -> Vec<TestResult> {
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

fn header(rows: &[TestResult]) -> RunHeader {
    let mut providers: Vec<ProviderRecord> = Vec::new();
    for row in rows {
        if !providers.iter().any(|provider| provider.id == row.provider) {
            providers.push(ProviderRecord {
                id: row.provider.clone(),
                name: None,
                endpoint: Endpoint::Http {
                    url: format!("http://127.0.0.1:4700/p/{}", row.provider.tenant()),
                },
                auth: Some(AuthSource::Bearer {
                    env: "BOOKIO_TOKEN".to_owned(),
                }),
                claims: Vec::new(),
            });
        }
        let claim = ClaimRecord {
            capability: row.capability.clone(),
            version: row.version.clone(),
        };
        for provider in providers
            .iter_mut()
            .filter(|provider| provider.id == row.provider)
        {
            if row.planned && !provider.claims.contains(&claim) {
                provider.claims.push(claim.clone());
            }
        }
    }
    RunHeader {
        run: RunId::new(at(0), 0x4f_2a9c),
        started_at: at(0),
        harness: "proofhouse 0.1.0".to_owned(),
        seed: 7,
        planned: rows.iter().filter(|row| row.planned).count(),
        plan_digest: "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef".to_owned(),
        selection: Selection::default(),
        providers,
        contracts: Vec::new(),
    }
}

fn fold(
    header: RunHeader,
    rows: Vec<TestResult>,
    more: Vec<RunEventKind>,
    footer: Option<bool>,
) -> RunSummary {
    let kinds = std::iter::once(RunEventKind::RunStarted(Box::new(header)))
        .chain(
            rows.into_iter()
                .map(|row| RunEventKind::TestFinished(Box::new(row))),
        )
        .chain(more)
        .chain(footer.map(|interrupted| {
            RunEventKind::RunFinished(RunFooter {
                finished_at: at(60),
                interrupted,
            })
        }));
    let events: Vec<_> = (0..)
        .zip(kinds)
        .map(|(seq, kind)| RunEvent { seq, at: at(1), kind })
        .collect();
    RunSummary::fold(&events).unwrap()
}

fn run_of(rows: Vec<TestResult>) -> RunSummary {
    fold(header(&rows), rows, Vec::new(), Some(false))
}

fn failure() -> Failure {
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
    }
}

/// A run in which everything that can go wrong did, at providers that send hostile texts.
fn troubled() -> RunSummary {
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

fn shown(format: Format, summary: &RunSummary, options: Options) -> String {
    let mut out = Vec::new();
    write(format, summary, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn table(summary: &RunSummary, width: Option<usize>) -> String {
    shown(
        Format::Table,
        summary,
        Options {
            width,
            ..Options::default()
        },
    )
}

fn json_of(summary: &RunSummary) -> Value {
    serde_json::from_str(&shown(Format::Json, summary, Options::default())).unwrap()
}

#[test]
fn a_conformant_run_reads_as_one_table() {
    let summary = run_of(ten_providers());
    insta::assert_snapshot!("table_conformant_80", table(&summary, Some(80)));
    insta::assert_snapshot!("table_conformant_40", table(&summary, Some(40)));
}

#[test]
fn everything_that_went_wrong_is_explained_under_the_table() {
    insta::assert_snapshot!("table_troubled_80", table(&troubled(), Some(80)));
    insta::assert_snapshot!("table_troubled_40", table(&troubled(), Some(40)));
    insta::assert_snapshot!("table_troubled_pipe", table(&troubled(), None));
}

#[test]
fn a_verbose_table_repeats_the_calls_of_a_failure() {
    let options = Options {
        width: Some(100),
        verbose: true,
        colour: false,
    };
    insta::assert_snapshot!(
        "table_troubled_verbose",
        shown(Format::Table, &troubled(), options)
    );
}

/// Colour adds nothing but colour.
#[test]
fn a_painted_table_says_the_same_as_a_plain_one() {
    let plain = table(&troubled(), Some(80));
    let painted = shown(
        Format::Table,
        &troubled(),
        Options {
            colour: true,
            width: Some(80),
            verbose: false,
        },
    );
    assert!(painted.contains("\u{1b}[1m\u{1b}[31mFAIL"), "{painted}");
    let mut stripped = String::new();
    let mut rest = painted.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn no_line_is_wider_than_the_terminal_and_no_control_character_reaches_it() {
    for width in [20, 33, 40, 56, 72, 80, 100, 132] {
        let text = table(&troubled(), Some(width));
        for line in text.lines() {
            assert!(
                line.width() <= width,
                "{} columns of {width}: {line}",
                line.width()
            );
            assert!(!line.ends_with(' '), "{line:?}");
        }
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    }
}

#[test]
fn a_run_of_several_capabilities_names_the_tool_of_each_test() {
    let mut rows = vec![
        row("a:b", "happy_path", 3),
        row("a:b", "happy_path", 4),
        row("a:b", "happy_path", 5),
    ];
    rows[1].capability = "booking.cancel_booking".parse().unwrap();
    rows[2].version = "0.2.0".parse().unwrap();
    insta::assert_snapshot!(table(&run_of(rows.clone()), Some(80)), @"
    pass  provider  test                             ms  when
    pass  a:b       cancel_booking/happy_path         4  11-21 03:00
    pass  a:b       create_booking@0.1.0/happy_path   3  11-21 03:00
    pass  a:b       create_booking@0.2.0/happy_path   5  11-21 03:00

    3 passed, 0 failed, 0 errors, 0 blocked, 0 skipped · 1 provider · conformant ·
    run 20261121-030000-4f2a9c (seed 7)
    ");
    rows[2].capability = "crm.cancel_booking".parse().unwrap();
    insta::assert_snapshot!(table(&run_of(rows), Some(80)), @"
    pass  provider  test                               ms  when
    pass  a:b       booking.cancel_booking/happy_path   4  11-21 03:00
    pass  a:b       create_booking/happy_path           3  11-21 03:00
    pass  a:b       crm.cancel_booking/happy_path       5  11-21 03:00

    3 passed, 0 failed, 0 errors, 0 blocked, 0 skipped · 1 provider · conformant ·
    run 20261121-030000-4f2a9c (seed 7)
    ");
}

#[test]
fn of_very_many_rows_those_that_need_nobody_are_left_out() {
    let names: Vec<String> = (0..51).map(|n| format!("p:t{n}")).collect();
    let tests = ["a", "b", "c", "d"];
    let mut rows: Vec<_> = names
        .iter()
        .flat_map(|name| tests.map(|test| row(name, test, 5)))
        .collect();
    rows[100] = ends(rows[100].clone(), Outcome::Fail, "no");
    let text = table(&run_of(rows), Some(80));
    assert!(
        text.contains("203 passed and skipped rows are not shown; --verbose shows all"),
        "{text}"
    );
    let words: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(
        words.contains(&vec!["FAIL", "p:t25", "a", "5", "11-21", "03:00"]),
        "{text}"
    );
    assert!(words.contains(&vec!["p:t50", "4/4", "0", "20", "5"]), "{text}");
}

#[test]
fn a_run_that_proves_nothing_says_why() {
    let last = |summary: &RunSummary| table(summary, None).lines().last().unwrap().to_owned();
    let rows = || vec![row("a:b", "one", 3)];
    let killed = fold(header(&rows()), rows(), Vec::new(), None);
    let interrupted = fold(header(&rows()), Vec::new(), Vec::new(), Some(true));
    let mut unrecorded = run_of(rows());
    unrecorded.record_incomplete = Some("no space is left on the disk".to_owned());
    let skipped = run_of(vec![ends(row("a:b", "one", 0), Outcome::Skip, "no test clock")]);
    let lines = [
        last(&killed),
        last(&interrupted),
        last(&unrecorded),
        table(&skipped, Some(80)),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
    1 passed, 0 failed, 0 errors, 0 blocked, 0 skipped · 1 provider · incomplete: the run was killed, or is still going on · run 20261121-030000-4f2a9c (seed 7)
    0 passed, 0 failed, 0 errors, 0 blocked, 0 skipped · 1 provider · incomplete: the run was interrupted · run 20261121-030000-4f2a9c (seed 7)
    1 passed, 0 failed, 0 errors, 0 blocked, 0 skipped · 1 provider · incomplete: the run could not be recorded: no space is left on the disk · run 20261121-030000-4f2a9c (seed 7)
    booking.create_booking v0.1.0

    pass  provider  test  ms  when
    skip  a:b       one       11-21 03:00

    Skipped
      no test clock (a:b)

    Not proven
      a:b  booking.create_booking@0.1.0

    0 passed, 0 failed, 0 errors, 0 blocked, 1 skipped · 1 provider · not proven: a
    claimed capability has no executed must-level test · run 20261121-030000-4f2a9c
    (seed 7)
    ");
}

#[test]
fn the_json_report_has_every_field_of_its_format() {
    insta::assert_snapshot!(
        "json_conformant",
        shown(
            Format::Json,
            &run_of(vec![row("bookio:salon-aurora", "happy_path", 12)]),
            Options::default()
        )
    );
    insta::assert_snapshot!(
        "json_troubled",
        shown(Format::Json, &troubled(), Options::default())
    );
}

/// The exact words of the provider contract, which other programs are built on.
#[test]
fn the_json_report_keeps_the_shape_that_the_provider_contract_promises() {
    let report = json_of(&run_of(vec![row("bookio:salon-aurora", "happy_path", 12)]));
    assert_eq!(report["format"], "proofhouse.report/1");
    for (field, value) in [
        ("id", json!("20261121-030000-4f2a9c")),
        ("started_at", json!("2026-11-21T03:00:00Z")),
        ("finished_at", json!("2026-11-21T03:01:00Z")),
        ("harness", json!("proofhouse 0.1.0")),
        ("seed", json!(7)),
        ("conformant", json!(true)),
        ("exit", json!(0)),
    ] {
        assert_eq!(report["run"][field], value, "{field}");
    }
    for (field, value) in [
        ("provider", json!("bookio:salon-aurora")),
        ("capability", json!("booking.create_booking")),
        ("version", json!("0.1.0")),
        ("test", json!("happy_path")),
        ("level", json!("must")),
        ("outcome", json!("pass")),
        ("ms", json!(12)),
        ("calls", json!(1)),
        ("when", json!("2026-11-21T03:00:02Z")),
        ("message", Value::Null),
    ] {
        assert_eq!(report["results"][0][field], value, "{field}");
    }
    assert_eq!(
        report["totals"],
        json!({ "pass": 1, "fail": 0, "error": 0, "blocked": 0, "skip": 0 })
    );
    assert_eq!(report["leftovers"], json!([]));
}

#[test]
fn every_report_is_valid_against_the_published_schema() {
    let schema = json_schema();
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let killed = fold(header(&ten_providers()), Vec::new(), Vec::new(), None);
    for summary in [run_of(ten_providers()), troubled(), killed, run_of(Vec::new())] {
        let report = json_of(&summary);
        let wrong: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    let mut bent = json_of(&troubled());
    bent["results"][0]["outcome"] = json!("passed");
    assert!(!validator.is_valid(&bent));
    assert_eq!(
        json_of(&fold(header(&[]), Vec::new(), Vec::new(), None))["run"]["finished_at"],
        Value::Null
    );
}

/// `UPDATE_SCHEMAS=1 cargo test` writes it anew.
#[test]
fn the_published_schema_is_the_one_that_the_code_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas/report.schema.json");
    let made = format!("{}\n", serde_json::to_string_pretty(&json_schema()).unwrap());
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &made).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == made,
        "{} is out of date: UPDATE_SCHEMAS=1 cargo test writes it anew",
        path.display()
    );
}

#[test]
fn junit_keeps_failures_errors_and_skips_apart() {
    let xml = shown(Format::Junit, &troubled(), Options::default());
    insta::assert_snapshot!("junit_troubled", xml);
    assert!(!xml.contains('\u{1b}'));
}

/// No row of such a run is red, so the run itself must be.
#[test]
fn junit_of_a_run_that_proves_nothing_is_not_green() {
    let rows = vec![row("a:b", "one", 3)];
    insta::assert_snapshot!(
        "junit_killed",
        shown(
            Format::Junit,
            &fold(header(&rows), rows, Vec::new(), None),
            Options::default()
        )
    );
    let skipped = run_of(vec![ends(row("a:b", "one", 0), Outcome::Skip, "no test clock")]);
    insta::assert_snapshot!(
        "junit_unproven",
        shown(Format::Junit, &skipped, Options::default())
    );
}

#[test]
fn junit_shows_a_failed_ruling_as_a_pass_unless_the_run_is_strict() {
    let mut ruling = ends(row("a:b", "one", 3), Outcome::Fail, "no \u{0}\u{ffff}<&>");
    ruling.level = Level::Should;
    let rows = vec![ruling, row("a:b", "two", 3)];
    let lenient = shown(Format::Junit, &run_of(rows.clone()), Options::default());
    assert!(
        lenient.contains(r#"failures="0""#) && lenient.contains("warning: no"),
        "{lenient}"
    );
    let mut header = header(&rows);
    header.selection.strict = true;
    let strict = shown(
        Format::Junit,
        &fold(header, rows, Vec::new(), Some(false)),
        Options::default(),
    );
    assert!(strict.contains(r#"failures="1""#), "{strict}");
}

#[test]
fn two_runs_are_compared_by_what_ended_otherwise() {
    let before = run_of(vec![
        row("a:b", "one", 10),
        row("a:b", "two", 20),
        row("a:b", "gone", 1),
    ]);
    let after = run_of(vec![
        row("a:b", "one", 11),
        ends(row("a:b", "two", 25), Outcome::Fail, "no"),
    ]);
    let mut out = Vec::new();
    write_comparison(
        &Comparison::between(&before, &after),
        &Options::default(),
        &mut out,
    )
    .unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"
    before  after  provider  test                       ms  ms
    pass    -      a:b       create_booking@0.1.0/gone   1
    pass    fail   a:b       create_booking@0.1.0/two   20  25

    1 test ended otherwise, 1 as before, 1 only in 20261121-030000-4f2a9c, 0 only in 20261121-030000-4f2a9c
    ");
}
