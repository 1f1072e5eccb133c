//! The tools of a stranger's provider for bookings that there are.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::tools::{Input, no, text};
use super::ways::{Again, Listed, Wrong};
use super::{Booked, Said, Shop};

/// Whether the filters of a list, where they are there, are what the schema wants.
fn filters_are_fine(input: &Input) -> bool {
    let limit = |limit: &Value| limit.as_f64().is_some_and(|limit| (1.0..=100.0).contains(&limit));
    let known = |status: &Value| status == "confirmed" || status == "cancelled";
    input.get("limit").is_none_or(limit)
        && input.get("include_past").is_none_or(Value::is_boolean)
        && input
            .get("status_in")
            .is_none_or(|wanted| wanted.as_array().is_some_and(|wanted| wanted.iter().all(known)))
}

impl Shop {
    pub(super) fn cancel_booking(&mut self, input: &Input) -> Said {
        let Some(id) = text(input, "booking_id") else {
            return no(self.ways.code_for_broken_input("unknown_booking"));
        };
        if !self.knows(input, &["booking_id", "reason", "agent_vendor"], &[]) {
            return no(self.ways.code_for_broken_input("unknown_booking"));
        }
        let id = id.trim_end_matches("-again");
        let Some(at) = self.booked.iter().position(|booked| booked.id == id) else {
            return match self.ways.wrong {
                Some(Wrong::CancelsUnknown) => Said::Yes(json!({ "cancelled": true })),
                _ => no("unknown_booking"),
            };
        };
        if self.booked[at].cancelled {
            self.cancel_more(at, true);
            return match self.ways.again {
                _ if self.ways.is(Wrong::ForgetsCancelled) => no("unknown_booking"),
                Again::Fine => Said::Yes(json!({ "cancelled": true })),
                Again::AlreadyCancelled => Said::No("already_cancelled", json!({ "cancelled": true })),
            };
        }
        self.booked[at].cancelled = true;
        self.cancel_more(at, false);
        let mut output = json!({ "cancelled": true });
        if !self.ways.minimal {
            let booked = &self.booked[at];
            let late = TimeDelta::hours(if self.ways.is(Wrong::FreesOther) { 1 } else { 0 });
            output["refund_status"] = json!("none");
            output["freed_slot"] = json!({ "start_at": self.write(booked.start + late), "end_at": self.write(booked.end + late) });
        }
        Said::Yes(output)
    }

    pub(super) fn list_bookings(&self, input: &Input) -> Said {
        let Some(email) = text(input, "customer_email") else {
            return no("invalid_input");
        };
        let others = ["limit", "status_in", "include_past"];
        if !self.knows(input, &["customer_email", "agent_vendor"], &others) || !filters_are_fine(input) {
            return no("invalid_input");
        }
        if !self.email_is_fine(email) {
            return no("invalid_email");
        }
        if self.is_invalid_for_want_of_bookings(email) {
            return no("invalid_email");
        }
        let status = |booked: &Booked| {
            if booked.cancelled {
                "cancelled"
            } else {
                "confirmed"
            }
        };
        let wanted = |booked: &Booked| match input.get("status_in") {
            Some(Value::Array(wanted)) => wanted.contains(&json!(status(booked))),
            _ => true,
        };
        let past = input.get("include_past") == Some(&Value::Bool(true));
        let whose = |booked: &Booked| match self.ways.wrong {
            Some(Wrong::ListsEverybody) => true,
            Some(Wrong::EmailCase) => booked.email == email,
            Some(Wrong::ListsByPrefix) => booked.email.starts_with(email),
            _ => self.same(&booked.email, email),
        };
        let mut found: Vec<_> = self
            .booked
            .iter()
            .filter(|booked| whose(booked) && wanted(booked) && (past || booked.end > self.ways.now()))
            .collect();
        match self.ways.listed {
            Listed::LatestStart => found.sort_by_key(|booked| std::cmp::Reverse(booked.start)),
            Listed::EarliestStart => found.sort_by_key(|booked| booked.start),
            Listed::LatestMade => found.reverse(),
        }
        if let Some(limit) = input.get("limit").and_then(Value::as_f64) {
            found.truncate(limit as usize);
        }
        let bookings: Vec<_> = found
            .into_iter()
            .map(|booked| {
                let status = if self.ways.is(Wrong::OtherStatus) {
                    "BOOKED"
                } else {
                    status(booked)
                };
                json!({
                    "booking_id": booked.id,
                    "start_at": self.write(booked.start),
                    "end_at": self.write(booked.end),
                    "service": { "id": booked.service.id, "name": booked.service.title },
                    "status": status,
                })
            })
            .collect();
        Said::Yes(json!({ "bookings": bookings }))
    }
}
