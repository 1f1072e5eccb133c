//! When a service can be booked, and the slots of it.
//!
//! Resources are open from 08:00 to 20:00 on every day, in their own zone; starts are a quarter of an hour apart.

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use serde_json::{Value, json};
use time_zones::Zone;

use super::super::asked::Asked;
use super::{Ledger, conflict, error, invalid, iso, read_time};
use crate::support::servers::Response;

const OPEN: u32 = 8;
const CLOSE: u32 = 20;

/// Minutes from one start to the next.
const GRID: i64 = 15;

/// The widest stretch whose slots may be asked for.
const WIDEST: TimeDelta = TimeDelta::days(7);

/// What a service is bound by.
pub(super) struct Policy {
    pub(super) id: String,
    pub(super) length: TimeDelta,
    pub(super) lead_time: Option<TimeDelta>,
    pub(super) lead_time_first: bool,
}

impl Policy {
    pub(super) fn written(&self, ledger: &str) -> Value {
        let mut constraints = json!({
            "duration": { "allowed_ms": [self.length.num_milliseconds()] },
            "grid": { "interval_ms": TimeDelta::minutes(GRID).num_milliseconds() },
        });
        if let Some(lead_time) = self.lead_time {
            constraints["lead_time"] = json!({ "min_ms": lead_time.num_milliseconds() });
        }
        json!({
            "id": self.id,
            "ledgerId": ledger,
            "config": {
                "schema_version": 1,
                "default": "closed",
                "constraints": constraints,
                "rules": [{
                    "match": { "type": "weekly", "days": ["everyday"] },
                    "windows": [{ "start": format!("{OPEN:02}:00"), "end": format!("{CLOSE:02}:00") }],
                }],
            },
        })
    }

    /// Why a stretch may not be booked: a code and a message.
    pub(super) fn objection(
        &self,
        zone: Zone,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<(&'static str, &'static str)> {
        let too_soon = self
            .is_too_soon(start, now)
            .then_some(("policy.lead_time_violation", "The start is too soon"));
        if self.lead_time_first && too_soon.is_some() {
            return too_soon;
        }
        let (first, last) = (start.with_timezone(&zone), end.with_timezone(&zone));
        if first.date_naive() != last.date_naive() {
            return Some((
                "policy.overnight_not_supported",
                "Overnight bookings are not supported",
            ));
        }
        let close = NaiveTime::from_hms_opt(CLOSE, 0, 0)?;
        if first.hour() < OPEN || last.time() > close {
            return Some(("policy.closed", "Outside of opening hours"));
        }
        if end - start != self.length {
            return Some(("policy.invalid_duration", "The duration is not allowed"));
        }
        if start.timestamp_millis() % TimeDelta::minutes(GRID).num_milliseconds() != 0 {
            return Some(("policy.misaligned_start", "The start is not on the grid"));
        }
        too_soon
    }

    fn is_too_soon(&self, start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.lead_time.is_some_and(|lead_time| start < now + lead_time)
    }
}

impl Ledger {
    /// `POST /services/{id}/availability/slots`
    pub(super) fn slots(&self, asked: &Asked<'_>, id: &str) -> Result<Response, Response> {
        let body = asked
            .json()
            .ok_or_else(|| error(400, "invalid_json", "Invalid JSON"))?;
        super::well_formed("svc", id, "serviceId")?;
        let (from, to) = (read_time(&body, "startTime")?, read_time(&body, "endTime")?);
        let length = body["durationMs"]
            .as_i64()
            .filter(|length| *length > 0)
            .and_then(TimeDelta::try_milliseconds)
            .ok_or_else(|| invalid("durationMs", "Expected a positive number"))?;
        if to - from > WIDEST {
            return Err(invalid("endTime", "Query range exceeds maximum of 7 days"));
        }
        if to <= from {
            return Err(invalid("endTime", "endTime must be after startTime"));
        }
        let service = self.find(id)?;
        let mut wanted = self.resources.clone();
        if let Some(chosen) = body["resourceIds"].as_array().filter(|chosen| !chosen.is_empty()) {
            if !chosen.iter().all(|id| wanted.iter().any(|known| *id == **known)) {
                return Err(invalid("resourceIds", "Resource does not belong to service"));
            }
            wanted.retain(|known| chosen.iter().any(|id| *id == **known));
        }
        let all = body["includeUnavailable"] == true;
        let now = Utc::now();
        let zone = self.ways.zone;
        let lists: Vec<Value> = wanted
            .iter()
            .map(|resource| {
                let starts = service
                    .policy
                    .iter()
                    .flat_map(|policy| policy.starts(zone, (from, to), length, now));
                let slots: Vec<Value> = starts
                    .filter_map(|start| {
                        let end = start + length;
                        let free = self.clashing(resource, start, end, now).is_empty();
                        let mut slot = json!({ "startTime": iso(start), "endTime": iso(end) });
                        if all {
                            slot["status"] = if free { "available" } else { "unavailable" }.into();
                        }
                        (free || all).then_some(slot)
                    })
                    .collect();
                json!({ "resourceId": resource, "timezone": zone.name(), "slots": slots })
            })
            .collect();
        Ok(Response::Json(
            200,
            json!({ "data": lists, "meta": { "serverTime": iso(now) } }),
        ))
    }

    /// Why a service may not be booked then, if it may not.
    pub(super) fn evaluate(
        &self,
        policy: &Policy,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<(), Response> {
        match policy.objection(self.ways.zone, start, end, Utc::now()) {
            None => Ok(()),
            Some((code, message)) => {
                let details = json!({ "code": code, "message": message });
                Err(conflict(
                    "policy.rejected",
                    "Policy rejected the booking",
                    &details,
                ))
            }
        }
    }
}

impl Policy {
    /// The starts within a stretch, past ones too unless a lead time is set.
    fn starts(
        &self,
        zone: Zone,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        length: TimeDelta,
        now: DateTime<Utc>,
    ) -> Vec<DateTime<Utc>> {
        let first = from.with_timezone(&zone).date_naive();
        let days = first.iter_days().take(9);
        let midnights =
            days.filter_map(|day| zone.from_local_datetime(&day.and_hms_opt(OPEN, 0, 0)?).earliest());
        midnights
            .flat_map(|opening| {
                let steps = i64::from(CLOSE - OPEN) * 60 / GRID;
                (0..steps).map(move |step| opening.to_utc() + TimeDelta::minutes(step * GRID))
            })
            .filter(|start| *start >= from && *start + length <= to)
            .filter(|start| {
                self.objection(zone, *start, *start + length, now)
                    .is_none_or(|(code, _)| code == "policy.invalid_duration")
            })
            .filter(|start| !self.is_too_soon(*start, now))
            .collect()
    }
}
