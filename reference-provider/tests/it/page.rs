//! The page behind a cancellation address.

use axum::body::to_bytes;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::support::{TestProvider, booking, instant};

const TEN: &str = "2027-03-02T09:00:00Z";
const ADA: &str = "ada@example.com";

/// The path of the page of a booking.
fn path(answer: &Value) -> String {
    let url = answer["cancellation_url"].as_str().unwrap();
    url.strip_prefix("http://book.test").unwrap().to_owned()
}

async fn page(desk: &TestProvider, method: &str, path: &str) -> (u16, HeaderMap, String) {
    let response = desk.send(method, path, "").await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = to_bytes(response.into_body(), 20_000).await.unwrap();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn status(desk: &TestProvider) -> Value {
    desk.list(ADA).await["bookings"][0]["status"].clone()
}

#[tokio::test]
async fn looking_at_the_page_changes_nothing_and_its_button_cancels() {
    let desk = TestProvider::new();
    let path = path(&desk.book("hour", TEN, ADA).await);
    let (code, _, text) = page(&desk, "GET", &path).await;
    assert_eq!(code, 200);
    for part in [
        "An hour",
        "Shop",
        "Tuesday, 2 March 2027, 10:00 (CET)",
        "It is confirmed.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("<form method=\"post\">"), "{text}");
    assert_eq!(status(&desk).await, "confirmed");

    let (code, _, text) = page(&desk, "POST", &path).await;
    assert_eq!(code, 200);
    assert!(
        text.contains("It is cancelled.") && !text.contains("<form"),
        "{text}"
    );
    assert_eq!(status(&desk).await, "cancelled");
    assert_eq!(desk.book("hour", TEN, "eve@example.com").await["ok"], true);
}

#[tokio::test]
async fn the_button_pressed_twice_tells_the_customer_once_and_leaves_the_next_one_alone() {
    let desk = TestProvider::new();
    let made = desk.book("hour", TEN, ADA).await;
    page(&desk, "POST", &path(&made)).await;
    desk.booked("hour", TEN, "eve@example.com").await;
    let (code, _, text) = page(&desk, "POST", &path(&made)).await;
    assert!(code == 200 && text.contains("It is cancelled."), "{text}");
    let sent = desk
        .call("effects", json!({ "booking_id": made["booking_id"] }))
        .await;
    assert_eq!(sent["effects"].as_array().unwrap().len(), 2);
    assert_eq!(
        desk.list("eve@example.com").await["bookings"][0]["status"],
        "confirmed"
    );
}

#[tokio::test]
async fn a_booking_that_waits_says_so_and_one_that_is_over_cannot_be_cancelled() {
    let desk = TestProvider::new();
    let waiting = path(
        &desk
            .book("asked", "2027-03-03T09:00:00Z", "eve@example.com")
            .await,
    );
    let (_, _, text) = page(&desk, "GET", &waiting).await;
    assert!(
        text.contains("not confirmed yet") && text.contains("<form"),
        "{text}"
    );

    let made = desk.book("hour", TEN, ADA).await;
    desk.clock.set(instant(TEN));
    let input = json!({ "booking_id": made["booking_id"], "attended": false });
    desk.call("record_attendance", input).await;
    for method in ["GET", "POST"] {
        let (_, _, text) = page(&desk, method, &path(&made)).await;
        assert!(
            text.contains("It was missed") && !text.contains("<form"),
            "{text}"
        );
    }
    assert_eq!(status(&desk).await, "no_show");
}

#[tokio::test]
async fn what_customers_write_is_text_and_no_markup() {
    let desk = TestProvider::new();
    let mut input = booking("hour", TEN, ADA);
    input["customer"]["name"] = "<script>alert(1)</script>".into();
    let path = path(&desk.call("create_booking", input).await);
    let (_, _, text) = page(&desk, "GET", &path).await;
    assert!(
        text.contains("&lt;script&gt;") && !text.contains("<script"),
        "{text}"
    );
}

#[tokio::test]
async fn a_page_loads_nothing_and_keeps_its_address_to_itself() {
    let desk = TestProvider::new();
    let path = path(&desk.book("hour", TEN, ADA).await);
    let unknown = "/p/shop/bookings/0/cancel".to_owned();
    for path in [path, unknown] {
        let (_, headers, text) = page(&desk, "GET", &path).await;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'nonce-"),
            "{policy}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap();
        assert!(text.contains(&format!("<style nonce=\"{nonce}\">")), "{text}");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn an_address_that_was_given_to_nobody_shows_nothing() {
    let desk = TestProvider::new();
    let path = path(&desk.book("hour", TEN, ADA).await);
    for wrong in [
        path.replace("/shop/", "/other-shop/"),
        "/p/shop/bookings/00000000000000000000000000000000/cancel".to_owned(),
    ] {
        for method in ["GET", "POST"] {
            let (code, _, text) = page(&desk, method, &wrong).await;
            assert!(code == 404 && text.contains("no such booking"), "{code} {text}");
        }
    }
    assert_eq!(status(&desk).await, "confirmed");
}
