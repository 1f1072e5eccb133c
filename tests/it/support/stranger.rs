//! A provider of another make than the bundled one: written to the provider contract alone, in memory, on a raw server.
//!
//! It is correct in many ways ([`Ways`]) and wrong in some ([`Wrong`]), one at a time.

mod bookings;
mod calendar;
mod tools;
mod ways;
mod wire;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde_json::Value;

pub(crate) use ways::{Again, Beyond, Listed, Listing, Nothing, Offered, Order, Times, Ways, Wire, Wrong};

use super::servers::Server;

/// A booking.
#[derive(Debug, Clone)]
struct Booked {
    id: String,
    service: Offered,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    name: String,
    email: String,
    made: DateTime<Utc>,
    cancelled: bool,
}

/// The shop behind the server.
struct Shop {
    ways: Ways,
    booked: Vec<Booked>,
    requests: usize,
}

/// A running provider.
pub(crate) struct Stranger {
    server: Server,
    shop: Arc<Mutex<Shop>>,
}

impl Stranger {
    /// Opens a shop with these ways.
    pub(crate) fn open(ways: Ways) -> Self {
        let shop = Arc::new(Mutex::new(Shop {
            ways,
            booked: Vec::new(),
            requests: 0,
        }));
        let shared = Arc::clone(&shop);
        let server = Server::start(move |request| shared.lock().unwrap().answer(request));
        Self { server, shop }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// How many bookings were made, and how many of them stand.
    pub(crate) fn bookings(&self) -> (usize, usize) {
        let shop = self.shop.lock().unwrap();
        let standing = shop.booked.iter().filter(|booked| !booked.cancelled).count();
        (shop.booked.len(), standing)
    }
}

/// What a tool says: a success, or an error with its code. Either way an object.
enum Said {
    Yes(Value),
    No(&'static str, Value),
    /// Something that is no answer, for whoever is wrong.
    Broken(super::servers::Response),
}
