//! Tests that ask another provider of the platform: it is never judged, and what is made there is taken back there.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use proofhouse::event::RunEventKind;
use proofhouse::model::Outcome;
use proofhouse::transport::TransportError;
use serde_json::{Value, json};

use super::courier;
use super::scripted::{Bench, Scripted};

const PICKUP: &str = "
share: test
steps:
  - id: made
    call: order_pickup
    input: { postcode: '11000', day: '2030-01-01' }
    expect: { ok: true }
bind: { id: '${ made.output.pickup.id }', key: '${ test.key }', of: '${ provider.id }' }
";

const FOREIGN: &str = "
peer: [pickup]
steps:
  - call: cancel_pickup
    input: { pickup_id: '${ peer.pickup.id }' }
    expect:
      error: [already_gone]
      that: [{ check: peer.pickup.of != provider.id && peer.pickup.key != test.key, otherwise: the peer is not another }]
";

/// Knows only what it has made itself: ids begin with its name.
fn knowing(name: &'static str) -> Arc<Scripted> {
    Scripted::new(move |tool: &str, input: &Value| {
        Ok(match tool {
            "order_pickup" => json!({ "ok": true, "pickup": { "id": format!("{name}-1") } }),
            "cancel_pickup" if !input["pickup_id"].as_str().unwrap().starts_with(name) => {
                json!({ "ok": false, "error": "already_gone" })
            }
            _ => return courier(tool, input),
        })
    })
}

#[tokio::test(start_paused = true)]
async fn a_peer_makes_what_the_test_asks_about_and_takes_it_back() {
    let (one, two) = (knowing("one"), knowing("two"));
    let outcome = Bench::new(&one)
        .beside("courier:two", &two)
        .fixture("pickup", PICKUP)
        .test("cancel_pickup", "foreign", FOREIGN)
        .run()
        .await;
    for id in ["courier:one", "courier:two"] {
        let result = outcome.at(id, "foreign");
        assert_eq!((result.outcome, result.calls), (Outcome::Pass, 1), "{result:#?}");
    }
    assert_eq!(one.inputs("cancel_pickup").len(), 2, "the other's, and its own");
    let owed: Vec<_> = outcome
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            RunEventKind::UndoOwed(owed) => {
                owed.input.clone().map(|input| (owed.provider.to_string(), input))
            }
            _ => None,
        })
        .collect();
    assert_eq!(owed.len(), 2);
    for (provider, input) in owed {
        let made_by = provider.trim_start_matches("courier:");
        assert_eq!(input["pickup_id"], format!("{made_by}-1"));
    }
    assert_eq!(outcome.summary.leftovers, []);
}

