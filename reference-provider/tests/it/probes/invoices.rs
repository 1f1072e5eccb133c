//! Probes of invoices: that a booking has one, what stands in it, and who may read it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{ADA, TEN, verdict};
use crate::support::TestProvider;

/// The answer to a wish for the invoice of a booking, without what differs from run to run.
pub(super) async fn invoiced(desk: &TestProvider, booking: &str) -> Value {
    desk.call("create_invoice", json!({ "booking_id": booking }))
        .await
}

pub(super) async fn invoice(desk: TestProvider) -> Value {
    let id = desk.booked("half", TEN, ADA).await;
    let mut answer = invoiced(&desk, &id).await;
    let fields = answer.as_object_mut().unwrap();
    fields["invoice_id"] = "an id".into();
    fields["payment_url"] = fields["payment_url"].is_string().into();
    // Numbers have a probe of their own.
    fields["number"] = "a number".into();
    answer
}

pub(super) async fn invoices_of_repeats(desk: TestProvider) -> Value {
    let id = desk.booked("half", TEN, ADA).await;
    let first = invoiced(&desk, &id).await;
    desk.advance(TimeDelta::minutes(5));
    let again = invoiced(&desk, &id).await;
    json!({ "same": first["invoice_id"] == again["invoice_id"], "moved": first["due_at"] != again["due_at"] })
}

/// How many invoices two who ask at one time are told of.
pub(super) async fn invoices_of_a_race(desk: TestProvider) -> Value {
    let id = desk.booked("half", TEN, ADA).await;
    let (one, other) = tokio::join!(invoiced(&desk, &id), invoiced(&desk, &id));
    let ids = BTreeSet::from([one["invoice_id"].as_str(), other["invoice_id"].as_str()]);
    ids.len().into()
}

pub(super) async fn invoice_of_nothing(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(&invoiced(&desk, &id).await)
}

pub(super) async fn invoice_after_cancel(desk: TestProvider) -> Value {
    let id = desk.booked("half", TEN, ADA).await;
    desk.cancel(&id).await;
    verdict(&invoiced(&desk, &id).await)
}

pub(super) async fn invoice_from_elsewhere(desk: TestProvider) -> Value {
    let id = desk.booked("half", TEN, ADA).await;
    let input = json!({ "booking_id": id });
    let (_, there) = desk.call_at("other-shop", "create_invoice", input).await;
    verdict(&there)
}

pub(super) async fn invoice_numbers(desk: TestProvider) -> Value {
    let mut numbers = Vec::new();
    for start in ["2027-03-03T09:00:00Z", "2027-03-04T09:00:00Z"] {
        let id = desk.booked("half", start, ADA).await;
        desk.advance(TimeDelta::minutes(5));
        numbers.push(invoiced(&desk, &id).await["number"].clone());
    }
    numbers.into()
}

/// The number of a new invoice, and its booking.
pub(super) async fn numbered(desk: &TestProvider) -> (Value, String) {
    let id = desk.booked("half", TEN, ADA).await;
    let number = invoiced(desk, &id).await["number"].clone();
    (number, id)
}

pub(super) async fn shown(desk: &TestProvider, number: &Value) -> Value {
    desk.call("get_invoice", json!({ "invoice_number": number }))
        .await
}

pub(super) async fn read_invoice(desk: TestProvider) -> Value {
    let (number, _) = numbered(&desk).await;
    let mut answer = shown(&desk, &number).await;
    let fields = answer.as_object_mut().unwrap();
    fields.shift_remove("invoice_id");
    fields.shift_remove("payment_url");
    answer
}

pub(super) async fn read_invoice_twice(desk: TestProvider) -> Value {
    let (number, _) = numbered(&desk).await;
    shown(&desk, &number).await;
    shown(&desk, &number).await["status"].clone()
}

pub(super) async fn read_unknown_invoice(desk: TestProvider) -> Value {
    verdict(&shown(&desk, &"SHOP-00000".into()).await)
}

pub(super) async fn read_late(desk: TestProvider) -> Value {
    let (number, _) = numbered(&desk).await;
    desk.advance(TimeDelta::days(20));
    shown(&desk, &number).await["status"].clone()
}

pub(super) async fn read_cancelled_invoice(desk: TestProvider) -> Value {
    let (number, id) = numbered(&desk).await;
    desk.cancel(&id).await;
    shown(&desk, &number).await["status"].clone()
}

pub(super) async fn read_from_elsewhere(desk: TestProvider) -> Value {
    let (number, _) = numbered(&desk).await;
    let input = json!({ "invoice_number": number });
    verdict(&desk.call_at("other-shop", "get_invoice", input).await.1)
}
