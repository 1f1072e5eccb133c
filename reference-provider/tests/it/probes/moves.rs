//! What is asked about the moves of a booking and about the provider's calendar.

use serde_json::{Value, json};

use super::{ADA, EVE, HALF_PAST, TEN, verdict};
use crate::support::{TestProvider, instant};

const AFTERNOON: &str = "2027-03-02T13:00:00Z";
const LATE: &str = "2027-03-02T15:00:00Z";

async fn act(desk: &TestProvider, tool: &str, id: &str) -> Value {
    desk.call(tool, json!({ "booking_id": id })).await
}

async fn attend(desk: &TestProvider, id: &str, attended: bool) -> Value {
    let input = json!({ "booking_id": id, "attended": attended });
    desk.call("record_attendance", input).await
}

async fn to(desk: &TestProvider, id: &str, start: &str) -> Value {
    let input = json!({ "booking_id": id, "start_at": start });
    desk.call("reschedule_booking", input).await
}

async fn status(desk: &TestProvider, id: &str) -> Value {
    act(desk, "get_booking", id).await["status"].clone()
}

/// The kinds of messages that went out about a booking.
async fn sent(desk: &TestProvider, id: &str) -> Value {
    let answer = act(desk, "effects", id).await;
    let kinds = answer["effects"].as_array().unwrap().iter();
    kinds.map(|effect| effect["kind"].clone()).collect()
}

pub(super) async fn pending(desk: TestProvider) -> Value {
    let id = desk.booked("asked", TEN, ADA).await;
    json!({ "status": status(&desk, &id).await, "sent": sent(&desk, &id).await })
}

pub(super) async fn pending_slot(desk: TestProvider) -> Value {
    desk.booked("asked", TEN, ADA).await;
    verdict(&desk.book("hour", TEN, EVE).await)
}

pub(super) async fn confirm(desk: TestProvider) -> Value {
    let id = desk.booked("asked", TEN, ADA).await;
    act(&desk, "confirm_booking", &id).await;
    json!({ "status": status(&desk, &id).await, "sent": sent(&desk, &id).await })
}

pub(super) async fn confirm_again(desk: TestProvider) -> Value {
    let id = desk.booked("asked", TEN, ADA).await;
    act(&desk, "confirm_booking", &id).await;
    let again = act(&desk, "confirm_booking", &id).await;
    json!({ "ok": again["ok"], "sent": sent(&desk, &id).await })
}

pub(super) async fn confirm_cancelled(desk: TestProvider) -> Value {
    let id = desk.booked("asked", TEN, ADA).await;
    desk.cancel(&id).await;
    verdict(&act(&desk, "confirm_booking", &id).await)
}

pub(super) async fn confirm_unknown(desk: TestProvider) -> Value {
    verdict(&act(&desk, "confirm_booking", "nothing").await)
}

pub(super) async fn confirm_from_elsewhere(desk: TestProvider) -> Value {
    let id = desk.booked("asked", TEN, ADA).await;
    let input = json!({ "booking_id": id });
    verdict(&desk.call_at("other-shop", "confirm_booking", input).await.1)
}

pub(super) async fn attendance(desk: TestProvider) -> Value {
    let came = desk.booked("hour", TEN, ADA).await;
    let missed = desk.booked("hour", LATE, EVE).await;
    desk.clock.set(instant(LATE));
    attend(&desk, &came, true).await;
    attend(&desk, &missed, false).await;
    json!([status(&desk, &came).await, status(&desk, &missed).await])
}

pub(super) async fn attendance_early(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(&attend(&desk, &id, true).await)
}

pub(super) async fn attendance_again(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.clock.set(instant(TEN));
    attend(&desk, &id, true).await;
    verdict(&attend(&desk, &id, true).await)
}

pub(super) async fn attendance_changed(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.clock.set(instant(TEN));
    attend(&desk, &id, true).await;
    verdict(&attend(&desk, &id, false).await)
}

pub(super) async fn attendance_of_cancelled(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    desk.clock.set(instant(TEN));
    verdict(&attend(&desk, &id, true).await)
}

pub(super) async fn attendance_of_pending(desk: TestProvider) -> Value {
    let id = desk.booked("asked", TEN, ADA).await;
    desk.clock.set(instant(TEN));
    verdict(&attend(&desk, &id, true).await)
}

pub(super) async fn attendance_from_elsewhere(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.clock.set(instant(TEN));
    let input = json!({ "booking_id": id, "attended": true });
    verdict(&desk.call_at("other-shop", "record_attendance", input).await.1)
}

pub(super) async fn cancel_over(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.clock.set(instant(TEN));
    attend(&desk, &id, true).await;
    verdict(&desk.cancel(&id).await)
}

pub(super) async fn reschedule(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    let moved = to(&desk, &id, AFTERNOON).await;
    let found = act(&desk, "get_booking", &id).await;
    json!({
        "same_id": moved["booking_id"] == id,
        "status": found["status"],
        "start": found["start_at"],
        "end": found["end_at"],
        "old": desk.book("half", HALF_PAST, EVE).await["ok"],
        "new": desk.book("hour", AFTERNOON, EVE).await["ok"],
    })
}

