//! The page behind a cancellation address: what is booked, where it stands, and a button that cancels it. Looking at it changes
//! nothing; the button sends a POST, which is the same move as that of `cancel_booking`.
//!
//! Whoever has the address may cancel: its token cannot be guessed, and the page sees to it that no browser passes it on.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use uuid::Uuid;

use super::problem::storage_failed;
use crate::lifecycle::Status;
use crate::provider::Provider;
use crate::store::{Booking, StoreError, bookings};
use crate::tenant::Tenant;
use crate::tools::{Cancellation, Cancelled};

const STYLE: &str = "
body { font: 1.125rem/1.5 system-ui, sans-serif; margin: 0; padding: 1rem; color: #1c1c1c; background: #fff }
main { max-width: 32rem; margin: 2rem auto }
h1 { font-size: 1.5rem; line-height: 1.25 }
dt { color: #595959; font-size: 1rem }
dd { margin: 0 0 0.75rem }
button { font: inherit; width: 100%; padding: 0.75rem; border: 0; border-radius: 0.5rem; color: #fff; background: #a4161a }
button:focus-visible { outline: 3px solid #1c1c1c; outline-offset: 2px }
";

/// Shows the booking, and asks if it is to be cancelled.
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

/// Cancels the booking, if it can be.
pub(super) async fn submit(
    State(provider): State<Arc<Provider>>,
    Path((tenant, token)): Path<(String, String)>,
) -> Response {
    let booking = match find(&provider, tenant, token).await {
        Ok(Some(booking)) => booking,
        Ok(None) => return unknown(),
        Err(error) => return storage_failed(&error),
    };
    let Some(policy) = provider.policy_of(&booking.tenant) else {
        return unknown();
    };
    let request = Cancellation {
        tenant: booking.tenant.clone(),
        id: booking.id.clone(),
        reason: None,
        now: provider.now_at(&booking.tenant),
        policy: *policy,
    };
    match request.run(&provider).await {
        Ok(Some(Cancelled { first: true, .. })) => describe(&provider, &booking, Status::Cancelled),
        // It was not for this call to cancel it: it had been cancelled, or is over.
        Ok(Some(Cancelled { booking, .. })) => describe(&provider, &booking, booking.status),
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
    let Some(tenant) = provider.tenant(&booking.tenant) else {
        return unknown();
    };
    let asks = status.leads_to(Status::Cancelled);
    let heading = if asks {
        "Cancel this booking?"
    } else {
        "Your booking"
    };
    let body = html! {
        h1 { (heading) }
        (facts(tenant, booking))
        p { (words(status)) }
        @if asks {
            form method="post" { button type="submit" { "Cancel the booking" } }
            p { "To keep it, close this page." }
        }
    };
    page(StatusCode::OK, &tenant.name, &body)
}

fn facts(tenant: &Tenant, booking: &Booking) -> Markup {
    let local = booking
        .slot
        .start
        .with_timezone(&tenant.calendar.timezone)
        .format("%A, %-d %B %Y, %H:%M (%Z)");
    html! {
        dl {
            dt { "What" }
            dd { (booking.service_name) }
            dt { "Where" }
            dd { (tenant.name) }
            dt { "When" }
            dd { (local) }
            dt { "For" }
            dd { (booking.customer_name) }
        }
    }
}

/// The status of the booking, for people.
fn words(status: Status) -> &'static str {
    match status {
        Status::Pending => "It is not confirmed yet. The time is kept for you meanwhile.",
        Status::Confirmed => "It is confirmed.",
        Status::Cancelled => "It is cancelled. There is nothing left to do.",
        Status::Completed => "It has taken place, so it cannot be cancelled.",
        Status::NoShow => "It was missed, so it cannot be cancelled.",
    }
}

fn unknown() -> Response {
    let body = html! {
        h1 { "There is no such booking" }
        p { "Please check that the address is complete." }
    };
    page(StatusCode::NOT_FOUND, "No such booking", &body)
}

/// A page that runs no script, loads nothing, and tells nobody its address.
fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    let nonce = Uuid::new_v4().simple().to_string();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers: [(HeaderName, String); 4] = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style nonce=(nonce) { (maud::PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    };
    (status, headers, Html(markup.into_string())).into_response()
}
