//! Faults of the answers about one booking.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::calendar::Slot;
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::sabotage::fields::{answered, entries, instant, set, set_in, shift, shift_in, text};
use crate::sabotage::refusals::request_key;
use crate::store::StoreError;
use crate::tools::{Answer, Call, read_start, wire_slot, wire_time};

/// The answer of `create_booking`.
pub(super) async fn created(
    call: Call<'_>,
    faults: Faults,
    asked: &Value,
    mut answer: Answer,
) -> Result<Answer, StoreError> {
    let is_long = text(asked, "/notes").chars().count() > 1000;
    if is_long && faults.has(Fault::BooksDespiteError) && answer.error() != Some("invalid_service") {
        return Ok(Answer::malformed("invalid_input"));
    }
    if answer.error() == Some("slot_taken") {
        return refused(call, faults, asked, answer).await;
    }
    if !answer.is_success() {
        return Ok(answer);
    }
    if faults.has(Fault::ShiftedStart) {
        shift_in(&mut answer, "start_at", TimeDelta::hours(1));
        shift_in(&mut answer, "end_at", TimeDelta::hours(1));
    }
    if faults.has(Fault::SixtyMinutesForAll)
        && let Some(start) = read_start(answered(&answer, "start_at"))
    {
        set(&mut answer, "end_at", wire_time(start + TimeDelta::hours(1)));
    }
    if faults.has(Fault::WrongEndAt) {
        shift_in(&mut answer, "end_at", TimeDelta::minutes(30));
    }
    if faults.has(Fault::EscapesNames) {
        let name = escaped(answer.body["customer"]["name"].as_str().unwrap_or_default());
        set_in(&mut answer, "customer", "name", name);
    }
    if faults.has(Fault::UnstableServiceIds) {
        set_in(&mut answer, "service", "id", text(asked, "/service_id"));
    }
    if faults.has(Fault::WrongServiceEcho) {
        set_in(&mut answer, "service", "id", "another-service");
    }
    if faults.has(Fault::WrongEmailEcho) {
        set_in(&mut answer, "customer", "email", "somebody.else@example.com");
    }
    if faults.has(Fault::AnswersUnconfirmed) {
        set(&mut answer, "confirmed", false);
    }
    Ok(if faults.has(Fault::OkWithoutBookingId) {
        answer.without("booking_id")
    } else {
        answer
    })
}

/// The answer of `create_booking` where the slot is taken.
async fn refused(
    call: Call<'_>,
    faults: Faults,
    asked: &Value,
    mut answer: Answer,
) -> Result<Answer, StoreError> {
    if faults.has(Fault::NoAlternatives) {
        return Ok(answer.without("available_alternatives"));
    }
    let service = call.service(text(asked, "/service_id")).await?;
    let length = service.map_or(TimeDelta::hours(1), |service| service.duration());
    let slot_at = |start| Slot {
        start,
        end: start + length,
    };
    if let Some(alternatives) = entries(&mut answer, "available_alternatives") {
        if faults.has(Fault::AlternativesFarthestFirst) {
            alternatives.reverse();
        }
        if faults.has(Fault::AlternativesTaken)
            && let Some(start) = instant(asked, "/start_at")
        {
            alternatives.insert(0, wire_slot(slot_at(start)));
        }
        if faults.has(Fault::AlternativesEmpty) {
            alternatives.clear();
        }
        if faults.has(Fault::AlternativesPast) {
            alternatives.insert(0, wire_slot(slot_at(call.clock.now() - TimeDelta::days(1))));
        }
        if faults.has(Fault::AlternativesOfOtherLength) {
            for slot in alternatives {
                shift(slot, "end_at", length / 2 - length);
            }
        }
    }
    if faults.has(Fault::CachesRefusals)
        && let Some(key) = request_key(call, asked)
    {
        let alternatives = answer.body.get("available_alternatives");
        call.provider
            .memory
            .refuse(key, alternatives.cloned().unwrap_or_default());
    }
    Ok(answer)
}

/// The answer of `cancel_booking`.
pub(super) fn cancelled(faults: Faults, mut answer: Answer) -> Answer {
    if answer.error() == Some("unknown_booking") && faults.has(Fault::CancelUnknownOk) {
        return Answer::success(json!({ "cancelled": true, "refund_status": "none" }));
    }
    if !answer.is_success() {
        return answer;
    }
    if faults.has(Fault::WrongFreedSlot)
        && let Some(freed) = answer.body.get_mut("freed_slot")
    {
        shift(freed, "start_at", TimeDelta::hours(1));
        shift(freed, "end_at", TimeDelta::hours(1));
    }
    if faults.has(Fault::UnknownRefundStatus) {
        set(&mut answer, "refund_status", "perhaps");
    }
    answer
}

/// The answer of `get_booking`.
pub(super) fn shown(faults: Faults, mut answer: Answer) -> Answer {
    if faults.has(Fault::GetBookingIgnoresCancel) && answered(&answer, "status") == "cancelled" {
        set(&mut answer, "status", "confirmed");
    }
    if let Some(moves) = entries(&mut answer, "status_history") {
        if faults.has(Fault::GetBookingForgetsHistory) {
            moves.drain(..moves.len().saturating_sub(1));
        }
        if faults.has(Fault::GetBookingHistoryLatestFirst) {
            moves.reverse();
        }
    }
    if faults.has(Fault::GetBookingWithoutPrice) {
        answer = answer.without("price").without("currency");
    }
    answer
}

/// The answer of `confirm_booking`.
pub(super) fn confirmed(faults: Faults, asked: &Value, answer: Answer) -> Answer {
    if answer.error() == Some("unknown_booking") && faults.has(Fault::ConfirmUnknownOk) {
        return Answer::success(json!({ "booking_id": asked["booking_id"], "status": "confirmed" }));
    }
    answer
}

/// The answer of `reschedule_booking`.
pub(super) fn moved(faults: Faults, answer: Answer) -> Answer {
    if faults.has(Fault::RescheduleWithoutAlternatives) {
        return answer.without("available_alternatives");
    }
    answer
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#39;")
}
