//! Customers: one for each person, whatever order bookings come in and however many come at one time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{TestProvider, booking};

const TEN: &str = "2027-03-02T09:00:00Z";
const NOON: &str = "2027-03-02T12:00:00Z";
const ADA: &str = "ada@example.com";

async fn get(desk: &TestProvider, email: &str) -> Value {
    desk.call("get_customer", json!({ "email": email })).await
}

async fn list(desk: &TestProvider) -> Vec<Value> {
    let answer = desk.call("list_customers", json!({ "limit": 100 })).await;
    answer["customers"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_customer_and_their_tags_are_still_there_after_the_folder_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let desk = TestProvider::on_disk(folder.path().to_owned());
    desk.booked("hour", TEN, ADA).await;
    let input = json!({ "customer_email": ADA, "tags_add": ["vip"] });
    desk.call("tag_customer", input).await;
    let before = get(&desk, ADA).await;
    drop(desk);
    let after = get(&TestProvider::on_disk(folder.path().to_owned()), ADA).await;
    assert_eq!((&after, &after["tags"]), (&before, &json!(["vip"])));
}

#[tokio::test]
async fn the_tools_are_the_same_at_every_version() {
    let desk = TestProvider::new();
    desk.booked("hour", TEN, ADA).await;
    for (tool, input) in [
        ("get_customer", json!({ "email": "Ada@Example.com" })),
        ("list_customers", json!({ "query": "ADA@" })),
        (
            "tag_customer",
            json!({ "customer_email": ADA, "tags_add": ["vip"] }),
        ),
    ] {
        let first = desk.call_at("shop", tool, input.clone()).await;
        assert_eq!(first.1["ok"], true, "{}", first.1);
        assert_eq!(desk.call_at("shop/v0.2.0", tool, input).await, first);
    }
}

/// A file of the first format, with bookings of people whose address, name and phone changed from one to the next.
fn old_file(folder: &Path) {
    let more = "INSERT INTO booking VALUES
        (3, 'bk_3', 'token-3', 'shop', 'half', 'Half an hour', 1804064400000, 1804066200000, 'Eve', 'eve@example.com',
         'eve@example.com', ' ', NULL, NULL, 'confirmed', 1803880002000, NULL, NULL),
        (4, 'bk_4', 'token-4', 'shop', 'half', 'Half an hour', 1804071600000, 1804073400000, 'Evelyn', 'EVE@example.com',
         'eve@example.com', '+420 222', NULL, NULL, 'confirmed', 1803880003000, NULL, NULL),
        (5, 'bk_5', 'token-5', 'other-shop', 'half', 'Half an hour', 1804071600000, 1804073400000, 'Another Eve',
         'eve@example.com', 'eve@example.com', NULL, NULL, NULL, 'cancelled', 1803880004000, 1803880005000, NULL);";
    Connection::open(folder.join("bookings.sqlite3"))
        .unwrap()
        .execute_batch(&format!("{}{more}", include_str!("../fixtures/bookings-v1.sql")))
        .unwrap();
}

#[tokio::test]
async fn whoever_has_booked_in_an_older_file_is_a_customer() {
    let folder = tempfile::tempdir().unwrap();
    old_file(folder.path());
    let desk = TestProvider::on_disk(folder.path().to_owned());
    let ada = get(&desk, ADA).await;
    assert_eq!(
        (&ada["name"], &ada["email"], &ada["phone"], &ada["bookings_count"]),
        (
            &json!("Ada"),
            &json!("Ada@Example.com"),
            &json!("+420 111"),
            &json!(2)
        )
    );
    assert_eq!(ada["created_at"], "2027-03-01T05:46:40Z");
    let eve = get(&desk, "Eve@Example.com").await;
    assert_eq!(
        (&eve["name"], &eve["phone"], &eve["bookings_count"]),
        (&json!("Eve"), &json!("+420 222"), &json!(2))
    );
    let (_, other) = desk
        .call_at(
            "other-shop",
            "get_customer",
            json!({ "email": "eve@example.com" }),
        )
        .await;
    assert_eq!(
        (&other["name"], &other["bookings"][0]["status"]),
        (&json!("Another Eve"), &json!("cancelled"))
    );
    assert_ne!(other["customer_id"], eve["customer_id"]);
    // The next booking is one more of the same person.
    desk.booked("hour", "2027-03-03T12:00:00Z", ADA).await;
    let again = get(&desk, ADA).await;
    assert_eq!(
        (&again["customer_id"], &again["bookings_count"]),
        (&ada["customer_id"], &json!(3))
    );
    assert_eq!(list(&desk).await.len(), 2);
}

/// What somebody does.
#[derive(Debug, Clone)]
enum Step {
    /// A person, how they write their address, what they call themselves, and which phone they give.
    Book {
        person: usize,
        capitals: bool,
        name: usize,
        phone: Option<usize>,
        slot: usize,
    },
    /// One of the bookings made so far, also one that is cancelled already.
    Cancel(usize),
    /// Until requests are no repeats any more.
    Wait,
}

const PEOPLE: [&str; 3] = ["ada@example.com", "eve@example.com", "ada@example.co"];
const SLOTS: [&str; 4] = [
    "2027-03-02T09:00:00Z",
    "2027-03-02T10:00:00Z",
    NOON,
    "2027-03-02T13:00:00Z",
];

impl Step {
    fn any() -> impl Strategy<Value = Self> {
        let person = 0..PEOPLE.len();
        let book = (
            person,
            any::<bool>(),
            0_usize..3,
            prop::option::of(0_usize..3),
            0..SLOTS.len(),
        )
            .prop_map(|(person, capitals, name, phone, slot)| Self::Book {
                person,
                capitals,
                name,
                phone,
                slot,
            });
        prop_oneof![6 => book, 2 => (0_usize..8).prop_map(Self::Cancel), 1 => Just(Self::Wait)]
    }
}

/// What is known of a person from the answers that they got.
#[derive(Debug, Default)]
struct Known {
    name: String,
    phone: Option<String>,
    /// Each booking, and whether it was cancelled.
    bookings: BTreeMap<String, bool>,
}

/// The input of a booking of one of the people.
fn wish(person: usize, capitals: bool, name: usize, phone: Option<usize>, slot: usize) -> Value {
    let email = PEOPLE[person];
    let email = if capitals {
        email.to_uppercase()
    } else {
        email.to_owned()
    };
    let mut input = booking("hour", SLOTS[slot], &email);
    input["customer"]["name"] = format!("Name {name}").into();
    if let Some(phone) = phone {
        input["customer"]["phone"] = format!("+420 {phone}").into();
    }
    input
}

/// Does the steps in order, and says what people know by then.
async fn in_order(desk: &TestProvider, steps: Vec<Step>) -> BTreeMap<usize, Known> {
    let mut known: BTreeMap<usize, Known> = BTreeMap::new();
    let mut made: Vec<(usize, String)> = Vec::new();
    for step in steps {
        match step {
            Step::Book {
                person,
                capitals,
                name,
                phone,
                slot,
            } => {
                let input = wish(person, capitals, name, phone, slot);
                let answer = desk.call("create_booking", input.clone()).await;
                let Some(id) = answer["booking_id"].as_str() else {
                    continue;
                };
                if made.iter().any(|(_, known)| known == id) {
                    continue;
                }
                made.push((person, id.to_owned()));
                let whom = known.entry(person).or_default();
                if whom.bookings.is_empty() {
                    whom.name = input["customer"]["name"].as_str().unwrap().to_owned();
                }
                let phone = input["customer"]["phone"].as_str().map(str::to_owned);
                whom.phone = whom.phone.take().or(phone);
                whom.bookings.insert(id.to_owned(), false);
            }
            Step::Cancel(nth) if !made.is_empty() => {
                let (person, id) = made[nth % made.len()].clone();
                assert_eq!(desk.cancel(&id).await["cancelled"], true);
                known.get_mut(&person).unwrap().bookings.insert(id, true);
            }
            Step::Cancel(_) => {}
            Step::Wait => desk.advance(TimeDelta::minutes(2)),
        }
    }
    known
}

/// Each booking in the history of a customer, and whether it is cancelled.
fn history(customer: &Value) -> BTreeMap<String, bool> {
    let bookings = customer["bookings"].as_array().unwrap().iter();
    bookings
        .map(|booking| {
            let id = booking["booking_id"].as_str().unwrap().to_owned();
            (id, booking["status"] == "cancelled")
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_people_do_each_is_one_customer_with_the_bookings_that_they_were_told_of(
        steps in prop::collection::vec(Step::any(), 1..24),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let desk = TestProvider::new();
            let known = in_order(&desk, steps).await;
            for (person, email) in PEOPLE.iter().enumerate() {
                let customer = get(&desk, email).await;
                let Some(known) = known.get(&person) else {
                    assert_eq!(customer["error"], "unknown_customer");
                    continue;
                };
                assert_eq!(customer["bookings_count"], known.bookings.len());
                assert_eq!(history(&customer), known.bookings);
                assert_eq!(customer["name"], known.name.as_str());
                assert_eq!(customer["phone"].as_str(), known.phone.as_deref());
            }
            assert_eq!(list(&desk).await.len(), known.len());
        });
    }

    #[test]
    fn whatever_people_do_at_one_time_each_is_one_customer_with_the_bookings_that_they_were_told_of(
        wishes in prop::collection::vec((0..PEOPLE.len(), any::<bool>(), 0_usize..3, 0..SLOTS.len()), 2..16),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let desk = Arc::new(TestProvider::new());
            let mut calls = tokio::task::JoinSet::new();
            for (person, capitals, name, slot) in wishes {
                let desk = Arc::clone(&desk);
                calls.spawn(async move {
                    let input = wish(person, capitals, name, None, slot);
                    (person, desk.call("create_booking", input).await)
                });
            }
            let mut told: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
            for (person, answer) in calls.join_all().await {
                if let Some(id) = answer["booking_id"].as_str() {
                    told.entry(person).or_default().insert(id.to_owned());
                }
            }
            for (person, ids) in &told {
                let customer = get(&desk, PEOPLE[*person]).await;
                let listed: BTreeSet<String> = history(&customer).into_keys().collect();
                assert_eq!((&listed, &customer["bookings_count"]), (ids, &ids.len().into()));
            }
            assert_eq!(list(&desk).await.len(), told.len());
        });
    }
}
