//! The executor against a provider that is a closure: what steps do, what is counted, what is judged.

mod again;
mod clock;
mod crowded;
mod ending;
mod peers;
mod races;
mod retrying;
pub(crate) mod scripted;
mod tables;
mod telling;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proofhouse::model::Outcome;
use proofhouse::transport::TransportError;
use serde_json::{Value, json};

use scripted::{Bench, Scripted};

/// Answers everything as a courier should.
pub(crate) fn courier(tool: &str, input: &Value) -> Result<Value, TransportError> {
    static PICKUPS: AtomicUsize = AtomicUsize::new(0);
    Ok(match tool {
        "quote_delivery" if input["grams"].as_i64() > Some(30_000) => {
            json!({ "ok": false, "error": "not_served" })
        }
        "quote_delivery" => json!({ "ok": true, "price": input["grams"], "currency": "CZK" }),
        "order_pickup" => {
            let id = PICKUPS.fetch_add(1, Ordering::SeqCst);
            json!({ "ok": true, "pickup": { "id": format!("p-{id}") } })
        }
        _ => json!({ "ok": true }),
    })
}

const QUOTE: &str = "
steps:
  - call: quote_delivery
    input: { postcode: '11000', grams: 500 }
    expect: { ok: true }
";

const ORDER: &str = "
steps:
  - id: ordered
    call: order_pickup
    input: { postcode: '11000', day: '2030-01-01' }
    expect: { ok: true }
";

