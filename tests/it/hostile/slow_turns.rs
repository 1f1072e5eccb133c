//! Providers that take all the time that each call may have.

use std::time::Duration;

use proofhouse::model::{BudgetLimits, Outcome};
use proofhouse::summary::ClaimStanding;
use serde_json::Value;

use crate::runner::courier;
use crate::runner::scripted::{Bench, Scripted};

const QUOTE: &str = "
steps:
  - call: quote_delivery
    input: { postcode: '11000', grams: 500 }
    expect: { ok: true }
";

#[tokio::test(start_paused = true)]
async fn a_turn_that_takes_too_long_ends_and_says_so_and_others_go_on() {
    let slow = Scripted::taking(Duration::from_secs(9), courier);
    let quick = Scripted::new(courier);
    let mut bench = Bench::new(&slow).beside("courier:two", &quick);
    for number in 0..400 {
        bench = bench.test("quote_delivery", &format!("quote_{number}"), QUOTE);
    }
    let start = tokio::time::Instant::now();
    let outcome = bench.run().await;
    let took = start.elapsed();
    assert!(took < BudgetLimits::TIME + Duration::from_secs(60), "{took:?}");
    let of = |provider: &str, outcome_wanted| {
        let results = outcome.summary.results.iter();
        results
            .filter(|result| result.provider.as_str() == provider && result.outcome == outcome_wanted)
            .count()
    };
    assert_eq!(of("courier:two", Outcome::Pass), 400);
    let (passed, errors) = (
        of("courier:one", Outcome::Pass),
        of("courier:one", Outcome::Error),
    );
    assert!(passed > 100 && errors > 50, "{passed} passed, {errors} errors");
    assert_eq!(passed + errors, 400, "none is left without a result");
    let told = outcome
        .summary
        .results
        .iter()
        .filter(|result| result.outcome == Outcome::Error)
        .all(|result| {
            let message = result.message.as_deref().unwrap_or_default();
            message.contains("took longer than 15 minutes (--provider-timeout)")
        });
    assert!(told);
    let claims = proofhouse::summary::claims(&outcome.summary);
    let claim = claims.iter().find(|claim| {
        claim.provider.as_str() == "courier:one" && claim.capability.as_str() == "parcels.quote_delivery"
    });
    // None of these tests is essential.
    assert_eq!(claim.unwrap().standing, ClaimStanding::Unknown);
}

#[tokio::test(start_paused = true)]
async fn what_had_failed_when_the_turn_ended_stays_failed_and_what_was_made_is_taken_back() {
    let provider = Scripted::taking(Duration::from_secs(9), |tool: &str, input: &Value| match tool {
        "quote_delivery" => Ok(serde_json::json!({ "ok": false, "error": "no" })),
        _ => courier(tool, input),
    });
    let mut bench = Bench::new(&provider);
    for number in 0..200 {
        bench = bench
            .test("quote_delivery", &format!("quote_{number}"), QUOTE)
            .test(
                "order_pickup",
                &format!("order_{number}"),
                "
steps:
  - id: ordered
    call: order_pickup
    input: { postcode: '11000', day: '2030-01-01' }
    expect: { ok: true }
",
            );
    }
    let outcome = bench.run().await;
    let failed = outcome
        .summary
        .results
        .iter()
        .filter(|result| result.outcome == Outcome::Fail);
    assert!(failed.count() > 10);
    assert!(
        outcome
            .summary
            .results
            .iter()
            .any(|result| result.outcome == Outcome::Error)
    );
    let (owed, settled) = outcome.undos();
    assert!(!owed.is_empty());
    assert_eq!(owed.len(), settled.len());
    assert_eq!(outcome.summary.verdict().exit_code(), 1);
}
