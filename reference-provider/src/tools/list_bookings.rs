//! `list_bookings`: the provider's calendar, the earliest start first, in pages.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::answer::{read_start, wire_time};
use super::call::Call;
use super::cursor::Cursor;
use super::page::{Page, wanted};
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
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
    /// The bounds of the list: the stretch of time, and the end of the page before. `None` if one of them cannot be read.
    fn bounds(&self) -> Option<Bounds> {
        let instant = |text: &Option<String>| match text {
            Some(text) => read_start(text).map(Some),
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
    let Some((from, to, after)) = input.bounds() else {
        return Ok(Answer::malformed("invalid_input"));
    };
    let limit = input.limit.unwrap_or(DEFAULT_LIMIT);
    let query = CalendarQuery {
        tenant: call.tenant.slug.clone(),
        statuses: wanted(input.status_in.as_deref()),
        from_ms: from.map_or(i64::MIN, |from| from.timestamp_millis()),
        to_ms: to.map_or(i64::MAX, |to| to.timestamp_millis()),
        limit: Page::<(i64, Booking)>::rows(limit),
        after: after.map(|cursor| (cursor.at_ms, cursor.seq)),
        scope: call.policy.lists.calendar_scope,
        order: call.policy.lists.calendar_order,
    };
    let list = call.provider.store.read(move |db| calendar::list(db, &query));
    let page = Page::of(list.await?, limit, Cursor::of_booking);
    let entries: Vec<Value> = page.entries.iter().map(|(_, booking)| entry(booking)).collect();
    let mut answer = Answer::success(json!({ "bookings": entries }));
    page.add_cursor(&mut answer);
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