#[tokio::test(start_paused = true)]
async fn steps_read_what_earlier_steps_found() {
    let provider = Scripted::new(courier);
    let outcome = Bench::new(&provider)
        .test(
            "quote_delivery",
            "reads",
            "
steps:
  - let: { weights: '${ [100, 200, 300] }' }
  - id: quotes
    for_each:
      in: weights
      as: grams
      call: quote_delivery
      input: { postcode: '${ \"1\" + \"1000\" }', grams: '${ grams }' }
      expect: { ok: true, that: [{ check: output.price == input.grams, otherwise: wrong price }] }
  - id: left_out
    when: size(quotes) > 3
    call: quote_delivery
    input: { postcode: '11000', grams: 1 }
    expect: { ok: true }
  - that:
      - { check: left_out == null, otherwise: a step ran that should not }
      - { check: 'quotes.map(q, q.output.price) == [100, 200, 300]', otherwise: the answers are not collected }
",
        )
        .run()
        .await;
    let result = outcome.of("reads");
    assert_eq!((result.outcome, result.calls), (Outcome::Pass, 3), "{result:#?}");
    assert_eq!(
        provider.inputs("quote_delivery")[2],
        json!({ "postcode": "11000", "grams": 300 })
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_names_the_rule_the_sides_and_the_calls() {
    let outcome = Bench::new(&Scripted::new(courier))
        .test(
            "quote_delivery",
            "fails",
            "
steps:
  - id: quote
    call: quote_delivery
    input: { postcode: '11000', grams: 500 }
    expect:
      ok: true
      that: [{ check: output.price == 1, otherwise: 'the price is ${ output.price }' }]
",
        )
        .run()
        .await;
    let result = outcome.of("fails");
    assert_eq!(result.message.as_deref(), Some("the price is 500"));
    let failure = result.failure.as_ref().unwrap();
    assert_eq!(
        (failure.expected.as_deref(), failure.actual.as_deref()),
        (Some("1"), Some("500"))
    );
    assert_eq!(failure.rule.as_ref().unwrap().id, "output-schema");
    assert_eq!(failure.step.as_deref(), Some("quote"));
    assert_eq!(failure.exchanges.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn rows_of_a_table_are_judged_one_by_one_and_one_that_does_not_apply_is_skipped() {
    let lines = |first: &str| {
        format!(
            "
cases:
  - {{ id: never, when: 'false', because: today is no day for it, values: {{ grams: 1 }} }}
  - {{ id: one, {first} values: {{ grams: 1 }} }}
  - {{ id: two, {first} values: {{ grams: 40000 }} }}
steps:
  - call: quote_delivery
    input: {{ postcode: '11000', grams: '${{ case.grams }}' }}
    expect: {{ ok: true }}
"
        )
    };
    let outcome = Bench::new(&Scripted::new(courier))
        .test("quote_delivery", "some", &lines(""))
        .test("quote_delivery", "none", &lines("when: 'false', because: never,"))
        .run()
        .await;
    let some = outcome.of("some");
    let rows: Vec<_> = some
        .cases
        .iter()
        .map(|case| (case.case.as_str(), case.outcome))
        .collect();
    assert_eq!(
        rows,
        [
            ("never", Outcome::Skip),
            ("one", Outcome::Pass),
            ("two", Outcome::Fail)
        ]
    );
    assert_eq!(some.cases[0].message.as_deref(), Some("today is no day for it"));
    assert_eq!((some.outcome, some.calls), (Outcome::Fail, 2));
    assert!(
        some.message.as_ref().unwrap().ends_with("(case two)"),
        "{some:#?}"
    );
    let none = outcome.of("none");
    assert_eq!((none.outcome, none.calls), (Outcome::Skip, 0));
}

#[tokio::test(start_paused = true)]
async fn an_input_that_breaks_the_schema_is_sent_only_where_it_is_meant_to() {
    let provider = Scripted::new(courier);
    let step = |more: &str, grams: &str| {
        format!(
            "
steps:
  - call: quote_delivery
    {more}
    input: {{ postcode: '11000', grams: {grams} }}
    expect: {{ ok: true }}
"
        )
    };
    let outcome = Bench::new(&provider)
        .test("quote_delivery", "slip", &step("", "0"))
        .test("quote_delivery", "no_slip", &step("invalid_input: true", "1"))
        .test("quote_delivery", "meant", &step("invalid_input: true", "0"))
        .run()
        .await;
    assert_eq!(outcome.of("slip").outcome, Outcome::Error);
    assert!(
        outcome
            .of("slip")
            .message
            .as_ref()
            .unwrap()
            .contains("was not sent")
    );
    assert_eq!(outcome.of("no_slip").outcome, Outcome::Error);
    assert_eq!(outcome.of("meant").outcome, Outcome::Pass);
    assert_eq!(provider.tools().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_shared_fixture_is_made_once_and_its_calls_are_not_the_tests() {
    let provider = Scripted::new(courier);
    let fixture = "
share: provider
steps:
  - id: quote
    call: quote_delivery
    input: { postcode: '11000', grams: 7 }
    expect: { ok: true }
bind: { price: '${ quote.output.price }' }
";
    let test = "
use: [tariff]
steps:
  - call: quote_delivery
    input: { postcode: '11000', grams: '${ tariff.price }' }
    expect: { ok: true }
";
    let outcome = Bench::new(&provider)
        .fixture("tariff", fixture)
        .test("quote_delivery", "one", test)
        .test("quote_delivery", "two", test)
        .run()
        .await;
    assert_eq!((outcome.of("one").calls, outcome.of("two").calls), (1, 1));
    assert_eq!((outcome.of("one").ms, outcome.of("two").ms), (1, 1));
    assert_eq!(provider.tools().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_set_up_answer_blocks_the_test_and_fails_the_tool_that_gave_it() {
    let provider = Scripted::new(|tool, input| match tool {
        "quote_delivery" => Ok(json!({ "ok": true, "price": "seven" })),
        _ => courier(tool, input),
    });
    let test = format!("use: [tariff]{ORDER}");
    let outcome = Bench::new(&provider)
        .fixture(
            "tariff",
            "
share: provider
steps:
  - id: quote
    call: quote_delivery
    input: { postcode: '11000', grams: 7 }
    expect: { ok: true }
bind: '${ quote.output.price }'
",
        )
        .test("order_pickup", "one", &test)
        .test("order_pickup", "two", &test)
        .run()
        .await;
    assert_eq!(outcome.of("one").outcome, Outcome::Blocked);
    assert_eq!(outcome.of("two").outcome, Outcome::Blocked);
    let rows: Vec<_> = outcome
        .summary
        .results
        .iter()
        .filter(|result| !result.planned)
        .collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].capability.as_str(), "parcels.quote_delivery");
    assert_eq!(
        (rows[0].test.as_str(), rows[0].outcome),
        ("set_up", Outcome::Fail)
    );
    assert_eq!(outcome.summary.verdict().exit_code(), 1);
    assert_eq!(provider.tools(), ["quote_delivery"]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_test_runs_only_when_it_is_asked_for_and_waits_for_real() {
    let lines = format!("slow: waits a minute{QUOTE}  - wait: duration('61s')\n");
    let skipped = Bench::new(&Scripted::new(courier))
        .test("quote_delivery", "slow", &lines)
        .run()
        .await;
    assert_eq!(skipped.of("slow").outcome, Outcome::Skip);
    assert!(
        skipped
            .of("slow")
            .message
            .as_ref()
            .unwrap()
            .contains("waits a minute")
    );
    let mut bench = Bench::new(&Scripted::new(courier)).test("quote_delivery", "slow", &lines);
    bench.slow = true;
    let began = tokio::time::Instant::now();
    let ran = bench.run().await;
    assert_eq!((ran.of("slow").outcome, ran.of("slow").ms), (Outcome::Pass, 1));
    assert!(began.elapsed() >= Duration::from_secs(61));
}

#[tokio::test(start_paused = true)]
async fn a_need_that_is_not_met_skips_or_blocks_with_its_reason() {
    let need = |otherwise: &str| {
        format!(
            "\nsteps:\n  - need: {{ check: 1 > 2, otherwise: {otherwise}, reason: 'one is less, ${{ provider.id }}' }}{}",
            QUOTE.trim_start_matches("\nsteps:")
        )
    };
    let outcome = Bench::new(&Scripted::new(courier))
        .test("quote_delivery", "skips", &need("skip"))
        .test("quote_delivery", "blocks", &need("blocked"))
        .run()
        .await;
    assert_eq!(outcome.of("skips").outcome, Outcome::Skip);
    assert_eq!(outcome.of("blocks").outcome, Outcome::Blocked);
    assert_eq!(
        outcome.of("skips").message.as_deref(),
        Some("one is less, courier:one")
    );
}

#[tokio::test(start_paused = true)]
async fn a_test_without_a_call_of_its_own_proves_nothing() {
    let lines = "\nsteps:\n  - that: [{ check: 1 == 1, otherwise: never }]\n";
    let outcome = Bench::new(&Scripted::new(courier))
        .test("quote_delivery", "idle", lines)
        .run()
        .await;
    assert_eq!(outcome.of("idle").outcome, Outcome::Error);
}

#[tokio::test(start_paused = true)]
async fn ok_and_error_must_not_contradict() {
    let both = Scripted::new(|_, _| Ok(json!({ "ok": true, "error": "not_served" })));
    let neither = Scripted::new(|_, _| Ok(json!({ "ok": false })));
    for (provider, words) in [
        (both, "`ok: true` together with error"),
        (neither, "refused without an error code"),
    ] {
        let outcome = Bench::new(&provider)
            .test("quote_delivery", "asks", QUOTE)
            .run()
            .await;
        let result = outcome.of("asks");
        assert_eq!(result.outcome, Outcome::Fail);
        assert!(result.message.as_ref().unwrap().contains(words), "{result:#?}");
    }
}
