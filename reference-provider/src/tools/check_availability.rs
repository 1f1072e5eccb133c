//! `check_availability`: the free slots of one service on one date.

use chrono::{Days, NaiveDate, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::wire_slot;
use super::{Answer, Call};
use crate::calendar::Slot;
use crate::contract::Tool;
use crate::fault::Fault;
use crate::store::{StoreError, bookings};
use crate::tenant::Service;

#[derive(Deserialize)]
pub(super) struct Input {
    service_id: String,
    date: String,
    duration_minutes: Option<f64>,
}

/// The code for an input that breaks the schema.
pub(super) fn refusal(input: &Value) -> &'static str {
    let service_is_sound = input.get("service_id").is_some_and(Value::is_string);
    let date_is_wrong =
        input.get("date").is_none() || Tool::CheckAvailability.contract().faults_at(input, "/date");
    if service_is_sound && date_is_wrong {
        "invalid_date"
    } else {
        "invalid_service"
    }
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let Some(service) = call.service(&input.service_id) else {
        return Ok(if call.faults.has(Fault::UnknownServiceEmptyList) {
            Answer::success(json!({ "slots": [], "timezone": call.tenant.calendar.timezone.name() }))
        } else {
            Answer::refused("invalid_service")
        });
    };
    let Some(date) = read_date(&input.date, call.faults.has(Fault::RollsImpossibleDates)) else {
        return Ok(Answer::refused("invalid_date"));
    };
    let own_length = input
        .duration_minutes
        .is_none_or(|minutes| minutes == f64::from(service.duration_minutes));
    let mut slots = if own_length {
        open_slots(call, service, date).await?
    } else {
        Vec::new()
    };
    if call.faults.has(Fault::UnorderedSlots) {
        slots.reverse();
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
    let calendar = &call.tenant.calendar;
    let now = call.provider.clock.now();
    let past_too = call.faults.has(Fault::ListsPastSlots);
    let bookable = calendar.bookable_dates(now);
    if date > *bookable.end() || (date < *bookable.start() && !past_too) {
        return Ok(Vec::new());
    }
    let mut slots = if call.faults.has(Fault::SlotsOfUtcDay) {
        let dates = [date.pred_opt(), Some(date), date.succ_opt()]
            .into_iter()
            .flatten();
        let slots = dates.flat_map(|date| calendar.slots_on(date, service.duration()));
        slots.filter(|slot| slot.start.date_naive() == date).collect()
    } else {
        calendar.slots_on(date, service.duration())
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
    slots.retain(|slot| past_too || slot.start > now);
    if slots.is_empty() || call.faults.has(Fault::ListsTakenSlots) {
        return Ok(slots);
    }
    let tenant = call.tenant.slug.clone();
    let cancelled_too = call.faults.has(Fault::ForgetsToFree);
    let stretch = calendar.surrounding(&(date..=date));
    let taken = call
        .provider
        .store
        .read(move |db| bookings::taken_within(db, &tenant, stretch, cancelled_too))
        .await?;
    slots.retain(|slot| !taken.iter().any(|other| other.overlaps(slot)));
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
