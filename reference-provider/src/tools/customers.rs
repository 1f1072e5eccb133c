//! What bookings and the tools of customers share: whom a booking keeps, how a customer is found and shown, and the code for an
//! address that is none.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::answer::wire_time;
use super::customer_key;
use crate::contract::Contract;
use crate::fault::{Fault, Faults};
use crate::store::{Contact, Customer, NewBooking, customers, tags};

/// The faults that show where somebody books who is a customer already.
const OF_KNOWN_CUSTOMERS: [Fault; 4] = [
    Fault::NextBookingRenamesCustomer,
    Fault::MissingPhoneStaysMissing,
    Fault::CustomerPerBooking,
    Fault::ParallelBookingsMakeTwoCustomers,
];

/// Keeps the customer of a booking. `seen_as_new` is set where a fault has looked before the transaction, and saw nobody.
pub(super) fn keep(
    db: &Connection,
    new: &NewBooking,
    faults: Faults,
    seen_as_new: bool,
) -> rusqlite::Result<()> {
    if faults.has(Fault::BookingsKeepNoCustomer) {
        return Ok(());
    }
    let booking = &new.booking;
    let mut contact = Contact {
        tenant: booking.tenant.clone(),
        key: key(&booking.customer_email, faults),
        name: booking.customer_name.clone(),
        email: booking.customer_email.trim().to_owned(),
        phone: phone(new),
        at: new.created,
    };
    // Only faults look whether the customer is known.
    let looks = OF_KNOWN_CUSTOMERS.iter().any(|fault| faults.has(*fault));
    if looks && customers::find(db, &contact.tenant, &contact.key, false)?.is_some() {
        if faults.has(Fault::NextBookingRenamesCustomer) {
            customers::rename(db, &contact.tenant, &contact.key, &contact.name)?;
        }
        if faults.has(Fault::MissingPhoneStaysMissing) {
            contact.phone = None;
        }
        let again = faults.has(Fault::CustomerPerBooking)
            || (seen_as_new && faults.has(Fault::ParallelBookingsMakeTwoCustomers));
        if again {
            // A key that no address has.
            contact.key = format!("{} {}", contact.key, booking.id);
        }
    }
    customers::keep(db, &contact)
}

/// What a fault does to the customer of a booking that is asked for again.
pub(super) fn repeat(db: &Connection, new: &NewBooking, faults: Faults) -> rusqlite::Result<()> {
    if faults.has(Fault::ReplayOverwritesPhone) {
        let booking = &new.booking;
        let key = key(&booking.customer_email, faults);
        customers::set_phone(db, &booking.tenant, &key, phone(new).as_deref())?;
    }
    Ok(())
}

/// The phone that a booking gives; a blank one is none.
fn phone(new: &NewBooking) -> Option<String> {
    let phone = new.customer_phone.as_deref()?.trim();
    (!phone.is_empty()).then(|| phone.to_owned())
}

/// An address as customers are told apart by it.
pub(super) fn key(email: &str, faults: Faults) -> String {
    if faults.has(Fault::EmailCaseMakesTwo) {
        email.trim().to_owned()
    } else {
        customer_key(email)
    }
}

/// What is shown of a customer, but for the bookings one by one.
pub(super) fn show(
    db: &Connection,
    customer: &Customer,
    faults: Faults,
) -> rusqlite::Result<Map<String, Value>> {
    let mut tally = customers::tally(db, customer, faults.has(Fault::CountsStandingOnly))?;
    if faults.has(Fault::FirstAndLastSwapped) {
        std::mem::swap(&mut tally.first, &mut tally.last);
    }
    let fields = [
        ("customer_id", Some(json!(customer.id))),
        ("name", Some(json!(customer.name))),
        ("email", Some(json!(customer.email))),
        ("phone", customer.phone.as_ref().map(|phone| json!(phone))),
        ("created_at", Some(json!(wire_time(customer.created)))),
        ("tags", Some(json!(shown_tags(db, customer, faults)?))),
        ("bookings_count", Some(json!(tally.count))),
        ("first_booking_at", tally.first.map(|at| json!(wire_time(at)))),
        ("last_booking_at", tally.last.map(|at| json!(wire_time(at)))),
    ];
    let there = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(there.collect())
}

/// The tags of a customer. A fault keeps another copy of a tag under the tag and a space.
pub(super) fn shown_tags(
    db: &Connection,
    customer: &Customer,
    faults: Faults,
) -> rusqlite::Result<Vec<String>> {
    let mut tags = tags::of(db, customer.seq)?;
    if faults.has(Fault::TagsDuplicate) {
        for tag in &mut tags {
            tag.truncate(tag.trim_end().len());
        }
    }
    Ok(tags)
}

/// The code for an input that breaks the schema: `invalid_email` where the address that stands at `pointer` is alone at fault.
pub(super) fn input_error(contract: &Contract, input: &Value, pointer: &str) -> &'static str {
    if contract.breaks_at(input, pointer) && !contract.breaks_beside(input, pointer) {
        "invalid_email"
    } else {
        "invalid_input"
    }
}
