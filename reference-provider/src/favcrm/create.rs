//! `create_booking` in either shape.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ask::ask;
use super::booking::Shown;
use super::catalogue::Catalogue;
use super::reply::{Failure, Refusal, success};
use super::shape::Shape;
use super::{accounts, local};
use crate::request_context::{Reply, RequestContext};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LiveInput {
    account_id: String,
    service_id: String,
    booking_date: NaiveDate,
    start_time: String,
    end_time: String,
    notes: Option<String>,
}

/// The live shape: an account, a local day, local times.
pub(super) async fn live(context: RequestContext<'_>, input: LiveInput) -> Result<Reply, Failure> {
    let account = accounts::find(context, input.account_id).await?;
    let catalogue = Catalogue::of(context).await?;
    let zone = context.tenant.calendar.timezone;
    let Some(start) = local::instant(zone, input.booking_date, &input.start_time) else {
        return Err(Refusal::invalid("startTime: the day has no such time").into());
    };
    if let Some(length) = catalogue.length(&input.service_id)
        && local::time(zone, &(start + length).to_rfc3339().into()) != input.end_time
    {
        return Err(Refusal::invalid("endTime: the service does not end then").into());
    }
    let start = crate::tools::wire_time(start);
    let mut customer = Map::new();
    customer.insert("name".to_owned(), account.name.into());
    customer.insert("email".to_owned(), account.email.as_str().into());
    if let Some(phone) = account.phone {
        customer.insert("phone".to_owned(), phone.into());
    }
    let asked = wish(&input.service_id, &start, &customer.into(), input.notes);
    match ask(context, "create_booking", asked).await {
        Ok(answer) => {
            let booking = Shown::answered(answer).of_account(Some(account.id));
            Ok(booked(&booking.written(Shape::Live, zone, &catalogue)))
        }
        Err(failure) => Err(on_hand(context, failure, &account.email, &start).await?),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArticleInput {
    service_id: String,
    start: String,
    customer: Value,
    notes: Option<String>,
}

/// The article's shape: an instant and a customer.
pub(super) async fn article(context: RequestContext<'_>, input: ArticleInput) -> Result<Reply, Failure> {
    let email = input.customer["email"].as_str().unwrap_or_default().to_owned();
    let start = input.start;
    let asked = wish(&input.service_id, &start, &input.customer, input.notes);
    match ask(context, "create_booking", asked).await {
        Ok(answer) => {
            let zone = context.tenant.calendar.timezone;
            let catalogue = Catalogue::of(context).await?;
            let booking = Shown::answered(answer);
            Ok(booked(&booking.written(Shape::Article, zone, &catalogue)))
        }
        Err(failure) => Err(on_hand(context, failure, &email, &start).await?),
    }
}

/// The input of the provider's own tool.
fn wish(service_id: &str, start: &str, customer: &Value, notes: Option<String>) -> Value {
    let mut asked = json!({ "service_id": service_id, "start_at": start, "customer": customer });
    if let Some(notes) = notes {
        asked["notes"] = notes.into();
    }
    asked
}

fn booked(booking: &Value) -> Reply {
    let summary = format!("Booking {}", booking["status"].as_str().unwrap_or_default());
    success(json!({ "booking": booking }), &summary, "booking")
}

/// A refused slot is told apart by who has it: the same customer, or somebody else.
async fn on_hand(
    context: RequestContext<'_>,
    failure: Failure,
    email: &str,
    start: &str,
) -> Result<Failure, Failure> {
    let Failure::Answered(answer) = &failure else {
        return Ok(failure);
    };
    if answer.body.get("error") != Some(&"slot_taken".into()) {
        return Ok(failure);
    }
    let asked = json!({
        "customer_email": email.trim(), "status_in": ["confirmed"], "include_past": true, "limit": 100,
    });
    let listed = ask(context, "list_bookings_for_customer", asked).await?;
    let start = local::read(&start.into());
    let mut bookings = listed
        .get("bookings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let Some(own) = bookings.find(|booking| local::read(&booking["start_at"]) == start) else {
        return Ok(failure);
    };
    let zone = context.tenant.calendar.timezone;
    let refusal = Refusal::new("BOOKING_ON_HAND", "The customer has this slot already.");
    Ok(refusal
        .with(json!({
            "existingBookingId": own["booking_id"],
            "existingBookingDate": local::date(zone, &own["start_at"]),
            "isRace": false,
        }))
        .into())
}
