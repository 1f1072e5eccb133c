//! What becomes of a booking that a face has made: it is confirmed and invoiced.

use serde_json::{Value, json};

use super::{ADA, ARTICLE, LIVE, call, data, hour_at, refused};
use crate::support::TestProvider;

/// A booking, in the article's shape, of a service that requires a confirmation; its id.
async fn waiting(desk: &TestProvider) -> Value {
    let service =
        json!({ "name": "A tattoo", "durationMinutes": 60, "price": "120.00", "requiresConfirmation": true });
    let made = data(desk, ARTICLE, "create_service", service).await;
    let booked = data(
        desk,
        ARTICLE,
        "create_booking",
        json!({
            "serviceId": made["service"]["id"], "start": "2027-03-02T09:00:00Z",
            "customer": { "name": "Ada", "email": ADA },
        }),
    )
    .await;
    assert_eq!(booked["booking"]["status"], "pending");
    booked["booking"]["id"].clone()
}

#[tokio::test]
async fn a_pending_booking_is_confirmed_once_however_often_it_is_asked_for() {
    for face in [LIVE, ARTICLE] {
        let desk = TestProvider::new();
        let input = json!({ "bookingId": waiting(&desk).await });
        for _ in 0..2 {
            let confirmed = data(&desk, face, "confirm_booking", input.clone()).await;
            assert_eq!(confirmed["booking"]["status"], "confirmed", "{face}");
        }
        let detail = data(&desk, face, "get_booking_detail", input.clone()).await;
        assert_eq!(detail["booking"]["status"], "confirmed", "{face}");
        let own = json!({ "booking_id": input["bookingId"] });
        let kept = desk.call("get_booking", own).await;
        assert_eq!(kept["status_history"].as_array().unwrap().len(), 2, "{kept}");
    }
}

#[tokio::test]
async fn a_booking_that_is_over_is_not_confirmed_and_says_where_it_stands() {
    let desk = TestProvider::new();
    let id = waiting(&desk).await;
    desk.cancel(id.as_str().unwrap()).await;
    for face in [LIVE, ARTICLE] {
        let (status, answer) = call(&desk, face, "confirm_booking", json!({ "bookingId": id })).await;
        assert_eq!(
            (status, &answer["data"]["code"], &answer["data"]["details"]),
            (
                200,
                &json!("BOOKING_NOT_CONFIRMABLE"),
                &json!({ "status": "cancelled" })
            ),
            "{face}"
        );
        let unknown = refused(&desk, face, "confirm_booking", json!({ "bookingId": "bk_0" })).await;
        assert_eq!(unknown, (200, "BOOKING_NOT_FOUND".to_owned()), "{face}");
    }
}

#[tokio::test]
async fn a_booking_has_one_invoice_of_its_price_whichever_face_asks_for_it() {
    let desk = TestProvider::new();
    let input = json!({ "bookingId": waiting(&desk).await });
    let first = data(&desk, ARTICLE, "create_invoice", input.clone()).await;
    let invoice = &first["invoice"];
    assert_eq!(
        invoice["lineItems"],
        json!([{ "description": "A tattoo", "quantity": 1, "unitPrice": "120.00", "totalPrice": "120.00" }])
    );
    assert_eq!(
        [
            &invoice["totalPrice"],
            &invoice["currency"],
            &invoice["status"],
            &invoice["bookingId"]
        ],
        [
            &json!("120.00"),
            &json!("CZK"),
            &json!("issued"),
            &input["bookingId"]
        ]
    );
    assert!(invoice["paymentUrl"].as_str().unwrap().contains("/invoices/"));
    for face in [LIVE, ARTICLE] {
        let again = data(&desk, face, "create_invoice", input.clone()).await;
        assert_eq!(again, first, "{face}");
    }
    desk.cancel(input["bookingId"].as_str().unwrap()).await;
    for face in [LIVE, ARTICLE] {
        let cancelled = refused(&desk, face, "create_invoice", input.clone()).await;
        assert_eq!(cancelled, (200, "BOOKING_CANCELLED".to_owned()), "{face}");
    }
}

#[tokio::test]
async fn nothing_is_invoiced_that_costs_nothing_or_is_not_there() {
    let desk = TestProvider::new();
    let free = data(
        &desk,
        ARTICLE,
        "create_booking",
        hour_at("2027-03-02T09:00:00Z", ADA),
    )
    .await;
    for face in [LIVE, ARTICLE] {
        for (id, code) in [
            (&free["booking"]["id"], "NOTHING_TO_PAY"),
            (&json!("bk_0"), "BOOKING_NOT_FOUND"),
        ] {
            let refusal = refused(&desk, face, "create_invoice", json!({ "bookingId": id })).await;
            assert_eq!(refusal, (200, code.to_owned()), "{face}");
        }
    }
}
