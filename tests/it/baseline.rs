//! Runs that are judged by a baseline, tried again and repeated, through the binary.

mod repeats;
mod retries;

use crate::cli::context::{Ended, TestContext, cli_snapshot};
use crate::support::parcels::{Parcels, Slip};
use crate::support::servers::dead_url;

const RUN: &str = "run --registry SECOND_DOMAIN --providers providers.yaml";
const TEST: &str = "parcels.order_pickup@0.1.0/rejects_past_day";

fn against(slip: Slip) -> (TestContext, Parcels) {
    let context = TestContext::new();
    let parcels = Parcels::start(slip);
    context.manifest(&parcels.server.url(), "");
    (context, parcels)
}

/// A baseline with one entry, of a test of the only provider.
fn knows(context: &TestContext, list: &str, test: &str, expires: &str) {
    context.write(
        "known.yaml",
        &format!(
            "format: proofhouse.baseline/1\n{list}:\n  - provider: post:one\n    test: {test}\n    \
             reason: the courier has a time machine\n    ticket: POST-7\n    expires: {expires}\n"
        ),
    );
}

fn judged(context: &TestContext, more: &str) -> Ended {
    context.run(&format!("{RUN} --baseline known.yaml --format json {more}"))
}

#[test]
fn a_known_failure_does_not_make_the_run_red_and_is_no_proof() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    knows(&context, "failing", TEST, "2999-12-31");
    let ended = judged(&context, "");
    assert_eq!(ended.code, 0, "{ended}");
    let report = ended.json();
    assert_eq!(report["run"]["verdict"], "known");
    assert_eq!(report["run"]["conformant"], false);
    assert_eq!(report["run"]["baseline"]["file"], "known.yaml");
    assert_eq!(report["run"]["baseline"]["known"], 1);
    assert_eq!(ended.outcome("order_pickup/rejects_past_day"), "fail");
    let rows = report["results"].as_array().unwrap();
    let marked: Vec<_> = rows.iter().filter(|row| !row["baseline"].is_null()).collect();
    assert_eq!(marked.len(), 1);
    assert_eq!(
        (&marked[0]["test"], &marked[0]["baseline"]),
        (&"rejects_past_day".into(), &"failing".into())
    );
    assert_eq!(ended.stderr, "", "there is nothing to add");
    // A stored run keeps its own copy of the baseline, so its verdict stays when the file changes.
    std::fs::remove_file(context.path("known.yaml")).unwrap();
    let kept = context.run("runs show latest --format json");
    assert_eq!(kept.json(), report);
}

#[test]
fn a_known_failure_stops_no_run_that_fails_fast() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    let skipped = |context: &TestContext| {
        let ended = judged(context, "--fail-fast --lanes 1 --seed 1");
        ended.json()["totals"]["skip"].as_u64().unwrap()
    };
    knows(&context, "failing", TEST, "2999-12-31");
    assert_eq!(skipped(&context), 0);
    knows(&context, "failing", TEST, "2026-01-31");
    assert!(
        skipped(&context) > 0,
        "what has expired is a failure like any other"
    );
}

#[test]
fn what_a_failed_run_proposes_makes_the_next_one_green() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    let failed = context.run(&format!("{RUN} --propose-baseline known.yaml"));
    assert_eq!(failed.code, 1, "{failed}");
    assert!(failed.stderr.contains("known.yaml has "), "{failed}");
    let again = context.run(&format!("{RUN} --propose-baseline known.yaml"));
    assert_eq!(again.code, 2, "a file is never written over: {again}");
    let shown = context.show(&[&format!("{RUN} --baseline known.yaml")]);
    cli_snapshot!("proposed_and_known", shown);
}

#[test]
fn a_run_without_a_failure_proposes_no_file() {
    let (context, _parcels) = against(Slip::None);
    let ended = context.run(&format!("{RUN} --propose-baseline known.yaml"));
    assert_eq!(ended.code, 0, "{ended}");
    assert!(!context.path("known.yaml").exists(), "{ended}");
}

#[test]
fn an_entry_that_is_not_true_any_more_makes_the_run_red() {
    let (context, _parcels) = against(Slip::None);
    for test in [TEST, "parcels.order_pickup@0.1.0/no_such_test"] {
        knows(&context, "failing", test, "2999-12-31");
        let ended = judged(&context, "");
        assert_eq!(ended.code, 1, "{ended}");
        let run = &ended.json()["run"];
        assert_eq!(run["verdict"], "stale");
        assert_eq!(run["baseline"]["out_of_date"][0]["why"], "stale");
    }
    let elsewhere = judged(&context, "--test happy_path");
    assert_eq!(
        elsewhere.code, 0,
        "a run of other tests says nothing of it: {elsewhere}"
    );
    knows(&context, "flaky", TEST, "2999-12-31");
    assert_eq!(judged(&context, "").code, 0, "a flaky test may pass");
}

#[test]
fn an_expired_entry_is_named_and_its_failure_counts_again() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    knows(&context, "failing", TEST, "2026-01-31");
    let test = format!("{RUN} --baseline known.yaml --test rejects_past_day");
    cli_snapshot!("expired", context.show(&[&test]));
}

#[test]
fn a_baseline_excuses_neither_silence_nor_what_is_unproven() {
    let context = TestContext::new();
    context.manifest(&dead_url(), "");
    knows(&context, "failing", TEST, "2999-12-31");
    assert_eq!(judged(&context, "--test rejects_past_day").code, 5);
}

#[test]
fn a_wrong_baseline_is_told_before_anybody_is_asked() {
    let (context, parcels) = against(Slip::None);
    knows(&context, "failing", TEST, "2999-12-31");
    context.edit("known.yaml", "ticket:", "tickets:");
    let run = format!("{RUN} --baseline known.yaml");
    cli_snapshot!(
        "wrong_baseline",
        context.show(&[&run, &format!("{RUN} --baseline absent.yaml")])
    );
    assert_eq!(parcels.server.count(), 0);
}

#[test]
fn only_the_providers_that_were_named_are_asked() {
    let (context, parcels) = against(Slip::None);
    let idle = Parcels::start(Slip::None);
    let capabilities = "[parcels.quote_delivery, parcels.order_pickup, parcels.cancel_pickup]";
    let entry = |id: &str, url: String| {
        format!("  - id: {id}\n    transport: http\n    url: {url}\n    capabilities: {capabilities}\n")
    };
    let (one, two) = (
        entry("post:one", parcels.server.url()),
        entry("mail:two", idle.server.url()),
    );
    context.write("providers.yaml", &format!("providers:\n{one}{two}"));
    let ended = context.run(&format!("{RUN} --provider post:* --format json"));
    assert_eq!(ended.code, 0, "{ended}");
    assert_eq!(ended.json()["providers"].as_array().unwrap().len(), 1);
    assert!(parcels.server.count() > 0);
    assert_eq!(idle.server.count(), 0);
    cli_snapshot!(
        "unknown_provider",
        context.show(&[&format!("{RUN} --provider post:on")])
    );
}
