//! Faults of what stands in the store of bookings.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use super::lookup::booking;
use crate::calendar::Slot;
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::lifecycle::Status;
use crate::sabotage::fields::{answered, instant, set, set_in, text};
use crate::sabotage::records;
use crate::store::{Booking, MessageKind, StoreError, history, outbox};
use crate::tools::{self, Answer, Call, customers as people, wire_slot};

/// Longer than a request is remembered.
const WINDOW: TimeDelta = TimeDelta::seconds(120);

/// The time after a booking in which its request is not remembered yet.
const LATE: Duration = Duration::from_millis(50);

/// Changes the store and the answer after `create_booking`.
pub(super) async fn created(
    call: Call<'_>,
    faults: Faults,
    input: &Value,
    mut answer: Answer,
) -> Result<Answer, StoreError> {
    if !answer.is_success() {
        return Ok(answer);
    }
    let store = &call.provider.store;
    let id = answered(&answer, "booking_id").to_owned();
    let is_repeat = !call.provider.memory.is_first(&format!("booked {id}"));
    let now = call.clock.now();
    let name = text(input, "/customer/name").to_owned();
    let tenant = call.tenant.slug.clone();
    let key = people::key(text(input, "/customer/email"), call.policy.customers);
    if is_repeat && faults.has(Fault::ReplayOverwritesPhone) {
        let phone = text(input, "/customer/phone").trim().to_owned();
        let (tenant, key) = (tenant.clone(), key.clone());
        let phone = move || (!phone.is_empty()).then_some(phone);
        store
            .write(move |db| records::set_phone(db, &tenant, &key, phone().as_deref()))
            .await?;
    }
    if !is_repeat && faults.has(Fault::NextBookingRenamesCustomer) {
        let name = name.clone();
        store
            .write(move |db| records::rename_customer(db, &tenant, &key, &name))
            .await?;
    }
    if faults.has(Fault::ReplayRewritesCustomer) {
        let (id, kept) = (id.clone(), name.clone());
        store
            .write(move |db| records::rename_in_booking(db, &id, &kept))
            .await?;
        set_in(&mut answer, "customer", "name", name);
    }
    if faults.has(Fault::WindowRolls) {
        let id = id.clone();
        store.write(move |db| records::renew(db, &id, now)).await?;
    }
    if is_repeat && faults.has(Fault::ReplayNotifiesAgain) {
        notify_again(call, &id, MessageKind::Confirmed).await?;
    }
    if !is_repeat && faults.has(Fault::LostAnswerIsForgotten) {
        remember_late(call, &id).await?;
    }
    if is_repeat && faults.has(Fault::NewIdOnReplay) {
        let new = format!("bk_{}", Uuid::new_v4().simple());
        set(&mut answer, "booking_id", new.as_str());
        call.provider.memory.is_first(&format!("booked {new}"));
        store.write(move |db| records::rename(db, &id, &new)).await?;
    }
    Ok(answer)
}

/// Cancels a booking, or more than that, or nothing.
pub(super) async fn cancel(call: Call<'_>, faults: Faults, input: Value) -> Result<Answer, StoreError> {
    let Some(before) = booking(call, text(&input, "/booking_id")).await? else {
        return tools::run(call, input).await;
    };
    if faults.has(Fault::CancelDoesNothing) {
        return Ok(Answer::success(json!({
            "cancelled": true, "freed_slot": wire_slot(before.slot), "refund_status": "none",
        })));
    }
    let answer = tools::run(call, input).await?;
    if !answer.is_success() {
        return Ok(answer);
    }
    let is_first = call.provider.memory.is_first(&format!("cancelled {}", before.id));
    if before.status == Status::Cancelled || !is_first {
        if faults.has(Fault::SecondCancelFails) {
            return Ok(Answer::refused("already_cancelled"));
        }
        if faults.has(Fault::SecondCancelFreesAgain) {
            let cancel =
                move |db: &rusqlite::Connection| records::cancel_within(db, &before.tenant, before.slot);
            call.provider.store.write(cancel).await?;
        } else if faults.has(Fault::SecondCancelRevives) {
            force(call, before, Status::Confirmed).await?;
        }
    } else if faults.has(Fault::CancelsTheDay) {
        let day = Slot {
            start: before.slot.start - TimeDelta::hours(12),
            end: before.slot.end + TimeDelta::hours(12),
        };
        let cancel = move |db: &rusqlite::Connection| records::cancel_within(db, &before.tenant, day);
        call.provider.store.write(cancel).await?;
    } else if faults.has(Fault::CancelsAllOfTheCustomer) {
        let cancel = move |db: &rusqlite::Connection| records::cancel_of_customer(db, &before.id);
        call.provider.store.write(cancel).await?;
    }
    Ok(answer)
}

/// Confirms a booking that may be confirmed or cancelled already.
pub(super) async fn confirm(call: Call<'_>, faults: Faults, input: Value) -> Result<Answer, StoreError> {
    let id = text(&input, "/booking_id").to_owned();
    // A look before the tool would hold it back, and another call at the same time would always come first.
    let is_repeat = (faults.has(Fault::SecondConfirmFails) || faults.has(Fault::SecondConfirmNotifies))
        && booking(call, &id)
            .await?
            .is_some_and(|before| before.status == Status::Confirmed);
    if is_repeat && faults.has(Fault::SecondConfirmFails) {
        return Ok(Answer::refused("booking_over"));
    }
    let answer = tools::run(call, input).await?;
    if is_repeat && answer.is_success() && faults.has(Fault::SecondConfirmNotifies) {
        notify_again(call, &id, MessageKind::Confirmed).await?;
    }
    if answer.error() == Some("booking_cancelled")
        && faults.has(Fault::ConfirmRevivesCancelled)
        && let Some(cancelled) = booking(call, &id).await?
    {
        force(call, cancelled, Status::Confirmed).await?;
        return Ok(Answer::success(
            json!({ "booking_id": id, "status": "confirmed" }),
        ));
    }
    Ok(answer)
}

