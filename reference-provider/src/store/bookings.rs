//! The queries about bookings.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Statement, ToSql, named_params};

use super::booking::{Booking, instant};
use super::history;
use crate::calendar::{Place, Slot};
use crate::lifecycle::Status;
use crate::policy::{CustomersBookings, SameRequest};

pub(super) const COLUMNS: &str =
    "id, token, tenant, service_id, service_name, start_ms, end_ms, customer_name, customer_email, status";

/// A booking to be kept.
#[derive(Debug, Clone)]
pub(crate) struct NewBooking {
    pub(crate) booking: Booking,
    pub(crate) customer_key: String,
    pub(crate) customer_phone: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) agent_vendor: Option<String>,
    /// With whom and where it takes place.
    pub(crate) place: Place,
    /// Its time with the buffers around it.
    pub(crate) blocked: Slot,
    /// The price at the time when it was made.
    pub(crate) price: Option<String>,
    /// ISO 4217 code of the price; none where there is no price.
    pub(crate) currency: Option<String>,
    pub(crate) created: DateTime<Utc>,
}

/// The fields by which the booking of an earlier request is found.
#[derive(Debug, Clone)]
pub(crate) struct ReplayKey {
    pub(crate) tenant: String,
    pub(crate) service_id: String,
    pub(crate) start_ms: i64,
    pub(crate) customer_key: String,
    /// The address as it was written.
    pub(crate) email: String,
    /// Only bookings made after this time.
    pub(crate) since_ms: i64,
    pub(crate) same: SameRequest,
}

/// The bookings of a customer that are listed.
#[derive(Debug, Clone)]
pub(crate) struct CustomerQuery {
    pub(crate) tenant: String,
    pub(crate) customer_key: String,
    /// The address as it was written.
    pub(crate) email: String,
    pub(crate) bookings: CustomersBookings,
    pub(crate) statuses: Vec<Status>,
    /// Only bookings that end after this time.
    pub(crate) ends_after_ms: i64,
    pub(crate) limit: u32,
    /// Only what follows this start and this place in the order of making.
    pub(crate) after: Option<(i64, i64)>,
}

/// Statuses as a query looks for one of them: each between two spaces.
pub(super) fn names(statuses: &[Status]) -> String {
    statuses
        .iter()
        .fold(String::from(" "), |names, status| names + status.name() + " ")
}

/// The latest booking of the same request that was not cancelled.
pub(crate) fn find_repeat(db: &Connection, key: &ReplayKey) -> rusqlite::Result<Option<Booking>> {
    find_same(db, key, "status <> 'cancelled'")
}

/// The latest booking of the same request, cancelled or not.
pub(crate) fn find_repeat_of_any_status(
    db: &Connection,
    key: &ReplayKey,
) -> rusqlite::Result<Option<Booking>> {
    find_same(db, key, "TRUE")
}

fn find_same(db: &Connection, key: &ReplayKey, status: &str) -> rusqlite::Result<Option<Booking>> {
    let same = match key.same {
        SameRequest::All => {
            "tenant = :tenant AND start_ms = :start AND service_id = :service AND customer_key = :customer"
        }
        SameRequest::AllButTenant => {
            "start_ms = :start AND service_id = :service AND customer_key = :customer"
        }
        SameRequest::AllButService => "tenant = :tenant AND start_ms = :start AND customer_key = :customer",
        SameRequest::AllButStart => "tenant = :tenant AND service_id = :service AND customer_key = :customer",
        SameRequest::AllButCustomer => "tenant = :tenant AND start_ms = :start AND service_id = :service",
        SameRequest::AllButHost => {
            "tenant = :tenant AND start_ms = :start AND service_id = :service
             AND substr(customer_key, 1, instr(customer_key, '@')) = substr(:customer, 1, instr(:customer, '@'))"
        }
        SameRequest::AllAndSpelling => {
            "tenant = :tenant AND start_ms = :start AND service_id = :service AND customer_key = :customer
             AND customer_email = :email"
        }
    };
    let mut latest = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM booking WHERE {same} AND {status} AND created_ms > :since ORDER BY seq DESC LIMIT 1"
    ))?;
    bind_used(
        &mut latest,
        named_params! {
            ":tenant": key.tenant, ":start": key.start_ms, ":service": key.service_id, ":since": key.since_ms,
            ":customer": key.customer_key, ":email": key.email,
        },
    )?;
    latest.raw_query().mapped(booking).next().transpose()
}

