//! A run that a baseline judged, and a plan that was run several times.

use proofhouse::model::{Baseline, BaselineEntry, KnownAs, Level, Outcome, TestResult};
use proofhouse::report::{Format, Options, write_repeated};
use proofhouse::summary::{Repetitions, RunSummary};
use serde_json::Value;

use super::sample::{ends, fold, header, row};
use super::{shown, table};

fn entry(list: KnownAs, test: &str, expires: &str, line: usize) -> BaselineEntry {
    BaselineEntry {
        list,
        provider: "post:one".parse().unwrap(),
        test: format!("booking.create_booking@0.1.0/{test}").parse().unwrap(),
        reason: "the host's clock is in local time".to_owned(),
        ticket: "POST-7".to_owned(),
        expires: expires.parse().unwrap(),
        line,
    }
}

/// One known failure, one that is new, one flaky test, one entry that has expired and one that is stale.
pub(super) fn known() -> RunSummary {
    let fails = |test: &str| {
        ends(
            row("post:one", test, 7),
            Outcome::Fail,
            "\u{1b}[2Jwrong\nvery wrong",
        )
    };
    let mut late = fails("late");
    late.flaky = true;
    let rows = vec![
        row("post:one", "fine", 5),
        fails("known"),
        fails("new"),
        late,
        fails("expired"),
        row("post:one", "mended", 5),
        row("post:two", "fine", 5),
    ];
    judged(rows)
}

fn judged(rows: Vec<TestResult>) -> RunSummary {
    let mut header = header(&rows);
    header.baseline = Some(Baseline {
        file: "known.yaml".to_owned(),
        digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        entries: vec![
            entry(KnownAs::Failing, "known", "2026-12-24", 3),
            entry(KnownAs::Failing, "expired", "2026-11-20", 8),
            entry(KnownAs::Failing, "mended", "2026-12-24", 13),
            entry(KnownAs::Flaky, "late", "2026-12-24", 19),
        ],
    });
    fold(header, rows, Vec::new(), Some(false))
}

#[test]
fn what_is_known_is_told_apart_from_what_is_new() {
    insta::assert_snapshot!("known_table", table(&known(), Some(80)));
    insta::assert_snapshot!("known_junit", shown(Format::Junit, &known(), Options::default()));
    insta::assert_snapshot!("known_json", shown(Format::Json, &known(), Options::default()));
}

/// A pipeline that reads only this file sees no failure, and one that reads the verdict sees no proof.
#[test]
fn a_run_of_known_failures_is_green_and_not_conformant() {
    let rows = vec![
        row("post:one", "fine", 5),
        ends(row("post:one", "known", 7), Outcome::Fail, "wrong"),
    ];
    let mut header = header(&rows);
    header.baseline = Some(Baseline {
        file: "known.yaml".to_owned(),
        digest: String::new(),
        entries: vec![entry(KnownAs::Failing, "known", "2026-12-24", 3)],
    });
    let summary = fold(header, rows, Vec::new(), Some(false));
    let xml = shown(Format::Junit, &summary, Options::default());
    assert!(xml.contains(r#"failures="0" errors="0""#), "{xml}");
    let json: Value = serde_json::from_str(&shown(Format::Json, &summary, Options::default())).unwrap();
    assert_eq!(
        (
            &json["run"]["exit"],
            &json["run"]["conformant"],
            &json["run"]["verdict"]
        ),
        (&0.into(), &false.into(), &"known".into())
    );
}

fn repeated() -> Repetitions {
    let mut repetitions = Repetitions::new(4);
    for (run, loose) in [Outcome::Pass, Outcome::Fail, Outcome::Pass]
        .into_iter()
        .enumerate()
    {
        let mut ruling = ends(row("post:one", "ruling", 3), Outcome::Fail, "no");
        ruling.level = Level::Should;
        let mut rows = vec![row("post:one", "fine", 5), row("post:one", "loose", 5), ruling];
        rows[1].outcome = loose;
        let mut header = header(&rows);
        header.run = format!("2026112{run}-030000-4f2a9c").parse().unwrap();
        repetitions.add(fold(header, rows, Vec::new(), Some(false)));
    }
    repetitions
}

fn repeated_in(format: Format, verbose: bool) -> String {
    let options = Options {
        verbose,
        ..Options::default()
    };
    let mut out = Vec::new();
    write_repeated(format, &repeated(), &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(super) fn repeated_json() -> Value {
    serde_json::from_str(&repeated_in(Format::Json, false)).unwrap()
}

#[test]
fn several_runs_end_with_how_often_each_test_passed() {
    insta::assert_snapshot!("repeated_table", repeated_in(Format::Table, false));
    let verbose = repeated_in(Format::Table, true);
    assert!(
        verbose.contains("3/3     post:one  create_booking@0.1.0/fine"),
        "{verbose}"
    );
    let json = repeated_json();
    assert_eq!(json["run"]["id"], "20261121-030000-4f2a9c", "the worst is shown");
    insta::assert_json_snapshot!("repeated_json", json["repeated"]);
}
