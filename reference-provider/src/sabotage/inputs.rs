//! Faults of inputs that the schema admits: what is changed before the tool sees them.

use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

use super::fields::{instant, remove, text};
use crate::fault::{Fault, Faults};
use crate::tools::cursor::Cursor;
use crate::tools::{Call, tag, wire_time};

/// The statuses of bookings that are not cancelled.
const STANDING: [&str; 4] = ["pending", "confirmed", "completed", "no_show"];

/// The length of a booking's id: `bk_` and 32 digits.
const ID_LENGTH: usize = 35;

/// Changes what a tool gets.
pub(super) fn change(call: &mut Call<'_>, faults: Faults, input: &mut Value) {
    if faults.has(Fault::UnstableServiceIds)
        && let Some((stable, _)) = text(input, "/service_id").rsplit_once('~')
    {
        input["service_id"] = stable.to_owned().into();
    }
    match call.tool {
        "create_booking" => {
            if faults.has(Fault::IgnoresOffset)
                && let Ok(start) = DateTime::parse_from_rfc3339(text(input, "/start_at"))
            {
                input["start_at"] = format!("{:?}Z", start.naive_local()).into();
            }
            if faults.has(Fault::RelativeCancellationUrl) {
                call.base_url = Some("");
            }
        }
        "record_attendance" if faults.has(Fault::AttendanceSwaps) => {
            let attended = input["attended"] == true;
            input["attended"] = (!attended).into();
        }
        "get_customer" if faults.has(Fault::HistoryIgnoresLimit) => input["limit"] = u32::MAX.into(),
        "tag_customer" => tags(call, faults, input),
        "create_service" => service(faults, input),
        "cancel_booking" if faults.has(Fault::CancelIgnoresTheRest) => {
            if let Some(id) = text(input, "/booking_id").get(..ID_LENGTH) {
                input["booking_id"] = id.to_owned().into();
            }
        }
        "effects" if faults.has(Fault::EffectsOfEveryBooking) => remove(input, "booking_id"),
        "list_bookings_for_customer" => customers_bookings(faults, input),
        "list_bookings" => calendar(faults, input),
        "list_customers" => customers(faults, input),
        _ => {}
    }
}

fn tags(call: &Call<'_>, faults: Faults, input: &mut Value) {
    let given = |key: &str| -> Vec<String> {
        let tags = input[key].as_array().into_iter().flatten();
        tags.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    };
    let Some((mut added, _)) = tag::sets(&given("tags_add"), &given("tags_remove"), call.policy.tags.case)
    else {
        return;
    };
    if faults.has(Fault::TagLost)
        && let Some(last) = added.pop_last()
    {
        input["tags_add"] = json!([last]);
    }
    if faults.has(Fault::TagsNotRemoved) {
        remove(input, "tags_remove");
    }
}

fn service(faults: Faults, input: &mut Value) {
    if faults.has(Fault::WaitsByDefault) && input.get("requires_confirmation").is_none() {
        input["requires_confirmation"] = true.into();
    }
    if faults.has(Fault::RoundsDurations)
        && let Some(minutes) = input["duration_minutes"].as_f64()
    {
        input["duration_minutes"] = ((minutes / 15.0).ceil() * 15.0).into();
    }
    if faults.has(Fault::PriceAsFloat)
        && let Ok(price) = text(input, "/price").parse::<f32>()
    {
        input["price"] = format!("{price:.2}").into();
    }
    if faults.has(Fault::ServiceInTenantsCurrency) {
        remove(input, "currency");
    }
}

fn customers_bookings(faults: Faults, input: &mut Value) {
    if faults.has(Fault::ListHidesCancelled) {
        hide_cancelled(input);
    }
    if faults.has(Fault::ListIgnoresStatus)
        && let Some(statuses) = input.get_mut("status_in").and_then(Value::as_array_mut)
    {
        statuses.push("cancelled".into());
    }
    if faults.has(Fault::ListTakesOneStatus)
        && let Some(statuses) = input.get_mut("status_in").and_then(Value::as_array_mut)
    {
        statuses.truncate(1);
    }
    if faults.has(Fault::ListsPastByDefault) {
        input["include_past"] = true.into();
    }
    if faults.has(Fault::ListLimitOffByOne) || (faults.has(Fault::PagesLoseOne) && has_cursor(input)) {
        one_more(input);
    }
    if faults.has(Fault::ListIgnoresLimit) {
        input["limit"] = (u32::MAX - 1).into();
    }
    if faults.has(Fault::PagesOverlap) {
        move_cursor(input, 1);
    }
}

fn calendar(faults: Faults, input: &mut Value) {
    if faults.has(Fault::CalendarIgnoresFrom) {
        remove(input, "from");
    }
    if faults.has(Fault::CalendarIncludesTo)
        && let Some(to) = instant(input, "/to")
    {
        input["to"] = wire_time(to + TimeDelta::milliseconds(1)).into();
    }
    if faults.has(Fault::CalendarIgnoresStatus) {
        remove(input, "status_in");
    }
    if faults.has(Fault::CalendarHidesCancelled) {
        hide_cancelled(input);
    }
    if faults.has(Fault::CalendarLimitOffByOne)
        || (faults.has(Fault::CalendarPagesLoseOne) && has_cursor(input))
    {
        one_more(input);
    }
    if faults.has(Fault::CalendarPagesOverlap) {
        move_cursor(input, -1);
    }
}

fn customers(faults: Faults, input: &mut Value) {
    if faults.has(Fault::CustomersIgnoreTag) {
        remove(input, "tag");
    }
    if faults.has(Fault::CustomersIgnoreQuery) {
        remove(input, "query");
    }
    if faults.has(Fault::CustomersLimitOffByOne) || (faults.has(Fault::ListSkipsOne) && has_cursor(input)) {
        one_more(input);
    }
    if faults.has(Fault::CustomerPagesOverlap) {
        move_cursor(input, 1);
    }
}

fn hide_cancelled(input: &mut Value) {
    match input.get_mut("status_in").and_then(Value::as_array_mut) {
        Some(statuses) => statuses.retain(|status| status != "cancelled"),
        None => input["status_in"] = json!(STANDING),
    }
}

fn has_cursor(input: &Value) -> bool {
    input.get("cursor").is_some()
}

/// Raises the limit by one; without a limit, a page has 50 entries.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the schema keeps it within 1 and 100"
)]
fn one_more(input: &mut Value) {
    let limit = input.get("limit").and_then(Value::as_f64).unwrap_or(50.0);
    input["limit"] = (limit.floor() as u64 + 1).into();
}

/// Moves the cursor by places in the order of making.
fn move_cursor(input: &mut Value, by: i64) {
    if let Some(cursor) = Cursor::read(text(input, "/cursor")) {
        let moved = Cursor {
            seq: cursor.seq + by,
            ..cursor
        };
        input["cursor"] = moved.written().into();
    }
}
