//! The messages that the tests of this module send, of one tenant about one booking.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Mailing, Route};
use crate::calendar::{Place, Slot};
use crate::clock::ManualClock;
use crate::lifecycle::Status;
use crate::provider::{Options, Provider};
use crate::store::{Booking, Message, MessageKind, NewBooking, bookings, history, outbox};
use crate::tenant::{Tenant, Tenants};

pub(super) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Monday, 1 March 2027, 09:00 in Prague.
pub(super) fn now() -> DateTime<Utc> {
    instant("2027-03-01T08:00:00Z")
}

pub(super) fn shop() -> Tenant {
    tenants().as_slice()[0].clone()
}

fn tenants() -> Tenants {
    let shop = "tenants:
  - slug: shop
    name: Salon Aurora
    timezone: Europe/Prague
    currency: CZK
    slot_step_minutes: 30
    horizon_days: 60
    hours: { monday: [\"09:00-17:00\"] }
    services: [{ id: cut, name: A cut, duration_minutes: 45 }]
";
    Tenants::parse(shop, "shop.yaml").unwrap()
}

/// A booking that starts in a week, at ten in the morning in Prague.
pub(super) fn booking() -> Booking {
    let start = instant("2027-03-08T09:00:00Z");
    Booking {
        id: "bk_7".to_owned(),
        token: "token".to_owned(),
        tenant: "shop".to_owned(),
        service_id: "cut".to_owned(),
        service_name: "A cut".to_owned(),
        slot: Slot {
            start,
            end: start + TimeDelta::minutes(45),
        },
        customer_name: "Ada Lovelace".to_owned(),
        customer_email: "ada@example.com".to_owned(),
        status: Status::Confirmed,
    }
}

pub(super) fn message(kind: MessageKind, booking: &Booking) -> Message {
    Message {
        seq: 1,
        tenant: booking.tenant.clone(),
        booking_id: booking.id.clone(),
        kind,
        occasion: 0,
        recipient: booking.customer_email.clone(),
        sequence: u32::from(kind == MessageKind::Cancelled),
        slot: booking.slot,
        at: now(),
        attempts: 1,
    }
}

/// A provider that keeps its bookings in memory and writes mails into a folder, and its clock.
pub(super) fn provider(mails: &Path) -> (Arc<Provider>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(now()));
    let provider = Provider::open(Options {
        clock: Arc::clone(&clock) as _,
        mailing: Mailing {
            route: Route::Folder(mails.to_owned()),
            ..Mailing::default()
        },
        ..Options::in_memory(tenants())
    });
    (Arc::new(provider.unwrap()), clock)
}

/// Books as `create_booking` does.
pub(super) async fn book(provider: &Provider, booking: Booking) {
    let created = provider.now_at("shop");
    let new = NewBooking {
        customer_key: booking.customer_email.clone(),
        place: Place::default(),
        blocked: booking.slot,
        price: None,
        currency: None,
        booking,
        customer_phone: None,
        notes: None,
        agent_vendor: None,
        created,
    };
    let written = provider.store.write(move |db| {
        bookings::insert(db, &new)?;
        outbox::insert(db, MessageKind::Confirmed, &new.booking, created)
    });
    written.await.unwrap();
}

/// Cancels as `cancel_booking` does.
pub(super) async fn cancel(provider: &Provider, booking: Booking) {
    let now = provider.now_at("shop");
    let written = provider.store.write(move |db| {
        history::advance(db, &booking, Status::Cancelled, now, None)?;
        outbox::insert(db, MessageKind::Cancelled, &booking, now)
    });
    written.await.unwrap();
}
