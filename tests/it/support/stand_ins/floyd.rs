//! floyd-run/engine, a booking engine over REST: `/v1/ledgers/{ledger}`.
//!
//! What makes it hard to map: the length of a service stands in its policy, its zone in its resource; a slot list for each
//! resource; resource and end are needed to book; a customer is only metadata; the list is the whole ledger; and one status
//! stands for several refusals. By default the past can be booked, as its policies set no minimum lead time.

mod bookings;
mod policy;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use time_zones::Zone;

use self::bookings::Booking;
use self::policy::Policy;
use super::asked::Asked;
use crate::support::servers::{Request, Response, Server};

/// What differs from one ledger to another.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    /// The key that callers must have; without one, the server is open.
    pub(crate) api_key: Option<&'static str>,
    /// The zone of every resource.
    pub(crate) zone: Zone,
    /// How many resources every service has.
    pub(crate) resources: usize,
    /// How far ahead of its start a booking must be made. Without it, the past can be booked.
    pub(crate) lead_time: Option<TimeDelta>,
    /// Looks at the lead time before all else. The real one looks last, and calls a past start whatever else is wrong with it.
    pub(crate) lead_time_first: bool,
    /// How long a hold lasts.
    pub(crate) hold: TimeDelta,
    /// Books what is taken, as the real one never does.
    pub(crate) double_books: bool,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            api_key: None,
            zone: Zone::named("Europe/Prague").unwrap(),
            resources: 1,
            lead_time: None,
            lead_time_first: false,
            hold: TimeDelta::minutes(15),
            double_books: false,
        }
    }
}

/// A service; only one with a policy can be booked.
struct Service {
    id: String,
    name: Option<&'static str>,
    policy: Option<Policy>,
}

/// A ledger and what is in it.
struct Ledger {
    ways: Ways,
    id: String,
    services: Vec<Service>,
    resources: Vec<String>,
    bookings: Vec<Booking>,
    /// What was answered under each key: the key, what was sent, the answer.
    answered: Vec<(String, Value, Value)>,
    ids: u64,
}

/// A running server.
pub(crate) struct Floyd {
    server: Server,
    ledger: Arc<Mutex<Ledger>>,
}

impl Floyd {
    /// Opens a ledger with three services: of half an hour, of an hour, and one that cannot be booked.
    pub(crate) fn open(ways: Ways) -> Self {
        let ledger = Arc::new(Mutex::new(Ledger::new(ways)));
        let shared = Arc::clone(&ledger);
        let server = Server::start(move |request| shared.lock().unwrap().answer(request));
        Self { server, ledger }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// The id of the ledger.
    pub(crate) fn ledger(&self) -> String {
        self.ledger.lock().unwrap().id.clone()
    }

    /// The address of everything in the ledger.
    pub(crate) fn base(&self) -> String {
        format!("{}/v1/ledgers/{}", self.url(), self.ledger())
    }

    /// How many bookings block their time.
    pub(crate) fn standing(&self) -> usize {
        let ledger = self.ledger.lock().unwrap();
        ledger
            .bookings
            .iter()
            .filter(|booking| booking.is_active(Utc::now()))
            .count()
    }

    /// Answers without a network.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        self.ledger.lock().unwrap().answer(request)
    }
}

impl Ledger {
    fn new(ways: Ways) -> Self {
        let mut ledger = Self {
            id: String::new(),
            services: Vec::new(),
            resources: Vec::new(),
            bookings: Vec::new(),
            answered: Vec::new(),
            ids: 0,
            ways,
        };
        ledger.id = ledger.next_id("ldg");
        for (name, minutes) in [
            (Some("Consultation"), Some(30)),
            (Some("Workshop"), Some(60)),
            (None, None),
        ] {
            let id = ledger.next_id("svc");
            let policy = minutes.map(|minutes| Policy {
                id: ledger.next_id("pol"),
                length: TimeDelta::minutes(minutes),
                lead_time: ledger.ways.lead_time,
                lead_time_first: ledger.ways.lead_time_first,
            });
            ledger.services.push(Service { id, name, policy });
        }
        for _ in 0..ledger.ways.resources {
            let id = ledger.next_id("rsc");
            ledger.resources.push(id);
        }
        ledger
    }

    /// A prefix and 26 characters.
    fn next_id(&mut self, prefix: &str) -> String {
        self.ids += 1;
        format!("{prefix}_01k{:023x}", self.ids)
    }

