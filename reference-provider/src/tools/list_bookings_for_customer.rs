//! `list_bookings_for_customer`: what one customer has booked, the latest start first, from v0.2.0 on in pages.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::wire_time;
use super::cursor::Cursor;
use super::spec::{ContractText, ToolSpec, typed};
use super::{Answer, Call, customer_key};
use crate::clock::Clock;
use crate::contract::Contract;
use crate::fault::Fault;
use crate::lifecycle::Status;
use crate::store::{CustomerQuery, StoreError, bookings};
use crate::version::Version;

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "list_bookings_for_customer",
    domain: "booking",
    contract: ContractText::PerVersion([
        include_str!("../../contract/list_bookings_for_customer.json"),
        include_str!("../../contract/v0.2.0/list_bookings_for_customer.json"),
    ]),
    input_error: input_error,
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
    let faults = call.faults;
    if input.limit == Some(100.0) && faults.has(Fault::RefusesHighestLimit) {
        return Ok(Answer::malformed("invalid_input"));
    }
    let after = match input.cursor.as_deref().map(Cursor::read) {
        Some(None) => return Ok(Answer::malformed("invalid_input")),
        Some(after) => after,
        None => None,
    };
    let wanted = |status: &Status| match status {
        Status::Cancelled if faults.has(Fault::ListHidesCancelled) => false,
        Status::Cancelled if faults.has(Fault::ListIgnoresStatus) => true,
        status => input
            .status_in
            .as_ref()
            .is_none_or(|list| list.iter().any(|one| one == status.name())),
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
        statuses: Status::ALL.into_iter().filter(wanted).collect(),
        ends_after_ms: if input.include_past || faults.has(Fault::ListsPastByDefault) {
            i64::MIN
        } else {
            now
        },
        // One more shows whether there is another page.
        limit: if faults.has(Fault::ListIgnoresLimit) {
            u32::MAX
        } else {
            limit + 1 + u32::from(faults.has(Fault::ListLimitOffByOne))
        },
        after: after.map(|cursor| (cursor.at_ms, cursor.seq)),
        last_again: faults.has(Fault::PagesOverlap),
        without_next: faults.has(Fault::PagesLoseOne),
        any_customer: faults.has(Fault::ListIgnoresEmail),
        prefix: faults.has(Fault::ListMatchesPrefix),
        any_tenant: faults.has(Fault::ListCrossesTenants),
        exact_email: faults
            .has(Fault::ListCaseSensitive)
            .then_some(input.customer_email),
        without_newest: faults.has(Fault::ListMissesBookings),
    };
    let mut found = call
        .provider
        .store
        .read(move |db| bookings::of_customer(db, &query))
        .await?;
    if found.is_empty() && input.status_in.is_none() && faults.has(Fault::ListRefusesUnknown) {
        return Ok(Answer::refused("invalid_email"));
    }
    let shown = limit as usize + usize::from(faults.has(Fault::ListLimitOffByOne));
    let ends = faults.has(Fault::ListIgnoresLimit) || found.len() <= shown;
    if !ends {
        found.truncate(shown);
    }
    let last = found.last().map(|(seq, booking)| Cursor {
        at_ms: booking.slot.start.timestamp_millis(),
        seq: *seq,
    });
    let next = match last {
        Some(last) if !ends => Some(last),
        _ if faults.has(Fault::CursorNeverEnds) => last.or(after),
        _ => None,
    };
    if faults.has(Fault::ListOldestFirst) {
        found.reverse();
    }
    let listed: Vec<Value> = found
        .iter()
        .map(|(_, booking)| {
            let status = (!faults.has(Fault::ListWithoutStatus)).then(|| booking.status.name());
            let mut entry = json!({
                "booking_id": booking.id,
                "start_at": wire_time(booking.slot.start),
                "end_at": wire_time(booking.slot.end),
                "service": { "id": booking.service_id, "name": booking.service_name },
            });
            if let Some(status) = status {
                entry["status"] = status.into();
            }
            entry
        })
        .collect();
    let mut answer = Answer::success(json!({ "bookings": listed }));
    if let (Version::V0_2_0, Some(next)) = (call.version, next) {
        answer
            .body
            .insert("next_cursor".to_owned(), next.written().into());
    }
    Ok(answer)
}
