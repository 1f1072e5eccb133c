//! Calls at one time: they start together, each is judged, and all of them are taken back. And what is made for each row.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proofhouse::model::{Outcome, Untested};
use proofhouse::transport::TransportError;
use serde_json::{Value, json};

use super::courier;
use super::scripted::{Bench, Scripted};

const RACE: &str = "
steps:
  - id: raced
    race:
      each:
        callers: 5
        call: order_pickup
        sending: an order at the same time
        input: { postcode: '1100${ caller }', day: '2030-01-01' }
        expect:
          that: [{ check: output.ok || output.error == 'no_courier', otherwise: 'caller ${ caller } heard ${ output.error }' }]
  - that:
      - { check: 'raced.map(r, r.caller) == [0, 1, 2, 3, 4]', otherwise: the callers are not in order }
      - { check: 'raced.all(r, r.input.postcode == \"1100\" + string(r.caller))', otherwise: an input is lost }
      - { check: 'raced.exists_one(r, r.output.pickup.id == raced[0].output.pickup.id)', otherwise: an answer came twice }
";

#[tokio::test(start_paused = true)]
async fn all_callers_start_together_and_their_time_is_that_of_the_slowest() {
    let provider = Scripted::taking(Duration::from_millis(110), courier);
    let outcome = Bench::new(&provider)
        .test("order_pickup", "races", RACE)
        .run()
        .await;
    let result = outcome.of("races");
    assert_eq!(
        (result.outcome, result.calls, result.ms),
        (Outcome::Pass, 5, 110),
        "{result:#?}"
    );
    assert_eq!(result.notes, Vec::<String>::new());
    assert_eq!(provider.readied(), [5]);
    assert_eq!(provider.inputs("cancel_pickup").len(), 5);
    assert_eq!((outcome.undos().0.len(), outcome.undos().1.len()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn the_worst_answer_stands_for_the_race_and_what_the_others_made_is_taken_back() {
    let provider = Scripted::new(|tool, input| match (tool, input["postcode"].as_str()) {
        ("order_pickup", Some("11001")) => Ok(json!({ "ok": false, "error": "past_day" })),
        ("order_pickup", Some("11003")) => Err(TransportError::Lost("connection reset".to_owned())),
        _ => courier(tool, input),
    });
    let outcome = Bench::new(&provider)
        .test("order_pickup", "races", RACE)
        .run()
        .await;
    let result = outcome.of("races");
    assert_eq!(result.outcome, Outcome::Fail);
    assert_eq!(result.message.as_deref(), Some("caller 1 heard past_day"));
    let shown = &result.failure.as_ref().unwrap().exchanges;
    assert_eq!(shown.len(), 5);
    assert_eq!(
        shown.last().unwrap().input["postcode"],
        "11001",
        "the call that failed stands last"
    );
    assert_eq!(provider.inputs("cancel_pickup").len(), 3);
    assert_eq!(
        outcome.summary.leftovers.len(),
        1,
        "the lost answer may have made something"
    );
}

#[tokio::test(start_paused = true)]
async fn calls_that_differ_race_as_well() {
    let lines = "
steps:
  - id: raced
    race:
      calls:
        - { call: order_pickup, input: { postcode: '11000', day: '2030-01-01' }, expect: { ok: true } }
        - { call: quote_delivery, input: { postcode: '11000', grams: '${ caller + 6 }' }, expect: { ok: true } }
  - that: [{ check: 'raced[1].output.price == 7', otherwise: the second caller is not 1 }]
";
    let outcome = Bench::new(&Scripted::new(courier))
        .test("order_pickup", "differs", lines)
        .run()
        .await;
    let result = outcome.of("differs");
    assert_eq!((result.outcome, result.calls), (Outcome::Pass, 2), "{result:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_race_whose_calls_the_manifest_keeps_apart_is_not_tested() {
    let provider = Scripted::new(courier);
    provider.spaced.store(true, Ordering::SeqCst);
    let outcome = Bench::new(&provider)
        .test("order_pickup", "races", RACE)
        .run()
        .await;
    let result = outcome.of("races");
    assert_eq!(
        (result.outcome, result.untested, result.calls),
        (Outcome::Skip, Some(Untested::PacedApart), 0),
        "{result:#?}"
    );
    assert_eq!(provider.tools(), Vec::<String>::new());
}

const ONE_WINNER: &str = "
steps:
  - id: raced
    race:
      each:
        callers: 5
        call: order_pickup
        input: { postcode: '1100${ caller }', day: '2030-01-01' }
        expect:
          that: [{ check: output.ok || output.error == 'no_courier', otherwise: 'caller ${ caller } heard ${ output.error }' }]
  - let: { winners: '${ raced.filter(r, r.output.ok) }' }
  - that:
      - { check: size(winners) <= 1, otherwise: '${ size(winners) } have the one courier' }
      - { check: size(winners) >= 1, otherwise: nobody has the courier }
";

#[tokio::test(start_paused = true)]
async fn winners_are_counted_before_a_refusal_of_one_caller_is_judged() {
    for (winners, told) in [
        (4, "4 have the one courier"),
        (1, "caller 0 heard past_day"),
        (0, "caller 0 heard past_day"),
    ] {
        let provider = Scripted::new(move |tool, input| {
            let caller = input["postcode"]
                .as_str()
                .and_then(|code| code.strip_prefix("1100"));
            match (tool, caller.and_then(|caller| caller.parse::<usize>().ok())) {
                ("order_pickup", Some(0)) => Ok(json!({ "ok": false, "error": "past_day" })),
                ("order_pickup", Some(caller)) if caller > winners => {
                    Ok(json!({ "ok": false, "error": "no_courier" }))
                }
                _ => courier(tool, input),
            }
        });
        let outcome = Bench::new(&provider)
            .test("order_pickup", "races", ONE_WINNER)
            .run()
            .await;
        let result = outcome.of("races");
        assert_eq!(result.outcome, Outcome::Fail);
        assert_eq!(result.message.as_deref(), Some(told));
    }
}

#[tokio::test(start_paused = true)]
async fn a_race_that_is_interrupted_takes_back_what_its_calls_made() {
    let provider = Scripted::taking(Duration::from_millis(110), courier);
    let bench = Bench::new(&provider).test("order_pickup", "races", RACE);
    let stop = bench.stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        stop.request();
    });
    let outcome = bench.run().await;
    assert_eq!(provider.inputs("order_pickup").len(), 5);
    assert_eq!(provider.inputs("cancel_pickup").len(), 5);
    assert_eq!(outcome.summary.leftovers, []);
}

/// A provider that refuses its first orders.
fn refusing(first: usize) -> Arc<Scripted> {
    let orders = AtomicUsize::new(0);
    Scripted::new(move |tool: &str, input: &Value| {
        if tool == "order_pickup" && orders.fetch_add(1, Ordering::SeqCst) < first {
            return Ok(json!({ "ok": false, "error": "no_courier" }));
        }
        courier(tool, input)
    })
}

const ORDERED: &str = "
share: test
steps:
  - id: made
    call: order_pickup
    input: { postcode: '11000', day: '2030-01-01' }
    expect: { that: [{ check: output.ok || output.error == 'no_courier', otherwise: refused }] }
  - need: { check: made.output.ok, otherwise: skip, reason: nobody comes }
bind: { id: '${ made.output.pickup.id }' }
";

const ROWS: &str = "
use_each: [ordered]
cases: [{ id: one }, { id: two, values: { id: '${ ordered.id }' } }]
steps:
  - call: quote_delivery
    input: { postcode: '${ ordered.id }', grams: 5 }
    expect: { ok: true }
";

#[tokio::test(start_paused = true)]
async fn a_fixture_is_made_anew_for_each_row_and_taken_back_at_its_end() {
    let provider = Scripted::new(courier);
    let outcome = Bench::new(&provider)
        .fixture("ordered", ORDERED)
        .test("quote_delivery", "rows", ROWS)
        .run()
        .await;
    let result = outcome.of("rows");
    assert_eq!((result.outcome, result.calls), (Outcome::Pass, 2), "{result:#?}");
    let row = ["order_pickup", "quote_delivery", "cancel_pickup"];
    assert_eq!(provider.tools(), [row, row].concat());
    let quoted = provider.inputs("quote_delivery");
    assert_ne!(quoted[0], quoted[1]);
}

#[tokio::test(start_paused = true)]
async fn what_was_made_for_the_whole_test_outlives_a_row() {
    let provider = Scripted::new(courier);
    let outcome = Bench::new(&provider)
        .fixture("ordered", ORDERED)
        .test("quote_delivery", "rows", &ROWS.replace("use_each", "use"))
        .run()
        .await;
    assert_eq!(outcome.of("rows").outcome, Outcome::Pass);
    assert_eq!(
        provider.tools(),
        [
            "order_pickup",
            "quote_delivery",
            "quote_delivery",
            "cancel_pickup"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_fixture_that_cannot_be_made_ends_its_row_alone() {
    for (first, outcome, rows) in [
        (1, Outcome::Pass, [Outcome::Skip, Outcome::Pass]),
        (2, Outcome::Skip, [Outcome::Skip, Outcome::Skip]),
    ] {
        let ended = Bench::new(&refusing(first))
            .fixture("ordered", ORDERED)
            .test("quote_delivery", "rows", ROWS)
            .run()
            .await;
        let result = ended.of("rows");
        let found: Vec<_> = result.cases.iter().map(|case| case.outcome).collect();
        assert_eq!((result.outcome, found), (outcome, rows.to_vec()), "{result:#?}");
        assert_eq!(result.cases[0].message.as_deref(), Some("nobody comes"));
    }
}
