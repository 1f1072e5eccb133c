//! Faults of the answers about slots and services.

use serde_json::{Value, json};

use crate::fault::{Fault, Faults};
use crate::sabotage::fields::{entries, remove, set, set_in, text};
use crate::sabotage::memory::Day;
use crate::tools::{Answer, Call, read_start};

/// The answer of `check_availability`.
pub(super) fn slots(call: Call<'_>, faults: Faults, asked: &Value, mut answer: Answer) -> Answer {
    if answer.error() == Some("invalid_service") && faults.has(Fault::UnknownServiceEmptyList) {
        let timezone = call.tenant.calendar.timezone.name();
        return Answer::success(json!({ "slots": [], "timezone": timezone }));
    }
    if answer.error() == Some("invalid_date") && faults.has(Fault::ImpossibleDateIs500) {
        answer.status = 500;
    }
    if faults.has(Fault::UnstableServiceIds) {
        set_in(&mut answer, "service", "id", text(asked, "/service_id"));
    }
    if faults.has(Fault::EchoesFirstService)
        && let Some(first) = call.tenant.services.first()
    {
        set_in(&mut answer, "service", "id", first.id.as_str());
        set_in(&mut answer, "service", "name", first.name.as_str());
    }
    let Some(slots) = entries(&mut answer, "slots") else {
        return answer;
    };
    let looks_before = || {
        call.provider.memory.look(Day {
            tenant: call.tenant.slug.clone(),
            version: call.version,
            service_id: text(asked, "/service_id").to_owned(),
            date: text(asked, "/date").to_owned(),
        })
    };
    if faults.has(Fault::ReadsUseUpSlots) && looks_before() >= 3 && !slots.is_empty() {
        slots.remove(0);
    }
    if faults.has(Fault::ReadsHoldSlots) {
        let looks = looks_before();
        let half_hour = |slot: &Value| {
            let start = slot["start_at"].as_str().and_then(read_start);
            start.map_or(0, |start| start.timestamp() / 1_800)
        };
        // Half of the day is always there, so that whoever only looks for a slot finds one.
        slots.retain(|slot| looks == 0 || (half_hour(slot) - looks) % 2 == 0);
    }
    if faults.has(Fault::UnorderedSlots) {
        slots.reverse();
    }
    if faults.has(Fault::DuplicateSlots)
        && let Some(first) = slots.first().cloned()
    {
        slots.insert(0, first);
    }
    for slot in slots {
        if faults.has(Fault::ZonelessTimes) {
            for key in ["start_at", "end_at"] {
                let bare = slot[key]
                    .as_str()
                    .map(|time| time.trim_end_matches('Z').to_owned());
                slot[key] = bare.into();
            }
        }
        if faults.has(Fault::SlotsWithoutEnd) {
            remove(slot, "end_at");
        }
    }
    answer
}

/// The answer of `list_services`.
pub(super) fn services(call: Call<'_>, faults: Faults, mut answer: Answer) -> Answer {
    let number = call.provider.memory.next_call();
    let Some(services) = entries(&mut answer, "services") else {
        return answer;
    };
    if faults.has(Fault::MadeServicesUnlisted) {
        services.retain(|service| {
            let id = service["id"].as_str().unwrap_or_default();
            call.tenant.service(id).is_some()
        });
    }
    for service in services {
        if faults.has(Fault::UnstableServiceIds) {
            let id = service["id"].as_str().unwrap_or_default();
            service["id"] = format!("{id}~{number}").into();
        }
        if faults.has(Fault::ServicesWithoutDuration) {
            remove(service, "duration_minutes");
        }
    }
    answer
}

/// The answer of `retire_service`.
pub(super) fn retired(faults: Faults, asked: &Value, mut answer: Answer) -> Answer {
    if answer.error() == Some("unknown_service") && faults.has(Fault::RetireUnknownOk) {
        return Answer::success(json!({ "service_id": asked["service_id"], "retired": true }));
    }
    if answer.is_success() && faults.has(Fault::UnstableServiceIds) {
        set(&mut answer, "service_id", text(asked, "/service_id"));
    }
    answer
}
