//! What is asked of a provider to see whether it is wrong, and where.

mod customers;
mod invoices;
mod moves;
mod overlaps;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use reference_provider::Fault;
use serde_json::{Value, json};

use self::invoices::*;
use self::moves::*;
use self::overlaps::*;
use self::views::*;
use crate::service_probes;
use crate::support::{TestProvider, booking, instant};

const DAY: &str = "2027-03-02";
const TEN: &str = "2027-03-02T09:00:00Z";
const HALF_PAST: &str = "2027-03-02T09:30:00Z";
const ELEVEN: &str = "2027-03-02T10:00:00Z";
const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// What each probe came to.
pub(crate) type Answers = BTreeMap<&'static str, Value>;

/// The answers to all probes, each asked of a provider of its own.
pub(crate) async fn observe(fault: Option<Fault>) -> Answers {
    let desk = || TestProvider::faulty(fault.as_slice());
    let mut seen = BTreeMap::new();
    macro_rules! probe {
        ($($name:ident)+) => { $(seen.insert(stringify!($name), $name(desk()).await);)+ };
    }
    probe! {
        book id_length repeat repeat_in_other_case repeat_after_cancel repeat_after_the_window taken_slot race
        race_of_repeats list_from_elsewhere
        repeat_late repeat_with_other_name other_service_of_the_same_customer other_start other_tenant start_now
        zoneless_start bad_email name refusal_status malformed_status impossible_date_status summer_slots western_slots list_default
        half_overlap other_service_overlap back_to_back off_grid past unknown_service alternatives offset
        end_from_caller twice_cancelled cancel_longer_id foreign_reason echo_of_a_service list_of_a_pattern list_of_two_statuses
        listed_service
        unknown_keys unknown_top_key empty_name number_as_text null_notes short_name empty_notes wide_notes
        long_notes empty_reason highest_limit cancel cancel_unknown cancel_twice cancel_from_elsewhere slot_after_cancel
        slots slots_with_a_booking past_slots impossible_date slots_of_unknown_service services_twice
        list list_in_other_case list_of_another list_confirmed list_cancelled list_one
        repeat_after_a_repeat earlier_today soon rest_of_a_booking_in_progress slot_in_progress
        confirmations confirmations_of_a_repeat notices_of_a_cancellation reminders reminders_of_a_cancelled_booking
        effects_of_an_unknown_booking
        pages get_cancelled get_from_elsewhere keys_of_a_success unknown_service_in_the_past
        freed_after_a_refusal start_soon book_half second_cancel slots_twice slots_read_often services list_of_a_prefix list_fields
        pending pending_slot confirm confirm_again confirm_cancelled confirm_unknown confirm_from_elsewhere
        attendance attendance_early attendance_again attendance_changed attendance_of_cancelled attendance_of_pending
        attendance_from_elsewhere cancel_over
        reschedule reschedule_pending reschedule_to_taken reschedules_at_once reschedule_off_grid reschedule_to_the_past
        reschedule_over_itself reschedule_to_where_it_is reschedule_cancelled reschedule_from_elsewhere
        history price_of_a_booking calendar_in_order calendar_stretch calendar_confirmed calendar_from_elsewhere calendar_pages calendar_twice
        race_of_overlaps race_of_services around_a_booking within_a_booking same_name_at_another_host date_as_a_start
        invoice invoices_of_repeats invoices_of_a_race invoice_of_nothing invoice_after_cancel invoice_from_elsewhere
        invoice_numbers read_invoice read_invoice_twice read_unknown_invoice read_late read_cancelled_invoice read_from_elsewhere
    }
    seen.append(&mut service_probes::observe(desk).await);
    seen.append(&mut customers::observe(fault).await);
    seen
}

/// Whether it worked, or why not.
pub(crate) fn verdict(answer: &Value) -> Value {
    json!({ "ok": answer["ok"], "error": answer["error"] })
}

async fn listed(desk: &TestProvider, input: Value) -> Vec<Value> {
    let answer = desk.call("list_bookings_for_customer", input).await;
    match answer["bookings"].as_array() {
        Some(bookings) => bookings.iter().map(|entry| entry["start_at"].clone()).collect(),
        None => vec![answer["error"].clone()],
    }
}

async fn lists(desk: &TestProvider, start: &str) -> bool {
    desk.free("hour", DAY)
        .await
        .iter()
        .any(|one| one.starts_with(start.trim_end_matches('Z')))
}

