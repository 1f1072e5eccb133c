//! The queries of faults, past the rules of the store.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, named_params};
use uuid::Uuid;

use crate::calendar::Slot;

/// The tenant of a booking.
pub(super) fn tenant_of_booking(db: &Connection, id: &str) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT tenant FROM booking WHERE id = ?1", [id], |row| row.get(0))
        .optional()
}

/// The tenant of an invoice.
pub(super) fn tenant_of_invoice(db: &Connection, number: &str) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT tenant FROM invoice WHERE number = ?1", [number], |row| {
        row.get(0)
    })
    .optional()
}

/// The tenant of the customer with a key: this one if it has such a customer, else another.
pub(super) fn tenant_of_customer(db: &Connection, own: &str, key: &str) -> rusqlite::Result<Option<String>> {
    db.query_row(
        "SELECT tenant FROM customer WHERE key = ?2 ORDER BY tenant <> ?1 LIMIT 1",
        [own, key],
        |row| row.get(0),
    )
    .optional()
}

/// The start in milliseconds, and the place in the order of making, of a booking.
pub(super) fn position(db: &Connection, id: &str) -> rusqlite::Result<Option<(i64, i64)>> {
    db.query_row("SELECT start_ms, seq FROM booking WHERE id = ?1", [id], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
    .optional()
}

/// Gives a booking another id.
pub(super) fn rename(db: &Connection, old: &str, new: &str) -> rusqlite::Result<()> {
    db.execute("UPDATE booking SET id = ?2 WHERE id = ?1", [old, new])?;
    Ok(())
}

/// Gives the latest message about a move of a booking to the booking with another id.
pub(super) fn readdress_move(db: &Connection, old: &str, new: &str) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE outbox SET booking_id = ?2, occasion = 0
         WHERE seq = (SELECT max(seq) FROM outbox WHERE booking_id = ?1 AND kind = 'booking_rescheduled')",
        [old, new],
    )?;
    Ok(())
}

/// Makes a booking as young as if it had been made now.
pub(super) fn renew(db: &Connection, id: &str, now: DateTime<Utc>) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE booking SET created_ms = ?2 WHERE id = ?1",
        (id, now.timestamp_millis()),
    )?;
    Ok(())
}

/// Gives the customer of a booking another name, in the booking alone.
pub(super) fn rename_in_booking(db: &Connection, id: &str, name: &str) -> rusqlite::Result<()> {
    db.execute("UPDATE booking SET customer_name = ?2 WHERE id = ?1", [id, name])?;
    Ok(())
}

/// Cancels every booking of a tenant that overlaps a slot.
pub(super) fn cancel_within(db: &Connection, tenant: &str, slot: Slot) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE booking SET status = 'cancelled' WHERE tenant = :tenant AND start_ms < :end AND end_ms > :start",
        named_params! {
            ":tenant": tenant, ":start": slot.start.timestamp_millis(), ":end": slot.end.timestamp_millis(),
        },
    )?;
    Ok(())
}

/// Cancels every booking of the customer who has this one.
pub(super) fn cancel_of_customer(db: &Connection, id: &str) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE booking SET status = 'cancelled' WHERE (tenant, customer_key) IN
             (SELECT tenant, customer_key FROM booking WHERE id = ?1)",
        [id],
    )?;
    Ok(())
}

/// Cancels every booking of a service.
pub(super) fn cancel_of_service(db: &Connection, tenant: &str, service_id: &str) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE booking SET status = 'cancelled' WHERE tenant = ?1 AND service_id = ?2",
        [tenant, service_id],
    )?;
    Ok(())
}

/// Makes a booking of nobody where this one is, which holds nothing yet. Returns its id.
pub(super) fn leave_behind(db: &Connection, id: &str) -> rusqlite::Result<String> {
    let left = Uuid::new_v4().simple().to_string();
    db.execute(
        "INSERT INTO booking (id, token, tenant, service_id, service_name, staff_id, resource_id, start_ms, end_ms,
             blocked_from_ms, blocked_to_ms, customer_name, customer_email, customer_key, status, created_ms)
         SELECT ?2, ?2, tenant, service_id, service_name, staff_id, resource_id, start_ms, end_ms, blocked_from_ms,
             blocked_to_ms, '', '', '', 'cancelled', created_ms
         FROM booking WHERE id = ?1",
        [id, &left],
    )?;
    Ok(left)
}

/// Lets a booking of nobody hold its slot, or removes it.
pub(super) fn settle_left(db: &Connection, left: &str, holds: bool) -> rusqlite::Result<()> {
    let change = match holds {
        true => "UPDATE booking SET status = 'confirmed' WHERE id = ?1",
        false => "DELETE FROM booking WHERE id = ?1",
    };
    db.execute(change, [left])?;
    Ok(())
}

/// Gives a customer another name.
pub(super) fn rename_customer(db: &Connection, tenant: &str, key: &str, name: &str) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE customer SET name = ?3 WHERE tenant = ?1 AND key = ?2",
        [tenant, key, name],
    )?;
    Ok(())
}

/// Gives a customer another phone.
pub(super) fn set_phone(
    db: &Connection,
    tenant: &str,
    key: &str,
    phone: Option<&str>,
) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE customer SET phone = ?3 WHERE tenant = ?1 AND key = ?2",
        (tenant, key, phone),
    )?;
    Ok(())
}

/// Removes every tag of a customer.
pub(super) fn clear_tags(db: &Connection, customer: i64) -> rusqlite::Result<()> {
    db.execute("DELETE FROM customer_tag WHERE customer = ?1", [customer])?;
    Ok(())
}

/// Makes an invoice one that was issued now.
pub(super) fn renew_invoice(
    db: &Connection,
    id: &str,
    issued: DateTime<Utc>,
    term: TimeDelta,
) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE invoice SET issued_ms = ?2, due_ms = ?3 WHERE id = ?1",
        (id, issued.timestamp_millis(), (issued + term).timestamp_millis()),
    )?;
    Ok(())
}
