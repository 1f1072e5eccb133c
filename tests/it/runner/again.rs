//! Tests that run again before a failure is held against anybody: after a late answer, and after somebody else took a slot.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proofhouse::model::Outcome;
use proofhouse::transport::TransportError;
use serde_json::{Value, json};

use super::scripted::{Bench, Scripted};
use super::{QUOTE, courier};

/// A courier that gives no answer to so many quotes, and answers those after them.
fn silent_at_first(quotes: usize) -> Arc<Scripted> {
    let asked = AtomicUsize::new(0);
    Scripted::new(move |tool, input| {
        if tool == "quote_delivery" && asked.fetch_add(1, Ordering::SeqCst) < quotes {
            return Err(TransportError::TimedOut(Duration::from_secs(10)));
        }
        courier(tool, input)
    })
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_counts_only_if_the_test_is_late_again_when_it_runs_alone() {
    let provider = silent_at_first(1);
    let outcome = Bench::new(&provider)
        .test("quote_delivery", "asks", QUOTE)
        .run()
        .await;
    let result = outcome.of("asks");
    assert_eq!((result.outcome, result.calls), (Outcome::Pass, 1), "{result:#?}");
    assert_eq!(result.notes.len(), 1);
    assert!(
        result.notes[0].starts_with("slow under load"),
        "{:?}",
        result.notes
    );
    assert_eq!(provider.tools().len(), 2);

    let outcome = Bench::new(&silent_at_first(100))
        .test("quote_delivery", "asks", QUOTE)
        .run()
        .await;
    let result = outcome.of("asks");
    assert_eq!(result.outcome, Outcome::Fail);
    let message = result.message.as_deref().unwrap();
    assert!(
        message.starts_with("quote_delivery did not answer within 10 s"),
        "{message}"
    );
    assert_eq!(result.notes, ["ran twice, the second time alone on its host"]);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_in_a_shared_fixture_is_asked_for_again() {
    let fixture = "
share: provider
steps:
  - id: quote
    call: quote_delivery
    input: { postcode: '11000', grams: 7 }
    expect: { ok: true }
bind: { price: '${ quote.output.price }' }
";
    let provider = silent_at_first(1);
    let mut bench = Bench::new(&provider).fixture("tariff", fixture);
    for name in ["one", "two", "three"] {
        bench = bench.test("quote_delivery", name, &format!("use: [tariff]{QUOTE}"));
    }
    let outcome = bench.run().await;
    for name in ["one", "two", "three"] {
        assert_eq!(outcome.of(name).outcome, Outcome::Pass, "{:#?}", outcome.of(name));
    }
    let planned = outcome.summary.results.iter().all(|result| result.planned);
    assert!(planned, "no set-up call failed");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_answer_is_never_asked_for_again() {
    let provider = Scripted::new(|_, _| Ok(json!({ "ok": false, "error": "not_served" })));
    let outcome = Bench::new(&provider)
        .test("quote_delivery", "asks", QUOTE)
        .run()
        .await;
    assert_eq!(outcome.of("asks").outcome, Outcome::Fail);
    assert_eq!(provider.tools().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_in_time_is_soon_asked_no_more() {
    let provider = silent_at_first(usize::MAX);
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut bench = Bench::new(&provider);
    for name in names {
        bench = bench.test("quote_delivery", name, QUOTE);
    }
    let outcome = bench.run().await;
    for name in names {
        assert_eq!(outcome.of(name).outcome, Outcome::Fail);
    }
    assert_eq!(provider.tools().len(), names.len() + 3);
}

/// Looks for a free hour by asking for quotes, and orders it.
const HOUR: &str = "
steps:
  - id: found
    search:
      over: { day: '[2, 3, 4]' }
      call: quote_delivery
      input: { postcode: '11000', grams: '${ day }' }
      expect: { ok: true }
      pick: \"[output].map(answer, get(answer, 'hours', []).filter(h, h.available))[0]\"
      lease: { from: candidate.start_at, to: candidate.end_at }
      none: no hour is free
  - id: ordered
    call: order_pickup
    input: { postcode: '11000', day: '2030-01-01', note: '${ found.candidate.start_at }' }
    expect: { ok: true }
";

/// A courier with ten hours a day. `meanwhile` says of each order whether somebody else came first, and whether the courier
/// shows that.
fn by_the_hour(meanwhile: impl Fn(usize) -> Option<bool> + Send + Sync + 'static) -> Arc<Scripted> {
    let orders = AtomicUsize::new(0);
    let taken: Mutex<HashSet<String>> = Mutex::default();
    Scripted::new(move |tool, input: &Value| match tool {
        "quote_delivery" => {
            let day = input["grams"].as_i64().unwrap_or_default();
            let hours: Vec<Value> = (8..18)
                .map(|hour| {
                    let start = format!("2030-01-{day:02}T{hour:02}:00:00Z");
                    let available = !taken.lock().unwrap().contains(&start);
                    json!({ "start_at": start, "end_at": format!("2030-01-{day:02}T{hour:02}:59:00Z"), "available": available })
                })
                .collect();
            Ok(json!({ "ok": true, "price": 1, "currency": "CZK", "hours": hours }))
        }
        "order_pickup" => {
            let Some(shown) = meanwhile(orders.fetch_add(1, Ordering::SeqCst)) else {
                return courier(tool, input);
            };
            if shown {
                taken
                    .lock()
                    .unwrap()
                    .insert(input["note"].as_str().unwrap_or_default().to_owned());
            }
            Ok(json!({ "ok": false, "error": "hour_taken" }))
        }
        _ => courier(tool, input),
    })
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_somebody_else_took_is_no_failure_and_the_test_runs_again_with_another() {
    let provider = by_the_hour(|order| (order < 2).then_some(true));
    let outcome = Bench::new(&provider)
        .test("order_pickup", "orders", HOUR)
        .run()
        .await;
    let result = outcome.of("orders");
    assert_eq!(result.outcome, Outcome::Pass, "{result:#?}");
    assert!(
        result.notes[0].starts_with("ran again with other slots"),
        "{:?}",
        result.notes
    );
    let ordered = provider.inputs("order_pickup");
    let days: HashSet<_> = ordered.iter().map(|input| input["note"].to_string()).collect();
    assert_eq!((ordered.len(), days.len()), (3, 3), "each try takes another slot");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_accused_of_slots_that_somebody_else_takes_again_and_again() {
    let outcome = Bench::new(&by_the_hour(|_| Some(true)))
        .test("order_pickup", "orders", HOUR)
        .run()
        .await;
    let result = outcome.of("orders");
    assert_eq!(result.outcome, Outcome::Blocked, "{result:#?}");
    assert!(
        result
            .message
            .as_deref()
            .unwrap()
            .starts_with("somebody else took")
    );
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_is_refused_as_taken_and_still_listed_is_a_failure() {
    let provider = by_the_hour(|_| Some(false));
    let outcome = Bench::new(&provider)
        .test("order_pickup", "orders", HOUR)
        .run()
        .await;
    let result = outcome.of("orders");
    assert_eq!(result.outcome, Outcome::Fail, "{result:#?}");
    assert_eq!(provider.inputs("order_pickup").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_may_be_anybodys_is_no_failure_where_somebody_else_then_takes_all_that_is_drawn() {
    // Somebody is seen; what they leave at once could be a wrong refusal; then they keep what they take.
    let provider = by_the_hour(|order| Some(!(1..4).contains(&order)));
    let outcome = Bench::new(&provider)
        .test("order_pickup", "orders", HOUR)
        .run()
        .await;
    let result = outcome.of("orders");
    assert_eq!(result.outcome, Outcome::Blocked, "{result:#?}");
    let message = result.message.as_deref().unwrap();
    assert!(message.starts_with("somebody else took"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_test_that_is_left_out_since_a_slot_was_refused_draws_others_once() {
    let lines = HOUR.replace(
        "expect: { ok: true }\n",
        "expect: { that: [{ check: \"output.ok || output.error == 'hour_taken'\", otherwise: refused }] }\n",
    ) + "  - need: { check: ordered.output.ok, otherwise: skip, reason: no two hours can be had }\n";
    for (refused, ends) in [(1, Outcome::Pass), (9, Outcome::Skip)] {
        let provider = by_the_hour(move |order| (order < refused).then_some(false));
        let outcome = Bench::new(&provider)
            .test("order_pickup", "orders", &lines)
            .run()
            .await;
        let result = outcome.of("orders");
        assert_eq!(result.outcome, ends, "{result:#?}");
        assert_eq!(provider.inputs("order_pickup").len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn tests_that_ask_for_what_is_soonest_take_it_one_after_the_other() {
    let lines = HOUR
        .replace("'[2, 3, 4]'", "'[0, 1, 2]'")
        .replace("${ day }", "${ day + 1 }");
    let provider = by_the_hour(|_| None);
    let mut bench = Bench::new(&provider);
    for name in ["one", "two", "three"] {
        bench = bench.test("order_pickup", name, &lines);
    }
    let outcome = bench.run().await;
    for name in ["one", "two", "three"] {
        assert_eq!(outcome.of(name).outcome, Outcome::Pass, "{:#?}", outcome.of(name));
    }
    let ordered = provider.inputs("order_pickup");
    let starts: Vec<_> = ordered
        .iter()
        .map(|input| input["note"].as_str().unwrap())
        .collect();
    assert_eq!(starts, ["2030-01-01T08:00:00Z"; 3]);
}

#[tokio::test(start_paused = true)]
async fn runs_side_by_side_draw_other_slots() {
    let mut drawn = HashSet::new();
    for draw in 0..8 {
        let provider = by_the_hour(|_| None);
        let mut bench = Bench::new(&provider).test("order_pickup", "orders", HOUR);
        bench.options.draw = draw;
        bench.run().await;
        drawn.insert(provider.inputs("order_pickup")[0]["note"].to_string());
    }
    assert!(drawn.len() > 4, "{drawn:?}");
}

#[tokio::test(start_paused = true)]
async fn a_search_says_if_it_asks_for_what_is_soonest() {
    let first_of = async |lines: String, draw: u64| {
        let provider = by_the_hour(|_| None);
        let mut bench = Bench::new(&provider).test("order_pickup", "orders", &lines);
        bench.options.draw = draw;
        bench.run().await;
        provider.inputs("order_pickup")[0]["note"].to_string()
    };
    let (mut as_written, mut drawn) = (HashSet::new(), HashSet::new());
    for draw in 0..8 {
        let lines =
            |order: &str| HOUR.replace("    search:\n", &format!("    search:\n      order: {order}\n"));
        as_written.insert(first_of(lines("soonest"), draw).await);
        drawn.insert(
            first_of(
                lines("drawn").replace("'[2, 3, 4]'", "'[0, 1, 2].map(d, d + 2)'"),
                draw,
            )
            .await,
        );
    }
    assert_eq!(as_written.len(), 1, "{as_written:?}");
    assert!(
        as_written.iter().all(|start| start.contains("2030-01-02T08:00")),
        "{as_written:?}"
    );
    assert!(drawn.len() > 1, "{drawn:?}");
}
