//! The tools of a stranger's provider that look for a time and book it.

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::calendar::Slot;
use super::deeper::Wanted;
use super::ways::{Beyond, Nothing, Offered, Order, Times, Wrong};
use super::{Booked, Said, Shop};
use crate::support::servers::Response;

pub(super) type Input = Map<String, Value>;

/// How long a repeat is a repeat.
const WINDOW: TimeDelta = TimeDelta::seconds(60);

pub(super) fn no(code: &'static str) -> Said {
    Said::No(code, json!({}))
}

pub(super) fn text<'i>(input: &'i Input, key: &str) -> Option<&'i str> {
    input.get(key).and_then(Value::as_str)
}

impl Shop {
    pub(super) fn tool(&mut self, tool: &str, input: &Input) -> Said {
        match tool {
            "list_services" => self.list_services(input),
            "check_availability" => self.check_availability(input),
            "create_booking" => self.create_booking(input),
            "cancel_booking" => self.cancel_booking(input),
            _ => self.list_bookings(input),
        }
    }

    /// Whether all fields are known; those that are texts must be.
    pub(super) fn knows(&self, input: &Input, texts: &[&str], others: &[&str]) -> bool {
        self.ways.is(Wrong::TakesAnyField)
            || input.iter().all(|(key, value)| {
                (texts.contains(&key.as_str()) && value.is_string()) || others.contains(&key.as_str())
            })
    }

    fn service(&self, id: &str) -> Option<Offered> {
        let services = &self.ways.services;
        services.iter().copied().find(|service| service.id == id)
    }

    pub(super) fn write(&self, instant: DateTime<Utc>) -> String {
        let zulu = |format| instant.to_rfc3339_opts(format, true);
        match self.ways.times {
            Times::Zulu => zulu(SecondsFormat::Secs),
            Times::Fractions => zulu(SecondsFormat::Millis),
            Times::Lower => zulu(SecondsFormat::Secs).to_lowercase(),
            Times::Local => instant.with_timezone(&self.ways.zone).to_rfc3339(),
            Times::Offset(minutes) => {
                let offset = FixedOffset::east_opt(minutes * 60).unwrap();
                instant.with_timezone(&offset).to_rfc3339()
            }
        }
    }

