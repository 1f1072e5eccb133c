//! Steps that tell right from wrong: a test that holds without them is no pass.

use proofhouse::model::{Outcome, Untested};
use proofhouse::transport::TransportError;
use serde_json::json;

use super::courier;
use super::scripted::{Bench, Scripted};

const WHERE_OFFERED: &str = "
steps:
  - id: quote
    call: quote_delivery
    input: { postcode: '11000', grams: 500 }
    expect: { ok: true }
  - id: ordered
    call: order_pickup
    if_offered: true
    tells: true
    input: { postcode: '11000', day: '2030-01-01' }
    expect: { ok: true }
";

const WHERE_CHEAP: &str = "
steps:
  - id: quote
    call: quote_delivery
    input: { postcode: '11000', grams: 500 }
    expect: { ok: true }
  - id: again
    when: quote.output.price < 100
    tells: true
    call: quote_delivery
    input: { postcode: '11000', grams: 500 }
    expect: { ok: true }
";

#[tokio::test(start_paused = true)]
async fn a_test_without_the_tool_of_its_telling_step_is_skipped() {
    let with = Bench::new(&Scripted::new(courier))
        .test("quote_delivery", "orders", WHERE_OFFERED)
        .run()
        .await;
    assert_eq!(with.of("orders").outcome, Outcome::Pass);
    let without = Scripted::new(|tool, input| match tool {
        "order_pickup" => Err(TransportError::NoSuchTool("404".to_owned())),
        _ => courier(tool, input),
    });
    let mut bench = Bench::new(&without).test("quote_delivery", "orders", WHERE_OFFERED);
    bench.named = vec!["quote_delivery"];
    let outcome = bench.run().await;
    let result = outcome.of("orders");
    assert_eq!(
        (result.outcome, result.untested),
        (Outcome::Skip, Some(Untested::NotOffered)),
        "{result:#?}"
    );
    assert_eq!(
        result.message.as_deref(),
        Some("the provider does not offer order_pickup")
    );
}

#[tokio::test(start_paused = true)]
async fn a_test_whose_telling_step_was_left_out_says_which_condition_did_not_hold() {
    let outcome = Bench::new(&Scripted::new(courier))
        .test("quote_delivery", "asks_again", WHERE_CHEAP)
        .run()
        .await;
    let result = outcome.of("asks_again");
    assert_eq!(
        (result.outcome, result.untested),
        (Outcome::Skip, Some(Untested::NotReached))
    );
    assert_eq!(
        result.message.as_deref(),
        Some("the step that tells was left out: `quote.output.price < 100` does not hold")
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_with_nothing_in_it_tells_nothing() {
    let outcome = Bench::new(&Scripted::new(courier))
        .test(
            "quote_delivery",
            "all",
            "
steps:
  - id: first
    call: quote_delivery
    input: { postcode: '11000', grams: 500 }
    expect: { ok: true }
  - tells: true
    for_each:
      in: '[1, 2].filter(n, n > first.output.price)'
      as: grams
      call: quote_delivery
      input: { postcode: '11000', grams: '${ grams }' }
      expect: { ok: true }
",
        )
        .run()
        .await;
    let result = outcome.of("all");
    assert_eq!(
        (result.outcome, result.untested),
        (Outcome::Skip, Some(Untested::NoWitness))
    );
}

#[tokio::test(start_paused = true)]
async fn each_row_has_a_telling_step_of_its_own() {
    let outcome = Bench::new(&Scripted::new(courier))
        .test(
            "quote_delivery",
            "rows",
            "
cases:
  - { id: light, values: { grams: 1 } }
  - { id: heavy, values: { grams: 20000 } }
steps:
  - when: case.grams < 100
    tells: true
    call: quote_delivery
    input: { postcode: '11000', grams: '${ case.grams }' }
    expect: { ok: true }
",
        )
        .run()
        .await;
    let result = outcome.of("rows");
    let rows: Vec<_> = result.cases.iter().map(|case| case.outcome).collect();
    assert_eq!(rows, [Outcome::Pass, Outcome::Skip]);
    assert_eq!(result.outcome, Outcome::Pass);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_no_code_is_for_may_have_any() {
    let refuses = |code: &'static str| Scripted::new(move |_, _| Ok(json!({ "ok": false, "error": code })));
    let any = "
steps:
  - call: quote_delivery
    invalid_input: true
    input: { postcode: '11000' }
    expect: { ok: false }
";
    let named = "
steps:
  - call: quote_delivery
    input: { postcode: '11000', grams: 500 }
    expect: { error: [not_served] }
";
    for (lines, code, outcome) in [
        (any, "invalid_input", Outcome::Pass),
        (any, "malformed", Outcome::Pass),
        (any, "", Outcome::Fail),
        (named, "not_served", Outcome::Pass),
        (named, "invalid_input", Outcome::Fail),
    ] {
        let run = Bench::new(&refuses(code))
            .test("quote_delivery", "refuses", lines)
            .run()
            .await;
        assert_eq!(run.of("refuses").outcome, outcome, "{code}: {lines}");
    }
}
