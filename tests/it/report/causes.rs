//! Causes, in every report that people read: once each, before all else, and not again under every test.

use proofhouse::model::{BrokenRule, Failure, Outcome, TestResult};
use proofhouse::report::{Format, Options};
use proofhouse::summary::RunSummary;

use super::sample::{ends, failure, row, run_of};
use super::{json_of, shown, table};

const MESSAGE: &str =
    "list_services answered against its output schema: `services[0].price`: expected a number, found null";

fn fails(name: &str, message: &str) -> TestResult {
    let mut failed = ends(row("a:b", name, 3), Outcome::Fail, message);
    let mut exchange = failure().exchanges.remove(0);
    exchange.body = Some(
        "{\"ok\":true,\"currency\":\"CZK\",\"timezone\":\"Europe/Prague\",\"services\":[{\"id\":\"cut\",\"name\":\"Cut\",\"price\":null}]}"
            .to_owned(),
    );
    failed.failure = Some(Box::new(Failure {
        rule: Some(BrokenRule {
            capability: "booking.list_services@0.1.0".to_owned(),
            id: "output-schema".to_owned(),
            words: "Every answer follows the output schema.".to_owned(),
        }),
        exchanges: vec![exchange],
        ..Failure::default()
    }));
    failed
}

/// A run of very many tests, most of which fail or are blocked by one null, and one that fails for a reason of its own.
fn one_null() -> RunSummary {
    let mut rows: Vec<_> = (0..40)
        .map(|number| fails(&format!("fails_{number}"), MESSAGE))
        .collect();
    rows.extend((0..200).map(|number| {
        let message = format!("a set-up call was answered wrongly: {MESSAGE}");
        ends(
            row("a:b", &format!("blocked_{number}"), 0),
            Outcome::Blocked,
            &message,
        )
    }));
    rows.extend((0..60).map(|number| row("a:b", &format!("passes_{number}"), 3)));
    rows.extend((0..20).map(|number| {
        let reason = format!("it takes a test clock, in way {}", "x".repeat(number));
        ends(row("a:b", &format!("skips_{number}"), 0), Outcome::Skip, &reason)
    }));
    rows.push(fails("alone", "create_booking accepted a start yesterday"));
    rows[40..240]
        .iter_mut()
        .for_each(|row| row.message = Some(format!("{}{MESSAGE}", proofhouse::model::WRONG_SET_UP)));
    run_of(rows)
}

#[test]
fn a_first_red_run_of_one_null_fits_a_screen_or_two() {
    let summary = one_null();
    let text = table(&summary, Some(80));
    assert!(
        text.lines().count() <= 60,
        "{} lines: {text}",
        text.lines().count()
    );
    assert_eq!(text.matches("expected a number").count(), 1, "{text}");
    assert!(
        text.contains("fails 40 tests and blocks 200 tests") && text.contains("\"price\": null"),
        "{text}"
    );
    let (cause, alone) = (
        text.find("Causes").unwrap(),
        text.find("accepted a start yesterday").unwrap(),
    );
    assert!(cause < alone, "{text}");
    assert!(
        text.contains("60 passed") && text.contains("are not shown; --verbose"),
        "{text}"
    );
    let options = Options {
        width: Some(80),
        verbose: true,
        ..Options::default()
    };
    let all = shown(Format::Table, &summary, options);
    for name in ["fails_39", "blocked_199", "passes_59", "skips_19"] {
        assert!(all.contains(name), "{name}");
    }
}

#[test]
fn every_report_tells_a_cause_once_and_before_the_failures_of_their_own() {
    let summary = one_null();
    for (format, head, own) in [
        (
            Format::Markdown,
            "fails 40 tests and blocks 200 tests",
            "### Failures",
        ),
        (
            Format::Html,
            "fails 40 tests and blocks 200 tests",
            "<h2>Failures</h2>",
        ),
        (
            Format::Github,
            "fails 40 tests and blocks 200 tests",
            "fail a:b booking.create_booking@0.1.0/alone",
        ),
    ] {
        let text = shown(format, &summary, Options::default());
        let text = text.replace("%3A", ":");
        let (cause, alone) = (text.find(head), text.find(own));
        assert!(cause.is_some() && cause < alone, "{format}: {text}");
        assert_eq!(text.matches(head).count(), 1, "{format}");
    }
    let github = shown(Format::Github, &summary, Options::default());
    assert_eq!(github.matches("::error ").count(), 2, "{github}");
    let markdown = shown(Format::Markdown, &summary, Options::default());
    assert!(
        markdown.contains("\"price\": null") && markdown.contains("### Causes"),
        "{markdown}"
    );
    assert!(markdown.matches("expected a number").count() <= 2, "{markdown}");
    let causes = json_of(&summary)["causes"].clone();
    assert_eq!(causes[0]["failed"].as_array().unwrap().len(), 40);
    assert_eq!(causes[1]["failed"].as_array().unwrap().len(), 1);
}

/// Nothing is lost: each failure stands in the page, folded under its cause.
#[test]
fn the_page_keeps_every_failure_under_its_cause() {
    let html = shown(Format::Html, &one_null(), Options::default());
    assert!(html.contains("40 failures in full"), "{html}");
    for number in [0, 17, 39] {
        assert!(html.contains(&format!("<code>fails_{number}</code>")), "{number}");
    }
}
