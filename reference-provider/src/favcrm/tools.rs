//! Which tool does what, and the tools about bookings that are there.

use chrono::{Days, NaiveDate};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::ask::ask;
use super::booking::Shown;
use super::catalogue::{self, Catalogue};
use super::reply::{Failure, Refusal, success};
use super::shape::{Listed, Shape};
use super::{accounts, create, invoice, local};
use crate::face::{Desk, Reply};
use crate::lifecycle::Status;
use crate::store::{StoreError, ledger};

const DEFAULT_LIMIT: u32 = 20;

/// Answers a call of a tool of a face.
pub(crate) async fn answer(
    desk: Desk<'_>,
    shape: Shape,
    tool: &Listed,
    input: Value,
) -> Result<Reply, StoreError> {
    let outcome = match tool.complaint(&input) {
        Some(complaint) => Err(Refusal::invalid(&complaint).into()),
        None => dispatch(desk, shape, tool.name(), input).await,
    };
    outcome.or_else(Failure::reply)
}

async fn dispatch(desk: Desk<'_>, shape: Shape, tool: &str, input: Value) -> Result<Reply, Failure> {
    match tool {
        "create_service" => catalogue::create_service(desk, read(input)?).await,
        "list_services" => catalogue::list_services(desk).await,
        "get_available_slots" => catalogue::slots(desk, shape, read(input)?).await,
        "get_booking_settings" => Ok(catalogue::settings(desk)),
        "search_members" => accounts::search(desk, read(input)?).await,
        "create_account" => accounts::create(desk, read(input)?).await,
        "create_booking" => match shape {
            Shape::Live => create::live(desk, read(input)?).await,
            Shape::Article => create::article(desk, read(input)?).await,
        },
        "confirm_booking" => confirm(desk, shape, read(input)?).await,
        "create_invoice" => invoice::create(desk, read(input)?).await,
        "cancel_booking" => cancel(desk, shape, read(input)?).await,
        "list_bookings" => list(desk, shape, read(input)?).await,
        "get_booking_detail" => detail(desk, shape, read(input)?).await,
        _ => Err(Refusal::new("NOT_SUPPORTED", "There is no such tool.").into()),
    }
}

fn read<T: DeserializeOwned>(input: Value) -> Result<T, Failure> {
    serde_json::from_value(input).map_err(|error| Refusal::invalid(&error.to_string()).into())
}

/// A count and what was counted: `1 service`, `3 services`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneInput {
    booking_id: String,
}

async fn find(desk: Desk<'_>, id: &str) -> Result<Shown, Failure> {
    let answer = ask(desk, "get_booking", json!({ "booking_id": id })).await?;
    let booking = Shown::answered(answer);
    let email = booking.customer["email"].as_str().unwrap_or_default().to_owned();
    let account = accounts::id_of(desk, &email).await?;
    Ok(booking.of_account(account))
}

async fn shown(desk: Desk<'_>, shape: Shape, booking: Shown, summary: &str) -> Result<Reply, Failure> {
    let catalogue = Catalogue::of(desk).await?;
    let customer = booking.customer.clone();
    let mut written = booking.written(shape, desk.tenant.calendar.timezone, &catalogue);
    written["customer"] = customer;
    Ok(success(json!({ "booking": written }), summary, "booking"))
}

/// `confirm_booking`
async fn confirm(desk: Desk<'_>, shape: Shape, input: OneInput) -> Result<Reply, Failure> {
    let asked = json!({ "booking_id": input.booking_id });
    if let Err(failure) = ask(desk, "confirm_booking", asked).await {
        return Err(not_confirmable(desk, failure, &input.booking_id).await?);
    }
    let mut booking = find(desk, &input.booking_id).await?;
    if booking.status == Status::Cancelled.name() {
        // It was confirmed, and cancelled since: that is for another call to tell.
        booking.status = Status::Confirmed.name().into();
    }
    shown(desk, shape, booking, "Booking confirmed").await
}

/// A booking that cannot be confirmed any more says where it stands.
async fn not_confirmable(desk: Desk<'_>, failure: Failure, id: &str) -> Result<Failure, Failure> {
    let Failure::Answered(answer) = &failure else {
        return Ok(failure);
    };
    let code = answer.body.get("error").and_then(Value::as_str);
    if !matches!(code, Some("booking_cancelled" | "booking_over")) {
        return Ok(failure);
    }
    let status = find(desk, id).await?.status;
    let refusal = Refusal::new("BOOKING_NOT_CONFIRMABLE", "The booking is not pending.");
    Ok(refusal.with(json!({ "status": status })).into())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CancelInput {
    booking_id: String,
    reason: Option<String>,
}

/// `cancel_booking`. The key changes nothing: a repeat answers as the first time, whatever its key.
async fn cancel(desk: Desk<'_>, shape: Shape, input: CancelInput) -> Result<Reply, Failure> {
    let mut asked = json!({ "booking_id": input.booking_id });
    if let Some(reason) = input.reason {
        asked["reason"] = reason.into();
    }
    ask(desk, "cancel_booking", asked).await?;
    let booking = find(desk, &input.booking_id).await?;
    shown(desk, shape, booking, "Booking cancelled").await
}

#[derive(Deserialize)]
struct ListInput {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    status: Option<String>,
    limit: Option<u32>,
}

/// `list_bookings`
async fn list(desk: Desk<'_>, shape: Shape, input: ListInput) -> Result<Reply, Failure> {
    let zone = desk.tenant.calendar.timezone;
    let begins = |day: NaiveDate| Some(local::midnight(zone, day)?.timestamp_millis());
    let after = |day: NaiveDate| begins(day.checked_add_days(Days::new(1))?);
    let query = ledger::LedgerQuery {
        tenant: desk.tenant.slug.clone(),
        from_ms: input.from.and_then(begins),
        before_ms: input.to.and_then(after),
        status: Status::ALL
            .into_iter()
            .find(|status| Some(status.name()) == input.status.as_deref()),
        limit: input.limit.unwrap_or(DEFAULT_LIMIT),
    };
    let store = &desk.provider.store;
    let rows = store.read(move |db| ledger::of_tenant(db, &query)).await?;
    let catalogue = Catalogue::of(desk).await?;
    let bookings: Vec<Value> = rows
        .into_iter()
        .map(|(account, booking)| {
            let shown = Shown::kept(booking).of_account(account);
            shown.written(shape, zone, &catalogue)
        })
        .collect();
    let summary = counted(bookings.len(), "booking");
    Ok(success(json!({ "bookings": bookings }), &summary, "booking_list"))
}

/// `get_booking_detail`
async fn detail(desk: Desk<'_>, shape: Shape, input: OneInput) -> Result<Reply, Failure> {
    let booking = find(desk, &input.booking_id).await?;
    shown(desk, shape, booking, "Booking").await
}
