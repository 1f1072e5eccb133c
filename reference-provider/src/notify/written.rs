//! The calendar file of an invitation, from texts of any kind: for whoever tests that no text breaks it.

use chrono::{DateTime, TimeDelta, Utc};

use super::invitation::{Method, Parties, calendar};
use crate::calendar::Slot;
use crate::lifecycle::Status;
use crate::store::{Booking, Message, MessageKind};
use crate::tenant::{Tenant, Tenants};

/// The texts in an invitation that somebody else chose.
#[derive(Debug, Clone, Copy)]
pub struct InvitationTexts<'t> {
    /// The name of the customer.
    pub customer: &'t str,
    /// The address of the customer.
    pub email: &'t str,
    /// The name of the service.
    pub service: &'t str,
    /// The name of the tenant.
    pub tenant: &'t str,
}

/// The calendar file that invites a customer, or withdraws that. None if the address of the customer is none.
pub fn invitation(texts: InvitationTexts<'_>, withdrawn: bool) -> Option<String> {
    let organizer = "bookings@book.example".parse().ok()?;
    let attendee = texts.email.parse().ok()?;
    let tenant = Tenant {
        name: texts.tenant.to_owned(),
        ..Tenants::generated(1).as_slice().first()?.clone()
    };
    let at = DateTime::<Utc>::UNIX_EPOCH;
    let slot = Slot {
        start: at,
        end: at.checked_add_signed(TimeDelta::minutes(45))?,
    };
    let booking = Booking {
        id: "bk_7".to_owned(),
        token: "token".to_owned(),
        tenant: tenant.slug.clone(),
        service_id: "cut".to_owned(),
        service_name: texts.service.to_owned(),
        slot,
        customer_name: texts.customer.to_owned(),
        customer_email: texts.email.to_owned(),
        status: Status::Confirmed,
    };
    let (method, kind) = match withdrawn {
        true => (Method::Cancel, MessageKind::Cancelled),
        false => (Method::Request, MessageKind::Confirmed),
    };
    let message = Message {
        seq: 1,
        tenant: tenant.slug.clone(),
        booking_id: booking.id.clone(),
        kind,
        occasion: 0,
        recipient: texts.email.to_owned(),
        sequence: u32::from(withdrawn),
        slot,
        at,
        attempts: 1,
    };
    let parties = Parties {
        organizer: &organizer,
        attendee: &attendee,
    };
    let link = Some("https://book.example/p/shop/bookings/token/cancel");
    Some(calendar(method, &message, &booking, &tenant, &parties, link))
}

/// A text as one line of a mail or of a calendar file has it.
pub fn as_line(text: &str) -> String {
    super::messages::line(text)
}
