//! A barber's server of a few lines, and the dialect of it, to be changed for what a test is about.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::manifest;
use crate::support::servers::{Request, Response, Server};

/// The dialect as it is where a test changes nothing.
pub(super) const DIALECT: &str = r#"format: proofhouse.dialect/1
dialect: chairs
title: A barber's own interface
transport: http
answers:
  - { status: 2xx, ok: true }
lookups:
  - lookup: catalogue
    steps:
      - id: listed
        request: GET /services
        answers: [{ status: 200, when: size(body) == 0, not_asked: the shop has no services }]
    bind: ${ listed.body }
calls:
  - call: booking.list_services
    steps:
      - { id: listed, request: GET /services }
    output:
      timezone: "${ listed.body[0].zone }"
      services: "${ listed.body.map(s, {'id': s.id, 'name': s.name, 'duration_minutes': s.minutes}) }"
  - call: booking.check_availability
    steps:
      - id: found
        request: GET /slots
        query: { service: "${ input.service_id }", date: "${ input.date }" }
        answers:
          - { status: 404, error: invalid_service }
          - { status: 400, error: invalid_date }
    output:
      timezone: UTC
      slots: "${ found.body.map(s, {'start_at': s.from, 'end_at': s.to, 'available': s.free}) }"
    fills: { timezone: the shop tells the time of UTC }
  - call: booking.create_booking
    use: [catalogue]
    steps:
      - id: person
        request: POST /people
        json: { email: "${ input.customer.email }" }
      - id: booked
        decides: true
        request: POST /bookings
        json: { service: "${ input.service_id }", start: "${ rfc3339(timestamp(input.start_at)) }", person: "${ person.body.id }", name: "${ input.customer.name }" }
        answers:
          - { status: 409, error: slot_taken }
          - { status: 404, error: invalid_service }
          - { status: 410, error: past_time }
    output:
      booking_id: "${ booked.body.id }"
      confirmed: "${ booked.body.state == 'firm' }"
      start_at: "${ booked.body.from }"
      end_at: "${ booked.body.to }"
      service: { id: "${ booked.body.service }", name: "${ catalogue.filter(s, s.id == booked.body.service)[0].name }" }
      customer: { name: "${ booked.body.name }", email: "${ person.body.email }" }
  - call: booking.cancel_booking
    steps:
      - id: gone
        request: DELETE /bookings/${ input.booking_id }
        answers: [{ status: 404, error: unknown_booking }]
    output:
      cancelled: "${ gone.body.state == 'gone' }"
      freed_slot: { start_at: "${ gone.body.from }", end_at: "${ gone.body.to }" }
      refund_status: none
    fills: { refund_status: the shop takes no money }
"#;

/// The answer to each booking that is asked for, where the shop does not simply book.
type Instead = Option<(u16, Value)>;

#[derive(Debug, Clone)]
struct Booked {
    service: String,
    from: DateTime<Utc>,
    person: String,
    name: String,
    key: Option<String>,
    state: &'static str,
}

#[derive(Default)]
struct Shop {
    instead: Instead,
    empty: bool,
    /// So many bookings are put off with a 500 that says when to come again.
    busy: usize,
    bookings: Vec<Booked>,
    people: BTreeMap<String, String>,
    made: usize,
}

/// A running shop.
pub(super) struct Chairs {
    server: Server,
    shop: Arc<Mutex<Shop>>,
}

impl Chairs {
    /// A shop that books.
    pub(super) fn open() -> Self {
        Self::with(Shop::default())
    }

    /// A shop that answers every booking so.
    pub(super) fn answering(status: u16, body: Value) -> Self {
        Self::with(Shop {
            instead: Some((status, body)),
            ..Shop::default()
        })
    }

    /// A shop that puts off so many bookings.
    pub(super) fn busy(times: usize) -> Self {
        Self::with(Shop {
            busy: times,
            ..Shop::default()
        })
    }

    /// A shop that has no services.
    pub(super) fn empty() -> Self {
        Self::with(Shop {
            empty: true,
            ..Shop::default()
        })
    }

    fn with(shop: Shop) -> Self {
        let shop = Arc::new(Mutex::new(shop));
        let shared = Arc::clone(&shop);
        let server = Server::start(move |request| shared.lock().unwrap().answer(request));
        Self { server, shop }
    }

    /// The manifest of it, by a dialect beside it.
    pub(super) fn manifest(&self) -> String {
        manifest("http", &self.server.url(), "chairs.yaml", "{}")
    }

    /// Its address.
    pub(super) fn url(&self) -> String {
        self.server.url()
    }

    /// The number of people that it knows.
    pub(super) fn people(&self) -> usize {
        self.shop.lock().unwrap().people.len()
    }

