//! The page behind a cancellation address, in plain text. Looking at it changes nothing; a POST cancels.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::problem::storage_failed;
use crate::provider::Provider;
use crate::store::{Booking, Status, StoreError, bookings};
use crate::tools::cancel;

/// What the booking is and how to cancel it.
pub(super) async fn show(
    State(provider): State<Arc<Provider>>,
    Path((tenant, token)): Path<(String, String)>,
) -> Response {
    match find(&provider, tenant, token).await {
        Ok(Some(booking)) => describe(&provider, &booking, booking.status),
        Ok(None) => unknown(),
        Err(error) => storage_failed(&error),
    }
}

/// Cancels the booking.
pub(super) async fn submit(
    State(provider): State<Arc<Provider>>,
    Path((tenant, token)): Path<(String, String)>,
) -> Response {
    let booking = match find(&provider, tenant, token).await {
        Ok(Some(booking)) => booking,
        Ok(None) => return unknown(),
        Err(error) => return storage_failed(&error),
    };
    match cancel(&provider, Some(booking.tenant.clone()), booking.id.clone(), None).await {
        Ok(Some(_)) => describe(&provider, &booking, Status::Cancelled),
        Ok(None) => unknown(),
        Err(error) => storage_failed(&error),
    }
}

async fn find(provider: &Provider, tenant: String, token: String) -> Result<Option<Booking>, StoreError> {
    provider
        .store
        .read(move |db| bookings::find_by_token(db, &tenant, &token))
        .await
}

fn describe(provider: &Provider, booking: &Booking, status: Status) -> Response {
    let Some((tenant, _)) = provider.tenant(&booking.tenant) else {
        return unknown();
    };
    let local = booking
        .slot
        .start
        .with_timezone(&tenant.calendar.timezone)
        .format("%A, %-d %B %Y, %H:%M (%Z)");
    let what_next = match status {
        Status::Confirmed => "It is confirmed. To cancel it, send a POST to this address.",
        Status::Cancelled => "It is cancelled.",
    };
    format!(
        "{} at {}\n{local}\n{what_next}\n",
        booking.service_name, tenant.name
    )
    .into_response()
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, "There is no such booking.\n").into_response()
}
