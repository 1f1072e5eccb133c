//! `list_bookings_for_customer`: what one customer has booked, the latest start first, from v0.2.0 on in pages.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::answer::wire_time;
use super::call::Call;
use super::cursor::Cursor;
use super::customer_key::customer_key;
use super::page::{Page, wanted};
use super::spec::{ContractText, ToolSpec, typed};
use crate::clock::Clock;
use crate::contract::Contract;
use crate::store::{Booking, CustomerQuery, StoreError, bookings};
use crate::version::Version;

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "list_bookings_for_customer",
    domain: "booking",
    contract: ContractText::PerVersion([
        include_str!("../../contract/list_bookings_for_customer.json"),
        include_str!("../../contract/v0.2.0/list_bookings_for_customer.json"),
    ]),
    input_error,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

const DEFAULT_LIMIT: f64 = 50.0;

#[derive(Deserialize)]
pub(super) struct Input {
    customer_email: String,
    limit: Option<f64>,
    status_in: Option<Vec<String>>,
    #[serde(default)]
    include_past: bool,
    cursor: Option<String>,
}

/// The code for an input that breaks the schema.
fn input_error(contract: &Contract, version: Version, input: &Value) -> &'static str {
    let pointer = "/customer_email";
    let alone = version == Version::V0_1_0 || !contract.breaks_beside(input, pointer);
    if alone && contract.breaks_at(input, pointer) {
        "invalid_email"
    } else {
        "invalid_input"
    }
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let after = match input.cursor.as_deref().map(Cursor::read) {
        Some(None) => return Ok(Answer::malformed("invalid_input")),
        Some(after) => after,
        None => None,
    };
    // The schema allows 1.5; the whole bookings in it are one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the schema keeps it within 1 and 100"
    )]
    let limit = input.limit.unwrap_or(DEFAULT_LIMIT).floor() as u32;
    let now = call.clock.now().timestamp_millis();
    let query = CustomerQuery {
        tenant: call.tenant.slug.clone(),
        customer_key: customer_key(&input.customer_email),
        email: input.customer_email,
        bookings: call.policy.lists.customers_bookings,
        statuses: wanted(input.status_in.as_deref()),
        ends_after_ms: if input.include_past { i64::MIN } else { now },
        limit: Page::<(i64, Booking)>::rows(limit),
        after: after.map(|cursor| (cursor.at_ms, cursor.seq)),
    };
    let list = call
        .provider
        .store
        .read(move |db| bookings::of_customer(db, &query));
    let page = Page::of(list.await?, limit, Cursor::of_booking);
    let entries: Vec<Value> = page.entries.iter().map(|(_, booking)| entry(booking)).collect();
    let mut answer = Answer::success(json!({ "bookings": entries }));
    if call.version == Version::V0_2_0 {
        page.add_cursor(&mut answer);
    }
    Ok(answer)
}

fn entry(booking: &Booking) -> Value {
    json!({
        "booking_id": booking.id,
        "start_at": wire_time(booking.slot.start),
        "end_at": wire_time(booking.slot.end),
        "service": { "id": booking.service_id, "name": booking.service_name },
        "status": booking.status.name(),
    })
}
