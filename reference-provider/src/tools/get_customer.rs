//! `get_customer`: one customer by their address, with the latest of their bookings.

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::answer::wire_time;
use super::call::Call;
use super::customers::{self as people, key, show};
use super::spec::{ContractText, ToolSpec, typed};
use crate::policy::Customers;
use crate::store::{HistoryQuery, PastBooking, StoreError, customers};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "get_customer",
    domain: "crm",
    contract: ContractText::Same(include_str!("../../contract/get_customer.json")),
    input_error: |contract, _, input| people::input_error(contract, input, "/email"),
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

const DEFAULT_LIMIT: f64 = 20.0;

#[derive(Deserialize)]
pub(super) struct Input {
    email: String,
    limit: Option<f64>,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the schema keeps it within 1 and 100"
    )]
    let limit = input.limit.unwrap_or(DEFAULT_LIMIT) as u32;
    let rules = call.policy.customers;
    let lookup = Lookup {
        tenant: call.tenant.slug.clone(),
        key: key(&input.email, rules),
        history: HistoryQuery {
            limit,
            statuses: call.policy.lists.history.statuses(),
            order: call.policy.lists.history_order,
        },
        rules,
    };
    let found = call.provider.store.read(move |db| lookup.run(db)).await?;
    Ok(match found {
        Some(fields) => Answer::success(fields.into()),
        None => Answer::refused("unknown_customer"),
    })
}

/// A customer to be found, with the bookings to be returned.
struct Lookup {
    tenant: String,
    key: String,
    history: HistoryQuery,
    rules: Customers,
}

impl Lookup {
    fn run(&self, db: &Connection) -> rusqlite::Result<Option<Map<String, Value>>> {
        let Some(customer) = customers::find(db, &self.tenant, &self.key)? else {
            return Ok(None);
        };
        let mut fields = show(db, &customer, self.rules)?;
        let bookings = customers::history(db, &customer, self.history)?;
        fields.insert("bookings".to_owned(), bookings.iter().map(entry).collect());
        Ok(Some(fields))
    }
}

fn entry(booking: &PastBooking) -> Value {
    json!({
        "booking_id": booking.id,
        "status": booking.status,
        "start_at": wire_time(booking.slot.start),
        "end_at": wire_time(booking.slot.end),
        "service": { "id": booking.service_id, "name": booking.service_name },
    })
}
