//! Failed tests that are tried again: who is tried, when, with what, and what is kept.

use std::sync::atomic::{AtomicUsize, Ordering};

use proofhouse::model::Outcome;
use proofhouse::run::Stop;
use proofhouse::transport::TransportError;
use serde_json::{Value, json};

use super::scripted::{Bench, Scripted};
use super::{QUOTE, courier};

/// A test that sends its own key, so that each try can be told from the others.
const KEYED: &str = "
steps:
  - call: order_pickup
    input: { postcode: '${ test.key }', day: '2030-01-01' }
    expect: { ok: true }
";

/// A courier that refuses the first orders.
fn refuses_first(orders: usize) -> impl Fn(&str, &Value) -> Result<Value, TransportError> {
    let refused = AtomicUsize::new(0);
    move |tool, input| match tool {
        "order_pickup" if refused.fetch_add(1, Ordering::SeqCst) < orders => {
            Ok(json!({ "ok": false, "error": "past_day" }))
        }
        _ => courier(tool, input),
    }
}

#[tokio::test(start_paused = true)]
async fn each_try_has_a_key_of_its_own_and_all_its_calls_count() {
    let provider = Scripted::new(refuses_first(2));
    let mut bench = Bench::new(&provider).test("order_pickup", "keyed", KEYED);
    bench.options.retries = 5;
    let outcome = bench.run().await;
    let result = outcome.of("keyed");
    assert_eq!(
        (result.outcome, result.flaky, result.calls),
        (Outcome::Fail, true, 3),
        "{result:#?}"
    );
    let message = result.message.as_deref().unwrap();
    assert!(message.ends_with("\npassed on try 3 of 6"), "{message}");
    assert_eq!(
        result.notes.len(),
        1,
        "a note for the try between: {:?}",
        result.notes
    );
    assert_eq!(
        result.failure.as_ref().unwrap().exchanges.len(),
        1,
        "the evidence is of the first try"
    );
    let mut keys: Vec<_> = provider
        .inputs("order_pickup")
        .iter()
        .map(|input| input["postcode"].to_string())
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3, "{keys:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_test_is_tried_again_when_the_others_have_ended() {
    let provider = Scripted::new(refuses_first(1));
    let mut bench = Bench::new(&provider).test("order_pickup", "keyed", KEYED);
    for name in ["one", "two", "three", "four", "five"] {
        bench = bench.test("quote_delivery", name, QUOTE);
    }
    bench.options.retries = 1;
    bench.run().await;
    let tools = provider.tools();
    let retried = tools.iter().rposition(|tool| tool == "order_pickup").unwrap();
    assert!(
        !tools[retried..].contains(&"quote_delivery".to_owned()),
        "{tools:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn only_a_failure_is_tried_again() {
    let provider = Scripted::new(|tool, input| match tool {
        "order_pickup" => Err(TransportError::Connect("connection refused".to_owned())),
        _ => courier(tool, input),
    });
    let mut bench = Bench::new(&provider).test("order_pickup", "unreachable", KEYED);
    bench.options.retries = 3;
    let outcome = bench.run().await;
    assert_eq!(outcome.of("unreachable").outcome, Outcome::Error);
    assert_eq!(provider.tools(), ["order_pickup"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_keeps_what_the_first_try_found() {
    let (stop, asked) = (Stop::new(), AtomicUsize::new(0));
    let requested = stop.clone();
    let provider = Scripted::new(move |_, _| {
        if asked.fetch_add(1, Ordering::SeqCst) == 1 {
            requested.request();
        }
        Ok(json!({ "ok": false, "error": "past_day" }))
    });
    let mut bench = Bench::new(&provider).test("order_pickup", "keyed", KEYED);
    bench.stop = stop;
    bench.options.retries = 50;
    let outcome = bench.run().await;
    assert_eq!(outcome.of("keyed").outcome, Outcome::Fail);
    assert_eq!(provider.tools().len(), 2);
    assert_eq!(outcome.summary.verdict().exit_code(), 6);
}
