//! Appointments: local times as they were sent, and no look at the calendar unless the office is told to.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use serde_json::{Map, Value, json};
use time_zones::Zone;

use super::super::asked::Asked;
use super::{FIRST_PROVIDER, Office, SERVICES, Thrown, one, page, service};
use crate::support::servers::Response;

const PATTERN: &str = "%Y-%m-%d %H:%M:%S";

const FILE: &str = "Appointments_api_v1";

/// The shortest appointment.
const SHORTEST: TimeDelta = TimeDelta::minutes(5);

pub(super) struct Appointment {
    id: u64,
    start: NaiveDateTime,
    end: NaiveDateTime,
    status: String,
    notes: Value,
    service: u64,
    pub(super) provider: u64,
    pub(super) customer: u64,
    book: String,
}

impl Appointment {
    /// When it begins and ends; a local time that a day has twice is the earlier one.
    pub(super) fn instants(&self, zone: Zone) -> (DateTime<Utc>, DateTime<Utc>) {
        (instant(zone, self.start), instant(zone, self.end))
    }

    fn written(&self) -> Value {
        json!({
            "id": self.id,
            "book": self.book,
            "start": self.start.format(PATTERN).to_string(),
            "end": self.end.format(PATTERN).to_string(),
            "hash": format!("h{:011}", self.id),
            "color": "#7cbae8",
            "status": self.status,
            "location": null,
            "notes": self.notes,
            "customerId": self.customer,
            "providerId": self.provider,
            "serviceId": self.service,
            "googleCalendarId": null,
            "caldavCalendarId": null,
        })
    }
}

/// The instant of a local time; in a gap, the one that the clocks leap to.
fn instant(zone: Zone, local: NaiveDateTime) -> DateTime<Utc> {
    let named = zone.from_local_datetime(&local).earliest();
    let named = named.or_else(|| {
        zone.from_local_datetime(&(local + TimeDelta::hours(1)))
            .earliest()
    });
    named.map_or_else(|| local.and_utc(), |instant| instant.to_utc())
}

impl Office {
    /// `GET /appointments`: of everybody, unless the query says whose; no total and no next page.
    pub(super) fn list_appointments(&self, asked: &Asked<'_>) -> Response {
        let only = |name: &str, of: u64| asked.query(name).is_none_or(|id| id == of.to_string());
        let from = asked
            .query("from")
            .and_then(|day| day.parse::<chrono::NaiveDate>().ok());
        let till = asked
            .query("till")
            .and_then(|day| day.parse::<chrono::NaiveDate>().ok());
        let with_service = asked.query("with").is_some_and(|with| with.contains("service"));
        let rows = self
            .appointments
            .iter()
            .filter(|booked| only("customerId", booked.customer))
            .filter(|booked| only("serviceId", booked.service))
            .filter(|booked| only("providerId", booked.provider))
            .filter(|booked| from.is_none_or(|from| booked.start.date() >= from))
            .filter(|booked| till.is_none_or(|till| booked.end.date() <= till))
            .map(|booked| {
                let mut row = booked.written();
                if with_service && let Some(service) = SERVICES.iter().find(|one| one.id == booked.service) {
                    row["service"] = service.raw();
                }
                row
            })
            .chain(self.remains(asked.query("customerId")))
            .collect();
        page(asked, rows)
    }

    /// Appointments of what is no longer there, and one at an hour that the clocks leapt over.
    fn remains(&self, customer: Option<&str>) -> Vec<Value> {
        let row = |id: u64, service: Value, provider: u64, start: &str, end: &str| {
            json!({
                "id": id, "book": "2020-01-01 00:00:00", "start": start, "end": end, "status": "", "notes": null,
                "customerId": customer, "providerId": provider, "serviceId": service,
            })
        };
        let (start, end) = ("2031-03-03 10:00:00", "2031-03-03 10:30:00");
        let rows = vec![
            row(9001, 99.into(), FIRST_PROVIDER, start, end),
            row(9002, Value::Null, FIRST_PROVIDER, start, end),
            row(9003, 1.into(), 777, start, end),
            row(
                9004,
                1.into(),
                FIRST_PROVIDER,
                "2031-03-30 02:15:00",
                "2031-03-30 02:45:00",
            ),
        ];
        if self.ways.has_remains { rows } else { Vec::new() }
    }

    pub(super) fn show_appointment(&self, id: &str) -> Response {
        let rows: Vec<Value> = self.appointments.iter().map(Appointment::written).collect();
        one(&rows, id)
    }

