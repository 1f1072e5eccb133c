//! `get_customer`: one customer by their address, with the latest of their bookings.

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::wire_time;
use super::customers::{self as people, key, show};
use super::spec::{ContractText, ToolSpec, typed};
use super::{Answer, Call};
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::store::{Contact, HistoryQuery, PastBooking, StoreError, customers};

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
    let faults = call.faults;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the schema keeps it within 1 and 100"
    )]
    let limit = input.limit.unwrap_or(DEFAULT_LIMIT) as u32;
    let wish = Wish {
        tenant: call.tenant.slug.clone(),
        key: key(&input.email, faults),
        history: HistoryQuery {
            limit: if faults.has(Fault::HistoryIgnoresLimit) {
                u32::MAX
            } else {
                limit
            },
            without_cancelled: faults.has(Fault::HistoryLosesCancelled),
            oldest_first: faults.has(Fault::HistoryOldestFirst),
        },
        faults,
    };
    let found = call.provider.store.read(move |db| wish.look_up(db)).await?;
    if let Some(fields) = found {
        return Ok(Answer::success(fields.into()));
    }
    if faults.has(Fault::ReadsKeepCustomers) {
        let stranger = Contact {
            tenant: call.tenant.slug.clone(),
            key: key(&input.email, faults),
            name: input.email.clone(),
            email: input.email,
            phone: None,
            at: call.clock.now(),
        };
        call.provider
            .store
            .write(move |db| customers::keep(db, &stranger))
            .await?;
    }
    Ok(Answer::refused(
        if faults.has(Fault::UnknownCustomerIsInvalidEmail) {
            "invalid_email"
        } else {
            "unknown_customer"
        },
    ))
}

/// Whom and what is asked for.
struct Wish {
    tenant: String,
    key: String,
    history: HistoryQuery,
    faults: Faults,
}

impl Wish {
    fn look_up(&self, db: &Connection) -> rusqlite::Result<Option<Map<String, Value>>> {
        let any_tenant = self.faults.has(Fault::CustomersCrossTenants);
        let Some(customer) = customers::find(db, &self.tenant, &self.key, any_tenant)? else {
            return Ok(None);
        };
        let mut fields = show(db, &customer, self.faults)?;
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
