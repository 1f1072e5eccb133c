//! Commands that explain: tests in words, lists that are narrowed, everything of a run in files, and certificates for all claims.

use super::context::TestContext;
use crate::support::parcels::{Parcels, Slip};

const RUN: &str = "run --quiet --registry SECOND_DOMAIN --providers providers.yaml";

#[test]
fn a_test_is_told_in_words_with_its_rules_and_the_faults_that_it_kills() {
    let context = TestContext::new();
    let shown = context.run("suites show create_booking@0.1.0/rejects_past_time");
    assert_eq!(shown.code, 0, "{shown}");
    for words in [
        "booking.create_booking@0.1.0/rejects_past_time",
        "verifies future-start: ",
        "1. Calls `create_booking`",
        "it is refused",
        "kills `accepts_past`",
    ] {
        assert!(shown.stdout.contains(words), "{words}: {shown}");
    }
    let both = context.run("suites show create_booking/idempotency_window");
    assert!(
        both.stdout.contains("@0.1.0/idempotency_window")
            && both.stdout.contains("@0.2.0/idempotency_window"),
        "{both}"
    );
    let wrong = context.run("suites show create_booking/hapy_path");
    assert_eq!(wrong.code, 2, "{wrong}");
    assert!(
        wrong.stderr.contains("did you mean `create_booking/happy_path`?"),
        "{wrong}"
    );
}

/// Whatever a suite uses, it has words: no test of the bundle is left without a step.
#[test]
fn every_bundled_test_has_steps_in_words() {
    let bundle = proofhouse::app::Bundle::load(None).unwrap();
    for test in bundle.suites.iter() {
        test.prepare().unwrap();
        let words = proofhouse::suite::in_words(test);
        assert!(!words.steps.is_empty(), "{}", test.id);
        for line in words.lines() {
            let ticks = line.matches('`').count();
            assert!(ticks % 2 == 0 && !line.contains("``"), "{}: {line}", test.id);
        }
    }
}

#[test]
fn tests_are_listed_by_words_and_by_capability() {
    let context = TestContext::new();
    let all = context.run("suites list --ids");
    let some = context.run("suites list past --capability booking.create_booking@0.1.0 --ids");
    let ids: Vec<_> = some.stdout.lines().collect();
    assert!(
        ids.contains(&"booking.create_booking@0.1.0/rejects_past_time"),
        "{some}"
    );
    assert!(ids.len() < all.stdout.lines().count() / 10, "{some}");
    assert!(
        ids.iter()
            .all(|id| id.starts_with("booking.create_booking@0.1.0/")),
        "{some}"
    );
    let wrong = context.run("suites list --capability booking.create_bookin");
    assert_eq!(wrong.code, 2, "{wrong}");
}

#[test]
fn a_run_is_exported_with_its_record_and_all_reports() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    assert_eq!(context.run(RUN).code, 0);
    let exported = context.run("runs export latest out/here");
    assert_eq!(exported.code, 0, "{exported}");
    let read = |name: &str| std::fs::read_to_string(context.path("out/here").join(name)).unwrap();
    assert!(read("events.jsonl").lines().count() > 3);
    assert!(read("report.json").contains("proofhouse.report/1"));
    assert!(read("report.html").starts_with("<!DOCTYPE html>"));
    assert!(read("report.md").starts_with("## "));
    assert!(read("junit.xml").contains("<testsuites"));
    assert!(read("report.tap").starts_with("TAP version 14"));
    assert_eq!(exported.stdout.lines().count(), 6, "{exported}");
    assert_eq!(
        read("events.jsonl"),
        context.run("runs show latest --format jsonl").stdout
    );
}

#[test]
fn every_claim_of_a_run_is_certified_at_once_and_a_refusal_is_told() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    assert_eq!(context.run(RUN).code, 0);
    assert_eq!(context.run("keys new --output post.key").code, 0);
    let certify = "certify latest --registry SECOND_DOMAIN --key post.key --output made --all";
    let certified = context.run(certify);
    assert_eq!(certified.code, 0, "{certified}");
    let files: Vec<_> = std::fs::read_dir(context.path("made")).unwrap().collect();
    assert!(files.len() > 1, "{certified}");
    assert!(
        context
            .path("made/post_one_parcels.order_pickup@0.1.0.json")
            .exists(),
        "{certified}"
    );
    parcels.now(Slip::AcceptsPastDays);
    assert_eq!(context.run(RUN).code, 1);
    let refused = context.run(&certify.replace("made", "again"));
    assert_eq!(refused.code, 1, "{refused}");
    assert!(
        refused
            .stdout
            .contains("no certificate for post:one parcels.order_pickup@0.1.0"),
        "{refused}"
    );
}

#[test]
fn columns_of_the_environment_are_kept_within() {
    let context = TestContext::new();
    let wide = context.run("capabilities show booking.create_booking").stdout;
    let mut command = context.command("capabilities show booking.create_booking");
    let narrow = command.env("COLUMNS", "60").output().unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    let words = |text: &str| {
        let prose = text.split("Input schema").next().unwrap();
        (
            prose.split_whitespace().count(),
            prose.lines().map(|line| line.chars().count()).max().unwrap(),
        )
    };
    let (all, longest) = words(&narrow);
    assert_eq!(all, words(&wide).0, "no word is broken or lost: {narrow}");
    assert!(longest <= 60 && words(&wide).1 > 100, "{narrow}");
}

#[test]
fn a_file_of_authorities_that_holds_none_is_refused() {
    let context = TestContext::new();
    context.write("empty.pem", "nothing\n");
    let shown = context.run("capabilities list --ca-file empty.pem");
    assert_ne!(shown.code, 0, "{shown}");
    assert!(shown.stderr.contains("empty.pem"), "{shown}");
}
