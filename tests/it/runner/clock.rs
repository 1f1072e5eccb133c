//! Tests that wait: on the provider's test clock where it has one, and side by side where it has none.

use std::sync::{Arc, Mutex};

use chrono::{TimeDelta, Utc};
use proofhouse::event::RunEventKind;
use proofhouse::model::Outcome;
use proofhouse::run::Stop;
use proofhouse::transport::TransportError;
use serde_json::{Value, json};

use super::courier;
use super::scripted::{Bench, Scripted};

/// A courier with a test clock.
fn with_clock(tool: &str, input: &Value, ahead: &Mutex<TimeDelta>) -> Result<Value, TransportError> {
    if tool != "advance_clock" {
        return courier(tool, input);
    }
    let mut ahead = ahead.lock().unwrap();
    if input["reset"] == true {
        *ahead = TimeDelta::zero();
    }
    let milliseconds = (input["seconds"].as_f64().unwrap_or_default() * 1000.0).round() as i64;
    *ahead += TimeDelta::milliseconds(milliseconds);
    Ok(json!({ "ok": true, "now": (Utc::now() + *ahead).to_rfc3339(), "frozen": false }))
}

fn clocked() -> Arc<Scripted> {
    let ahead = Mutex::default();
    Scripted::new(move |tool, input| with_clock(tool, input, &ahead))
}

fn bench(provider: &Arc<Scripted>) -> Bench {
    let mut bench = Bench::new(provider);
    bench.named.push("advance_clock");
    bench
}

/// The lines of a test that calls, waits and calls again.
fn waits(duration: &str) -> String {
    format!(
        "slow: it waits
steps:
  - let: {{ begun: '${{ now }}' }}
  - call: quote_delivery
    input: {{ postcode: '11000', grams: 1 }}
    expect: {{ ok: true }}
  - wait: {duration}
  - that:
      - check: now - timestamp(begun) >= {duration} && now - timestamp(begun) < {duration} + duration('1m')
        otherwise: 'the present is ${{ now }}, and it was ${{ begun }}'
  - call: quote_delivery
    input: {{ postcode: '11000', grams: 2 }}
    expect: {{ ok: true }}
"
    )
}

const ORDER_AND_WAIT: &str = "slow: it waits
steps:
  - id: ordered
    call: order_pickup
    input: { postcode: '11000', day: '2030-01-01' }
    expect: { ok: true }
  - wait: days(1)
";

#[tokio::test(start_paused = true)]
async fn a_wait_moves_the_clock_and_the_present_with_it() {
    let provider = clocked();
    let outcome = bench(&provider)
        .test("quote_delivery", "waits", &waits("days(83)"))
        .run()
        .await;
    let result = outcome.of("waits");
    // The clock is moved for the test, not by it.
    assert_eq!((result.outcome, result.calls), (Outcome::Pass, 2), "{result:#?}");
    assert_eq!(
        provider.inputs("advance_clock"),
        [json!({ "seconds": 83.0 * 86_400.0 }), json!({ "reset": true })]
    );
}

#[tokio::test(start_paused = true)]
async fn tests_on_the_clock_run_last_and_it_is_reset_after_what_they_made_is_taken_back() {
    let provider = clocked();
    let failing = format!("{ORDER_AND_WAIT}  - that: [{{ check: 1 > 2, otherwise: wrong }}]\n");
    let outcome = bench(&provider)
        .test("order_pickup", "on_the_clock", &failing)
        .test("quote_delivery", "quotes", super::QUOTE)
        .test(
            "quote_delivery",
            "alone",
            &format!("exclusive: true{}", super::QUOTE),
        )
        .run()
        .await;
    assert_eq!(outcome.of("on_the_clock").outcome, Outcome::Fail);
    assert_eq!(
        provider.tools(),
        [
            "quote_delivery",
            "quote_delivery",
            "order_pickup",
            "advance_clock",
            "cancel_pickup",
            "advance_clock"
        ]
    );
    assert_eq!(provider.inputs("advance_clock")[1], json!({ "reset": true }));
}

