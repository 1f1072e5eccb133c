//! The queries. Switches that only a fault uses are fields that are off by default.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::calendar::Slot;

/// No booking is longer, so what still runs at an instant began within this time before it.
const LONGEST_MS: i64 = 24 * 60 * 60 * 1000;

const COLUMNS: &str =
    "id, token, tenant, service_id, service_name, start_ms, end_ms, customer_name, customer_email, status";

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Confirmed,
    Cancelled,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
        }
    }
}

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

/// A booking to be kept.
#[derive(Debug, Clone)]
pub(crate) struct NewBooking {
    pub(crate) booking: Booking,
    pub(crate) customer_key: String,
    pub(crate) customer_phone: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) agent_vendor: Option<String>,
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

/// What a booking may not clash with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlap {
    pub(crate) tenant: String,
    pub(crate) start_ms: i64,
    pub(crate) end_ms: i64,
    pub(crate) cancelled_too: bool,
    pub(crate) equal_start_only: bool,
    pub(crate) service_only: Option<String>,
    pub(crate) touching_too: bool,
    pub(crate) except_customer: Option<String>,
}

/// Which bookings of a customer are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct CustomerQuery {
    pub(crate) tenant: String,
    pub(crate) customer_key: String,
    pub(crate) confirmed: bool,
    pub(crate) cancelled: bool,
    /// Only bookings that end after this time.
    pub(crate) ends_after_ms: i64,
    pub(crate) limit: u32,
    pub(crate) any_customer: bool,
    pub(crate) exact_email: Option<String>,
    pub(crate) without_newest: bool,
}

/// A condition of a query, or one that always holds but still names its parameter. An `OR` on the parameter would keep
/// SQLite from using the index.
fn only<'a>(condition: &'a str, dropped: bool, always: &'a str) -> &'a str {
    if dropped { always } else { condition }
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
           AND (status = 'confirmed' OR :cancelled_too)
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

/// Whether a booking stands in the way.
pub(crate) fn clashes(db: &Connection, wish: &Overlap) -> rusqlite::Result<bool> {
    let touch = i64::from(wish.touching_too);
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM booking
         WHERE tenant = :tenant AND start_ms > :earliest AND start_ms < :end AND end_ms > :start
           AND (status = 'confirmed' OR :cancelled_too)
           AND (NOT :equal_start OR start_ms = :wished_start)
           AND (:service IS NULL OR service_id = :service)
           AND (:except IS NULL OR customer_key <> :except OR start_ms <> :wished_start))",
    )?
    .query_row(
        named_params! {
            ":tenant": wish.tenant, ":earliest": wish.start_ms - LONGEST_MS - 1 - touch,
            ":start": wish.start_ms - touch, ":end": wish.end_ms + touch, ":wished_start": wish.start_ms,
            ":cancelled_too": wish.cancelled_too, ":equal_start": wish.equal_start_only,
            ":service": wish.service_only, ":except": wish.except_customer,
        },
        |row| row.get(0),
    )
}

/// What is booked within a stretch of time.
pub(crate) fn taken_within(
    db: &Connection,
    tenant: &str,
    stretch: Slot,
    cancelled_too: bool,
) -> rusqlite::Result<Vec<Slot>> {
    db.prepare_cached(
        "SELECT start_ms, end_ms FROM booking
         WHERE tenant = :tenant AND start_ms > :earliest AND start_ms < :end AND end_ms > :start
           AND (status = 'confirmed' OR :cancelled_too)",
    )?
    .query_map(
        named_params! {
            ":tenant": tenant, ":earliest": stretch.start.timestamp_millis() - LONGEST_MS - 1,
            ":start": stretch.start.timestamp_millis(), ":end": stretch.end.timestamp_millis(),
            ":cancelled_too": cancelled_too,
        },
        |row| {
            Ok(Slot {
                start: instant(row, 0)?,
                end: instant(row, 1)?,
            })
        },
    )?
    .collect()
}

