//! `check_availability`: the free slots of one service on one date.

use chrono::{Days, NaiveDate, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::wire_slot;
use super::spec::{ContractText, ToolSpec, typed};
use super::{Answer, Call};
use crate::calendar::Slot;
use crate::clock::Clock;
use crate::contract::Contract;
use crate::fault::Fault;
use crate::sabotage::memory;
use crate::store::{Overlap, StoreError, overlap};
use crate::tenant::Service;
use crate::version::Version;

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "check_availability",
    domain: "booking",
    contract: ContractText::PerVersion([
        include_str!("../../contract/check_availability.json"),
        include_str!("../../contract/v0.2.0/check_availability.json"),
    ]),
    input_error: input_error,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    service_id: String,
    date: String,
    duration_minutes: Option<f64>,
}

/// The code for an input that breaks the schema.
fn input_error(contract: &Contract, version: Version, input: &Value) -> &'static str {
    let date_is_wrong = contract.breaks_at(input, "/date");
    match version {
        Version::V0_1_0 => {
            let service_is_sound = input.get("service_id").is_some_and(Value::is_string);
            if service_is_sound && (date_is_wrong || input.get("date").is_none()) {
                "invalid_date"
            } else {
                "invalid_service"
            }
        }
        Version::V0_2_0 if date_is_wrong && !contract.breaks_beside(input, "/date") => "invalid_date",
        Version::V0_2_0 => "invalid_input",
    }
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let Some(service) = call.service(&input.service_id).await? else {
        return Ok(if call.faults.has(Fault::UnknownServiceEmptyList) {
            Answer::success(json!({ "slots": [], "timezone": call.tenant.calendar.timezone.name() }))
        } else {
            Answer::refused("invalid_service")
        });
    };
    let Some(date) = read_date(&input.date, call.faults.has(Fault::RollsImpossibleDates)) else {
        let mut answer = Answer::refused("invalid_date");
        if call.faults.has(Fault::ImpossibleDateIs500) {
            answer.status = 500;
        }
        return Ok(answer);
    };
    let own_length = input
        .duration_minutes
        .is_none_or(|minutes| minutes == f64::from(service.duration_minutes));
    let mut slots = if own_length {
        open_slots(call, &service, date).await?
    } else {
        Vec::new()
    };
    if call.faults.has(Fault::UnorderedSlots) {
        slots.reverse();
    }
    if call.faults.has(Fault::DuplicateSlots) {
        slots.extend_from_within(..slots.len().min(1));
        slots.sort_by_key(|slot| slot.start);
    }
    let zoneless = call.faults.has(Fault::ZonelessTimes);
    let slots: Vec<Value> = slots
        .into_iter()
        .map(|slot| {
            let mut entry = wire_slot(slot);
            if zoneless {
                for key in ["start_at", "end_at"] {
                    let bare = entry[key]
                        .as_str()
                        .map(|time| time.trim_end_matches('Z').to_owned());
                    entry[key] = bare.into();
                }
            }
            entry["available"] = true.into();
            if call.faults.has(Fault::SlotsWithoutEnd)
                && let Some(fields) = entry.as_object_mut()
            {
                fields.shift_remove("end_at");
            }
            entry
        })
        .collect();
    Ok(Answer::success(json!({
        "slots": slots,
        "service": { "id": input.service_id, "name": service.name, "duration_minutes": service.duration_minutes },
        "timezone": call.tenant.calendar.timezone.name(),
    })))
}

