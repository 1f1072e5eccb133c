//! How tests and runs end: what is taken back, what is not there, who stops whom.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proofhouse::model::Outcome;
use proofhouse::transport::TransportError;
use serde_json::{Value, json};

use super::scripted::{Bench, Scripted};
use super::{ORDER, QUOTE, courier};

#[tokio::test(start_paused = true)]
async fn what_was_made_is_taken_back_once_also_when_the_test_fails() {
    let provider = Scripted::new(courier);
    let outcome = Bench::new(&provider)
        .test("order_pickup", "passes", ORDER)
        .test(
            "order_pickup",
            "fails",
            &ORDER.replace("{ ok: true }", "{ ok: false }"),
        )
        .test(
            "order_pickup",
            "takes_back_itself",
            &format!(
                "{ORDER}
  - call: cancel_pickup
    input: {{ pickup_id: '${{ ordered.output.pickup.id }}' }}
    expect: {{ ok: true }}
"
            ),
        )
        .run()
        .await;
    assert_eq!(outcome.of("fails").outcome, Outcome::Fail);
    assert_eq!(provider.inputs("cancel_pickup").len(), 3);
    let (owed, mut settled) = outcome.undos();
    settled.sort_unstable();
    assert_eq!((owed.len(), settled), (3, vec![1, 2, 3]));
    assert!(outcome.summary.leftovers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_to_get_one_call_at_a_time_gets_one_when_things_are_taken_back_too() {
    let three = "
steps:
  - id: ordered
    for_each:
      in: '[1, 2, 3]'
      as: day
      call: order_pickup
      input: { postcode: '11000', day: '2030-01-0${ day }' }
      expect: { ok: true }
";
    for (lanes, exclusive, most) in [(1, false, 1), (2, true, 1), (2, false, 3)] {
        let provider = Scripted::new(courier);
        let lines = match exclusive {
            true => format!("exclusive: true{three}"),
            false => three.to_owned(),
        };
        let mut bench = Bench::new(&provider).test("order_pickup", "orders", &lines);
        bench.options.lanes = lanes;
        let outcome = bench.run().await;
        assert_eq!(outcome.of("orders").outcome, Outcome::Pass);
        assert_eq!(provider.inputs("cancel_pickup").len(), 3);
        assert_eq!(
            provider.most_at_once(),
            most,
            "{lanes} lanes, exclusive: {exclusive}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_call_may_make_is_on_record_before_it_is_sent() {
    let owed = Arc::new(AtomicUsize::new(0));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (known, seen) = (Arc::clone(&owed), Arc::clone(&heard));
    let provider = Scripted::new(move |tool, input| {
        if tool == "order_pickup" {
            seen.lock().unwrap().push(known.load(Ordering::SeqCst));
        }
        match input["day"].as_str() {
            Some("2030-01-02") => Ok(json!({ "ok": false, "error": "no_courier" })),
            _ => courier(tool, input),
        }
    });
    let refused = ORDER
        .replace("2030-01-01", "2030-01-02")
        .replace("{ ok: true }", "{ ok: false }");
    let mut bench = Bench::new(&provider).test("order_pickup", "orders", ORDER).test(
        "order_pickup",
        "is_refused",
        &refused,
    );
    bench.options.lanes = 1;
    bench.owed = owed;
    let outcome = bench.run().await;
    assert_eq!(*heard.lock().unwrap(), [1, 2], "one before each call");
    let (mut owed, mut settled) = outcome.undos();
    owed.sort_unstable();
    settled.sort_unstable();
    assert_eq!((owed, settled), (vec![1, 2], vec![1, 2]));
    assert_eq!(
        provider.inputs("cancel_pickup").len(),
        1,
        "a refusal made nothing"
    );
}

/// What was moved since is no more as the call asked for it, so that only its name finds it.
#[tokio::test(start_paused = true)]
async fn the_name_of_what_was_made_is_on_record_before_a_call_that_may_change_it() {
    let named = Arc::new(AtomicUsize::new(0));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (known, seen) = (Arc::clone(&named), Arc::clone(&heard));
    let provider = Scripted::new(move |tool, input| {
        if tool == "cancel_pickup" {
            seen.lock().unwrap().push(known.load(Ordering::SeqCst));
        }
        courier(tool, input)
    });
    let changed = format!(
        "{ORDER}
  - call: cancel_pickup
    input: {{ pickup_id: '${{ ordered.output.pickup.id }}' }}
    expect: {{ ok: true }}
"
    );
    let mut bench = Bench::new(&provider).test("order_pickup", "changes", &changed);
    bench.owed_by_name = named;
    let outcome = bench.run().await;
    assert_eq!(outcome.of("changes").outcome, Outcome::Pass);
    assert_eq!(*heard.lock().unwrap(), [1]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_taken_back_is_a_leftover_and_changes_no_outcome() {
    let provider = Scripted::new(|tool, input| match tool {
        "cancel_pickup" => Ok(json!({ "ok": false, "error": "no" })),
        _ => courier(tool, input),
    });
    let outcome = Bench::new(&provider)
        .test("order_pickup", "passes", ORDER)
        .run()
        .await;
    assert_eq!(outcome.of("passes").outcome, Outcome::Pass);
    assert_eq!(outcome.summary.leftovers.len(), 1);
    assert!(outcome.summary.leftovers[0].reason.contains("refused with `no`"));
    assert_eq!(
        outcome.summary.verdict().exit_code(),
        4,
        "two claimed capabilities have no test"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_may_have_made_something() {
    let provider = Scripted::new(|tool, input| match tool {
        "order_pickup" => Err(TransportError::Lost("connection reset".to_owned())),
        _ => courier(tool, input),
    });
    let outcome = Bench::new(&provider)
        .test("order_pickup", "lost", ORDER)
        .run()
        .await;
    assert_eq!(outcome.of("lost").outcome, Outcome::Fail);
    assert_eq!(outcome.summary.leftovers[0].input, None);
    assert!(outcome.summary.leftovers[0].reason.contains("no answer named it"));
}

#[tokio::test(start_paused = true)]
async fn a_success_that_names_nothing_has_made_something_all_the_same() {
    let provider = Scripted::new(|tool, input| match tool {
        "order_pickup" => Ok(json!({ "ok": true, "pickup": {} })),
        _ => courier(tool, input),
    });
    let outcome = Bench::new(&provider)
        .test("order_pickup", "nameless", ORDER)
        .run()
        .await;
    let leftovers = &outcome.summary.leftovers;
    assert_eq!((leftovers.len(), &leftovers[0].input), (1, &None));
    assert!(
        leftovers[0].reason.contains("no answer named it"),
        "{leftovers:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_is_not_there_is_judged_by_what_else_answers() {
    let missing = |tool: &str, input: &Value| match tool {
        "order_pickup" => Err(TransportError::NoSuchTool("404".to_owned())),
        _ => courier(tool, input),
    };
    for (named, outcome) in [(vec!["order_pickup"], Outcome::Fail), (vec![], Outcome::Skip)] {
        let mut bench = Bench::new(&Scripted::new(missing))
            .test("order_pickup", "missing", ORDER)
            .test("quote_delivery", "there", QUOTE);
        bench.named = named;
        let ended = bench.run().await;
        assert_eq!(ended.of("missing").outcome, outcome, "{:#?}", ended.of("missing"));
        assert_eq!(ended.of("there").outcome, Outcome::Pass);
    }
    let nothing = Scripted::new(|_, _| Err(TransportError::NoSuchTool("404".to_owned())));
    let ended = Bench::new(&nothing)
        .test("order_pickup", "missing", ORDER)
        .test("quote_delivery", "there", QUOTE)
        .run()
        .await;
    assert_eq!(
        (ended.of("missing").outcome, ended.of("there").outcome),
        (Outcome::Error, Outcome::Error)
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_would_only_show_more_is_left_out_with_a_note_where_its_tool_is_missing() {
    let provider = Scripted::new(|tool, input| match tool {
        "quote_delivery" => Err(TransportError::NoSuchTool("404".to_owned())),
        _ => courier(tool, input),
    });
    let mut bench = Bench::new(&provider).test(
        "order_pickup",
        "shows",
        &format!(
            "{ORDER}
  - id: quote
    call: quote_delivery
    if_offered: true
    shows: that the price stays
    input: {{ postcode: '11000', grams: 1 }}
    expect: {{ ok: true }}
"
        ),
    );
    bench.named = vec!["order_pickup"];
    let outcome = bench.run().await;
    let result = outcome.of("shows");
    assert_eq!(result.outcome, Outcome::Pass, "{result:#?}");
    assert_eq!(
        result.notes,
        ["claimed, not observable: that the price stays (the provider does not offer quote_delivery)"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_test_that_takes_too_long_over_many_calls_fails() {
    let provider = Scripted::taking(Duration::from_secs(9), courier);
    let lines = "
steps:
  - for_each:
      in: lists.range(20)
      as: n
      call: quote_delivery
      input: { postcode: '11000', grams: 1 }
      expect: { ok: true }
";
    let outcome = Bench::new(&provider)
        .test("quote_delivery", "long", lines)
        .run()
        .await;
    let result = outcome.of("long");
    assert_eq!((result.outcome, result.calls), (Outcome::Fail, 14), "{result:#?}");
    assert_eq!(result.ms, 120_000);
}

#[tokio::test(start_paused = true)]
async fn failing_fast_starts_no_test_after_the_first_failure_and_accounts_for_all() {
    let wrong = Scripted::new(|_, _| Ok(json!({ "ok": true, "price": "x" })));
    let mut bench = Bench::new(&wrong);
    for name in ["a", "b", "c", "d", "e"] {
        bench = bench.test("quote_delivery", name, QUOTE);
    }
    bench.options.lanes = 1;
    bench.options.fail_fast = true;
    let outcome = bench.run().await;
    let totals = outcome.summary.totals;
    assert_eq!((totals.fail, totals.skip), (1, 4));
    assert_eq!(wrong.tools().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn exclusive_tests_run_while_no_other_does_and_those_that_only_read_come_first() {
    let alone = |text: &str, grams: &str| format!("exclusive: true{}", text.replace("500", grams));
    let provider = Scripted::new(courier);
    let outcome = Bench::new(&provider)
        .test("order_pickup", "makes", &alone(ORDER, "2"))
        .test("quote_delivery", "one", QUOTE)
        .test("quote_delivery", "reads", &alone(QUOTE, "1"))
        .test("quote_delivery", "two", QUOTE)
        .run()
        .await;
    assert_eq!(outcome.summary.totals.pass, 4);
    assert_eq!(provider.inputs("quote_delivery")[0]["grams"], 1);
    let tools = provider.tools();
    let last = tools.iter().rposition(|tool| tool == "quote_delivery");
    let made = tools.iter().position(|tool| tool == "order_pickup");
    assert!(last < made, "{tools:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_asks_no_more_takes_back_what_it_made_and_is_incomplete() {
    let stop = proofhouse::run::Stop::new();
    let provider = Scripted::new({
        let stop = stop.clone();
        move |tool, input| {
            if tool == "order_pickup" {
                stop.request();
            }
            courier(tool, input)
        }
    });
    let then_more = format!("{ORDER}{}", QUOTE.trim_start_matches("\nsteps:\n"));
    let mut bench = Bench::new(&provider)
        .test("order_pickup", "stopped", &then_more)
        .test("order_pickup", "never", &format!("exclusive: true{ORDER}"));
    bench.stop = stop;
    let outcome = bench.run().await;
    assert_eq!(provider.tools(), ["order_pickup", "cancel_pickup"]);
    assert!(outcome.summary.results.is_empty());
    assert!(outcome.summary.leftovers.is_empty());
    assert_eq!(outcome.summary.verdict().exit_code(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_panic_at_one_provider_is_an_error_there_and_nowhere_else() {
    let panics = Scripted::new(|tool, input| match tool {
        "order_pickup" => panic!("planted"),
        _ => courier(tool, input),
    });
    let well = Scripted::new(courier);
    let outcome = Bench::new(&panics)
        .beside("courier:two", &well)
        .test("order_pickup", "orders", ORDER)
        .test("quote_delivery", "quotes", QUOTE)
        .run()
        .await;
    let fallen = outcome.at("courier:one", "orders");
    assert_eq!((fallen.outcome, fallen.bug), (Outcome::Error, true));
    let message = fallen.message.as_deref().unwrap_or_default();
    assert!(
        message.contains("the harness panicked") && message.contains("planted"),
        "{message}"
    );
    for (provider, test) in [
        ("courier:one", "quotes"),
        ("courier:two", "orders"),
        ("courier:two", "quotes"),
    ] {
        assert_eq!(
            outcome.at(provider, test).outcome,
            Outcome::Pass,
            "{provider} {test}"
        );
    }
    assert_eq!(outcome.summary.verdict().exit_code(), 70);
}

#[tokio::test(start_paused = true)]
async fn what_has_no_value_whatever_a_provider_says_is_a_bug_and_no_finding() {
    let that = |check: &str| {
        let checked = format!("{{ ok: true, that: [{{ check: \"{check}\", otherwise: it did wrong }}] }}");
        QUOTE.replace("{ ok: true }", &checked)
    };
    let provider = Scripted::new(courier);
    let outcome = Bench::new(&provider)
        .test("quote_delivery", "ours", &that("run.seed > run.id"))
        .test(
            "quote_delivery",
            "theirs",
            &that("timestamp(output.currency) < now"),
        )
        .run()
        .await;
    let ours = outcome.of("ours");
    assert_eq!((ours.outcome, ours.bug), (Outcome::Error, true), "{ours:#?}");
    assert!(
        ours.message
            .as_deref()
            .unwrap_or_default()
            .contains("could not evaluate")
    );
    let theirs = outcome.of("theirs");
    assert_eq!(
        (theirs.outcome, theirs.bug),
        (Outcome::Fail, false),
        "{theirs:#?}"
    );
    assert_eq!(theirs.message.as_deref(), Some("it did wrong"));
    assert_eq!(outcome.summary.verdict().exit_code(), 70);
}
