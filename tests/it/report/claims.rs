//! How much was proven, in every format.

use proofhouse::model::{Outcome, Untested};
use proofhouse::report::{Format, Options};
use proofhouse::summary::RunSummary;

use super::{json_of, shown, table};
use crate::support::run_sample::{Sample, contract, row};

/// A run that was held to an edition: one rule proven, one slow, one without a witness, one optional, one test pending.
fn held() -> Sample {
    let skip = |test| row("bookio:salon-aurora", test).ends(Outcome::Skip);
    let mut rows = vec![
        row("bookio:salon-aurora", "happy_path"),
        row("bookio:salon-aurora", "newer").fails("no"),
        skip("window").untested(Untested::Slow),
        skip("overlap").untested(Untested::NoWitness),
        skip("attachments").not_applicable(),
    ];
    for (row, message) in
        rows[2..]
            .iter_mut()
            .zip(["slow: it waits", "one service only", "without attachments"])
    {
        row.0.message = Some(message.to_owned());
    }
    Sample::of(rows).held_to(
        contract()
            .essential(&["happy_path"])
            .pending(&["newer"])
            .rule("answers", &[("happy_path", ""), ("newer", "")])
            .rule("window", &[("window", "waits")])
            .rule("overlap", &[("overlap", "")])
            .rule("attachments", &[("attachments", "")]),
    )
}

fn all_formats(summary: &RunSummary) -> String {
    let mut text = table(summary, Some(80));
    for format in [Format::Junit, Format::Tap, Format::Markdown, Format::Github] {
        text.push_str("\n----\n");
        text.push_str(&shown(format, summary, Options::default()));
    }
    text
}

#[test]
fn every_format_says_how_much_was_proven() {
    let summary = held().fold().unwrap();
    insta::assert_snapshot!("claims", all_formats(&summary));
    insta::assert_json_snapshot!("claims_json", json_of(&summary)["claims"]);
    let html = shown(Format::Html, &summary, Options::default());
    assert!(
        html.contains("conformant, 1 of 3 rules, basic, edition 2026-11"),
        "{html}"
    );
}

/// Nothing takes a claim for proven of which the happy path was blocked, whatever else passed.
#[test]
fn every_format_says_why_a_claim_is_unproven() {
    let mut rows = vec![
        row("a:b", "happy_path")
            .ends(Outcome::Blocked)
            .untested(Untested::Blocked),
        row("a:b", "refuses"),
    ];
    rows[0].0.message = Some("no free slot within the horizon".to_owned());
    let sample = Sample::of(rows).held_to(
        contract()
            .essential(&["happy_path", "refuses"])
            .rule("answers", &[("happy_path", "")])
            .rule("refusal", &[("refuses", "")]),
    );
    let summary = sample.fold().unwrap();
    assert_eq!(json_of(&summary)["run"]["exit"], 4);
    insta::assert_snapshot!("claims_unproven", all_formats(&summary));
}