pub(crate) fn insert(db: &Connection, new: &NewBooking) -> rusqlite::Result<()> {
    let booking = &new.booking;
    db.prepare_cached(
        "INSERT INTO booking (id, token, tenant, service_id, service_name, start_ms, end_ms, customer_name,
             customer_email, customer_key, customer_phone, notes, agent_vendor, status, created_ms)
         VALUES (:id, :token, :tenant, :service_id, :service_name, :start, :end, :name, :email, :key, :phone,
             :notes, :vendor, :status, :created)",
    )?
    .execute(named_params! {
        ":id": booking.id, ":token": booking.token, ":tenant": booking.tenant,
        ":service_id": booking.service_id, ":service_name": booking.service_name,
        ":start": booking.slot.start.timestamp_millis(), ":end": booking.slot.end.timestamp_millis(),
        ":name": booking.customer_name, ":email": booking.customer_email, ":key": new.customer_key,
        ":phone": new.customer_phone, ":notes": new.notes, ":vendor": new.agent_vendor,
        ":status": booking.status.name(), ":created": new.created.timestamp_millis(),
    })?;
    Ok(())
}

/// The booking with this id, of this tenant or, without one, of any.
pub(crate) fn find(db: &Connection, tenant: Option<&str>, id: &str) -> rusqlite::Result<Option<Booking>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM booking WHERE id = :id AND (:tenant IS NULL OR tenant = :tenant)"
    ))?
    .query_row(named_params! { ":id": id, ":tenant": tenant }, booking)
    .optional()
}

/// The booking whose cancellation address carries this token.
pub(crate) fn find_by_token(db: &Connection, tenant: &str, token: &str) -> rusqlite::Result<Option<Booking>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM booking WHERE token = :token AND tenant = :tenant"
    ))?
    .query_row(named_params! { ":token": token, ":tenant": tenant }, booking)
    .optional()
}

/// Marks a booking as cancelled; whether it was confirmed until now.
pub(crate) fn cancel(
    db: &Connection,
    id: &str,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE booking SET status = 'cancelled', cancelled_ms = :now, cancel_reason = :reason
             WHERE id = :id AND status = 'confirmed'",
        )?
        .execute(named_params! { ":id": id, ":reason": reason, ":now": now.timestamp_millis() })?;
    Ok(changed > 0)
}

pub(crate) fn of_customer(db: &Connection, query: &CustomerQuery) -> rusqlite::Result<Vec<Booking>> {
    let customer = only(
        "customer_key = :customer",
        query.any_customer,
        ":customer IS NOT NULL",
    );
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM booking
         WHERE tenant = :tenant AND {customer}
           AND (:exact_email IS NULL OR customer_email = :exact_email)
           AND ((status = 'confirmed' AND :confirmed) OR (status = 'cancelled' AND :cancelled))
           AND end_ms > :ends_after
           AND (NOT :without_newest OR seq <> (SELECT max(seq) FROM booking
                                               WHERE tenant = :tenant AND customer_key = :customer))
         ORDER BY start_ms DESC, seq DESC LIMIT :limit"
    ))?
    .query_map(
        named_params! {
            ":tenant": query.tenant, ":customer": query.customer_key,
            ":exact_email": query.exact_email, ":confirmed": query.confirmed, ":cancelled": query.cancelled,
            ":ends_after": query.ends_after_ms, ":without_newest": query.without_newest, ":limit": query.limit,
        },
        booking,
    )?
    .collect()
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

fn booking(row: &Row<'_>) -> rusqlite::Result<Booking> {
    let status: String = row.get(9)?;
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
        status: if status == "cancelled" {
            Status::Cancelled
        } else {
            Status::Confirmed
        },
    })
}

fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    let milliseconds = row.get(column)?;
    DateTime::from_timestamp_millis(milliseconds)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(column, milliseconds))
}