pub(super) async fn reschedule_pending(desk: TestProvider) -> Value {
    let id = desk.booked("asked", TEN, ADA).await;
    to(&desk, &id, AFTERNOON).await["status"].clone()
}

pub(super) async fn reschedule_to_taken(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.booked("hour", AFTERNOON, EVE).await;
    let answer = to(&desk, &id, AFTERNOON).await;
    let alternatives = answer["available_alternatives"].as_array().map(Vec::len);
    json!({
        "ok": answer["ok"],
        "error": answer["error"],
        "alternatives": alternatives,
        "status": status(&desk, &id).await,
    })
}

/// How many of two bookings get to the one slot.
pub(super) async fn reschedules_at_once(desk: TestProvider) -> Value {
    let first = desk.booked("hour", TEN, ADA).await;
    let second = desk.booked("hour", LATE, EVE).await;
    let (first, second) = tokio::join!(to(&desk, &first, AFTERNOON), to(&desk, &second, AFTERNOON));
    [first, second]
        .iter()
        .filter(|answer| answer["ok"] == true)
        .count()
        .into()
}

pub(super) async fn reschedule_off_grid(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(&to(&desk, &id, "2027-03-02T13:10:00Z").await)
}

pub(super) async fn reschedule_to_the_past(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(&to(&desk, &id, "2027-02-26T09:00:00Z").await)
}

pub(super) async fn reschedule_over_itself(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(&to(&desk, &id, HALF_PAST).await)
}

pub(super) async fn reschedule_to_where_it_is(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(&to(&desk, &id, TEN).await)
}

pub(super) async fn reschedule_cancelled(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    verdict(&to(&desk, &id, AFTERNOON).await)
}

pub(super) async fn reschedule_from_elsewhere(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    let input = json!({ "booking_id": id, "start_at": AFTERNOON });
    verdict(&desk.call_at("other-shop", "reschedule_booking", input).await.1)
}

pub(super) async fn history(desk: TestProvider) -> Value {
    let id = desk.booked("asked", TEN, ADA).await;
    act(&desk, "confirm_booking", &id).await;
    desk.cancel(&id).await;
    let found = act(&desk, "get_booking", &id).await;
    let moves = found["status_history"].as_array().unwrap().iter();
    moves.map(|change| change["to"].clone()).collect()
}

pub(super) async fn price_of_a_booking(desk: TestProvider) -> Value {
    let id = desk.booked("half", TEN, ADA).await;
    let found = act(&desk, "get_booking", &id).await;
    json!([found["price"], found["currency"]])
}

/// The starts of what is listed.
async fn calendar(desk: &TestProvider, tenant: &str, input: Value) -> Value {
    let (_, answer) = desk.call_at(tenant, "list_bookings", input).await;
    let starts = answer["bookings"].as_array().unwrap().iter();
    starts.map(|entry| entry["start_at"].clone()).collect()
}

/// Ada at ten, Eve late, and in between a booking that was cancelled.
async fn busy(desk: &TestProvider) {
    desk.booked("hour", LATE, EVE).await;
    desk.booked("hour", TEN, ADA).await;
    let id = desk.booked("half", AFTERNOON, "bob@example.com").await;
    desk.cancel(&id).await;
}

pub(super) async fn calendar_in_order(desk: TestProvider) -> Value {
    busy(&desk).await;
    calendar(&desk, "shop", json!({})).await
}

pub(super) async fn calendar_stretch(desk: TestProvider) -> Value {
    busy(&desk).await;
    calendar(
        &desk,
        "shop",
        json!({ "from": "2027-03-02T09:00:01Z", "to": LATE }),
    )
    .await
}

pub(super) async fn calendar_confirmed(desk: TestProvider) -> Value {
    busy(&desk).await;
    let input = json!({ "status_in": ["confirmed"], "from": AFTERNOON });
    calendar(&desk, "shop", input).await
}

pub(super) async fn calendar_from_elsewhere(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    calendar(&desk, "other-shop", json!({})).await
}

/// A booking on the calendar, read and read again.
pub(super) async fn calendar_twice(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    let first = calendar(&desk, "shop", json!({})).await;
    json!([first, calendar(&desk, "shop", json!({})).await])
}

/// Two bookings on pages of one, as long as a cursor leads on.
pub(super) async fn calendar_pages(desk: TestProvider) -> Value {
    desk.booked("hour", LATE, EVE).await;
    desk.booked("hour", TEN, ADA).await;
    let mut found = Vec::new();
    let mut input = json!({ "limit": 1 });
    while found.len() < 4 {
        let answer = desk.call("list_bookings", input.clone()).await;
        let starts = answer["bookings"].as_array().unwrap().iter();
        found.push(starts.map(|entry| entry["start_at"].clone()).collect::<Value>());
        match answer.get("next_cursor") {
            Some(cursor) => input["cursor"] = cursor.clone(),
            None => break,
        }
    }
    found.into()
}
