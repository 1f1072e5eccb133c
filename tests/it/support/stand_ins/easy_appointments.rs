//! Easy!Appointments 1.6, an appointment scheduler with a REST interface: `/index.php/api/v1`.
//!
//! What makes it hard to map: nearly every refusal is a 500 that only its message tells apart; times are local and have no
//! zone, which is the provider's; a customer must be there first; lists are bare arrays in pages; a cancelled appointment is
//! gone. By default `POST /appointments` looks at no calendar, as the real one does; [`Ways::checks_availability`] mends that.

mod appointments;
mod availability;
mod customers;

use std::cmp::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use time_zones::Zone;

use self::appointments::Appointment;
use self::customers::Customer;
use super::asked::Asked;
use crate::support::servers::{Request, Response, Server};

/// The token that callers must have.
pub(crate) const TOKEN: &str = "sesame";

/// What differs from one installation to another.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    /// The zone of every provider.
    pub(crate) zone: Zone,
    /// How many providers there are; each does every service.
    pub(crate) providers: u64,
    /// When they work, in minutes of the local day.
    pub(crate) hours: (u32, u32),
    /// Refuses what is past, taken or not offered, as the real one never does.
    pub(crate) checks_availability: bool,
    /// Breaks down where an appointment comes without its end.
    pub(crate) needs_end: bool,
    /// Holds what years of use leave behind: a customer without an address, and appointments of services and providers that were deleted
    /// and at an hour that did not come.
    pub(crate) has_remains: bool,
    /// How many requests are answered in a while, and how long that is.
    pub(crate) limit: Option<(usize, Duration)>,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            zone: Zone::named("Europe/Prague").unwrap(),
            providers: 1,
            hours: (8 * 60, 20 * 60),
            checks_availability: false,
            needs_end: false,
            has_remains: false,
            limit: None,
        }
    }
}

/// A service; its length is in minutes.
struct Service {
    id: u64,
    name: &'static str,
    minutes: i64,
    price: f64,
    currency: &'static str,
}

const SERVICES: [Service; 3] = [
    Service {
        id: 1,
        name: "Haircut",
        minutes: 30,
        price: 25.5,
        currency: "EUR",
    },
    Service {
        id: 2,
        name: "Colouring",
        minutes: 60,
        price: 80.0,
        currency: "EUR",
    },
    Service {
        id: 3,
        name: "Talk",
        minutes: 30,
        price: 0.0,
        currency: "",
    },
];

/// The first id of a provider; customers, who stand in the same table, have higher ones.
const FIRST_PROVIDER: u64 = 2;

struct Office {
    ways: Ways,
    customers: Vec<Customer>,
    appointments: Vec<Appointment>,
    users: u64,
    made: u64,
    /// When the requests of late came.
    came: Vec<Instant>,
}

/// A running server.
pub(crate) struct EasyAppointments {
    server: Server,
    office: Arc<Mutex<Office>>,
}

impl EasyAppointments {
    /// Opens an office with three services.
    pub(crate) fn open(ways: Ways) -> Self {
        let office = Arc::new(Mutex::new(Office {
            users: FIRST_PROVIDER + ways.providers,
            ways,
            customers: Vec::new(),
            appointments: Vec::new(),
            made: 0,
            came: Vec::new(),
        }));
        let shared = Arc::clone(&office);
        let server = Server::start(move |request| shared.lock().unwrap().answer(request));
        Self { server, office }
    }

    /// The address of everything.
    pub(crate) fn base(&self) -> String {
        format!("{}/index.php/api/v1", self.server.url())
    }

    /// How many appointments stand, and how many customers there are.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let office = self.office.lock().unwrap();
        (office.appointments.len(), office.customers.len())
    }

    /// Answers without a network.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        self.office.lock().unwrap().answer(request)
    }
}