/// Binds the parameters that a statement has, and leaves out the others.
pub(super) fn bind_used(
    statement: &mut Statement<'_>,
    params: &[(&str, &dyn ToSql)],
) -> rusqlite::Result<()> {
    for (name, value) in params {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}

/// Keeps a booking, and how it began.
pub(crate) fn insert(db: &Connection, new: &NewBooking) -> rusqlite::Result<()> {
    let booking = &new.booking;
    db.prepare_cached(
        "INSERT INTO booking (id, token, tenant, service_id, service_name, staff_id, resource_id, start_ms, end_ms,
             blocked_from_ms, blocked_to_ms, price, currency, customer_name, customer_email, customer_key, customer_phone,
             notes, agent_vendor, status, created_ms)
         VALUES (:id, :token, :tenant, :service_id, :service_name, :staff, :unit, :start, :end, :blocked_from, :blocked_to,
             :price, :currency, :name, :email, :key, :phone, :notes, :vendor, :status, :created)",
    )?
    .execute(named_params! {
        ":id": booking.id, ":token": booking.token, ":tenant": booking.tenant,
        ":service_id": booking.service_id, ":service_name": booking.service_name,
        ":staff": new.place.staff_id, ":unit": new.place.unit,
        ":blocked_from": new.blocked.start.timestamp_millis(), ":blocked_to": new.blocked.end.timestamp_millis(),
        ":price": new.price, ":currency": new.currency,
        ":start": booking.slot.start.timestamp_millis(), ":end": booking.slot.end.timestamp_millis(),
        ":name": booking.customer_name, ":email": booking.customer_email, ":key": new.customer_key,
        ":phone": new.customer_phone, ":notes": new.notes, ":vendor": new.agent_vendor,
        ":status": booking.status.name(), ":created": new.created.timestamp_millis(),
    })?;
    history::begin(db, booking, new.created)
}

/// The booking of a tenant with this id.
pub(crate) fn find(db: &Connection, tenant: &str, id: &str) -> rusqlite::Result<Option<Booking>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM booking WHERE id = :id AND tenant = :tenant"
    ))?
    .query_row(named_params! { ":id": id, ":tenant": tenant }, booking)
    .optional()
}

/// The bookings that meet a condition on their table, in the order of their start.
pub(super) fn find_all(
    db: &Connection,
    condition: &str,
    params: &[(&str, &dyn ToSql)],
) -> rusqlite::Result<Vec<Booking>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM booking WHERE {condition} ORDER BY start_ms, seq"
    ))?
    .query_map(params, booking)?
    .collect()
}

/// The booking whose cancellation address carries this token.
pub(crate) fn find_by_token(db: &Connection, tenant: &str, token: &str) -> rusqlite::Result<Option<Booking>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM booking WHERE token = :token AND tenant = :tenant"
    ))?
    .query_row(named_params! { ":token": token, ":tenant": tenant }, booking)
    .optional()
}

/// The place of a booking in the order in which bookings were made.
pub(crate) fn seq_of(db: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT seq FROM booking WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
}

/// The places of the bookings of a customer at a start.
pub(crate) fn seqs_at(
    db: &Connection,
    tenant: &str,
    customer_key: &str,
    start: DateTime<Utc>,
) -> rusqlite::Result<Vec<i64>> {
    db.prepare_cached("SELECT seq FROM booking WHERE tenant = ?1 AND customer_key = ?2 AND start_ms = ?3")?
        .query_map((tenant, customer_key, start.timestamp_millis()), |row| row.get(0))?
        .collect()
}

/// The places of the bookings that were made at a time or after it.
pub(crate) fn seqs_made_since(
    db: &Connection,
    tenant: &str,
    since: DateTime<Utc>,
) -> rusqlite::Result<Vec<i64>> {
    db.prepare_cached("SELECT seq FROM booking WHERE tenant = ?1 AND created_ms >= ?2")?
        .query_map((tenant, since.timestamp_millis()), |row| row.get(0))?
        .collect()
}

