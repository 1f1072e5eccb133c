//! `list_bookings`: the provider's calendar, the earliest start first, in pages.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{read_start, wire_time};
use super::cursor::Cursor;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use super::{Answer, Call};
use crate::fault::Fault;
use crate::lifecycle::Status;
use crate::store::calendar::{self, CalendarQuery};
use crate::store::{Booking, StoreError};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "list_bookings",
    domain: "booking",
    contract: ContractText::Same(include_str!("../../contract/list_bookings.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

const DEFAULT_LIMIT: u32 = 50;

#[derive(Deserialize)]
pub(super) struct Input {
    from: Option<String>,
    to: Option<String>,
    status_in: Option<Vec<String>>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// From when and until when, and where the page before ended.
type Bounds = (Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<Cursor>);

impl Input {
    /// Where the stretch of time begins and ends, and where the page before ended; `None` where one of them cannot be read.
    fn bounds(&self) -> Option<Bounds> {
        let instant = |text: &Option<String>| match text {
            Some(text) => read_start(text, false).map(Some),
            None => Some(None),
        };
        let after = match &self.cursor {
            Some(text) => Some(Cursor::read(text)?),
            None => None,
        };
        Some((instant(&self.from)?, instant(&self.to)?, after))
    }
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let faults = call.faults;
    let Some((from, to, after)) = input.bounds() else {
        return Ok(Answer::malformed("invalid_input"));
    };
    let wanted = |status: &Status| match status {
        Status::Cancelled if faults.has(Fault::CalendarHidesCancelled) => false,
        _ if faults.has(Fault::CalendarIgnoresStatus) => true,
        status => input
            .status_in
            .as_ref()
            .is_none_or(|list| list.iter().any(|one| one == status.name())),
    };
    let shown = input.limit.unwrap_or(DEFAULT_LIMIT) + u32::from(faults.has(Fault::CalendarLimitOffByOne));
    let from_ms = from.map_or(i64::MIN, |from| from.timestamp_millis());
    let to_ms = to.map_or(i64::MAX, |to| to.timestamp_millis());
    let query = CalendarQuery {
        tenant: call.tenant.slug.clone(),
        statuses: Status::ALL.into_iter().filter(wanted).collect(),
        from_ms: match faults.has(Fault::CalendarIgnoresFrom) {
            true => i64::MIN,
            false => from_ms,
        },
        to_ms: to_ms.saturating_add(i64::from(faults.has(Fault::CalendarIncludesTo))),
        // One more shows whether there is another page.
        limit: shown + 1,
        after: after.map(|cursor| (cursor.at_ms, cursor.seq)),
        any_tenant: faults.has(Fault::CalendarCrossesTenants),
        latest_first: faults.has(Fault::CalendarLatestFirst),
        last_again: faults.has(Fault::CalendarPagesOverlap),
        without_next: faults.has(Fault::CalendarPagesLoseOne),
    };
    let list = call.provider.store.read(move |db| calendar::list(db, &query));
    let mut found = list.await?;
    let shown = shown as usize;
    let ends = found.len() <= shown;
    found.truncate(shown);
    let last = found.last().map(|(seq, booking)| Cursor {
        at_ms: booking.slot.start.timestamp_millis(),
        seq: *seq,
    });
    let next = match last {
        Some(last) if !ends => Some(last),
        _ if faults.has(Fault::CalendarNeverEnds) => last.or(after),
        _ => None,
    };
    if faults.has(Fault::CalendarShowsOnce) {
        found.retain(|(_, booking)| call.provider.memory.shows_first(&booking.id));
    }
    let entries: Vec<Value> = found.iter().map(|(_, booking)| entry(booking)).collect();
    let mut answer = Answer::success(json!({ "bookings": entries }));
    if let Some(next) = next {
        answer
            .body
            .insert("next_cursor".to_owned(), next.written().into());
    }
    Ok(answer)
}

fn entry(booking: &Booking) -> Value {
    json!({
        "booking_id": booking.id,
        "status": booking.status.name(),
        "start_at": wire_time(booking.slot.start),
        "end_at": wire_time(booking.slot.end),
        "service": { "id": booking.service_id, "name": booking.service_name },
        "customer": { "name": booking.customer_name, "email": booking.customer_email },
    })
}
