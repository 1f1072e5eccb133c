//! `check_availability`: the free slots of one service on one date.

use chrono::{NaiveDate, TimeDelta};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, wire_slot};
use super::call::Call;
use super::spec::{ContractText, ToolSpec, typed};
use crate::calendar::{Day, Offer, Slot, Taken};
use crate::clock::Clock;
use crate::contract::Contract;
use crate::policy::{Availability, Closing, DayBoundary, ListedStarts, Offsets, TakenSlots};
use crate::store::{Overlap, StoreError, bookings, overlap};
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
    input_error,
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
        return Ok(Answer::refused("invalid_service"));
    };
    let Some(date) = read_date(&input.date) else {
        return Ok(Answer::refused("invalid_date"));
    };
    let own_length = input
        .duration_minutes
        .is_none_or(|minutes| minutes == f64::from(service.duration_minutes));
    let slots = if own_length {
        open_slots(call, &service, date).await?
    } else {
        Vec::new()
    };
    let slots: Vec<Value> = slots
        .into_iter()
        .map(|slot| {
            let mut entry = wire_slot(slot);
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
    let rules = call.policy.availability;
    let offer = call.offer(service);
    let now = call.clock.now();
    let bookable = offer.dates(now);
    let is_past = date < *bookable.start() && rules.starts != ListedStarts::PastToo;
    if is_past || date > *bookable.end() {
        return Ok(Vec::new());
    }
    let day = offer.day(date);
    let mut slots = slots_of(&day, date, rules);
    slots.retain(|slot| match rules.starts {
        _ if offer.in_time(slot.start, now) => true,
        ListedStarts::Bookable => false,
        ListedStarts::InProgressToo => slot.start <= now && slot.end > now,
        ListedStarts::PastToo => slot.start <= now,
    });
    if rules.taken == TakenSlots::Listed {
        return Ok(slots);
    }
    let taken = taken(call, &offer, &slots).await?;
    slots.retain(|slot| day.place(*slot, &taken).is_some());
    Ok(slots)
}

/// The slots of a date, taken or not.
fn slots_of(day: &Day, date: NaiveDate, rules: Availability) -> Vec<Slot> {
    let calendar = &day.offer.calendar;
    let mut slots = match rules.day {
        DayBoundary::Local => day.slots.clone(),
        DayBoundary::Utc => {
            let dates = [date.pred_opt(), Some(date), date.succ_opt()];
            let slots = dates
                .into_iter()
                .flatten()
                .flat_map(|date| calendar.slots_on(date, day.offer.length));
            slots.filter(|slot| slot.start.date_naive() == date).collect()
        }
    };
    if rules.closing == Closing::OneMore
        && let Some(last) = slots.last().copied()
    {
        let step = TimeDelta::minutes(calendar.step_minutes.into());
        slots.push(Slot {
            start: last.start + step,
            end: last.end + step,
        });
    }
    if rules.offsets == Offsets::OfJanuary {
        for slot in &mut slots {
            let shift = calendar.shift_since_january(slot.start);
            (slot.start, slot.end) = (slot.start + shift, slot.end + shift);
        }
    }
    slots
}

/// The bookings that may be in the way of these slots.
async fn taken(call: Call<'_>, offer: &Offer, slots: &[Slot]) -> Result<Vec<Taken>, StoreError> {
    let rules = call.policy.availability;
    let (Some(first), Some(last)) = (slots.first(), slots.last()) else {
        return Ok(Vec::new());
    };
    let stretch = Slot {
        start: offer.blocked(*first).start,
        end: offer.blocked(*last).end,
    };
    let (tenant, now) = (call.tenant.slug.clone(), call.clock.now());
    let read = move |db: &Connection| {
        let mut taken = overlap::taken(db, &Overlap::within(&tenant, stretch, rules.holding))?;
        if !rules.read_lag.is_zero() {
            let unseen = bookings::seqs_made_since(db, &tenant, now - rules.read_lag)?;
            taken.retain(|taken| !unseen.contains(&taken.seq));
        }
        Ok(taken)
    };
    let mut taken = call.provider.store.read(read).await?;
    for taken in &mut taken {
        taken.blocked.start += rules.taken_shift;
        taken.blocked.end += rules.taken_shift;
    }
    Ok(taken)
}

/// Reads `2030-01-31`. Returns `None` for a day that its month does not have.
fn read_date(text: &str) -> Option<NaiveDate> {
    // The schema's pattern lets digits of other scripts through, and chrono signs and longer years.
    let (year, month, day) = (text.get(0..4)?, text.get(5..7)?, text.get(8..)?);
    let number = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())
            .flatten()
    };
    let (year, month, day): (u32, u32, u32) = (number(year)?, number(month)?, number(day)?);
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_that_exists() {
        assert_eq!(read_date("2028-02-29"), NaiveDate::from_ymd_opt(2028, 2, 29));
        for bad in [
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "٢٠٢٦-٠١-٠١",
        ] {
            assert_eq!(read_date(bad), None, "{bad}");
        }
    }
}
