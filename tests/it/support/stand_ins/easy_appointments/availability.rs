//! Free hours of a provider: local, without a date, an end or a zone.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use serde_json::Value;
use time_zones::Zone;

use super::super::asked::Asked;
use super::{Office, Service, Thrown, service};
use crate::support::servers::Response;

/// Minutes from one hour to the next.
const STEP: usize = 15;

const FILE: &str = "Availabilities_api_v1";

impl Office {
    /// `GET /availabilities?providerId&serviceId&date`
    pub(super) fn availabilities(&self, asked: &Asked<'_>) -> Result<Response, Thrown> {
        let id = asked.query("providerId").unwrap_or_default();
        let provider: u64 = id
            .parse()
            .map_err(|_| Thrown::wrong_type("Providers_model::find()", "int, string given", FILE))?;
        if !self.is_provider(provider) {
            return Err(Thrown(format!(
                "The provided provider ID was not found in the database: {provider}"
            )));
        }
        let service = service(asked.query("serviceId").unwrap_or_default(), FILE)?;
        let today = || {
            Utc::now()
                .with_timezone(&self.ways.zone)
                .format("%Y-%m-%d")
                .to_string()
        };
        let date = asked.query("date").map_or_else(today, str::to_owned);
        let looks_like_a_date = date.len() == 10
            && date.char_indices().all(|(at, letter)| match at {
                4 | 7 => letter == '-',
                _ => letter.is_ascii_digit(),
            });
        if !looks_like_a_date {
            return Err(Thrown::saying("Invalid date format provided."));
        }
        let hours = match date.parse() {
            Ok(date) => self.free(provider, service, date),
            // A day that its month does not have is an empty one.
            Err(_) => Vec::new(),
        };
        let hours: Vec<Value> = hours
            .into_iter()
            .map(|start| {
                start
                    .with_timezone(&self.ways.zone)
                    .format("%H:%M")
                    .to_string()
                    .into()
            })
            .collect();
        Ok(Response::Json(200, hours.into()))
    }

    /// The free starts of a day, in order of their local times: of an hour that the day has twice, each twice.
    fn free(&self, provider: u64, service: &Service, date: NaiveDate) -> Vec<DateTime<Utc>> {
        let (open, close) = self.ways.hours;
        let length = TimeDelta::minutes(service.minutes);
        (open..close)
            .step_by(STEP)
            .filter(|minute| i64::from(*minute) + service.minutes <= i64::from(close))
            .flat_map(|minute| instants(self.ways.zone, date, minute))
            .filter(|start| *start > Utc::now() && self.is_free(provider, *start, *start + length))
            .collect()
    }

    /// Whether nothing blocks a provider; also an appointment whose status says that it is cancelled does.
    pub(super) fn is_free(&self, provider: u64, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
        let mut blocking = self
            .appointments
            .iter()
            .filter(|booked| booked.provider == provider);
        blocking.all(|booked| {
            let (from, to) = booked.instants(self.ways.zone);
            from >= end || start >= to
        })
    }

    /// Whether a start is one of those that are listed when nothing is booked.
    pub(super) fn is_offered(&self, service: &Service, start: DateTime<Utc>) -> bool {
        let local = start.with_timezone(&self.ways.zone);
        let minute = (local.time() - NaiveTime::MIN).num_seconds();
        let (open, close) = self.ways.hours;
        let step = i64::try_from(STEP * 60).unwrap_or(i64::MAX);
        minute % step == 0
            && minute >= i64::from(open) * 60
            && minute + service.minutes * 60 <= i64::from(close) * 60
    }
}

/// The instants that a local minute of a day names: one, none in a gap, two in the hour that is repeated.
fn instants(zone: Zone, date: NaiveDate, minute: u32) -> Vec<DateTime<Utc>> {
    let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute.into());
    let named = zone.from_local_datetime(&local);
    let both = [named.earliest(), named.latest()].map(|instant| instant.map(|instant| instant.to_utc()));
    let [first, second] = both;
    let second = second.filter(|_| second != first);
    first.into_iter().chain(second).collect()
}