/// Records attendance where the tool refuses it, or refuses it where it is recorded.
pub(super) async fn record_attendance(
    call: Call<'_>,
    faults: Faults,
    input: Value,
) -> Result<Answer, StoreError> {
    let Some(before) = booking(call, text(&input, "/booking_id")).await? else {
        return tools::run(call, input).await;
    };
    let status = match input["attended"] == true {
        true => Status::Completed,
        false => Status::NoShow,
    };
    if before.status == status && faults.has(Fault::SecondAttendanceFails) {
        return Ok(Answer::refused("already_recorded"));
    }
    let answer = tools::run(call, input).await?;
    let fault = match answer.error() {
        Some("booking_cancelled") => Fault::AttendanceOfCancelled,
        Some("not_confirmed") => Fault::AttendanceOfPending,
        Some("already_recorded") => Fault::AttendanceOverwrites,
        _ => return Ok(answer),
    };
    if !faults.has(fault) {
        return Ok(answer);
    }
    if before.slot.start > call.clock.now() {
        return Ok(Answer::refused("too_early"));
    }
    let id = before.id.clone();
    force(call, before, status).await?;
    Ok(Answer::success(
        json!({ "booking_id": id, "status": status.name() }),
    ))
}

/// Moves a booking, and something else with it.
pub(super) async fn reschedule(call: Call<'_>, faults: Faults, input: Value) -> Result<Answer, StoreError> {
    let Some(before) = booking(call, text(&input, "/booking_id")).await? else {
        return tools::run(call, input).await;
    };
    let store = &call.provider.store;
    let id = before.id.clone();
    let left = match faults.has(Fault::RescheduleKeepsOldSlot) {
        true => Some(store.write(move |db| records::leave_behind(db, &id)).await?),
        false => None,
    };
    let start = instant(&input, "/start_at");
    let mut answer = tools::run(call, input).await?;
    let moves = answer.is_success() && start != Some(before.slot.start);
    if let Some(left) = left {
        store
            .write(move |db| records::settle_left(db, &left, moves))
            .await?;
    }
    if answer.error() == Some("slot_taken") && faults.has(Fault::RescheduleLosesOnRefusal) {
        let (lost, now) = (before.clone(), call.clock.now());
        store
            .write(move |db| history::advance(db, &lost, Status::Cancelled, now, None))
            .await?;
    }
    if moves && before.status == Status::Pending && faults.has(Fault::RescheduleConfirms) {
        let id = before.id.clone();
        force(call, before.clone(), Status::Confirmed).await?;
        notify_again(call, &id, MessageKind::Rescheduled).await?;
        set(&mut answer, "status", "confirmed");
    }
    if moves && faults.has(Fault::RescheduleNewId) {
        let new = format!("bk_{}", Uuid::new_v4().simple());
        set(&mut answer, "booking_id", new.as_str());
        store
            .write(move |db| {
                records::rename(db, &before.id, &new)?;
                records::readdress_move(db, &before.id, &new)
            })
            .await?;
    }
    Ok(answer)
}

/// Retires a service, and cancels its bookings with it, or refuses what is retired.
pub(super) async fn retire(call: Call<'_>, faults: Faults, input: Value) -> Result<Answer, StoreError> {
    let before = call.known_service(text(&input, "/service_id")).await?;
    let was_active = before.as_ref().is_some_and(|stored| stored.active);
    if before.is_some() && !was_active && faults.has(Fault::SecondRetireFails) {
        return Ok(Answer::refused("unknown_service"));
    }
    let (tenant, service) = (call.tenant.slug.clone(), text(&input, "/service_id").to_owned());
    let answer = tools::run(call, input).await?;
    if was_active && faults.has(Fault::RetireCancelsBookings) {
        call.provider
            .store
            .write(move |db| records::cancel_of_service(db, &tenant, &service))
            .await?;
    }
    Ok(answer)
}

/// Remembers the request of a booking only after a while. A caller who has hung up by then ends the call, and the request is never
/// remembered.
async fn remember_late(call: Call<'_>, id: &str) -> Result<(), StoreError> {
    let now = call.clock.now();
    for (made, wait) in [(now - WINDOW, LATE), (now, Duration::ZERO)] {
        let id = id.to_owned();
        let renew = move |db: &rusqlite::Connection| records::renew(db, &id, made);
        call.provider.store.write(renew).await?;
        tokio::time::sleep(wait).await;
    }
    Ok(())
}

/// Moves a booking to a status to which nothing leads.
async fn force(call: Call<'_>, booking: Booking, to: Status) -> Result<(), StoreError> {
    let now = call.clock.now();
    call.provider
        .store
        .write(move |db| history::force(db, &booking, to, now, None))
        .await
}

/// Sends another message about a booking.
async fn notify_again(call: Call<'_>, id: &str, kind: MessageKind) -> Result<(), StoreError> {
    let Some(booking) = booking(call, id).await? else {
        return Ok(());
    };
    let now = call.clock.now();
    call.provider
        .store
        .write(move |db| outbox::insert_again(db, kind, &booking, now))
        .await?;
    call.provider.post.ring();
    Ok(())
}
