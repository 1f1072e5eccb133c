//! Runs in each format of a report.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, and so may what builds its data"
)]

mod causes;
mod claims;
mod formats;
mod known;
mod sample;

use proofhouse::model::{Level, Outcome};
use proofhouse::report::{Format, Options, json_schema, write, write_comparison};
use proofhouse::summary::{Comparison, RunSummary};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use sample::{ends, fold, header, row, run_of, ten_providers, troubled};

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
        ..Options::default()
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
            ..Options::default()
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
    let names: Vec<String> = (0..126).map(|n| format!("p:t{n}")).collect();
    let tests = ["a", "b", "c", "d"];
    let mut rows: Vec<_> = names
        .iter()
        .flat_map(|name| tests.map(|test| row(name, test, 5)))
        .collect();
    rows[100] = ends(rows[100].clone(), Outcome::Fail, "no");
    let text = table(&run_of(rows), Some(80));
    assert!(
        text.contains("503 passed and skipped rows are not shown; --verbose shows all"),
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
    assert!(words.contains(&vec!["p:t125", "4/4", "0", "20", "5"]), "{text}");
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
      a:b booking.create_booking@0.1.0: no must-level test passed

    0 passed, 0 failed, 0 errors, 0 blocked, 1 skipped · 1 provider · not proven: an
    essential test of a claim neither passed nor failed · run 20261121-030000-4f2a9c
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
    let mut reports: Vec<_> = [
        run_of(ten_providers()),
        troubled(),
        killed,
        run_of(Vec::new()),
        known::known(),
    ]
    .iter()
    .map(json_of)
    .collect();
    reports.push(known::repeated_json());
    for report in reports {
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
