//! `cancel_booking`.

use serde_json::json;

use crate::support::TestProvider;

const TEN: &str = "2027-03-02T09:00:00Z";

#[tokio::test]
async fn a_cancel_frees_the_slot_and_a_second_one_answers_the_same() {
    let desk = TestProvider::new();
    let id = desk.booked("hour", TEN, "ada@example.com").await;
    let input = json!({ "booking_id": id, "reason": "rain", "agent_vendor": "cursor" });
    let (status, first) = desk.call_at("shop", "cancel_booking", input).await;
    assert_eq!(status, 200);
    assert_eq!(
        first,
        json!({
            "ok": true,
            "cancelled": true,
            "freed_slot": { "start_at": TEN, "end_at": "2027-03-02T10:00:00Z" },
            "refund_status": "none",
        })
    );
    assert_eq!(desk.cancel(&id).await, first);
    assert_eq!(
        desk.list("ada@example.com").await["bookings"][0]["status"],
        "cancelled"
    );
}

#[tokio::test]
async fn a_second_cancel_leaves_alone_who_has_booked_since() {
    let desk = TestProvider::new();
    let first = desk.booked("hour", TEN, "ada@example.com").await;
    desk.cancel(&first).await;
    desk.booked("hour", TEN, "eve@example.com").await;
    desk.cancel(&first).await;
    assert_eq!(
        desk.list("eve@example.com").await["bookings"][0]["status"],
        "confirmed"
    );
    assert!(!desk.free("hour", "2027-03-02").await.contains(&TEN.to_owned()));
}

#[tokio::test]
async fn an_unknown_id_is_unknown_booking() {
    let desk = TestProvider::new();
    for id in ["", "bk_", "bk_00000000000000000000000000000000", "' OR 1=1 --"] {
        let (status, answer) = desk
            .call_at("shop", "cancel_booking", json!({ "booking_id": id }))
            .await;
        assert_eq!(
            (status, answer),
            (200, json!({ "ok": false, "error": "unknown_booking" }))
        );
    }
}