async fn book(desk: TestProvider) -> Value {
    let mut answer = desk.book("hour", TEN, ADA).await;
    let fields = answer.as_object_mut().unwrap();
    if fields.contains_key("booking_id") {
        fields["booking_id"] = "an id".into();
    }
    let absolute = fields["cancellation_url"]
        .as_str()
        .unwrap()
        .starts_with("http://");
    fields["cancellation_url"] = absolute.into();
    answer
}

async fn id_length(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await.len().into()
}

async fn repeat(desk: TestProvider) -> Value {
    let first = desk.book("hour", TEN, ADA).await;
    let second = desk.book("hour", TEN, ADA).await;
    json!({ "same": first["booking_id"] == second["booking_id"], "ok": second["ok"] })
}

async fn repeat_late(desk: TestProvider) -> Value {
    let first = desk.book("hour", TEN, ADA).await;
    desk.advance(TimeDelta::seconds(45));
    let second = desk.book("hour", TEN, ADA).await;
    json!({ "same": first["booking_id"] == second["booking_id"], "ok": second["ok"] })
}

async fn repeat_after_a_repeat(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    desk.advance(TimeDelta::seconds(40));
    desk.book("hour", TEN, ADA).await;
    desk.advance(TimeDelta::seconds(25));
    verdict(&desk.book("hour", TEN, ADA).await)
}

async fn earlier_today(desk: TestProvider) -> Value {
    desk.clock.set(instant(HALF_PAST));
    verdict(&desk.book("hour", TEN, ADA).await)
}

async fn soon(desk: TestProvider) -> Value {
    desk.clock.set(instant(TEN));
    verdict(&desk.book("hour", ELEVEN, ADA).await)
}

async fn rest_of_a_booking_in_progress(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    desk.clock.set(instant(TEN) + TimeDelta::minutes(10));
    verdict(&desk.book("half", HALF_PAST, EVE).await)
}

async fn slot_in_progress(desk: TestProvider) -> Value {
    desk.clock.set(instant(TEN) + TimeDelta::minutes(10));
    lists(&desk, TEN).await.into()
}

/// What went out, in order.
async fn sent(desk: &TestProvider) -> Value {
    let answer = desk.call("effects", json!({})).await;
    let kinds = answer["effects"].as_array().unwrap().iter();
    kinds.map(|effect| effect["kind"].clone()).collect()
}

async fn confirmations(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    sent(&desk).await
}

async fn confirmations_of_a_repeat(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    desk.book("hour", TEN, ADA).await;
    sent(&desk).await
}

async fn notices_of_a_cancellation(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    desk.cancel(&id).await;
    sent(&desk).await
}

async fn effects_of_an_unknown_booking(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    let answer = desk.call("effects", json!({ "booking_id": "bk_unknown" })).await;
    answer["effects"].as_array().map(Vec::len).into()
}

/// How often a customer is reminded of a booking of tomorrow, 23 hours before it begins.
async fn reminded(desk: &TestProvider) -> Value {
    desk.call("advance_clock", json!({ "seconds": 7200 })).await;
    let sent = sent(desk).await;
    let kinds = sent.as_array().unwrap().iter();
    kinds.filter(|kind| *kind == "booking_reminder").count().into()
}

async fn reminders(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    reminded(&desk).await
}

async fn reminders_of_a_cancelled_booking(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    reminded(&desk).await
}

async fn repeat_with_other_name(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    let mut input = booking("hour", TEN, ADA);
    input["customer"]["name"] = "Countess".into();
    desk.call("create_booking", input).await["customer"]["name"].clone()
}

async fn other_service_of_the_same_customer(desk: TestProvider) -> Value {
    desk.book("half", TEN, ADA).await;
    verdict(&desk.book("hour", TEN, ADA).await)
}

async fn other_start(desk: TestProvider) -> Value {
    let first = desk.booked("half", TEN, ADA).await;
    let other = desk.book("half", ELEVEN, ADA).await;
    (other["booking_id"] == first).into()
}

async fn other_tenant(desk: TestProvider) -> Value {
    let here = desk.booked("half", TEN, ADA).await;
    let (_, there) = desk
        .call_at("other-shop", "create_booking", booking("half", TEN, ADA))
        .await;
    (there["booking_id"] == here).into()
}

