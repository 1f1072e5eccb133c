//! Customers as they are looked up by what people know of them.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

const COLUMNS: &str = "id, name, email, phone";

/// A customer of a tenant.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: Option<String>,
}

/// The customer with this id.
pub(crate) fn find(db: &Connection, tenant: &str, id: &str) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM customer WHERE tenant = :tenant AND id = :id"
    ))?
    .query_row(named_params! { ":tenant": tenant, ":id": id }, account)
    .optional()
}

/// The customer whose address is this one, as it is compared.
pub(crate) fn of_customer(db: &Connection, tenant: &str, key: &str) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM customer WHERE tenant = :tenant AND key = :key"
    ))?
    .query_row(named_params! { ":tenant": tenant, ":key": key }, account)
    .optional()
}

/// The customers in whose name, address or phone number a text occurs, whatever its case, the oldest first.
pub(crate) fn search(
    db: &Connection,
    tenant: &str,
    text: &str,
    limit: u32,
) -> rusqlite::Result<Vec<Account>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM customer
         WHERE tenant = :tenant AND instr(lower(name || char(10) || email || char(10) || coalesce(phone, '')), lower(:text))
         ORDER BY seq LIMIT :limit"
    ))?
    .query_map(named_params! { ":tenant": tenant, ":text": text, ":limit": limit }, account)?
    .collect()
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        phone: row.get(3)?,
    })
}
