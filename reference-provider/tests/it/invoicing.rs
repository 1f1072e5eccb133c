//! `create_invoice`, `get_invoice`, the page behind a payment address, and what the cancelling of a booking does to its invoice.

use axum::body::to_bytes;
use chrono::TimeDelta;
use reference_provider::Tenants;
use serde_json::{Value, json};

use crate::support::TestProvider;

const TEN: &str = "2027-03-02T09:00:00Z";
const ELEVEN: &str = "2027-03-02T10:00:00Z";
const ADA: &str = "ada@example.com";

async fn invoice(desk: &TestProvider, booking: &str) -> Value {
    desk.call("create_invoice", json!({ "booking_id": booking }))
        .await
}

async fn shown(desk: &TestProvider, number: &Value) -> Value {
    desk.call("get_invoice", json!({ "invoice_number": number }))
        .await
}

/// The path of an address.
fn path(url: &Value) -> String {
    url.as_str()
        .unwrap()
        .strip_prefix("http://book.test")
        .unwrap()
        .to_owned()
}

/// The status and the text of a page.
async fn page(desk: &TestProvider, method: &str, path: &str) -> (u16, String) {
    let response = desk.send(method, path, "").await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_booking_has_one_invoice_of_what_its_service_cost() {
    let desk = TestProvider::new();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    let line = json!({
        "description": "Half an hour", "quantity": 1, "unit_amount": "10.50", "amount": "10.50",
    });
    assert_eq!(
        made,
        json!({
            "ok": true,
            "invoice_id": made["invoice_id"],
            "number": "SHOP-00001",
            "status": "issued",
            "lines": [line],
            "amount": "10.50",
            "currency": "CZK",
            "issued_at": "2027-03-01T08:00:00Z",
            "due_at": "2027-03-15T08:00:00Z",
            "payment_url": made["payment_url"],
        })
    );
    desk.advance(TimeDelta::hours(1));
    assert_eq!(invoice(&desk, &booking).await, made);
    assert_eq!(
        shown(&desk, &made["number"]).await,
        json!({
            "ok": true,
            "invoice_id": made["invoice_id"],
            "status": "issued",
            "amount": 10.5,
            "currency": "CZK",
            "issued_at": made["issued_at"],
            "due_at": made["due_at"],
            "contact": { "name": "Ada", "email": ADA },
            "payment_url": made["payment_url"],
        })
    );
}

#[tokio::test]
async fn numbers_count_up_at_each_tenant_and_a_refusal_uses_none() {
    let desk = TestProvider::new();
    let free = desk.booked("hour", "2027-03-03T09:00:00Z", ADA).await;
    let cancelled = desk.booked("half", "2027-03-04T09:00:00Z", ADA).await;
    desk.cancel(&cancelled).await;
    for (booking, error) in [
        (free.as_str(), "nothing_to_pay"),
        (cancelled.as_str(), "booking_cancelled"),
        ("bk_nothing", "unknown_booking"),
    ] {
        assert_eq!(
            invoice(&desk, booking).await,
            json!({ "ok": false, "error": error })
        );
    }
    for (start, number) in [(TEN, "SHOP-00001"), (ELEVEN, "SHOP-00002")] {
        let booking = desk.booked("half", start, ADA).await;
        assert_eq!(invoice(&desk, &booking).await["number"], number);
    }
    let input = json!({ "booking_id": free });
    let (_, elsewhere) = desk.call_at("other-shop", "create_invoice", input).await;
    assert_eq!(elsewhere["error"], "unknown_booking");
}

#[tokio::test]
async fn an_invoice_is_overdue_from_its_due_date_on_until_it_is_paid() {
    let desk = TestProvider::new();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    desk.advance(TimeDelta::days(14));
    assert_eq!(shown(&desk, &made["number"]).await["status"], "issued");
    desk.advance(TimeDelta::milliseconds(1));
    assert_eq!(shown(&desk, &made["number"]).await["status"], "overdue");
    page(&desk, "POST", &path(&made["payment_url"])).await;
    assert_eq!(shown(&desk, &made["number"]).await["status"], "paid");
}

#[tokio::test]
async fn looking_at_the_page_changes_nothing_and_a_post_pays_in_the_sandbox() {
    let desk = TestProvider::new();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    let url = path(&made["payment_url"]);
    let (status, text) = page(&desk, "GET", &url).await;
    assert_eq!(status, 200);
    for part in [
        "SHOP-00001",
        "10.50 CZK",
        "Half an hour",
        "15 March 2027",
        "<button",
        "viewport",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<script"), "{text}");
    assert_eq!(shown(&desk, &made["number"]).await["status"], "issued");
    assert_eq!(page(&desk, "POST", &url).await.0, 303);
    assert_eq!(page(&desk, "POST", &url).await.0, 303);
    let (_, text) = page(&desk, "GET", &url).await;
    assert!(text.contains("It is paid") && !text.contains("<button"), "{text}");
    assert_eq!(invoice(&desk, &booking).await["status"], "paid");
    assert_eq!(
        page(&desk, "GET", &url.replace("/shop/", "/other-shop/")).await.0,
        404
    );
    assert_eq!(page(&desk, "POST", "/p/shop/invoices/none").await.0, 404);
}

#[tokio::test]
async fn the_page_escapes_what_customers_write_and_loads_and_runs_nothing() {
    let desk = TestProvider::new();
    let input = json!({
        "service_id": "half", "start_at": TEN,
        "customer": { "name": "<script>alert(1)</script>", "email": ADA },
    });
    let booking = desk.call("create_booking", input).await["booking_id"].clone();
    let made = invoice(&desk, booking.as_str().unwrap()).await;
    let url = path(&made["payment_url"]);
    let response = desk.send("GET", &url, "").await;
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("script"), "{policy}");
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    let (_, text) = page(&desk, "GET", &url).await;
    assert!(
        text.contains("&lt;script&gt;") && !text.contains("<script"),
        "{text}"
    );
    let (status, css) = page(&desk, "GET", "/invoice.css").await;
    assert!(status == 200 && css.contains("main"));
}

#[tokio::test]
async fn cancelling_a_booking_cancels_an_unpaid_invoice_and_gives_back_a_paid_one() {
    let desk = TestProvider::new();
    for (start, paid, refund) in [(TEN, false, "none"), (ELEVEN, true, "refunded")] {
        let booking = desk.booked("half", start, ADA).await;
        let made = invoice(&desk, &booking).await;
        let url = path(&made["payment_url"]);
        if paid {
            page(&desk, "POST", &url).await;
        }
        for _ in 0..2 {
            assert_eq!(desk.cancel(&booking).await["refund_status"], refund);
        }
        assert_eq!(shown(&desk, &made["number"]).await["status"], "cancelled");
        assert_eq!(invoice(&desk, &booking).await["error"], "booking_cancelled");
        assert!(page(&desk, "GET", &url).await.1.contains("Nothing is owed"));
        // Paying what is cancelled is not possible any more.
        page(&desk, "POST", &url).await;
        assert_eq!(shown(&desk, &made["number"]).await["status"], "cancelled");
    }
}

#[tokio::test]
async fn a_currency_without_cents_is_invoiced_without_them() {
    let shop = "tenants:
  - slug: shop
    name: Shop
    timezone: Asia/Tokyo
    currency: JPY
    slot_step_minutes: 30
    horizon_days: 60
    hours: { tuesday: [\"09:00-20:00\"] }
    services:
      - { id: half, name: Half an hour, price: \"4800.00\", duration_minutes: 30 }
      - { id: gift, name: A gift, price: \"0\", duration_minutes: 30 }
";
    let desk = TestProvider::of(Tenants::parse(shop, "shop.yaml").unwrap(), crate::support::NOW);
    let booking = desk.booked("half", "2027-03-02T01:00:00Z", ADA).await;
    let made = invoice(&desk, &booking).await;
    assert_eq!(
        (&made["amount"], &made["currency"]),
        (&json!("4800"), &json!("JPY"))
    );
    assert_eq!(shown(&desk, &made["number"]).await["amount"], 4800);
    let gift = desk.booked("gift", "2027-03-02T03:00:00Z", ADA).await;
    assert_eq!(invoice(&desk, &gift).await["error"], "nothing_to_pay");
}

#[tokio::test]
async fn an_invoice_is_kept_where_the_bookings_are() {
    let folder = tempfile::tempdir().unwrap();
    let (booking, made) = {
        let desk = TestProvider::on_disk(folder.path().to_owned());
        let booking = desk.booked("half", TEN, ADA).await;
        let made = invoice(&desk, &booking).await;
        page(&desk, "POST", &path(&made["payment_url"])).await;
        (booking, made)
    };
    let desk = TestProvider::on_disk(folder.path().to_owned());
    let again = invoice(&desk, &booking).await;
    assert_eq!(
        (&again["number"], &again["status"]),
        (&made["number"], &json!("paid"))
    );
}