async fn start_now(desk: TestProvider) -> Value {
    desk.clock.set(instant(TEN));
    verdict(&desk.book("hour", TEN, ADA).await)
}

async fn zoneless_start(desk: TestProvider) -> Value {
    verdict(&desk.book("hour", TEN.trim_end_matches('Z'), ADA).await)
}

async fn bad_email(desk: TestProvider) -> Value {
    verdict(&desk.book("hour", TEN, "ada@").await)
}

async fn name(desk: TestProvider) -> Value {
    let mut input = booking("hour", TEN, ADA);
    input["customer"]["name"] = "Ada O'Hara <Ltd>".into();
    desk.call("create_booking", input).await["customer"].clone()
}

async fn refusal_status(desk: TestProvider) -> Value {
    desk.call_at("shop", "create_booking", booking("nothing", TEN, ADA))
        .await
        .0
        .into()
}

async fn malformed_status(desk: TestProvider) -> Value {
    desk.call_at("shop", "create_booking", json!({})).await.0.into()
}

async fn impossible_date_status(desk: TestProvider) -> Value {
    let input = json!({ "service_id": "hour", "date": "2027-02-30" });
    desk.call_at("shop", "check_availability", input).await.0.into()
}

async fn summer_slots(desk: TestProvider) -> Value {
    let earliest = desk.free("hour", "2027-04-05").await.into_iter().min().unwrap();
    earliest[..16].into()
}

async fn western_slots(desk: TestProvider) -> Value {
    let input = json!({ "service_id": "hour", "date": DAY });
    let (_, answer) = desk.call_at("west", "check_availability", input).await;
    let starts = answer["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["start_at"].as_str().unwrap());
    starts.min().unwrap()[..16].into()
}

async fn list_default(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    desk.advance(TimeDelta::days(3));
    listed(&desk, json!({ "customer_email": ADA })).await.into()
}

async fn repeat_in_other_case(desk: TestProvider) -> Value {
    let first = desk.book("hour", TEN, ADA).await;
    let second = desk.book("hour", TEN, "ADA@example.com").await;
    json!({ "same": first["booking_id"] == second["booking_id"], "ok": second["ok"] })
}

async fn repeat_after_cancel(desk: TestProvider) -> Value {
    let first = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&first).await;
    let second = desk.book("hour", TEN, ADA).await;
    json!({ "same": second["booking_id"] == first, "ok": second["ok"] })
}

async fn repeat_after_the_window(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    desk.advance(TimeDelta::seconds(61));
    verdict(&desk.book("hour", TEN, ADA).await)
}

async fn taken_slot(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    verdict(&desk.book("hour", TEN, EVE).await)
}

async fn race(desk: TestProvider) -> Value {
    let desk = Arc::new(desk);
    let (one, other) = tokio::join!(desk.book("hour", TEN, ADA), desk.book("hour", TEN, EVE));
    [one, other]
        .iter()
        .filter(|answer| answer["ok"] == true)
        .count()
        .into()
}

/// How many different bookings the same request is answered with, made twice at one time.
async fn race_of_repeats(desk: TestProvider) -> Value {
    let (one, other) = tokio::join!(desk.book("hour", TEN, ADA), desk.book("hour", TEN, ADA));
    let ids = BTreeSet::from([one["booking_id"].as_str(), other["booking_id"].as_str()]);
    ids.len().into()
}

async fn half_overlap(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    verdict(&desk.book("hour", HALF_PAST, EVE).await)
}

async fn other_service_overlap(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    verdict(&desk.book("half", TEN, EVE).await)
}

async fn back_to_back(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    verdict(&desk.book("hour", ELEVEN, EVE).await)
}

async fn off_grid(desk: TestProvider) -> Value {
    verdict(&desk.book("hour", "2027-03-02T09:07:00Z", ADA).await)
}

async fn past(desk: TestProvider) -> Value {
    verdict(&desk.book("hour", "2020-01-01T00:00:00Z", ADA).await)
}

async fn unknown_service(desk: TestProvider) -> Value {
    verdict(&desk.book("nothing", TEN, ADA).await)
}

async fn alternatives(desk: TestProvider) -> Value {
    // Outside of opening hours, so that no fault about clashes shows here.
    let answer = desk.book("hour", "2027-03-02T03:00:00Z", ADA).await;
    json!({ "ok": answer["ok"], "error": answer["error"], "slots": answer["available_alternatives"] })
}

