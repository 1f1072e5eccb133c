//! The other customers of a stranger's shop. They want what somebody has just given back, asked for or looked at, and give it back as
//! soon as an answer has shown that it is taken.

use chrono::{DateTime, NaiveDate, Utc};

use super::tools::{Input, text};
use super::ways::Offered;
use super::{Booked, Said, Shop};

const OTHER: &str = "other@example.net";

/// What the others take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// The first slot that is given back in each test.
    Freed,
    /// The first free slot that is asked for and refused in each test.
    Refused,
    /// One of the slots that are listed, every so often.
    Listed(usize),
}

impl Booked {
    /// Whether somebody else has it.
    pub(super) fn is_others(&self) -> bool {
        self.email == OTHER
    }
}

impl Shop {
    /// The others give back what an answer has shown to be taken, and somebody else books.
    pub(super) fn others_act(&mut self, tool: &str, input: &Input, said: &Said) {
        let Some(others) = self.ways.others else { return };
        let mut booked = std::mem::take(&mut self.booked);
        let shown = |booked: &Booked| match (tool, said) {
            ("check_availability", Said::Yes(_)) => {
                text(input, "date").and_then(|date| date.parse().ok())
                    == Some(booked.start.with_timezone(&self.ways.zone).date_naive())
            }
            ("create_booking", Said::No("slot_taken", _)) => {
                self.asked(input).is_some_and(|(service, start)| {
                    start < booked.end && booked.start < self.ways.end(service, start)
                })
            }
            _ => false,
        };
        booked.retain(|booked| !booked.is_others() || !shown(booked));
        self.booked = booked;
        if let Some((service, start)) = self.what_others_want(others, tool, input, said)
            && self
                .ways
                .slot_at(service, start, &self.booked)
                .is_some_and(|slot| slot.free)
        {
            let other = Booked {
                id: format!("O{}", self.requests),
                service,
                start,
                end: self.ways.end(service, start),
                name: "Other".to_owned(),
                email: OTHER.to_owned(),
                notes: String::new(),
                spelling: start.to_rfc3339(),
                made: self.ways.now(),
                cancelled: false,
            };
            self.booked.push(other);
        }
    }

    /// Whether nothing was taken yet from a test, which the address of its customer names: run, name, and a number for each try.
    fn is_first_of(&mut self, email: &str) -> bool {
        let test = email.rsplit_once('-').map_or(email, |(test, _)| test);
        self.robbed.insert(test.to_owned())
    }

    /// The service and the start that a call asks for.
    fn asked(&self, input: &Input) -> Option<(Offered, DateTime<Utc>)> {
        let start = DateTime::parse_from_rfc3339(text(input, "start_at")?).ok()?;
        let mut services = self.ways.services.iter().copied();
        let id = text(input, "service_id")?;
        Some((services.find(|service| service.id == id)?, start.to_utc()))
    }

    fn what_others_want(
        &mut self,
        others: Others,
        tool: &str,
        input: &Input,
        said: &Said,
    ) -> Option<(Offered, DateTime<Utc>)> {
        match (others, tool, said) {
            (Others::Freed, "cancel_booking", Said::Yes(_)) => {
                let id = text(input, "booking_id")?;
                let booked = self.booked.iter().find(|booked| booked.id == id)?.clone();
                self.is_first_of(&booked.email)
                    .then_some((booked.service, booked.start))
            }
            (Others::Refused, "create_booking", Said::No(..)) => {
                let asked = self.asked(input)?;
                let email = input.get("customer")?.get("email")?.as_str()?;
                self.is_first_of(email).then_some(asked)
            }
            (Others::Listed(every), "check_availability", Said::Yes(_)) => {
                self.listings += 1;
                if !self.listings.is_multiple_of(every) {
                    return None;
                }
                let date: NaiveDate = text(input, "date")?.parse().ok()?;
                let id = text(input, "service_id")?;
                let service = *self.ways.services.iter().find(|service| service.id == id)?;
                let mut slots = self.ways.slots(service, date, &self.booked);
                slots.retain(|slot| slot.free);
                Some((service, slots.get(self.listings % slots.len().max(1))?.start))
            }
            _ => None,
        }
    }
}