    /// `POST /appointments`
    pub(super) fn add_appointment(&mut self, asked: &Asked<'_>) -> Result<Response, Thrown> {
        let body = body(asked)?;
        let is_there = |key: &str| {
            body.get(key)
                .is_some_and(|value| !value.is_null() && value != "" && value != 0)
        };
        let complete = ["start", "serviceId", "providerId", "customerId"]
            .into_iter()
            .all(is_there);
        if !complete {
            let sent: Vec<String> = body
                .iter()
                .map(|(key, value)| format!("    [{key}] => {value}"))
                .collect();
            return Err(Thrown(format!(
                "Not all required fields are provided: Array\n(\n{}\n)\n",
                sent.join("\n")
            )));
        }
        let number = |key: &str| match &body[key] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let start = read(&body["start"]);
        let end = match body.get("end") {
            Some(end) => read(end),
            None if self.ways.needs_end => {
                return Err(Thrown::wrong_type(
                    "DateTime::diff()",
                    "DateTimeInterface, null given",
                    FILE,
                ));
            }
            None => {
                let length = TimeDelta::minutes(service(&number("serviceId"), FILE)?.minutes);
                start.map(|start| start + length)
            }
        };
        let start = start.ok_or_else(|| Thrown::saying("The appointment start date time is invalid."))?;
        let end = end.ok_or_else(|| Thrown::saying("The appointment end date time is invalid."))?;
        if end - start < SHORTEST {
            return Err(Thrown::saying(
                "The appointment duration cannot be less than 5 minutes.",
            ));
        }
        let (provider, customer) = (number("providerId"), number("customerId"));
        let provider = provider
            .parse()
            .ok()
            .filter(|id| self.is_provider(*id))
            .ok_or_else(|| {
                Thrown(format!(
                    "The appointment provider ID was not found in the database: {provider}"
                ))
            })?;
        let customer = self
            .customers
            .iter()
            .map(|known| known.id)
            .find(|id| id.to_string() == customer)
            .ok_or_else(|| {
                Thrown(format!(
                    "The appointment customer ID was not found in the database: {customer}"
                ))
            })?;
        let service = service(&number("serviceId"), FILE)
            .map_err(|_| Thrown::saying("Appointment service id is invalid."))?;
        if self.ways.checks_availability {
            self.refuse(service, provider, start, end)?;
        }
        self.made += 1;
        let text = |key: &str| {
            body.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let appointment = Appointment {
            id: self.made,
            start,
            end,
            status: text("status"),
            notes: body.get("notes").cloned().unwrap_or_default(),
            service: service.id,
            provider,
            customer,
            book: Utc::now()
                .with_timezone(&self.ways.zone)
                .format(PATTERN)
                .to_string(),
        };
        let written = appointment.written();
        self.appointments.push(appointment);
        Ok(Response::Json(201, written))
    }

    /// What an office would refuse that looked at its calendar.
    fn refuse(
        &self,
        service: &super::Service,
        provider: u64,
        start: NaiveDateTime,
        end: NaiveDateTime,
    ) -> Result<(), Thrown> {
        let (from, to) = (instant(self.ways.zone, start), instant(self.ways.zone, end));
        if from <= Utc::now() {
            return Err(Thrown::saying("The appointment start date time is in the past."));
        }
        let own_length = end - start == TimeDelta::minutes(service.minutes);
        if !own_length || !self.is_offered(service, from) || !self.is_free(provider, from, to) {
            return Err(Thrown::saying("The selected appointment slot is not available."));
        }
        Ok(())
    }

    /// `PUT /appointments/{id}`: also one whose status says that it is cancelled blocks its time.
    pub(super) fn change_appointment(&mut self, asked: &Asked<'_>, id: &str) -> Result<Response, Thrown> {
        let body = body(asked)?;
        let found = self
            .appointments
            .iter_mut()
            .find(|booked| booked.id.to_string() == id);
        let Some(appointment) = found else {
            return Ok(nothing(404));
        };
        if let Some(status) = body.get("status").and_then(Value::as_str) {
            status.clone_into(&mut appointment.status);
        }
        Ok(Response::Json(200, appointment.written()))
    }

    /// `DELETE /appointments/{id}`: it is gone for good.
    pub(super) fn delete_appointment(&mut self, id: &str) -> Response {
        let before = self.appointments.len();
        self.appointments.retain(|booked| booked.id.to_string() != id);
        nothing(if self.appointments.len() < before {
            204
        } else {
            404
        })
    }
}

fn nothing(status: u16) -> Response {
    Response::text(status, "text/html; charset=UTF-8", "")
}

fn body(asked: &Asked<'_>) -> Result<Map<String, Value>, Thrown> {
    match asked.json() {
        Some(Value::Object(body)) => Ok(body),
        None if asked.is_empty() => Ok(Map::new()),
        _ => Err(Thrown::wrong_type(
            "Appointments_model::api_decode()",
            "array, null given",
            FILE,
        )),
    }
}

/// A local time to the second; an instant with `T` and `Z` is none.
fn read(value: &Value) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(value.as_str()?, PATTERN).ok()
}