async fn offset(desk: TestProvider) -> Value {
    desk.book("hour", "2027-03-02T13:00:00+04:00", ADA).await;
    let ids = listed(&desk, json!({ "customer_email": ADA })).await;
    // list_misses_bookings hides it there, lists_taken_slots here.
    json!(ids.first() == Some(&json!(TEN)) || !lists(&desk, TEN).await)
}

async fn unknown_keys(desk: TestProvider) -> Value {
    let mut input = booking("hour", TEN, ADA);
    input["customer"]["age"] = 36.into();
    verdict(&desk.call("create_booking", input).await)
}

/// A booking with one value that is another.
async fn book_with(desk: &TestProvider, pointer: &str, value: Value) -> Value {
    let mut input = booking("hour", TEN, ADA);
    let (around, key) = pointer.rsplit_once('/').unwrap();
    input.pointer_mut(around).unwrap()[key] = value;
    verdict(&desk.call("create_booking", input).await)
}

async fn unknown_top_key(desk: TestProvider) -> Value {
    book_with(&desk, "/colour", "red".into()).await
}

async fn end_from_caller(desk: TestProvider) -> Value {
    let mut input = booking("hour", TEN, ADA);
    input["end_at"] = HALF_PAST.into();
    verdict(&desk.call("create_booking", input).await)
}

async fn twice_cancelled(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    desk.cancel(&id).await;
    desk.call("get_booking", json!({ "booking_id": id })).await["status"].clone()
}

async fn cancel_longer_id(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(&desk.cancel(&format!("{id}-1")).await)
}

async fn foreign_reason(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    let input = json!({ "booking_id": id, "reason": "Přeložíme" });
    desk.call_at("shop", "cancel_booking", input).await.0.into()
}

async fn echo_of_a_service(desk: TestProvider) -> Value {
    let mut named = Vec::new();
    for service in ["hour", "half"] {
        let input = json!({ "service_id": service, "date": DAY });
        named.push(desk.call("check_availability", input).await["service"]["id"].clone());
    }
    named.into()
}

async fn list_of_a_pattern(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    listed(&desk, json!({ "customer_email": "a_a@example.com" }))
        .await
        .into()
}

async fn list_of_two_statuses(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    desk.book("hour", ELEVEN, ADA).await;
    let input = json!({ "customer_email": ADA, "status_in": ["confirmed", "cancelled"] });
    listed(&desk, input).await.len().into()
}

async fn listed_service(desk: TestProvider) -> Value {
    let mut named = Vec::new();
    for (service, start, email) in [("hour", TEN, ADA), ("half", ELEVEN, EVE)] {
        desk.book(service, start, email).await;
        let answer = desk
            .call("list_bookings_for_customer", json!({ "customer_email": email }))
            .await;
        named.push(answer["bookings"][0]["service"]["id"].clone());
    }
    named.into()
}

async fn empty_name(desk: TestProvider) -> Value {
    book_with(&desk, "/customer/name", "".into()).await
}

async fn number_as_text(desk: TestProvider) -> Value {
    book_with(&desk, "/customer/phone", 420.into()).await
}

async fn null_notes(desk: TestProvider) -> Value {
    book_with(&desk, "/notes", Value::Null).await
}

async fn short_name(desk: TestProvider) -> Value {
    book_with(&desk, "/customer/name", "A".into()).await
}

async fn empty_notes(desk: TestProvider) -> Value {
    book_with(&desk, "/notes", "".into()).await
}

async fn wide_notes(desk: TestProvider) -> Value {
    book_with(&desk, "/notes", "ř".repeat(1000).into()).await
}

async fn empty_reason(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(
        &desk
            .call("cancel_booking", json!({ "booking_id": id, "reason": "" }))
            .await,
    )
}

async fn highest_limit(desk: TestProvider) -> Value {
    let input = json!({ "customer_email": ADA, "limit": 100 });
    verdict(&desk.call("list_bookings_for_customer", input).await)
}

async fn long_notes(desk: TestProvider) -> Value {
    let mut input = booking("hour", TEN, ADA);
    input["notes"] = "x".repeat(1001).into();
    let answer = desk.call("create_booking", input).await;
    let kept = !lists(&desk, TEN).await;
    json!({ "ok": answer["ok"], "error": answer["error"], "kept": kept })
}
