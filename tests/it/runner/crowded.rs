//! Tests that need what other tests hold: they wait for it, and the tests that count most come while there is something left.

use std::sync::{Arc, Mutex};

use proofhouse::model::Outcome;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

use super::scripted::{Bench, Scripted};
use super::{QUOTE, courier};

/// Looks for the hours of a postcode, and orders the first.
fn orders(postcode: u32) -> String {
    format!(
        "
steps:
  - id: found
    search:
      over: {{ day: '[2, 3, 4]' }}
      call: quote_delivery
      input: {{ postcode: '{postcode}', grams: '${{ day }}' }}
      expect: {{ ok: true }}
      pick: \"[output].map(answer, get(answer, 'hours', []))[0]\"
      lease: {{ from: candidate.start_at, to: candidate.end_at }}
      none: no hour is free
  - id: ordered
    call: order_pickup
    input: {{ postcode: '{postcode}', day: '2030-01-01', note: '${{ found.candidate.start_at }}' }}
    expect: {{ ok: true }}
"
    )
}

/// A courier with these hours, whatever the postcode, of which those are listed that nobody has. A cancelled pickup gives its hour back
/// if `frees` says so.
fn with_hours(hours: &'static [&'static str], frees: bool) -> Arc<Scripted> {
    let taken: Mutex<Vec<(String, String)>> = Mutex::default();
    Scripted::new(move |tool, input: &Value| {
        let mut taken = taken.lock().unwrap();
        let has = |taken: &[(String, String)], hour: &str| taken.iter().any(|(_, known)| known == hour);
        match tool {
            "quote_delivery" => {
                let day = format!("2030-01-{:02}T", input["grams"].as_i64().unwrap_or_default());
                let free: Vec<Value> = hours
                    .iter()
                    .filter(|hour| hour.starts_with(&day) && !has(&taken, hour))
                    .map(|hour| json!({ "start_at": hour, "end_at": hour.replace(":00:00", ":59:00") }))
                    .collect();
                Ok(json!({ "ok": true, "price": 1, "currency": "CZK", "hours": free }))
            }
            "order_pickup" => {
                let hour = input["note"].as_str().unwrap_or_default();
                if has(&taken, hour) {
                    return Ok(json!({ "ok": false, "error": "hour_taken" }));
                }
                let answer = courier(tool, input)?;
                taken.push((answer["pickup"]["id"].to_string(), hour.to_owned()));
                Ok(answer)
            }
            _ => {
                let id = input["pickup_id"].to_string();
                taken.retain(|(known, _)| !frees || *known != id);
                courier(tool, input)
            }
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_test_to_which_nothing_is_listed_waits_for_what_others_hold() {
    let names = ["one", "two", "three", "four", "five"];
    let mut bench = Bench::new(&with_hours(&["2030-01-03T08:00:00Z"], true));
    for (postcode, name) in (11000..).zip(names) {
        bench = bench.test("order_pickup", name, &orders(postcode));
    }
    bench.options.lanes = 3;
    let outcome = bench.run().await;
    for name in names {
        let result = outcome.of(name);
        assert_eq!(result.outcome, Outcome::Pass, "{result:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_ever_listed_nobody_waits() {
    let provider = with_hours(&[], true);
    let outcome = Bench::new(&provider)
        .test("order_pickup", "one", &orders(11000))
        .test("order_pickup", "two", &orders(12000))
        .run()
        .await;
    for name in ["one", "two"] {
        assert_eq!(outcome.of(name).outcome, Outcome::Blocked);
    }
    assert_eq!(provider.tools().len(), 6, "each day is asked for once");
}

/// Two orders of two hours each, which are all that there are: each waits with one of them for the other, unless one gives up.
#[tokio::test(start_paused = true)]
async fn tests_that_wait_for_each_other_run_one_after_the_other_in_the_end() {
    let two = |postcode: u32| {
        let first = orders(postcode);
        let second = first
            .replace("\nsteps:\n", "")
            .replace("id: found", "id: next")
            .replace("id: ordered", "id: more")
            .replace("${ found", "${ next");
        first + &second
    };
    let provider = with_hours(&["2030-01-02T08:00:00Z", "2030-01-04T08:00:00Z"], true);
    let outcome = Bench::new(&provider)
        .test("order_pickup", "one", &two(11000))
        .test("order_pickup", "two", &two(12000))
        .run()
        .await;
    for name in ["one", "two"] {
        let result = outcome.of(name);
        assert_eq!(result.outcome, Outcome::Pass, "{result:#?}");
    }
}

/// Orders as before, and looks two weeks ahead.
fn orders_in_two_weeks() -> String {
    orders(11000).replace("'[2, 3, 4]'", "'[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]'")
}

#[tokio::test(start_paused = true)]
async fn where_two_weeks_have_nothing_the_two_after_them_are_looked_at() {
    let provider = with_hours(&["2030-01-20T08:00:00Z"], true);
    let outcome = Bench::new(&provider)
        .test("order_pickup", "one", &orders_in_two_weeks())
        .run()
        .await;
    let result = outcome.of("one");
    assert_eq!(result.outcome, Outcome::Pass, "{result:#?}");
}

/// One hour is listed in the first two weeks, and the test holds it itself when it looks for another.
#[tokio::test(start_paused = true)]
async fn where_two_weeks_have_nothing_but_what_the_test_holds_itself_it_looks_further_too() {
    let first = orders_in_two_weeks();
    let lines = first.split("  - id: ordered").next().unwrap().to_owned();
    let second = first
        .replace("\nsteps:\n", "")
        .replace("id: found", "id: next")
        .replace("${ found", "${ next");
    let provider = with_hours(&["2030-01-03T08:00:00Z", "2030-01-20T08:00:00Z"], true);
    let outcome = Bench::new(&provider)
        .test(
            "order_pickup",
            "one",
            &(lines.replace("found.", "first.") + &second),
        )
        .run()
        .await;
    let result = outcome.of("one");
    assert_eq!(result.outcome, Outcome::Pass, "{result:#?}");
    assert_eq!(provider.inputs("order_pickup")[0]["note"], "2030-01-20T08:00:00Z");
}

/// Nobody has to answer for days as far away as that.
#[tokio::test(start_paused = true)]
async fn what_is_said_of_days_after_two_weeks_is_held_against_nobody() {
    let provider = Scripted::new(|tool, input: &Value| match input["grams"].as_i64() {
        Some(15..) => Ok(json!({ "ok": false, "error": "not_served" })),
        Some(_) => Ok(json!({ "ok": true, "price": 1, "currency": "CZK", "hours": [] })),
        None => courier(tool, input),
    });
    let outcome = Bench::new(&provider)
        .test("order_pickup", "one", &orders_in_two_weeks())
        .run()
        .await;
    assert_eq!(outcome.of("one").outcome, Outcome::Blocked);
    assert_eq!(outcome.summary.results.len(), 1, "no set-up call is a failure");
    assert_eq!(provider.tools().len(), 13 + 14);
}

/// A courier that never gives an hour back has none left in the end. What a rule rests on alone is known by then.
#[tokio::test(start_paused = true)]
async fn the_only_test_of_a_rule_comes_before_others_while_something_is_free() {
    let provider = with_hours(&["2030-01-02T08:00:00Z", "2030-01-04T08:00:00Z"], false);
    let mut bench = Bench::new(&provider);
    // Many calls come before few, where nothing else decides.
    let long = orders(11000) + &QUOTE.replace("\nsteps:\n", "").repeat(20);
    for name in ["a", "b", "c", "d"] {
        bench = bench.test("order_pickup", name, &long);
    }
    bench = bench.test_of("order_pickup", "only", "no-courier", &orders(11000));
    bench.options.lanes = 1;
    let outcome = bench.run().await;
    let result = outcome.of("only");
    assert_eq!(result.outcome, Outcome::Pass, "{result:#?}");
    assert_eq!(provider.inputs("order_pickup").len(), 2);
}

/// One hour is listed, and the test holds it itself when it looks again.
#[tokio::test(start_paused = true)]
async fn a_test_with_a_peer_waits_for_nothing_that_nobody_gives_back() {
    const PICKUP: &str = "
share: test
steps:
  - id: made
    call: order_pickup
    input: { postcode: '11000', day: '2030-01-01' }
    expect: { ok: true }
bind: { id: '${ made.output.pickup.id }' }
";
    let orders = orders(11000);
    let search = orders.split("  - id: ordered").next().unwrap_or_default();
    let again = orders.replace("\nsteps:\n", "");
    let looks_twice = format!("\npeer: [pickup]{}{again}", search.replace("found", "first"));
    let began = Instant::now();
    let outcome = Bench::new(&with_hours(&["2030-01-03T08:00:00Z"], true))
        .beside("courier:two", &Scripted::new(courier))
        .fixture("pickup", PICKUP)
        .test("order_pickup", "looks_twice", &looks_twice)
        .run()
        .await;
    let result = outcome.at("courier:one", "looks_twice");
    assert_eq!(result.outcome, Outcome::Skip, "{result:#?}");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}