    pub(super) fn email_is_fine(&self, email: &str) -> bool {
        let Some((local, host)) = email.split_once('@') else {
            return self.ways.is(Wrong::AnyEmail);
        };
        let strict = || {
            local.len() <= 64
                && !local.starts_with('.')
                && host.contains('.')
                && local
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "+-._".contains(c))
        };
        !local.is_empty() && !host.is_empty() && (!self.ways.strict_emails || strict())
    }

    pub(super) fn same(&self, left: &str, right: &str) -> bool {
        left.eq_ignore_ascii_case(right)
    }

    fn list_services(&self, input: &Input) -> Said {
        if !self.knows(input, &["agent_vendor"], &[]) {
            return no("unknown field");
        }
        let services: Vec<_> = self
            .ways
            .services
            .iter()
            .map(|service| {
                let minutes = if self.ways.is(Wrong::MinutesAreText) {
                    json!(service.minutes.to_string())
                } else if self.ways.minutes_as_float {
                    json!(f64::from(i32::try_from(service.minutes).unwrap()))
                } else {
                    json!(service.minutes)
                };
                let id = if self.ways.is(Wrong::NewServiceIds) {
                    format!("{}-{}", service.id, self.requests)
                } else if self.ways.is(Wrong::EmptyServiceId) {
                    String::new()
                } else {
                    service.id.to_owned()
                };
                json!({ "id": id, "name": service.title, "duration_minutes": minutes })
            })
            .collect();
        if self.ways.is(Wrong::ForgetsServices) {
            return Said::Yes(json!({}));
        }
        let mut output = json!({ "services": services });
        if self.ways.tells_zone && !self.ways.minimal {
            output["timezone"] = json!(self.ways.zone.name());
        }
        Said::Yes(output)
    }

    fn check_availability(&self, input: &Input) -> Said {
        let ways = &self.ways;
        let (Some(id), Some(date)) = (text(input, "service_id"), text(input, "date")) else {
            return no(ways.code_for_broken_input("invalid_date"));
        };
        let long_enough = |minutes: &Value| minutes.as_f64().is_some_and(|minutes| minutes >= 5.0);
        if !self.knows(input, &["service_id", "date"], &["duration_minutes"])
            || !input.get("duration_minutes").is_none_or(long_enough)
        {
            return no(ways.code_for_broken_input("invalid_date"));
        }
        let shaped = date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let Ok(date) = date.parse::<NaiveDate>() else {
            return no(match shaped {
                true => "invalid_date",
                false => ways.code_for_broken_input("invalid_date"),
            });
        };
        let beyond = date > ways.today() + TimeDelta::days(ways.horizon) || date < ways.today();
        if ways.order == Order::TimeFirst && beyond && ways.beyond == Beyond::InvalidDate {
            return no("invalid_date");
        }
        if ways.order == Order::TimeFirst
            && ways
                .services
                .iter()
                .all(|any| ways.slots(*any, date, &self.booked).is_empty())
        {
            return self.nothing();
        }
        let Some(service) = self.service(id) else {
            return match ways.wrong {
                Some(Wrong::UnknownServiceHasNoSlots) => Said::Yes(json!({ "slots": [] })),
                _ => no("invalid_service"),
            };
        };
        if beyond && ways.beyond == Beyond::InvalidDate {
            return no("invalid_date");
        }
        let booked: &[Booked] = if ways.is(Wrong::StaleSlots) {
            &[]
        } else {
            &self.booked
        };
        let mut slots = ways.slots(service, date, booked);
        slots.retain(|slot| slot.free || ways.lists_taken);
        if slots.iter().all(|slot| !slot.free) && ways.nothing == Nothing::NoSlots {
            return self.nothing();
        }
        if ways.is(Wrong::Unordered) {
            slots.reverse();
        }
        let slots: Vec<_> = slots.iter().map(|slot| self.slot(slot)).collect();
        if ways.is(Wrong::BareList) {
            return Said::Broken(Response::Json(200, json!(slots)));
        }
        let mut output = json!({ "slots": slots });
        if !ways.minimal {
            output["service"] = json!({ "id": service.id, "name": service.title });
        }
        Said::Yes(output)
    }

    fn nothing(&self) -> Said {
        match self.ways.nothing {
            Nothing::NoSlots => no("no_slots"),
            Nothing::EmptyList => Said::Yes(json!({ "slots": [] })),
        }
    }

    fn slot(&self, slot: &Slot) -> Value {
        let end = if self.ways.is(Wrong::LongSlots) {
            slot.end + TimeDelta::minutes(5)
        } else {
            slot.end
        };
        let write = |instant| {
            let text = self.write(instant);
            if self.ways.is(Wrong::Zoneless) {
                text.trim_end_matches('Z').to_owned()
            } else {
                text
            }
        };
        json!({ "start_at": write(slot.start), "end_at": write(end), "available": slot.free })
    }

    fn create_booking(&mut self, input: &Input) -> Said {
        let ways = &self.ways;
        let Some((name, email)) = self.customer(input) else {
            return no("invalid_input");
        };
        let (Some(id), Some(start_at)) = (text(input, "service_id"), text(input, "start_at")) else {
            return no("invalid_input");
        };
        let Ok(start) = DateTime::parse_from_rfc3339(start_at) else {
            return no("invalid_input");
        };
        if ways.refuses_offsets && !start_at.ends_with('Z') {
            return no("invalid_input");
        }
        let start = ways.instant(start);
        let past = if ways.is(Wrong::PastByDate) {
            start.date_naive() < ways.now().date_naive()
        } else {
            start <= ways.now()
        };
        if past {
            if ways.is(Wrong::KeepsRefused)
                && let Some(service) = self.service(id)
            {
                let booked = self.new_booking(service, start, start_at, (name, email), input);
                self.booked.push(booked);
                return no("past_time");
            }
            return no(if ways.is(Wrong::PastIsSlotTaken) {
                "slot_taken"
            } else {
                "past_time"
            });
        }
        let on_grid = |service: &Offered| ways.slot_at(*service, start, &[]).is_some();
        if ways.order == Order::TimeFirst && !ways.services.iter().any(on_grid) {
            return Said::No("slot_taken", json!({ "available_alternatives": [] }));
        }
        let Some(service) = self.service(id) else {
            return self.unknown_service();
        };
        let wanted = Wanted {
            service: id,
            start,
            spelling: start_at,
            email: &email,
            notes: text(input, "notes").unwrap_or_default(),
        };
        let repeat = self.booked.iter().position(|booked| {
            !booked.cancelled && self.is_repeat(booked, &wanted) && ways.now() - booked.made < WINDOW
        });
        if let Some(at) = repeat
            && !ways.is(Wrong::RepeatIsTaken)
        {
            let mut booked = self.booked[at].clone();
            if ways.is(Wrong::NewIdOnRepeat) {
                booked.id.push_str("-again");
            }
            return Said::Yes(self.booking(&booked));
        }
        let begun = ways.is(Wrong::PastByDate) && start <= ways.now();
        let free = ways
            .slot_at(service, start, &self.booked)
            .is_some_and(|slot| slot.free)
            || begun
            || ways.is(Wrong::TakenIsBooked);
        let slot = Slot {
            start,
            end: start + TimeDelta::minutes(service.minutes),
            free,
        };
        let free = self.free_after_all(free, slot, &wanted);
        let kept = match ways.wrong {
            Some(Wrong::BooksWhatItRefuses) => free,
            Some(Wrong::BooksOverRefused) => !free,
            _ => false,
        };
        if !free || kept || ways.is(Wrong::EverythingIsTaken) {
            if kept {
                let booked = self.new_booking(service, start, start_at, (name, email.clone()), input);
                self.booked.push(booked);
            }
            self.refused.push((id.to_owned(), start, email));
            return self.taken(service, start);
        }
        let booked = self.new_booking(service, start, start_at, (name, email), input);
        let output = self.booking(&booked);
        self.booked.push(booked);
        Said::Yes(output)
    }

    fn new_booking(
        &self,
        service: Offered,
        start: DateTime<Utc>,
        spelling: &str,
        (name, email): (String, String),
        input: &Input,
    ) -> Booked {
        Booked {
            id: format!(
                "B{:04}/{}/{}",
                9000 - self.booked.len(),
                self.requests,
                self.number
            ),
            service,
            start,
            end: self.ways.end(service, start),
            name,
            email,
            notes: text(input, "notes").unwrap_or_default().to_owned(),
            spelling: spelling.to_owned(),
            made: self.ways.now(),
            cancelled: false,
        }
    }

    /// The customer's name and address, where the input keeps its schema.
    fn customer(&self, input: &Input) -> Option<(String, String)> {
        let Some(Value::Object(customer)) = input.get("customer") else {
            return None;
        };
        let texts = ["service_id", "start_at", "notes", "agent_vendor"];
        let (name, email) = (text(customer, "name")?, text(customer, "email")?);
        let fine = self.knows(input, &texts, &["customer"])
            && self.knows(customer, &["name", "email", "phone"], &[])
            && !name.is_empty()
            && text(input, "notes").is_none_or(|notes| notes.chars().count() <= 1000)
            && self.email_is_fine(email);
        fine.then(|| (name.to_owned(), email.to_owned()))
    }

    fn unknown_service(&self) -> Said {
        let page = |status| Said::Broken(Response::text(status, "text/html", "<html><h1>Oops</h1></html>"));
        match self.ways.wrong {
            Some(Wrong::UnknownServiceIs500) => page(500),
            Some(Wrong::UnknownServiceIsHtml) => page(400),
            Some(Wrong::UnknownServiceIsHtml404) => page(404),
            Some(Wrong::UnknownServiceHangsUp) => Said::Broken(Response::close()),
            Some(Wrong::UnknownServiceIsInvalidInput) => no("invalid_input"),
            _ => no("invalid_service"),
        }
    }

    fn taken(&self, service: Offered, start: DateTime<Utc>) -> Said {
        if self.ways.is(Wrong::NoAlternatives) {
            return no("slot_taken");
        }
        let booked: &[Booked] = if self.ways.is(Wrong::BlindAlternatives) {
            &[]
        } else {
            &self.booked
        };
        let mut near = self.ways.near(service, start, booked);
        if self.ways.is(Wrong::BlindAlternatives) {
            near.retain(|slot| slot.start != start);
        }
        let short = TimeDelta::minutes(if self.ways.is(Wrong::ShortAlternatives) {
            5
        } else {
            0
        });
        if self.ways.is(Wrong::OffersTheTaken) {
            near.extend(self.ways.slot_at(service, start, &[]));
        }
        let alternatives: Vec<_> = near
            .iter()
            .map(|slot| json!({ "start_at": self.write(slot.start), "end_at": self.write(slot.end - short) }))
            .collect();
        let mut more = json!({ "available_alternatives": alternatives });
        if self.ways.is(Wrong::NamesTheHolder)
            && let Some(holder) = self.booked.iter().find(|booked| booked.start == start)
        {
            more["booking_id"] = json!(holder.id);
        }
        Said::No("slot_taken", more)
    }

    fn booking(&self, booked: &Booked) -> Value {
        let ways = &self.ways;
        let end = if ways.is(Wrong::EndsBeforeItStarts) {
            booked.start - (booked.end - booked.start)
        } else {
            booked.end
        };
        let start = if ways.is(Wrong::OtherStart) {
            booked.start + TimeDelta::hours(1)
        } else {
            booked.start
        };
        let mut output =
            json!({ "booking_id": booked.id, "start_at": self.write(start), "end_at": self.write(end) });
        if ways.is(Wrong::IdIsANumber) {
            output["booking_id"] = json!(17);
        }
        if ways.is(Wrong::NoId) {
            output.as_object_mut().unwrap().remove("booking_id");
        }
        if ways.is(Wrong::OkWithError) {
            output["error"] = json!("slot_taken");
        }
        if ways.minimal {
            return output;
        }
        let email = if ways.lowers_emails {
            booked.email.to_lowercase()
        } else {
            booked.email.clone()
        };
        let name = if ways.is(Wrong::OtherCustomer) {
            "Somebody"
        } else {
            &booked.name
        };
        let service = if ways.is(Wrong::OtherService) {
            "other"
        } else {
            booked.service.id
        };
        output["customer"] = json!({ "name": name, "email": email });
        output["service"] = json!({ "id": service, "name": booked.service.title });
        if ways.says_confirmed {
            output["confirmed"] = json!(!ways.is(Wrong::Unconfirmed));
        }
        output
    }
}