#[tokio::test(start_paused = true)]
async fn the_clock_is_reset_after_each_row_and_after_an_interruption() {
    let provider = clocked();
    let rows = ORDER_AND_WAIT.replace("steps:", "cases: [{ id: one }, { id: two }]\nsteps:");
    bench(&provider).test("order_pickup", "rows", &rows).run().await;
    let moves: Vec<_> = provider
        .inputs("advance_clock")
        .iter()
        .map(|input| input["reset"] == true)
        .collect();
    assert_eq!(moves, [false, true, false, true]);

    let (stop, ahead) = (Stop::new(), Mutex::default());
    let provider = Scripted::new({
        let stop = stop.clone();
        move |tool, input| {
            if tool == "advance_clock" && !stop.requested() {
                stop.request();
            }
            with_clock(tool, input, &ahead)
        }
    });
    let mut interrupted = bench(&provider).test("order_pickup", "waits", ORDER_AND_WAIT);
    interrupted.stop = stop;
    interrupted.run().await;
    assert_eq!(
        provider.tools(),
        ["order_pickup", "advance_clock", "cancel_pickup", "advance_clock"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_does_not_move_fails_its_tool_and_blocks_the_test() {
    let provider = Scripted::new(|tool, input| match tool {
        "advance_clock" => Ok(json!({ "ok": true, "now": Utc::now().to_rfc3339(), "frozen": false })),
        _ => courier(tool, input),
    });
    let outcome = bench(&provider)
        .test("quote_delivery", "waits", &waits("days(1)"))
        .run()
        .await;
    assert_eq!(outcome.of("waits").outcome, Outcome::Blocked);
    let row = outcome.of("set_up");
    assert_eq!(
        (row.capability.as_str(), row.outcome),
        ("sandbox.advance_clock", Outcome::Fail)
    );
    assert_eq!(
        row.message.as_deref(),
        Some("advance_clock did not move the clock by the 86400 s that were asked for")
    );
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_cannot_be_reset_is_a_note() {
    let ahead = Mutex::default();
    let provider = Scripted::new(move |tool, input| {
        if input["reset"] == true {
            return Ok(json!({ "ok": false, "error": "invalid_input" }));
        }
        with_clock(tool, input, &ahead)
    });
    let outcome = bench(&provider)
        .test("quote_delivery", "waits", &waits("days(1)"))
        .run()
        .await;
    assert_eq!(outcome.of("waits").outcome, Outcome::Pass);
    let notes: Vec<_> = outcome
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            RunEventKind::Noted { note, .. } => Some(note.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        notes,
        [
            "its test clock is still moved after parcels.quote_delivery@0.1.0/waits: advance_clock refused with `invalid_input`"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_does_not_say_that_it_has_a_clock_is_not_asked_for_one() {
    let provider = clocked();
    let outcome = Bench::new(&provider)
        .test("quote_delivery", "waits", &waits("duration('61s')"))
        .test(
            "quote_delivery",
            "asks",
            &format!(
                "{}  - when: offers.advance_clock\n    that: [{{ check: 1 > 2, otherwise: it is offered }}]\n  \
                 - call: sandbox.effects\n    if_offered: true\n    shows: what went out\n    input: {{}}\n    expect: {{ ok: true }}\n",
                super::QUOTE
            ),
        )
        .run()
        .await;
    let slow = outcome.of("waits");
    assert_eq!(slow.outcome, Outcome::Skip);
    assert_eq!(
        slow.message.as_deref(),
        Some("slow (it waits): --slow runs it, and so does a test clock")
    );
    let asks = outcome.of("asks");
    assert_eq!(asks.outcome, Outcome::Pass, "{asks:#?}");
    assert_eq!(
        asks.notes,
        ["claimed, not observable: what went out (the provider does not offer effects)"]
    );
    assert_eq!(provider.tools(), ["quote_delivery"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_clock_all_waits_overlap_outside_of_the_lanes() {
    let provider = Scripted::new(courier);
    // The steps look at the wall clock, which does not follow the paused time of this test.
    let lines = waits("duration('1s')");
    let lines = lines
        .lines()
        .filter(|line| {
            !["that:", "check:", "otherwise:"]
                .iter()
                .any(|key| line.contains(key))
        })
        .collect::<Vec<_>>()
        .join("\n");
    let mut bench = Bench::new(&provider);
    for name in ["one", "two", "three", "four"] {
        bench = bench.test("quote_delivery", name, &lines);
    }
    bench.slow = true;
    bench.options.lanes = 1;
    bench.run().await;
    let order: Vec<_> = provider
        .inputs("quote_delivery")
        .iter()
        .map(|input| input["grams"].as_i64().unwrap())
        .collect();
    assert_eq!(order, [1, 1, 1, 1, 2, 2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_months_without_a_clock() {
    let provider = Scripted::new(courier);
    let mut bench = Bench::new(&provider).test(
        "order_pickup",
        "waits",
        &ORDER_AND_WAIT.replace("days(1)", "days(83)"),
    );
    bench.slow = true;
    let outcome = bench.run().await;
    let result = outcome.of("waits");
    assert_eq!(result.outcome, Outcome::Skip);
    assert_eq!(
        result.message.as_deref(),
        Some("it takes a test clock: nobody waits for 83 days")
    );
    assert_eq!(provider.tools(), ["order_pickup", "cancel_pickup"]);
}
