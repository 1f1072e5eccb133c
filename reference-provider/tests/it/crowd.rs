//! 64 clients at one time, each over a connection of its own, and what is on disk afterwards.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Barrier};

use chrono::TimeDelta;
use reference_provider::{Options, Server, Storage, Tenants};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::server::request;
use crate::support::booking;

/// The body of an answer to a call over a connection of its own.
fn call(base_url: &str, tool: &str, input: &Value) -> Value {
    let path = format!("/p/tenant-0000/tools/{tool}");
    let answer = request(base_url, "POST", &path, &input.to_string());
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// The first two coming slots of the first service.
fn slots(base_url: &str) -> (String, Vec<String>) {
    let services = call(base_url, "list_services", &json!({}));
    let service = services["services"][0]["id"].as_str().unwrap().to_owned();
    let today = chrono::Utc::now().date_naive();
    let found = (2..15).find_map(|days| {
        let date = (today + TimeDelta::days(days)).to_string();
        let answer = call(
            base_url,
            "check_availability",
            &json!({ "service_id": service, "date": date }),
        );
        let slots = answer["slots"].as_array()?.iter();
        let starts: Vec<String> = slots
            .map(|slot| slot["start_at"].as_str().unwrap().to_owned())
            .collect();
        (starts.len() >= 2).then(|| vec![starts[0].clone(), starts[starts.len() - 1].clone()])
    });
    (service, found.unwrap())
}

/// How many people the clients act for: four clients each.
const RACERS: usize = 16;

/// Has 64 clients ask for a slot at one time, over connections of their own; whom each acts for, and what they were answered.
async fn race(base_url: &str, service: &str, start: &str) -> Vec<(usize, Value)> {
    let ready = Arc::new(Barrier::new(4 * RACERS));
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..4 * RACERS {
        let (ready, base_url) = (Arc::clone(&ready), base_url.to_owned());
        let person = client % RACERS;
        let mut input = booking(service, start, &format!("racer{person}@example.com"));
        input["customer"]["name"] = format!("Client {client}").into();
        clients.spawn_blocking(move || {
            ready.wait();
            (person, call(&base_url, "create_booking", &input))
        });
    }
    clients.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_clients_who_race_for_a_slot_over_http_one_person_gets_it_once_and_is_a_customer_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        storage: Storage::Folder(folder.path().to_owned()),
        sandbox: true,
        ..Options::in_memory(Tenants::generated(1))
    };
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let url = server.base_url();
    let (service, starts) = tokio::task::spawn_blocking({
        let url = url.clone();
        move || slots(&url)
    })
    .await
    .unwrap();
    let mut customers = BTreeSet::new();
    for (round, start) in starts.iter().enumerate() {
        let answers = race(&url, &service, start).await;
        let (told, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|(_, answer)| answer["ok"] == true);
        let winners: BTreeSet<_> = told
            .iter()
            .map(|(person, answer)| (person, answer["booking_id"].as_str().unwrap()))
            .collect();
        assert_eq!(winners.len(), 1, "{winners:?}");
        // The four clients of one person ask for the same booking, and each is told of it.
        assert_eq!(told.len(), 4);
        assert!(refused.iter().all(|(_, answer)| answer["error"] == "slot_taken"));
        let (person, id) = winners.into_iter().next().unwrap();
        customers.insert(*person);
        let effects = call(&url, "effects", &json!({ "booking_id": id }));
        let kinds: Vec<_> = effects["effects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|effect| &effect["kind"])
            .collect();
        assert_eq!(kinds, ["booking_confirmed"]);
        let all = call(&url, "effects", &json!({}));
        assert_eq!(all["effects"].as_array().unwrap().len(), round + 1);
        let listed = call(&url, "list_customers", &json!({}));
        let listed: BTreeSet<_> = listed["customers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|customer| customer["email"].as_str().unwrap().to_owned())
            .collect();
        let expected = customers
            .iter()
            .map(|person| format!("racer{person}@example.com"));
        assert_eq!(listed, expected.collect());
    }
    server.stop().await.unwrap();
    let rows = |query: &str| -> i64 {
        let db = Connection::open(folder.path().join("bookings.sqlite3")).unwrap();
        db.query_row(query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(rows("SELECT count(*) FROM booking"), 2);
    assert_eq!(
        rows("SELECT count(*) FROM customer"),
        i64::try_from(customers.len()).unwrap()
    );
}
