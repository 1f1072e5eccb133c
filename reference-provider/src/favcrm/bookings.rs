//! The tools about bookings that are there.

use chrono::{Days, NaiveDate};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::ask;
use super::booking::Shown;
use super::catalogue::Catalogue;
use super::reply::{Failure, Refusal, counted, success};
use super::shape::Shape;
use super::{accounts, local};
use crate::lifecycle::Status;
use crate::request_context::{Reply, RequestContext};
use crate::store::ledger;

const DEFAULT_LIMIT: u32 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneInput {
    booking_id: String,
}

async fn find(context: RequestContext<'_>, id: &str) -> Result<Shown, Failure> {
    let answer = ask(context, "get_booking", json!({ "booking_id": id })).await?;
    let booking = Shown::answered(answer);
    let email = booking.customer["email"].as_str().unwrap_or_default().to_owned();
    let account = accounts::id_of(context, &email).await?;
    Ok(booking.of_account(account))
}

async fn shown(
    context: RequestContext<'_>,
    shape: Shape,
    booking: Shown,
    summary: &str,
) -> Result<Reply, Failure> {
    let catalogue = Catalogue::of(context).await?;
    let customer = booking.customer.clone();
    let mut written = booking.written(shape, context.tenant.calendar.timezone, &catalogue);
    written["customer"] = customer;
    Ok(success(json!({ "booking": written }), summary, "booking"))
}

/// `confirm_booking`
pub(super) async fn confirm(
    context: RequestContext<'_>,
    shape: Shape,
    input: OneInput,
) -> Result<Reply, Failure> {
    let asked = json!({ "booking_id": input.booking_id });
    if let Err(failure) = ask(context, "confirm_booking", asked).await {
        return Err(not_confirmable(context, failure, &input.booking_id).await?);
    }
    let mut booking = find(context, &input.booking_id).await?;
    if booking.status == Status::Cancelled.name() {
        // It was confirmed, and cancelled since: that is for another call to tell.
        booking.status = Status::Confirmed.name().into();
    }
    shown(context, shape, booking, "Booking confirmed").await
}

/// A booking that cannot be confirmed any more says where it stands.
async fn not_confirmable(
    context: RequestContext<'_>,
    failure: Failure,
    id: &str,
) -> Result<Failure, Failure> {
    let Failure::Answered(answer) = &failure else {
        return Ok(failure);
    };
    let code = answer.body.get("error").and_then(Value::as_str);
    if !matches!(code, Some("booking_cancelled" | "booking_over")) {
        return Ok(failure);
    }
    let status = find(context, id).await?.status;
    let refusal = Refusal::new("BOOKING_NOT_CONFIRMABLE", "The booking is not pending.");
    Ok(refusal.with(json!({ "status": status })).into())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CancelInput {
    booking_id: String,
    reason: Option<String>,
}

/// `cancel_booking`. The key changes nothing: a repeat answers as the first time, whatever its key.
pub(super) async fn cancel(
    context: RequestContext<'_>,
    shape: Shape,
    input: CancelInput,
) -> Result<Reply, Failure> {
    let mut asked = json!({ "booking_id": input.booking_id });
    if let Some(reason) = input.reason {
        asked["reason"] = reason.into();
    }
    ask(context, "cancel_booking", asked).await?;
    let booking = find(context, &input.booking_id).await?;
    shown(context, shape, booking, "Booking cancelled").await
}

#[derive(Deserialize)]
pub(super) struct ListInput {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    status: Option<String>,
    limit: Option<u32>,
}

/// `list_bookings`
pub(super) async fn list(
    context: RequestContext<'_>,
    shape: Shape,
    input: ListInput,
) -> Result<Reply, Failure> {
    let zone = context.tenant.calendar.timezone;
    let begins = |day: NaiveDate| Some(local::midnight(zone, day)?.timestamp_millis());
    let after = |day: NaiveDate| begins(day.checked_add_days(Days::new(1))?);
    let query = ledger::LedgerQuery {
        tenant: context.tenant.slug.clone(),
        from_ms: input.from.and_then(begins),
        before_ms: input.to.and_then(after),
        status: Status::ALL
            .into_iter()
            .find(|status| Some(status.name()) == input.status.as_deref()),
        limit: input.limit.unwrap_or(DEFAULT_LIMIT),
    };
    let store = &context.provider.store;
    let rows = store.read(move |db| ledger::of_tenant(db, &query)).await?;
    let catalogue = Catalogue::of(context).await?;
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
pub(super) async fn detail(
    context: RequestContext<'_>,
    shape: Shape,
    input: OneInput,
) -> Result<Reply, Failure> {
    let booking = find(context, &input.booking_id).await?;
    shown(context, shape, booking, "Booking").await
}
