//! The queries. Switches that only a fault uses are fields that are off by default.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params};

use super::history;
use crate::calendar::{Place, Slot};
use crate::lifecycle::Status;

pub(super) const COLUMNS: &str =
    "id, token, tenant, service_id, service_name, start_ms, end_ms, customer_name, customer_email, status";

/// A booking as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Booking {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) tenant: String,
    pub(crate) service_id: String,
    pub(crate) service_name: String,
    pub(crate) slot: Slot,
    pub(crate) customer_name: String,
    pub(crate) customer_email: String,
    pub(crate) status: Status,
}

impl Booking {
    /// The page that shows the booking and cancels it, on a host.
    pub(crate) fn cancellation_url(&self, base_url: &str) -> String {
        format!("{base_url}/p/{}/bookings/{}/cancel", self.tenant, self.token)
    }
}

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
    /// What it costs, as it was when it was made.
    pub(crate) price: Option<String>,
    /// ISO 4217 code of the price; none where there is no price.
    pub(crate) currency: Option<String>,
    pub(crate) created: DateTime<Utc>,
}

/// What makes two requests the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplayKey {
    pub(crate) tenant: String,
    pub(crate) service_id: String,
    pub(crate) start_ms: i64,
    pub(crate) customer_key: String,
    /// Only bookings made after this time.
    pub(crate) since_ms: i64,
    pub(crate) any_tenant: bool,
    pub(crate) any_service: bool,
    pub(crate) any_start: bool,
    pub(crate) any_customer: bool,
    pub(crate) exact_email: Option<String>,
    pub(crate) cancelled_too: bool,
}

/// Which bookings of a customer are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct CustomerQuery {
    pub(crate) tenant: String,
    pub(crate) customer_key: String,
    pub(crate) statuses: Vec<Status>,
    /// Only bookings that end after this time.
    pub(crate) ends_after_ms: i64,
    pub(crate) limit: u32,
    /// Only what follows this start and this place in the order of making.
    pub(crate) after: Option<(i64, i64)>,
    pub(crate) any_customer: bool,
    pub(crate) prefix: bool,
    pub(crate) any_tenant: bool,
    pub(crate) exact_email: Option<String>,
    pub(crate) without_newest: bool,
    /// A page begins with the booking that ended the one before.
    pub(crate) last_again: bool,
    /// A page leaves out the booking with which it should begin.
    pub(crate) without_next: bool,
}

/// A condition of a query, or one that always holds but still names its parameter. An `OR` on the parameter would keep
/// SQLite from using the index.
pub(super) fn only<'a>(condition: &'a str, dropped: bool, always: &'a str) -> &'a str {
    if dropped { always } else { condition }
}

/// Statuses as a query looks for one of them: each between two spaces.
pub(super) fn names(statuses: &[Status]) -> String {
    statuses
        .iter()
        .fold(String::from(" "), |names, status| names + status.name() + " ")
}

/// The latest booking that the same request made.
pub(crate) fn find_repeat(db: &Connection, key: &ReplayKey) -> rusqlite::Result<Option<Booking>> {
    let tenant = only("tenant = :tenant", key.any_tenant, ":tenant IS NOT NULL");
    let start = only("start_ms = :start", key.any_start, ":start IS NOT NULL");
    let service = only("service_id = :service", key.any_service, ":service IS NOT NULL");
    let customer = only(
        "customer_key = :customer",
        key.any_customer,
        ":customer IS NOT NULL",
    );
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM booking
         WHERE {tenant} AND {start} AND {service} AND {customer} AND created_ms > :since
           AND (:exact_email IS NULL OR customer_email = :exact_email)
           AND (status <> 'cancelled' OR :cancelled_too)
         ORDER BY seq DESC LIMIT 1"
    ))?
    .query_row(
        named_params! {
            ":tenant": key.tenant, ":start": key.start_ms, ":service": key.service_id, ":since": key.since_ms,
            ":customer": key.customer_key,
            ":exact_email": key.exact_email, ":cancelled_too": key.cancelled_too,
        },
        booking,
    )
    .optional()
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

/// The booking with this id, of this tenant or, without one, of any.
pub(crate) fn find(db: &Connection, tenant: Option<&str>, id: &str) -> rusqlite::Result<Option<Booking>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM booking WHERE id = :id AND (:tenant IS NULL OR tenant = :tenant)"
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