#[tokio::test(start_paused = true)]
async fn only_another_tenant_of_the_same_platform_is_a_peer() {
    let outcome = Bench::new(&knowing("one"))
        .beside("post:two", &knowing("two"))
        .fixture("pickup", PICKUP)
        .test("cancel_pickup", "foreign", FOREIGN)
        .run()
        .await;
    for (id, platform) in [("courier:one", "courier"), ("post:two", "post")] {
        let result = outcome.at(id, "foreign");
        assert_eq!(result.outcome, Outcome::Skip);
        let message = format!("the manifest names no other provider of the platform `{platform}`");
        assert_eq!(result.message.as_deref(), Some(message.as_str()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_of_any_kind_at_the_peer_skips_the_test_and_accuses_nobody() {
    type Answer = fn() -> Result<Value, TransportError>;
    let errors: [(Answer, &str); 4] = [
        (
            || Err(TransportError::Connect("refused".to_owned())),
            "could not connect",
        ),
        (
            || Err(TransportError::Lost("reset".to_owned())),
            "closed the connection",
        ),
        (
            || Ok(json!({ "ok": true, "pickup": 7 })),
            "against its output schema",
        ),
        (
            || Ok(json!({ "ok": false, "error": "no_courier" })),
            "a set-up call was answered wrongly",
        ),
    ];
    for (answer, says) in errors {
        let peer = Scripted::new(move |_: &str, _: &Value| answer());
        let outcome = Bench::new(&knowing("one"))
            .beside("courier:two", &peer)
            .fixture("pickup", PICKUP)
            .test("cancel_pickup", "foreign", FOREIGN)
            .run()
            .await;
        let result = outcome.at("courier:one", "foreign");
        assert_eq!((result.outcome, result.calls), (Outcome::Skip, 0), "{result:#?}");
        let message = result.message.as_deref().unwrap();
        assert!(
            message.starts_with("the other provider, courier:two: ") && message.contains(says),
            "{message}"
        );
        assert!(
            outcome.summary.results.iter().all(|result| result.planned),
            "a row accuses the peer"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn two_providers_that_give_the_same_ids_cannot_be_told_apart() {
    let own = format!("use: [pickup]{FOREIGN}");
    let outcome = Bench::new(&knowing("same"))
        .beside("courier:two", &knowing("same"))
        .fixture("pickup", PICKUP)
        .test("cancel_pickup", "foreign", &own)
        .run()
        .await;
    let result = outcome.at("courier:one", "foreign");
    assert_eq!(result.outcome, Outcome::Skip);
    assert!(
        result
            .message
            .as_deref()
            .unwrap()
            .contains("cannot be told apart"),
        "{result:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_step_can_be_done_at_the_peer_and_its_error_is_no_verdict() {
    let lines = |expected: &str| {
        format!(
            "
peer: []
steps:
  - id: theirs
    at: peer
    call: quote_delivery
    input: {{ postcode: '11000', grams: 7 }}
    expect: {{ {expected} }}
  - call: quote_delivery
    input: {{ postcode: '11000', grams: '${{ int(theirs.output.price) + 1 }}' }}
    expect: {{ ok: true }}
"
        )
    };
    let (one, two) = (Scripted::new(courier), Scripted::new(courier));
    let outcome = Bench::new(&one)
        .beside("courier:two", &two)
        .test("quote_delivery", "passes", &lines("ok: true"))
        .test("quote_delivery", "skips", &lines("error: [not_served]"))
        .run()
        .await;
    let passed = outcome.of("passes");
    assert_eq!((passed.outcome, passed.calls), (Outcome::Pass, 1), "{passed:#?}");
    assert_eq!(outcome.of("skips").outcome, Outcome::Skip);
    let grams = |provider: &Scripted| {
        let inputs = provider.inputs("quote_delivery");
        let mut grams: Vec<_> = inputs.iter().map(|input| input["grams"].clone()).collect();
        grams.sort_by_key(Value::as_i64);
        grams
    };
    assert_eq!(grams(&one), [7, 7, 8]);
    assert_eq!(grams(&two), grams(&one));
}

const HOUR: &str = "
share: test
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
  - id: made
    call: order_pickup
    input: { postcode: '11000', day: '2030-01-01', note: '${ found.candidate.start_at }' }
    expect: { ok: true }
bind: { id: '${ made.output.pickup.id }' }
";

const FOREIGN_HOUR: &str = "
peer: [hour]
steps:
  - call: cancel_pickup
    input: { pickup_id: '${ peer.hour.id }' }
    expect: { error: [already_gone] }
";

/// A courier with hours, which are the ids of its pickups too. `leaks` lets it call off the pickups of others.
fn with_hours(taken: &Arc<Mutex<BTreeSet<String>>>, leaks: bool) -> Arc<Scripted> {
    let taken = Arc::clone(taken);
    Scripted::new(move |tool: &str, input: &Value| {
        let mut taken = taken.lock().unwrap();
        let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
        Ok(match tool {
            "quote_delivery" => {
                let hours: Vec<_> = (10..18)
                    .map(|hour| {
                        let day = &input["grams"];
                        let start = format!("2030-01-0{day}T{hour}:00:00Z");
                        let available = !taken.contains(&start);
                        json!({ "start_at": start, "end_at": format!("2030-01-0{day}T{hour}:59:00Z"), "available": available })
                    })
                    .collect();
                json!({ "ok": true, "price": 1, "hours": hours })
            }
            "order_pickup" => {
                taken.insert(text("note"));
                json!({ "ok": true, "pickup": { "id": text("note") } })
            }
            _ if taken.remove(&text("pickup_id")) || leaks => json!({ "ok": true }),
            _ => json!({ "ok": false, "error": "already_gone" }),
        })
    })
}

#[tokio::test(start_paused = true)]
async fn two_entries_of_one_calendar_are_no_tenants_of_each_other() {
    let calendar = Arc::default();
    let (one, two) = (with_hours(&calendar, false), with_hours(&calendar, false));
    let (leaky, other) = (
        with_hours(&Arc::default(), true),
        with_hours(&Arc::default(), true),
    );
    for (first, second, expected) in [(&one, &two, Outcome::Skip), (&leaky, &other, Outcome::Fail)] {
        let outcome = Bench::new(first)
            .beside("courier:two", second)
            .fixture("hour", HOUR)
            .test("cancel_pickup", "foreign", FOREIGN_HOUR)
            .run()
            .await;
        for id in ["courier:one", "courier:two"] {
            let result = outcome.at(id, "foreign");
            assert_eq!(result.outcome, expected, "{result:#?}");
        }
    }
}
