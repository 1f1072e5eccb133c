//! The tools of the sandbox: each tenant's clock, what follows it, and what was sent out.

use std::sync::Arc;

use chrono::TimeDelta;
use reference_provider::{Options, Provider, Tenants, Tool, Version, router};
use serde_json::json;
use tower::ServiceExt;

use crate::support::{TestProvider, booking, instant, read};

const TEN: &str = "2027-03-02T09:00:00Z";
const ADA: &str = "ada@example.com";

/// What the `Date` header of a tenant's answers says.
async fn date(desk: &TestProvider, tenant: &str) -> String {
    let response = desk.send("GET", &format!("/p/{tenant}/tools"), "").await;
    response.headers()["date"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_clock_moves_everything_that_its_own_tenant_does_and_says() {
    let desk = TestProvider::new();
    desk.clock.set(instant("2027-03-02T08:00:00Z"));
    let moved = desk.call("advance_clock", json!({ "seconds": 5400.25 })).await;
    assert_eq!(
        moved,
        json!({ "ok": true, "now": "2027-03-02T09:30:00.250Z", "frozen": false })
    );
    assert_eq!(date(&desk, "shop").await, "Tue, 02 Mar 2027 09:30:00 GMT");
    assert_eq!(desk.book("hour", TEN, ADA).await["error"], "past_time");
    assert!(!desk.free("hour", "2027-03-02").await.contains(&TEN.to_owned()));

    assert_eq!(date(&desk, "other-shop").await, "Tue, 02 Mar 2027 08:00:00 GMT");
    let elsewhere = desk
        .call_at("other-shop", "create_booking", booking("hour", TEN, ADA))
        .await;
    assert_eq!(elsewhere.1["ok"], true, "{elsewhere:?}");

    let reset = desk.call("advance_clock", json!({ "reset": true })).await;
    assert_eq!(reset["now"], "2027-03-02T08:00:00Z");
    assert_eq!(desk.book("hour", TEN, ADA).await["ok"], true);
}

#[tokio::test]
async fn the_window_follows_the_clock_and_stands_with_it() {
    let desk = TestProvider::new();
    let first = desk.booked("hour", TEN, ADA).await;
    desk.call("advance_clock", json!({ "freeze": true, "seconds": 59.999 }))
        .await;
    desk.advance(TimeDelta::hours(1));
    assert_eq!(desk.book("hour", TEN, ADA).await["booking_id"], first);
    desk.call("advance_clock", json!({ "seconds": 0.001 })).await;
    assert_eq!(desk.book("hour", TEN, ADA).await["error"], "slot_taken");
}

#[tokio::test]
async fn an_input_that_breaks_the_schema_moves_nothing() {
    let desk = TestProvider::new();
    let now = desk.call("advance_clock", json!({})).await["now"].clone();
    for input in [
        json!({ "seconds": 0 }),
        json!({ "seconds": -1 }),
        json!({ "seconds": 1e9 }),
        json!({ "reset": false }),
        json!({ "by": 1 }),
    ] {
        let (status, answer) = desk.call_at("shop", "advance_clock", input.clone()).await;
        assert_eq!(
            (status, &answer["error"]),
            (400, &"invalid_input".into()),
            "{input}"
        );
    }
    assert_eq!(desk.call("advance_clock", json!({})).await["now"], now);
}

#[tokio::test]
async fn a_clock_that_would_run_off_every_calendar_is_not_moved() {
    let desk = TestProvider::new();
    desk.clock
        .set(chrono::DateTime::<chrono::Utc>::MAX_UTC - TimeDelta::days(1));
    let answer = desk
        .call("advance_clock", json!({ "seconds": 157_680_000 }))
        .await;
    assert_eq!(answer["error"], "invalid_input");
}

#[tokio::test]
async fn what_went_out_is_listed_in_order_and_by_booking() {
    let desk = TestProvider::new();
    let first = desk.booked("half", TEN, ADA).await;
    let second = desk
        .booked("half", "2027-03-02T10:00:00Z", "eve@example.com")
        .await;
    desk.cancel(&first).await;
    let all = desk.call("effects", json!({})).await;
    let told: Vec<_> = all["effects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|effect| {
            (
                effect["kind"].as_str().unwrap(),
                effect["booking_id"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("booking_confirmed", first.as_str()),
            ("booking_confirmed", second.as_str()),
            ("booking_cancelled", first.as_str()),
        ]
    );
    let one = desk.call("effects", json!({ "booking_id": second })).await;
    assert_eq!(one["effects"].as_array().unwrap().len(), 1);
    assert_eq!(one["effects"][0]["to"], "eve@example.com");
    let none = desk
        .call("effects", json!({ "booking_id": "no-such-booking" }))
        .await;
    assert_eq!(none["effects"], json!([]));
    let (_, other) = desk.call_at("other-shop", "effects", json!({})).await;
    assert_eq!(other["effects"], json!([]));
}

#[tokio::test]
async fn without_the_sandbox_neither_tool_is_listed_or_called() {
    let provider = Provider::open(Options::in_memory(Tenants::bundled().unwrap())).unwrap();
    let router = router(Arc::new(provider));
    let request = |method: &str, path: &str| {
        axum::http::Request::builder()
            .method(method)
            .uri(format!("/p/ink-house/{path}"))
            .header("content-type", "application/json")
            .body(axum::body::Body::from("{}"))
            .unwrap()
    };
    let listed = read(router.clone().oneshot(request("GET", "tools")).await.unwrap()).await;
    let names = listed.1["tools"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|tool| tool["name"].as_str().unwrap()).collect();
    let expected = Version::V0_1_0.tools().filter(|tool| tool.domain() != "sandbox");
    assert_eq!(names, expected.map(Tool::name).collect::<Vec<_>>());
    for tool in ["advance_clock", "effects"] {
        let answer = router
            .clone()
            .oneshot(request("POST", &format!("tools/{tool}")))
            .await
            .unwrap();
        assert_eq!(answer.status(), 404, "{tool}");
    }
}