    fn answer(&mut self, request: &Request) -> Response {
        let asked = Asked::of(request);
        if let Some(key) = self.ways.api_key {
            let given = asked.header("authorization");
            match given.and_then(|given| given.strip_prefix("Bearer ")) {
                None => {
                    return error(
                        401,
                        "missing_authorization",
                        "Missing or malformed Authorization header",
                    );
                }
                Some(given) if given != key => return error(401, "invalid_api_key", "Invalid API key"),
                Some(_) => {}
            }
        }
        let outcome = match (asked.method, asked.parts().as_slice()) {
            ("GET", ["v1", "ledgers", ledger, "services"]) => Ok(self.list(ledger, Self::services)),
            ("GET", ["v1", "ledgers", ledger, "bookings"]) => Ok(self.list(ledger, Self::all_bookings)),
            ("GET", ["v1", "ledgers", _, "services", id]) => self.service(id).map(|service| data(&service)),
            ("GET", ["v1", "ledgers", _, "policies", id]) => self.policy(id),
            ("GET", ["v1", "ledgers", _, "resources", id]) => self.resource(id),
            ("GET", ["v1", "ledgers", _, "bookings", id]) => self.booking(id),
            ("POST", ["v1", "ledgers", _, "services", id, "availability", "slots"]) => self.slots(&asked, id),
            ("POST", ["v1", "ledgers", _, "bookings"]) => self.book(&asked),
            ("POST", ["v1", "ledgers", _, "bookings", id, "confirm"]) => self.confirm(id),
            ("POST", ["v1", "ledgers", _, "bookings", id, "cancel"]) => self.cancel(id),
            _ => Ok(Response::text(404, "text/plain; charset=UTF-8", "404 Not Found")),
        };
        outcome.unwrap_or_else(|refusal| refusal)
    }

    /// A list of a ledger; an unknown ledger has nothing in it, and is no error.
    fn list(&self, ledger: &str, of: impl Fn(&Self) -> Vec<Value>) -> Response {
        let rows = if ledger == self.id { of(self) } else { Vec::new() };
        data(&rows.into())
    }

    fn services(&self) -> Vec<Value> {
        let written = |service: &Service| self.written(service);
        self.services.iter().map(written).collect()
    }

    fn written(&self, service: &Service) -> Value {
        json!({
            "id": service.id,
            "ledgerId": self.id,
            "name": service.name,
            "policyId": service.policy.as_ref().map(|policy| &policy.id),
            "resourceIds": self.resources,
            "metadata": null,
        })
    }

    fn service(&self, id: &str) -> Result<Value, Response> {
        Ok(self.written(self.find(id)?))
    }

    fn find(&self, id: &str) -> Result<&Service, Response> {
        well_formed("svc", id, "serviceId")?;
        let found = self.services.iter().find(|service| service.id == id);
        found.ok_or_else(|| error(404, "not_found", "Service not found"))
    }

    fn policy(&self, id: &str) -> Result<Response, Response> {
        well_formed("pol", id, "id")?;
        let mut policies = self.services.iter().filter_map(|service| service.policy.as_ref());
        match policies.find(|policy| policy.id == id) {
            Some(policy) => Ok(data(&policy.written(&self.id))),
            None => Err(error(404, "not_found", "Policy not found")),
        }
    }

    fn resource(&self, id: &str) -> Result<Response, Response> {
        self.find_resource(id, "id")?;
        Ok(data(&json!({
            "id": id, "ledgerId": self.id, "name": null, "timezone": self.ways.zone.name(),
        })))
    }

    fn find_resource(&self, id: &str, path: &str) -> Result<(), Response> {
        well_formed("rsc", id, path)?;
        if self.resources.iter().any(|known| known == id) {
            Ok(())
        } else {
            Err(error(404, "not_found", "Resource not found"))
        }
    }
}

/// The answer with these data.
fn data(data: &Value) -> Response {
    Response::Json(200, json!({ "data": data }))
}

/// As [`data`], with the time of the server.
fn with_time(status: u16, data: &Value) -> Value {
    json!([status, { "data": data, "meta": { "serverTime": iso(Utc::now()) } }])
}

fn error(status: u16, code: &str, message: &str) -> Response {
    Response::Json(status, json!({ "error": { "code": code, "message": message } }))
}

fn conflict(code: &str, message: &str, details: &Value) -> Response {
    let error = json!({ "code": code, "message": message, "details": details });
    Response::Json(409, json!({ "error": error }))
}

/// An input that cannot be read, with the place.
fn invalid(path: &str, message: &str) -> Response {
    Response::Json(
        422,
        json!({ "error": {
            "code": "invalid_input",
            "message": "Invalid input",
            "issues": [{ "code": "custom", "message": message, "path": [path] }],
        } }),
    )
}

/// Whether an id has its kind's prefix and 26 characters.
fn well_formed(prefix: &str, id: &str, path: &str) -> Result<(), Response> {
    let rest = id
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or_default();
    let sound = rest.len() == 26 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if sound {
        Ok(())
    } else {
        Err(invalid(path, &format!("Invalid {prefix} id")))
    }
}

/// An instant as JavaScript writes it.
fn iso(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An instant as JavaScript reads it: null is 1970, a number counts milliseconds, a text without an offset is UTC here.
fn read_time(body: &Value, key: &str) -> Result<DateTime<Utc>, Response> {
    let read = match body.get(key) {
        Some(Value::Null) => Some(DateTime::UNIX_EPOCH),
        Some(Value::Number(number)) => number.as_i64().and_then(DateTime::from_timestamp_millis),
        Some(Value::String(text)) => DateTime::parse_from_rfc3339(text)
            .map(|read| read.to_utc())
            .or_else(|_| text.parse::<chrono::NaiveDateTime>().map(|local| local.and_utc()))
            .ok(),
        _ => None,
    };
    read.ok_or_else(|| invalid(key, "Invalid date"))
}
