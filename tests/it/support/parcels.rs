//! A tiny provider of the second domain, right or wrong in one way.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use chrono::{Days, NaiveDate, Utc};
use proofhouse::capability::Registry;
use serde_json::{Value, json};

use super::servers::{Request, Response, Server};

/// What the provider does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    /// Nothing.
    None,
    /// It sends couriers into the past.
    AcceptsPastDays,
    /// It sends so many couriers into the past, and then no more.
    AcceptsSomePastDays(usize),
    /// It raises its price each time it is asked.
    RaisesPrices,
    /// It serves every place.
    ServesEverywhere,
    /// It does not know that a courier was called off.
    ForgetsCancelling,
    /// It says nothing of the pickup it made.
    HidesPickups,
    /// It serves no place.
    ServesNowhere,
    /// It calls nobody off.
    NeverCancels,
    /// It takes notes that are too long.
    TakesLongNotes,
    /// It refuses notes beyond ASCII.
    ReadsAsciiOnly,
    /// It takes half a gram.
    TakesFractions,
}

#[derive(Default)]
struct Book {
    quotes: u64,
    /// How many couriers were sent into the past.
    past: usize,
    /// The pickups, and whether each still stands.
    pickups: HashMap<String, bool>,
}

/// A running provider.
pub(crate) struct Parcels {
    pub(crate) server: Server,
    book: Arc<Mutex<Book>>,
    slip: Arc<Mutex<Slip>>,
}

impl Parcels {
    pub(crate) fn start(slip: Slip) -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let slip = Arc::new(Mutex::new(slip));
        let (kept, held) = (Arc::clone(&book), Arc::clone(&slip));
        let server = Server::start(move |request| {
            let slip = *held.lock().unwrap();
            answer(&mut kept.lock().unwrap(), slip, request)
        });
        Self { server, book, slip }
    }

    /// Changes its ways.
    pub(crate) fn now(&self, slip: Slip) {
        *self.slip.lock().unwrap() = slip;
    }

    /// How many couriers are still to come.
    pub(crate) fn standing(&self) -> usize {
        self.book
            .lock()
            .unwrap()
            .pickups
            .values()
            .filter(|stands| **stands)
            .count()
    }

    /// How many couriers were ever ordered.
    pub(crate) fn ordered(&self) -> usize {
        self.book.lock().unwrap().pickups.len()
    }

    /// The tools that were called, in order.
    pub(crate) fn tools(&self) -> Vec<String> {
        let called = |request: &Request| (request.method == "POST").then(|| request.tool().to_owned());
        self.server.requests().iter().filter_map(called).collect()
    }
}

fn answer(book: &mut Book, slip: Slip, request: &Request) -> Response {
    if request.method != "POST" {
        return Response::text(404, "text/plain", "nothing here");
    }
    let input = request.json();
    if !keeps_schema(request.tool(), &input, slip) {
        return Response::Json(200, json!({ "ok": false }));
    }
    let output = match request.tool() {
        "quote_delivery" => quote(book, slip, &input),
        "order_pickup" => order(book, slip, &input),
        "cancel_pickup" => cancel(book, slip, &input),
        _ => return Response::text(404, "text/plain", "nothing here"),
    };
    Response::Json(200, output)
}

/// Whether the input keeps the published schema, as this provider reads it.
fn keeps_schema(tool: &str, input: &Value, slip: Slip) -> bool {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/second-domain/capabilities");
        Registry::load(&folder).unwrap()
    });
    let Ok(id) = format!("parcels.{tool}").parse() else {
        return true;
    };
    let Some(contract) = REGISTRY.get(&id, None) else {
        return true;
    };
    if slip == Slip::ReadsAsciiOnly && !input.to_string().is_ascii() {
        return false;
    }
    contract
        .input
        .violations(input)
        .iter()
        .all(|violation| match slip {
            Slip::TakesLongNotes => violation.keyword == "maxLength",
            Slip::TakesFractions => violation.path == "grams" && input["grams"].is_f64(),
            _ => false,
        })
}

fn refused(code: &str) -> Value {
    json!({ "ok": false, "error": code })
}

fn quote(book: &mut Book, slip: Slip, input: &Value) -> Value {
    let postcode = input["postcode"].as_str().unwrap();
    let served = match slip {
        Slip::ServesEverywhere => true,
        Slip::ServesNowhere => false,
        _ => postcode.bytes().all(|byte| byte.is_ascii_digit()),
    };
    if !served {
        return refused("not_served");
    }
    book.quotes += 1;
    let price = match slip {
        Slip::RaisesPrices => 88 + book.quotes,
        _ => 89,
    };
    json!({ "ok": true, "price": price, "currency": "CZK" })
}

fn order(book: &mut Book, slip: Slip, input: &Value) -> Value {
    let day: NaiveDate = input["day"].as_str().unwrap().parse().unwrap();
    // Yesterday is still today somewhere.
    if day < Utc::now().date_naive() - Days::new(1) {
        let accepts = match slip {
            Slip::AcceptsPastDays => true,
            Slip::AcceptsSomePastDays(most) => book.past < most,
            _ => false,
        };
        if !accepts {
            return refused("past_day");
        }
        book.past += 1;
    }
    let id = format!("p-{}", book.pickups.len() + 1);
    book.pickups.insert(id.clone(), true);
    match slip {
        Slip::HidesPickups => json!({ "ok": true }),
        _ => json!({ "ok": true, "pickup": { "id": id } }),
    }
}

fn cancel(book: &mut Book, slip: Slip, input: &Value) -> Value {
    let pickup = book.pickups.get_mut(input["pickup_id"].as_str().unwrap());
    match pickup {
        Some(_) if slip == Slip::NeverCancels => json!({ "ok": false, "error": "busy" }),
        Some(stands) if *stands || slip == Slip::ForgetsCancelling => {
            *stands = false;
            json!({ "ok": true })
        }
        _ => refused("already_gone"),
    }
}