impl Office {
    fn answer(&mut self, request: &Request) -> Response {
        let asked = Asked::of(request);
        let parts = asked.parts();
        let path = parts.strip_prefix(&["index.php"]).unwrap_or(&parts);
        let Some(path) = path.strip_prefix(&["api", "v1"]) else {
            return Response::text(404, "text/html; charset=UTF-8", "<h1>404 Page Not Found</h1>");
        };
        if self.is_over_the_limit() {
            return Response::text(429, "text/html; charset=UTF-8", "");
        }
        if asked.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return Response::text(
                401,
                "text/html; charset=UTF-8",
                "You are not authorized to use the API.",
            )
            .with("WWW-Authenticate", "Basic realm=\"Easy!Appointments\"");
        }
        let outcome = match (asked.method, path) {
            ("GET", ["services"]) => Ok(page(&asked, SERVICES.iter().map(Service::written).collect())),
            ("GET", ["services", id]) => Ok(one(
                &SERVICES.iter().map(Service::written).collect::<Vec<_>>(),
                id,
            )),
            ("GET", ["providers"]) => Ok(page(&asked, self.providers())),
            ("GET", ["providers", id]) => Ok(one(&self.providers(), id)),
            ("GET", ["availabilities"]) => self.availabilities(&asked),
            ("GET", ["customers"]) => Ok(self.list_customers(&asked)),
            ("GET", ["customers", id]) => Ok(self.show_customer(id)),
            ("POST", ["customers"]) => self.add_customer(&asked),
            ("DELETE", ["customers", id]) => Ok(self.delete_customer(id)),
            ("GET", ["appointments"]) => Ok(self.list_appointments(&asked)),
            ("GET", ["appointments", id]) => Ok(self.show_appointment(id)),
            ("POST", ["appointments"]) => self.add_appointment(&asked),
            ("PUT", ["appointments", id]) => self.change_appointment(&asked, id),
            ("DELETE", ["appointments", id]) => Ok(self.delete_appointment(id)),
            _ => Ok(Response::text(
                404,
                "text/html; charset=UTF-8",
                "<h1>404 Page Not Found</h1>",
            )),
        };
        outcome.unwrap_or_else(|Thrown(message)| {
            Response::Json(500, json!({ "success": false, "message": message }))
        })
    }

    fn is_over_the_limit(&mut self) -> bool {
        let Some((most, window)) = self.ways.limit else {
            return false;
        };
        self.came.retain(|came| came.elapsed() < window);
        self.came.push(Instant::now());
        self.came.len() > most
    }

    fn providers(&self) -> Vec<Value> {
        (0..self.ways.providers)
            .map(|number| {
                json!({
                    "id": FIRST_PROVIDER + number,
                    "firstName": "Provider",
                    "lastName": format!("No. {}", number + 1),
                    "timezone": self.ways.zone.name(),
                    "services": SERVICES.each_ref().map(|service| service.id),
                })
            })
            .collect()
    }

    fn is_provider(&self, id: u64) -> bool {
        (FIRST_PROVIDER..FIRST_PROVIDER + self.ways.providers).contains(&id)
    }
}

impl Service {
    fn written(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "duration": self.minutes,
            "price": self.price,
            "currency": self.currency,
            "description": null,
            "location": null,
            "availabilitiesType": "flexible",
            "attendantsNumber": 1,
            "isPrivate": false,
            "serviceCategoryId": null,
        })
    }

    /// The columns of its row: all of them strings.
    fn raw(&self) -> Value {
        json!({
            "id": self.id.to_string(),
            "name": self.name,
            "duration": self.minutes.to_string(),
            "price": format!("{:.2}", self.price),
            "currency": self.currency,
            "attendants_number": "1",
        })
    }
}

/// What a controller throws: it becomes a 500 with this message.
struct Thrown(String);

impl Thrown {
    fn saying(message: &str) -> Self {
        Self(message.to_owned())
    }

    /// The complaint of the language about a value of a wrong type, place on the disk included.
    fn wrong_type(function: &str, wanted: &str, file: &str) -> Self {
        Self(format!(
            "{function}: Argument #1 must be of type {wanted}, called in \
             /var/www/html/application/controllers/api/v1/{file}.php on line 75"
        ))
    }
}

/// The service with an id from an address or a body.
fn service(id: &str, file: &str) -> Result<&'static Service, Thrown> {
    let number: u64 = id
        .parse()
        .map_err(|_| Thrown::wrong_type("Services_model::find()", "int, string given", file))?;
    let found = SERVICES.iter().find(|service| service.id == number);
    found.ok_or_else(|| {
        Thrown(format!(
            "The provided service ID was not found in the database: {number}"
        ))
    })
}

/// The row with this id. Of one that is not there, nothing is said.
fn one(rows: &[Value], id: &str) -> Response {
    let found = rows.iter().find(|row| row["id"].as_u64() == id.parse().ok());
    match found {
        Some(row) => Response::Json(200, row.clone()),
        None => Response::text(404, "text/html; charset=UTF-8", ""),
    }
}

/// A page of rows as a bare array: sorted, cut, and with the fields that were asked for.
fn page(asked: &Asked<'_>, mut rows: Vec<Value>) -> Response {
    if let Some(keyword) = asked.query("q") {
        let keyword = keyword.to_lowercase();
        rows.retain(|row| {
            let columns = row.as_object().into_iter().flat_map(|row| row.values());
            columns
                .filter_map(Value::as_str)
                .any(|text| text.to_lowercase().contains(&keyword))
        });
    }
    if let Some(sort) = asked.query("sort") {
        let key = sort.trim_start_matches(['+', '-', ' ']);
        rows.sort_by(|one, other| compared(&one[key], &other[key]));
        if sort.starts_with('-') {
            rows.reverse();
        }
    }
    let number = |name, default| {
        asked
            .query(name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let (page, length): (usize, usize) = (number("page", 1), number("length", 20));
    let mut rows: Vec<Value> = rows
        .into_iter()
        .skip(page.saturating_sub(1) * length)
        .take(length)
        .collect();
    if let Some(fields) = asked.query("fields") {
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            row.retain(|key, _| fields.split(',').any(|field| field == key));
        }
    }
    Response::Json(200, rows.into())
}

fn compared(one: &Value, other: &Value) -> Ordering {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => one.to_string().cmp(&other.to_string()),
    }
}
