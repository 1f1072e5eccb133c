//! Parts that bookings and the tools of customers share: the customer that a booking keeps, how a customer is found and shown, and the
//! code for an address that is none.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::answer::wire_time;
use super::customer_key::customer_key;
use crate::contract::Contract;
use crate::policy::{Customers, Identity, KeptBy};
use crate::store::{Contact, Customer, NewBooking, customers, tags};

/// Keeps the customer of a booking.
pub(super) fn keep(db: &Connection, new: &NewBooking, rules: Customers) -> rusqlite::Result<()> {
    if rules.kept_by == KeptBy::Nothing {
        return Ok(());
    }
    let booking = &new.booking;
    let mut contact = Contact {
        tenant: booking.tenant.clone(),
        key: key(&booking.customer_email, rules),
        name: booking.customer_name.clone(),
        email: booking.customer_email.trim().to_owned(),
        phone: phone(new),
        at: new.created,
    };
    let is_another = rules.identity == Identity::Booking;
    if is_another && customers::find(db, &contact.tenant, &contact.key)?.is_some() {
        // A key that no address has.
        contact.key = format!("{} {}", contact.key, booking.id);
    }
    customers::keep(db, &contact)
}

/// The phone that a booking gives; a blank one is none.
fn phone(new: &NewBooking) -> Option<String> {
    let phone = new.customer_phone.as_deref()?.trim();
    (!phone.is_empty()).then(|| phone.to_owned())
}

/// The key by which customers are told apart.
pub(crate) fn key(email: &str, rules: Customers) -> String {
    match rules.identity {
        Identity::Spelling => email.trim().to_owned(),
        Identity::Address | Identity::Booking => customer_key(email),
    }
}

/// A customer on the wire, without the bookings one by one.
pub(super) fn show(
    db: &Connection,
    customer: &Customer,
    rules: Customers,
) -> rusqlite::Result<Map<String, Value>> {
    let tally = customers::tally(db, customer, rules.counted.statuses())?;
    let fields = [
        ("customer_id", Some(json!(customer.id))),
        ("name", Some(json!(customer.name))),
        ("email", Some(json!(customer.email))),
        ("phone", customer.phone.as_ref().map(|phone| json!(phone))),
        ("created_at", Some(json!(wire_time(customer.created)))),
        ("tags", Some(json!(tags::of(db, customer.seq)?))),
        ("bookings_count", Some(json!(tally.count))),
        ("first_booking_at", tally.first.map(|at| json!(wire_time(at)))),
        ("last_booking_at", tally.last.map(|at| json!(wire_time(at)))),
    ];
    let there = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(there.collect())
}

/// The code for an input that breaks the schema: `invalid_email` if the address at `pointer` is all that breaks it.
pub(super) fn input_error(contract: &Contract, input: &Value, pointer: &str) -> &'static str {
    if contract.breaks_at(input, pointer) && !contract.breaks_beside(input, pointer) {
        "invalid_email"
    } else {
        "invalid_input"
    }
}
