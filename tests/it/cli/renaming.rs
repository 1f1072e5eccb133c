//! A test that was renamed, and what was written down before: runs that are kept, baselines and selections.

use super::context::TestContext;
use crate::support::parcels::{Parcels, Slip};

const RUN: &str = "run --registry registry --providers providers.yaml";
const GATE: &str = "gate --registry registry --provider post:one --capability parcels.order_pickup";
const FOLDER: &str = "registry/suites/parcels/order_pickup";

/// Renames `rejects_past_day`.
fn rename(context: &TestContext, renamed_from: &str) {
    let before = context.path(&format!("{FOLDER}/rejects_past_day.yaml"));
    let after = format!("{FOLDER}/rejects_yesterday.yaml");
    std::fs::rename(before, context.path(&after)).unwrap();
    let line = format!("test: rejects_yesterday\n{renamed_from}");
    context.edit(&after, "test: rejects_past_day\n", &line);
}

const KNOWN: &str = "renamed_from: [{ name: rejects_past_day, in: \"0.2.0\" }]\n";

#[test]
fn a_run_that_was_kept_before_a_test_was_renamed_still_opens_the_gate() {
    let context = TestContext::new();
    context.copy_second_domain();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    assert_eq!(context.run(RUN).code, 0);
    assert_eq!(context.run(GATE).code, 0);
    rename(&context, KNOWN);
    let opened = context.run(GATE);
    assert_eq!(opened.code, 0, "{opened}");
    // Without the former name it is a new test, which no run has planned.
    context.edit(&format!("{FOLDER}/rejects_yesterday.yaml"), KNOWN, "");
    let unknown = context.run(GATE);
    assert_eq!(unknown.code, 4, "{unknown}");
    assert!(
        unknown.stdout.contains("the latest lacks rejects_yesterday"),
        "{unknown}"
    );
}

#[test]
fn a_baseline_and_a_selection_go_on_naming_a_test_that_was_renamed() {
    let context = TestContext::new();
    context.copy_second_domain();
    let parcels = Parcels::start(Slip::AcceptsPastDays);
    context.manifest(&parcels.server.url(), "");
    rename(&context, KNOWN);
    context.write(
        "known.yaml",
        "format: proofhouse.baseline/1\nfailing:\n  - provider: post:one\n    \
         test: parcels.order_pickup@0.1.0/rejects_past_day\n    reason: the courier has a time machine\n    \
         ticket: POST-7\n    expires: 2999-12-31\n",
    );
    let ended = context.run(&format!("{RUN} --baseline known.yaml --format json"));
    assert_eq!(ended.code, 0, "{ended}");
    let report = ended.json();
    assert_eq!(report["run"]["verdict"], "known");
    assert_eq!(report["run"]["baseline"]["known"], 1);
    assert_eq!(ended.outcome("order_pickup/rejects_yesterday"), "fail");
    let selected = context.run(&format!(
        "{RUN} --test order_pickup/rejects_past_day --format json"
    ));
    assert_eq!(selected.outcome("order_pickup/rejects_yesterday"), "fail");
    assert_eq!(selected.json()["results"].as_array().unwrap().len(), 1);
}
