//! A provider of another make than the bundled one: written to the provider contract alone, in memory, on a raw server.
//!
//! It is correct in many ways ([`Ways`]) and wrong in some ([`Wrong`]), one at a time.

mod bookings;
mod calendar;
mod deeper;
mod others;
mod tools;
mod ways;
mod wire;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde_json::Value;

pub(crate) use others::Others;
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
    notes: String,
    /// The start as it was written.
    spelling: String,
    made: DateTime<Utc>,
    cancelled: bool,
}

/// The shop behind the server.
struct Shop {
    ways: Ways,
    booked: Vec<Booked>,
    /// Service, start and address of what was refused as taken.
    refused: Vec<(String, DateTime<Utc>, String)>,
    requests: usize,
    /// The tests from which somebody else has taken a slot.
    robbed: HashSet<String>,
    /// How often a day was listed.
    listings: usize,
    /// Tells this shop's booking ids from those of every other.
    number: usize,
}

/// A running provider.
pub(crate) struct Stranger {
    server: Server,
    shop: Arc<Mutex<Shop>>,
}

impl Stranger {
    /// Opens a shop with these ways.
    pub(crate) fn open(ways: Ways) -> Self {
        static SHOPS: AtomicUsize = AtomicUsize::new(1);
        let shop = Arc::new(Mutex::new(Shop {
            ways,
            booked: Vec::new(),
            refused: Vec::new(),
            requests: 0,
            robbed: HashSet::new(),
            listings: 0,
            number: SHOPS.fetch_add(1, Ordering::Relaxed),
        }));
        let shared = Arc::clone(&shop);
        let server = Server::start(move |request| shared.lock().unwrap().answer(request));
        Self { server, shop }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// How many bookings were made, and how many of them stand, without those of others.
    pub(crate) fn bookings(&self) -> (usize, usize) {
        let shop = self.shop.lock().unwrap();
        let made = shop.booked.iter().filter(|booked| !booked.is_others());
        let standing = made.clone().filter(|booked| !booked.cancelled).count();
        (made.count(), standing)
    }
}

/// What a tool says: a success, or an error with its code. Either way an object.
enum Said {
    Yes(Value),
    No(&'static str, Value),
    /// Something that is no answer, for whoever is wrong.
    Broken(super::servers::Response),
}
