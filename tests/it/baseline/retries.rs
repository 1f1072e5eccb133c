//! Failed tests that are tried again.

use serde_json::Value;

use super::{RUN, TEST, against, judged, knows};
use crate::support::parcels::Slip;

fn row(report: &Value) -> &Value {
    let rows = report["results"].as_array().unwrap();
    rows.iter().find(|row| row["test"] == "rejects_past_day").unwrap()
}

#[test]
fn a_late_pass_stays_a_failure_and_is_marked_as_flaky() {
    let (context, parcels) = against(Slip::AcceptsSomePastDays(1));
    let once = context.run(&format!("{RUN} --format json --test rejects_past_day"));
    let calls = row(&once.json())["calls"].as_u64().unwrap();
    assert_eq!(
        row(&once.json())["flaky"],
        Value::Null,
        "nothing is tried again unasked"
    );

    parcels.now(Slip::AcceptsSomePastDays(3));
    let ended = context.run(&format!(
        "{RUN} --format json --retries 3 --propose-baseline proposed.yaml"
    ));
    assert_eq!(ended.code, 1, "{ended}");
    let report = ended.json();
    let late = row(&report);
    assert_eq!((&late["outcome"], &late["flaky"]), (&"fail".into(), &true.into()));
    let message = late["message"].as_str().unwrap();
    let lines: Vec<_> = message.lines().collect();
    assert!(
        lines[0].starts_with("order_pickup accepted a day 2 days ago"),
        "{message}"
    );
    assert!(
        lines[1].starts_with("passed on try ") && lines[1].ends_with(" of 4"),
        "{message}"
    );
    assert!(
        late["calls"].as_u64().unwrap() > calls,
        "the calls of the retries are counted"
    );
    assert_eq!(parcels.standing(), 0, "what each try made is taken back");
    let proposed = std::fs::read_to_string(context.path("proposed.yaml")).unwrap();
    assert!(proposed.contains("flaky:\n  - provider: post:one"), "{proposed}");
    let tools = parcels.tools();
    let last_other = tools.iter().rposition(|tool| tool == "quote_delivery").unwrap();
    assert!(
        tools[last_other..]
            .iter()
            .filter(|tool| *tool == "order_pickup")
            .count()
            > 1,
        "a test is tried again after the others"
    );
}

#[test]
fn a_flaky_result_is_excused_under_flaky_only() {
    for (list, code, verdict) in [("flaky", 0, "known"), ("failing", 1, "failed")] {
        let (context, _parcels) = against(Slip::AcceptsSomePastDays(1));
        knows(&context, list, TEST, "2999-12-31");
        let ended = judged(&context, "--retries 2");
        assert_eq!(
            (ended.code, &ended.json()["run"]["verdict"]),
            (code, &verdict.into()),
            "{list}: {ended}"
        );
    }
}

#[test]
fn a_test_that_never_passes_is_not_flaky_and_notes_each_try() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    let ended = context.run(&format!(
        "{RUN} --format json --retries 2 --test rejects_past_day"
    ));
    let report = ended.json();
    let result = row(&report);
    assert_eq!(result["flaky"], Value::Null);
    let notes: Vec<_> = result["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note.as_str().unwrap())
        .collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[1].starts_with("try 3, fail: order_pickup accepted"),
        "{notes:?}"
    );
}
