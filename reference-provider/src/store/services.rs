//! Services as they are stored: those that calls made, and whichever were retired.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::tenant::{Price, Service};

const COLUMNS: &str = "id, name, description, duration_minutes, price, currency, capacity, requires_confirmation, lead_minutes, \
     horizon_days, buffer_before_minutes, buffer_after_minutes, staff_ids, resource_id, status";

/// A service as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredService {
    pub(crate) service: Service,
    pub(crate) active: bool,
}

/// The service with this id, active or retired.
pub(crate) fn find(db: &Connection, tenant: &str, id: &str) -> rusqlite::Result<Option<StoredService>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM service WHERE tenant = ?1 AND id = ?2"
    ))?
    .query_row([tenant, id], stored)
    .optional()
}

/// Returns true if the service with this id was retired.
pub(crate) fn is_retired(db: &Connection, tenant: &str, id: &str) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM service WHERE tenant = ?1 AND id = ?2 AND status = 'retired'")?
        .exists([tenant, id])
}

/// All services of a tenant, in the order of making.
pub(crate) fn list(db: &Connection, tenant: &str) -> rusqlite::Result<Vec<StoredService>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM service WHERE tenant = ?1 ORDER BY seq"
    ))?
    .query_map([tenant], stored)?
    .collect()
}

/// Keeps a service.
pub(crate) fn insert(
    db: &Connection,
    tenant: &str,
    stored: &StoredService,
    created: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let service = &stored.service;
    db.prepare_cached(&format!(
        "INSERT INTO service (tenant, {COLUMNS}, created_ms)
         VALUES (:tenant, :id, :name, :description, :duration, :price, :currency, :capacity, :confirmation, :lead, :horizon,
             :before, :after, :staff, :resource, :status, :created)"
    ))?
    .execute(named_params! {
        ":tenant": tenant, ":id": service.id, ":name": service.name, ":description": service.description,
        ":duration": service.duration_minutes, ":price": service.price.as_ref().map(ToString::to_string),
        ":currency": service.currency, ":capacity": service.capacity,
        ":confirmation": service.requires_confirmation, ":lead": service.lead_minutes,
        ":horizon": service.horizon_days, ":before": service.buffer_before_minutes,
        ":after": service.buffer_after_minutes, ":staff": service.staff.join(" "), ":resource": service.resource,
        ":status": if stored.active { "active" } else { "retired" }, ":created": created.timestamp_millis(),
    })?;
    Ok(())
}

/// The latest active service that is the same in everything but its id and was made after `since`.
pub(crate) fn find_repeat(
    db: &Connection,
    tenant: &str,
    service: &Service,
    since: DateTime<Utc>,
) -> rusqlite::Result<Option<Service>> {
    find_same(db, tenant, service, since, |stored| stored.active)
}

/// As [`find_repeat`], active or retired.
pub(crate) fn find_repeat_of_any_status(
    db: &Connection,
    tenant: &str,
    service: &Service,
    since: DateTime<Utc>,
) -> rusqlite::Result<Option<Service>> {
    find_same(db, tenant, service, since, |_| true)
}

fn find_same(
    db: &Connection,
    tenant: &str,
    service: &Service,
    since: DateTime<Utc>,
    counts: fn(&StoredService) -> bool,
) -> rusqlite::Result<Option<Service>> {
    let mut recent = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM service WHERE tenant = :tenant AND created_ms > :since ORDER BY seq DESC"
    ))?;
    let rows = recent.query_map(
        named_params! { ":tenant": tenant, ":since": since.timestamp_millis() },
        stored,
    )?;
    for row in rows {
        let made = row?;
        let same = Service {
            id: made.service.id.clone(),
            ..service.clone()
        };
        if same == made.service && counts(&made) {
            return Ok(Some(made.service));
        }
    }
    Ok(None)
}

/// Takes a service out of the catalogue; its bookings stay.
pub(crate) fn retire(db: &Connection, tenant: &str, id: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE service SET status = 'retired' WHERE tenant = ?1 AND id = ?2")?
        .execute([tenant, id])?;
    Ok(())
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredService> {
    let price: Option<String> = row.get(4)?;
    let staff: String = row.get(12)?;
    let status: String = row.get(14)?;
    Ok(StoredService {
        service: Service {
            id: row.get(0)?,
            name: row.get(1)?,
            description: row.get(2)?,
            duration_minutes: row.get(3)?,
            price: price.as_deref().and_then(Price::parse),
            currency: row.get(5)?,
            capacity: row.get(6)?,
            requires_confirmation: row.get(7)?,
            lead_minutes: row.get(8)?,
            horizon_days: row.get(9)?,
            buffer_before_minutes: row.get(10)?,
            buffer_after_minutes: row.get(11)?,
            staff: staff.split_whitespace().map(ToOwned::to_owned).collect(),
            resource: row.get(13)?,
        },
        active: status == "active",
    })
}
