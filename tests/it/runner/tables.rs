//! Tables that are made from a schema, and what is done after the last row.

use proofhouse::model::{Outcome, Untested};
use serde_json::{Value, json};

use super::courier;
use super::scripted::{Bench, Scripted};

const NEGATIVES: &str = "
generate:
  rows: negatives
  from: { postcode: '11000', grams: '${ 250 + 250 }' }
  except: { null_grams: we weigh it ourselves }
steps:
  - id: refused
    call: quote_delivery
    sending: '${ case.what }'
    invalid_input: true
    input: '${ case.input }'
    expect: { ok: false }
";

/// A courier who refuses what breaks the schema, but for some of it.
fn strict(
    but: fn(&Value) -> bool,
) -> impl Fn(&str, &Value) -> Result<Value, proofhouse::transport::TransportError> {
    let registry = super::scripted::registry();
    move |tool, input| {
        let id = format!("parcels.{tool}").parse().unwrap();
        let contract = registry.get(&id, None).unwrap();
        if contract.input.is_valid(input) || but(input) {
            courier(tool, input)
        } else {
            Ok(json!({ "ok": false }))
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_rule_of_a_schema_is_a_row_and_one_that_is_excepted_says_why() {
    let provider = Scripted::new(strict(|_| false));
    let outcome = Bench::new(&provider)
        .test("quote_delivery", "refuses", NEGATIVES)
        .run()
        .await;
    let result = outcome.of("refuses");
    let rows: Vec<_> = result
        .cases
        .iter()
        .map(|case| (case.case.as_str(), case.outcome))
        .collect();
    assert_eq!(
        rows,
        [
            ("missing_postcode", Outcome::Pass),
            ("missing_grams", Outcome::Pass),
            ("unknown_field", Outcome::Pass),
            ("sets_price", Outcome::Pass),
            ("sets_currency", Outcome::Pass),
            ("sets_id", Outcome::Pass),
            ("sets_status", Outcome::Pass),
            ("sets_duration_minutes", Outcome::Pass),
            ("sets_created_at", Outcome::Pass),
            ("sets_provider_id", Outcome::Pass),
            ("null_postcode", Outcome::Pass),
            ("postcode_wrong_type", Outcome::Pass),
            ("postcode_too_short", Outcome::Pass),
            ("null_grams", Outcome::Skip),
            ("grams_wrong_type", Outcome::Pass),
            ("grams_fraction", Outcome::Pass),
            ("grams_below_minimum", Outcome::Pass),
        ]
    );
    assert_eq!(result.cases[13].message.as_deref(), Some("we weigh it ourselves"));
    assert_eq!((result.outcome, result.calls), (Outcome::Pass, 16));
    assert_eq!(provider.inputs("quote_delivery")[0], json!({ "grams": 500 }));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_takes_one_of_them_fails_with_what_it_took() {
    let provider = Scripted::new(strict(|input| input["grams"].is_f64()));
    let outcome = Bench::new(&provider)
        .test("quote_delivery", "refuses", NEGATIVES)
        .run()
        .await;
    let result = outcome.of("refuses");
    assert_eq!(result.outcome, Outcome::Fail);
    assert_eq!(
        result.message.as_deref(),
        Some("quote_delivery accepted a fraction as `grams`, expected a refusal (case grams_fraction)")
    );
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_made_is_not_sent() {
    let provider = Scripted::new(strict(|_| false));
    let outcome = Bench::new(&provider)
        .test("quote_delivery", "refuses", &NEGATIVES.replace("250 + 250", "0"))
        .run()
        .await;
    let result = outcome.of("refuses");
    assert_eq!((result.outcome, result.calls), (Outcome::Error, 0));
    let message = result.message.as_ref().unwrap();
    assert!(
        message.contains("nothing was sent: its base breaks the input schema: `grams`"),
        "{message}"
    );
}

/// A table of two rows over a pickup that is made for the whole test, and a look at it afterwards.
fn with_after(second: &str, after: &str) -> String {
    format!(
        "
use: [pickup]
cases:
  - {{ id: one, values: {{ ok: true }} }}
  - {{ id: two, values: {{ ok: {second} }} }}
steps:
  - call: quote_delivery
    input: {{ postcode: '11000', grams: 500 }}
    expect:
      that: [{{ check: output.ok == case.ok, otherwise: the row is wrong }}]
after:
  - call: quote_delivery
    input: {{ postcode: '11000', grams: 700 }}
    expect:
      that: [{{ check: '{after}', otherwise: what comes after is wrong }}]
"
    )
}

const PICKUP: &str = "share: test
steps:
  - id: made
    call: order_pickup
    input: { postcode: '11000', day: '2030-01-01' }
    expect: { ok: true }
bind: { id: '${ made.output.pickup.id }' }
";

#[tokio::test(start_paused = true)]
async fn what_stands_after_a_table_is_done_once_and_before_the_fixture_is_taken_back() {
    let provider = Scripted::new(courier);
    let outcome = Bench::new(&provider)
        .fixture("pickup", PICKUP)
        .test("quote_delivery", "passes", &with_after("true", "output.ok"))
        .run()
        .await;
    assert_eq!(outcome.of("passes").outcome, Outcome::Pass);
    assert_eq!(outcome.of("passes").calls, 3);
    assert_eq!(
        provider.tools(),
        [
            "order_pickup",
            "quote_delivery",
            "quote_delivery",
            "quote_delivery",
            "cancel_pickup"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_stands_after_a_table_can_fail_the_test_and_never_hides_a_row() {
    let outcome = Bench::new(&Scripted::new(courier))
        .fixture("pickup", PICKUP)
        .test("quote_delivery", "after", &with_after("true", "!output.ok"))
        .test("quote_delivery", "row", &with_after("false", "!output.ok"))
        .run()
        .await;
    let after = outcome.of("after");
    assert_eq!(after.outcome, Outcome::Fail);
    assert_eq!(after.message.as_deref(), Some("what comes after is wrong"));
    assert!(after.cases.iter().all(|case| case.outcome == Outcome::Pass));
    let row = outcome.of("row");
    assert_eq!(row.message.as_deref(), Some("the row is wrong (case two)"));
    assert_eq!(row.calls, 3);
}

/// Two slots of two services: the second contains the first. The test says which slots its row has found.
const PAIRS: &str = "
kinds: [same_start, contains, contained]
steps:
  - id: found
    search:
      over: { day: \"[1, 2]\", service: \"['short', 'long']\" }
      call: quote_delivery
      input: { postcode: \"${ service == 'short' ? '11000' : '22000' }\", grams: \"${ day }\" }
      expect: { ok: true }
      pick: >-
        service == 'short' ? [{'from': '2030-01-0' + string(day) + 'T09:00:00Z', 'to': '2030-01-0' + string(day) + 'T09:30:00Z'}]
        : [{'from': '2030-01-0' + string(day) + 'T08:30:00Z', 'to': '2030-01-0' + string(day) + 'T09:30:00Z'}]
      lease: { from: candidate.from, to: candidate.to }
      pairs: { within: day }
      none: no two slots overlap so
  - call: order_pickup
    input:
      postcode: '33000'
      day: '2030-01-01'
      note: \"${ found.first.service } then ${ found.seconds[0].service } on day ${ found.day }\"
    expect: { ok: true }
";

#[tokio::test(start_paused = true)]
async fn each_kind_of_overlap_is_a_row_that_finds_two_slots_or_is_skipped() {
    let provider = Scripted::new(courier);
    let outcome = Bench::new(&provider)
        .test("order_pickup", "overlaps", PAIRS)
        .test(
            "order_pickup",
            "none",
            &PAIRS.replace("[same_start, contains, contained]", "[same_start]"),
        )
        .test(
            "order_pickup",
            "empty",
            &PAIRS.replace("service == 'short' ? [{", "day > 2 ? [{").replace(
                ": [{'from': '2030-01-0' + string(day) + 'T08:30:00Z', 'to': '2030-01-0' + string(day) + 'T09:30:00Z'}]",
                ": []",
            ),
        )
        .run()
        .await;
    let result = outcome.of("overlaps");
    let rows: Vec<_> = result
        .cases
        .iter()
        .map(|case| (case.case.as_str(), case.outcome))
        .collect();
    assert_eq!(
        rows,
        [
            ("same_start", Outcome::Skip),
            ("contains", Outcome::Pass),
            ("contained", Outcome::Pass),
        ]
    );
    assert_eq!(result.outcome, Outcome::Pass);
    assert_eq!(result.calls, 2, "a search is no call of the test's own");
    let asked: Vec<_> = provider
        .inputs("order_pickup")
        .iter()
        .map(|input| input["note"].clone())
        .collect();
    assert_eq!(
        asked,
        [
            json!("short then long on day 1"),
            json!("long then short on day 2")
        ]
    );
    let none = outcome.of("none");
    assert_eq!(
        (none.outcome, none.untested),
        (Outcome::Skip, Some(Untested::NoWitness))
    );
    assert_eq!(none.message.as_deref(), Some("no two slots overlap so"));
    assert_eq!(outcome.of("empty").outcome, Outcome::Blocked);
}