/// The slots that start on this date and can be booked now.
async fn open_slots(call: Call<'_>, service: &Service, date: NaiveDate) -> Result<Vec<Slot>, StoreError> {
    let offer = call.offer(service);
    let calendar = &offer.calendar;
    let now = call.clock.now();
    let past_too = call.faults.has(Fault::ListsPastSlots);
    let bookable = offer.dates(now);
    if date > *bookable.end() || (date < *bookable.start() && !past_too) {
        return Ok(Vec::new());
    }
    let day = offer.day(date);
    let mut slots = if call.faults.has(Fault::SlotsOfUtcDay) {
        let dates = [date.pred_opt(), Some(date), date.succ_opt()]
            .into_iter()
            .flatten();
        let slots = dates.flat_map(|date| calendar.slots_on(date, offer.length));
        slots.filter(|slot| slot.start.date_naive() == date).collect()
    } else {
        day.slots.clone()
    };
    if call.faults.has(Fault::LastSlotOverruns)
        && let Some(last) = slots.last().copied()
    {
        let step = TimeDelta::minutes(calendar.step_minutes.into());
        slots.push(Slot {
            start: last.start + step,
            end: last.end + step,
        });
    }
    if call.faults.has(Fault::SlotsIgnoreDst) {
        for slot in &mut slots {
            let shift = calendar.shift_since_january(slot.start);
            (slot.start, slot.end) = (slot.start + shift, slot.end + shift);
        }
    }
    let in_progress_too = call.faults.has(Fault::ListsSlotInProgress);
    let in_progress = |slot: &Slot| slot.start <= now && slot.end > now;
    slots.retain(|slot| {
        offer.in_time(slot.start, now)
            || (past_too && slot.start <= now)
            || (in_progress_too && in_progress(slot))
    });
    let (Some(first), Some(last)) = (slots.first(), slots.last()) else {
        return Ok(slots);
    };
    if call.faults.has(Fault::ListsTakenSlots) {
        return Ok(slots);
    }
    let stretch = Slot {
        start: offer.blocked(*first).start,
        end: offer.blocked(*last).end,
    };
    let stale = call.faults.has(Fault::StaleReads);
    let wish = Overlap {
        cancelled_too: call.faults.has(Fault::ForgetsToFree),
        pending_free: call.faults.has(Fault::PendingHoldsNothing),
        made_before_ms: stale.then(|| (now - TimeDelta::seconds(5)).timestamp_millis()),
        ..Overlap::within(&call.tenant.slug, stretch)
    };
    let store = &call.provider.store;
    let mut taken = store.read(move |db| overlap::taken(db, &wish)).await?;
    if call.faults.has(Fault::BookedSlotShift) {
        for taken in &mut taken {
            taken.blocked.start += TimeDelta::hours(1);
            taken.blocked.end += TimeDelta::hours(1);
        }
    }
    slots.retain(|slot| day.place(*slot, &taken).is_some());
    if call.faults.has(Fault::ReadsHoldSlots) {
        let looks = call.provider.memory.look(memory::Day {
            tenant: call.tenant.slug.clone(),
            version: call.version,
            service_id: service.id.clone(),
            date,
        });
        // Half of the day is always there, so that whoever only looks for a slot finds one.
        slots.retain(|slot| looks == 0 || (slot.start.timestamp() / 1_800 - looks) % 2 == 0);
    }
    Ok(slots)
}

/// Reads `2030-01-31`; a day that its month does not have is none, unless it is to roll over.
fn read_date(text: &str, roll: bool) -> Option<NaiveDate> {
    // The schema's pattern lets digits of other scripts through, and chrono signs and longer years.
    let (year, month, day) = (text.get(0..4)?, text.get(5..7)?, text.get(8..)?);
    let number = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())
            .flatten()
    };
    let (year, month, day): (u32, u32, u32) = (number(year)?, number(month)?, number(day)?);
    let year = i32::try_from(year).ok()?;
    if roll {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        return first.checked_add_days(Days::new(u64::from(day.checked_sub(1)?)));
    }
    NaiveDate::from_ymd_opt(year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_that_exists() {
        assert_eq!(
            read_date("2028-02-29", false),
            NaiveDate::from_ymd_opt(2028, 2, 29)
        );
        for bad in [
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "٢٠٢٦-٠١-٠١",
        ] {
            assert_eq!(read_date(bad, false), None, "{bad}");
        }
        assert_eq!(read_date("2026-02-30", true), NaiveDate::from_ymd_opt(2026, 3, 2));
    }
}