/// What a booking says beside its slot and its status.
#[derive(Debug, Clone)]
pub(crate) struct Details {
    /// What the customer wrote to the provider.
    pub(crate) notes: Option<String>,
    /// What it costs and in which currency; `None` where its service had no price when it was booked.
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

/// Leaves a booking of nobody where this one is.
pub(crate) fn leave_behind(db: &Connection, id: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO booking (id, token, tenant, service_id, service_name, staff_id, resource_id, start_ms, end_ms,
             blocked_from_ms, blocked_to_ms, customer_name, customer_email, customer_key, status, created_ms)
         SELECT hex(randomblob(8)), hex(randomblob(8)), tenant, service_id, service_name, staff_id, resource_id, start_ms,
             end_ms, blocked_from_ms, blocked_to_ms, '', '', '', 'confirmed', created_ms
         FROM booking WHERE id = ?1",
    )?
    .execute([id])?;
    Ok(())
}

/// Cancels every booking of a tenant that overlaps a slot.
pub(crate) fn cancel_within(db: &Connection, tenant: &str, slot: Slot) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE booking SET status = 'cancelled' WHERE tenant = :tenant AND start_ms < :end AND end_ms > :start",
    )?
    .execute(named_params! {
        ":tenant": tenant, ":start": slot.start.timestamp_millis(), ":end": slot.end.timestamp_millis(),
    })?;
    Ok(())
}

/// Cancels every booking of the customer who has this one.
pub(crate) fn cancel_of_customer(db: &Connection, id: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE booking SET status = 'cancelled' WHERE (tenant, customer_key) IN
             (SELECT tenant, customer_key FROM booking WHERE id = ?1)",
    )?
    .execute([id])?;
    Ok(())
}

/// Cancels every booking of a service.
pub(crate) fn cancel_of_service(db: &Connection, tenant: &str, service_id: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE booking SET status = 'cancelled' WHERE tenant = ?1 AND service_id = ?2")?
        .execute([tenant, service_id])?;
    Ok(())
}

/// The bookings of a customer, the latest start first, each with its place in the order of making.
pub(crate) fn of_customer(db: &Connection, query: &CustomerQuery) -> rusqlite::Result<Vec<(i64, Booking)>> {
    let equal = only(
        "customer_key = :customer",
        query.any_customer,
        ":customer IS NOT NULL",
    );
    let tenant = only("tenant = :tenant", query.any_tenant, ":tenant IS NOT NULL");
    let customer = only(
        equal,
        query.prefix,
        "substr(customer_key, 1, length(:customer)) = :customer",
    );
    let after = if query.last_again { "<=" } else { "<" };
    db.prepare_cached(&format!(
        "SELECT {COLUMNS}, seq FROM booking
         WHERE {tenant} AND {customer}
           AND (:after_start IS NULL OR (start_ms, seq) {after} (:after_start, :after_seq))
           AND (:exact_email IS NULL OR customer_email = :exact_email)
           AND instr(:statuses, ' ' || status || ' ') > 0
           AND end_ms > :ends_after
           AND (NOT :without_newest OR seq <> (SELECT max(seq) FROM booking
                                               WHERE tenant = :tenant AND customer_key = :customer))
         ORDER BY start_ms DESC, seq DESC LIMIT :limit OFFSET :skipped"
    ))?
    .query_map(
        named_params! {
            ":tenant": query.tenant, ":customer": query.customer_key,
            ":exact_email": query.exact_email, ":statuses": names(&query.statuses),
            ":ends_after": query.ends_after_ms, ":without_newest": query.without_newest, ":limit": query.limit,
            ":after_start": query.after.map(|(start, _)| start), ":after_seq": query.after.map(|(_, seq)| seq),
            ":skipped": i64::from(query.without_next && query.after.is_some()),
        },
        |row| Ok((row.get(10)?, booking(row)?)),
    )?
    .collect()
}

/// Makes a booking as young as if it had been made now.
pub(crate) fn renew(db: &Connection, id: &str, now: DateTime<Utc>) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE booking SET created_ms = ?2 WHERE id = ?1")?
        .execute((id, now.timestamp_millis()))?;
    Ok(())
}

/// Gives a booking another id.
pub(crate) fn rename(db: &Connection, old: &str, new: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE booking SET id = ?2 WHERE id = ?1")?
        .execute([old, new])?;
    Ok(())
}

/// Gives a booking's customer another name.
pub(crate) fn rename_customer(db: &Connection, id: &str, name: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE booking SET customer_name = ?2 WHERE id = ?1")?
        .execute([id, name])?;
    Ok(())
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

pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    let milliseconds = row.get(column)?;
    DateTime::from_timestamp_millis(milliseconds)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(column, milliseconds))
}