/// The details of a booking beside its slot and its status.
#[derive(Debug, Clone)]
pub(crate) struct Details {
    /// The notes of the customer.
    pub(crate) notes: Option<String>,
    /// The price and its currency; `None` if its service had no price when it was booked.
    pub(crate) price: Option<(String, String)>,
}

/// The details of a booking that is there.
pub(crate) fn details(db: &Connection, id: &str) -> rusqlite::Result<Details> {
    db.prepare_cached("SELECT notes, price, currency FROM booking WHERE id = ?1")?
        .query_row([id], |row| {
            Ok(Details {
                notes: row.get(0)?,
                price: row.get::<_, Option<_>>(1)?.zip(row.get(2)?),
            })
        })
}

/// Gives a booking another time, and another place where there is no room at its own.
pub(crate) fn reschedule(
    db: &Connection,
    id: &str,
    slot: Slot,
    blocked: Slot,
    place: &Place,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE booking SET start_ms = :start, end_ms = :end, blocked_from_ms = :blocked_from, blocked_to_ms = :blocked_to,
             staff_id = :staff, resource_id = :unit
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id, ":start": slot.start.timestamp_millis(), ":end": slot.end.timestamp_millis(),
        ":blocked_from": blocked.start.timestamp_millis(), ":blocked_to": blocked.end.timestamp_millis(),
        ":staff": place.staff_id, ":unit": place.unit,
    })?;
    Ok(())
}

/// The bookings of a customer, the latest start first, each with its place in the order of making.
pub(crate) fn of_customer(db: &Connection, query: &CustomerQuery) -> rusqlite::Result<Vec<(i64, Booking)>> {
    let theirs = match query.bookings {
        CustomersBookings::SameAddress => "tenant = :tenant AND customer_key = :customer",
        CustomersBookings::SameSpelling => {
            "tenant = :tenant AND customer_key = :customer AND customer_email = :email"
        }
        CustomersBookings::SamePrefix => {
            "tenant = :tenant AND substr(customer_key, 1, length(:customer)) = :customer"
        }
        CustomersBookings::Pattern => "tenant = :tenant AND customer_key LIKE :customer",
        CustomersBookings::EveryTenant => "customer_key = :customer",
        CustomersBookings::Everybody => "tenant = :tenant",
        CustomersBookings::AllButLatest => {
            "tenant = :tenant AND customer_key = :customer
             AND seq <> (SELECT max(seq) FROM booking WHERE tenant = :tenant AND customer_key = :customer)"
        }
    };
    let mut listed = db.prepare_cached(&format!(
        "SELECT {COLUMNS}, seq FROM booking
         WHERE {theirs}
           AND (:after_start IS NULL OR (start_ms, seq) < (:after_start, :after_seq))
           AND instr(:statuses, ' ' || status || ' ') > 0
           AND end_ms > :ends_after
         ORDER BY start_ms DESC, seq DESC LIMIT :limit"
    ))?;
    bind_used(
        &mut listed,
        named_params! {
            ":tenant": query.tenant, ":customer": query.customer_key, ":email": query.email,
            ":statuses": names(&query.statuses), ":ends_after": query.ends_after_ms, ":limit": query.limit,
            ":after_start": query.after.map(|(start, _)| start), ":after_seq": query.after.map(|(_, seq)| seq),
        },
    )?;
    let rows = listed.raw_query();
    rows.mapped(|row| Ok((row.get(10)?, booking(row)?))).collect()
}

/// The number that the next booking will have.
pub(crate) fn next_number(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM booking")?
        .query_row([], |row| row.get(0))
}

pub(super) fn booking(row: &Row<'_>) -> rusqlite::Result<Booking> {
    let name: String = row.get(9)?;
    Ok(Booking {
        id: row.get(0)?,
        token: row.get(1)?,
        tenant: row.get(2)?,
        service_id: row.get(3)?,
        service_name: row.get(4)?,
        slot: Slot {
            start: instant(row, 5)?,
            end: instant(row, 6)?,
        },
        customer_name: row.get(7)?,
        customer_email: row.get(8)?,
        // The table admits no other.
        status: Status::named(&name).ok_or(rusqlite::Error::InvalidQuery)?,
    })
}