    /// The requests that it was sent, as a method and a path.
    pub(super) fn asked(&self) -> Vec<String> {
        let requests = self.server.requests();
        let line = |request: &Request| format!("{} {}", request.method, request.path);
        requests.iter().map(line).collect()
    }
}

const LENGTH: TimeDelta = TimeDelta::minutes(30);

fn written(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Shop {
    fn answer(&mut self, request: &Request) -> Response {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        let asked = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(known, _)| *known == name);
            found.map_or("", |(_, value)| value).to_owned()
        };
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["services"]) if self.empty => Response::Json(200, json!([])),
            ("GET", ["services"]) => Response::Json(
                200,
                json!([
                    { "id": "cut", "name": "Cut", "minutes": 30, "zone": "UTC" },
                    { "id": "shave", "name": "Shave", "minutes": 30, "zone": "UTC" },
                ]),
            ),
            ("GET", ["slots"]) => self.slots(&asked("service"), &asked("date")),
            ("POST", ["people"]) => {
                self.made += 1;
                let id = format!("p{}", self.made);
                let email = request.json()["email"].clone();
                self.people
                    .insert(id.clone(), email.as_str().unwrap_or_default().to_owned());
                Response::Json(201, json!({ "id": id, "email": email }))
            }
            ("DELETE", ["people", id]) => match self.people.remove(*id) {
                Some(_) => Response::Json(200, json!({})),
                None => Response::Json(404, json!({ "error": "nobody" })),
            },
            ("POST", ["bookings"]) => self.book(request),
            ("DELETE", ["bookings", id]) => match id.parse::<usize>().ok() {
                Some(at) if at < self.bookings.len() => {
                    self.bookings[at].state = "gone";
                    Response::Json(200, self.told(at))
                }
                _ => Response::Json(404, json!({ "error": "none" })),
            },
            _ => Response::Json(404, json!({ "error": "nothing here" })),
        }
    }

    fn told(&self, at: usize) -> Value {
        let booked = &self.bookings[at];
        json!({
            "id": at.to_string(), "state": booked.state, "from": written(booked.from),
            "to": written(booked.from + LENGTH), "service": booked.service, "name": booked.name, "person": booked.person,
        })
    }

    fn is_taken(&self, from: DateTime<Utc>) -> bool {
        let mut standing = self.bookings.iter().filter(|booked| booked.state == "firm");
        standing.any(|booked| booked.from < from + LENGTH && from < booked.from + LENGTH)
    }

    fn slots(&self, service: &str, date: &str) -> Response {
        if !["cut", "shave"].contains(&service) {
            return Response::Json(404, json!({ "error": "no such service" }));
        }
        let Ok(date) = date.parse::<NaiveDate>() else {
            return Response::Json(400, json!({ "error": "no such day" }));
        };
        let slots: Vec<_> = (8..20)
            .filter_map(|hour| date.and_hms_opt(hour, 0, 0))
            .map(|local| local.and_utc())
            .filter(|from| *from > Utc::now() && *from < Utc::now() + Days::new(90))
            .map(|from| json!({ "from": written(from), "to": written(from + LENGTH), "free": !self.is_taken(from) }))
            .collect();
        Response::Json(200, slots.into())
    }

    fn book(&mut self, request: &Request) -> Response {
        if let Some((status, body)) = &self.instead {
            return match body {
                Value::String(text) => Response::text(*status, "text/plain", text.as_str()),
                json => Response::Json(*status, json.clone()),
            };
        }
        if self.busy > 0 {
            self.busy -= 1;
            return Response::text(500, "text/plain", "no more this minute").with("Retry-After", "1");
        }
        let body = request.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let key = request.header("idempotency-key").map(str::to_owned);
        let before = self
            .bookings
            .iter()
            .position(|booked| key.is_some() && booked.key == key);
        if let Some(at) = before {
            return Response::Json(200, self.told(at));
        }
        if !["cut", "shave"].contains(&text("service").as_str()) {
            return Response::Json(404, json!({ "error": "no such service" }));
        }
        let Ok(from) = DateTime::parse_from_rfc3339(&text("start")) else {
            return Response::Json(422, json!({ "error": "no time" }));
        };
        let from = from.to_utc();
        if from <= Utc::now() {
            return Response::Json(410, json!({ "error": "gone by" }));
        }
        if self.is_taken(from) {
            return Response::Json(409, json!({ "error": "taken" }));
        }
        self.bookings.push(Booked {
            service: text("service"),
            from,
            person: text("person"),
            name: text("name"),
            key,
            state: "firm",
        });
        Response::Json(201, self.told(self.bookings.len() - 1))
    }
}
