//! Many callers at one time.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::TestProvider;

const TEN: &str = "2027-03-02T09:00:00Z";

async fn at_once(desk: TestProvider, email: impl Fn(usize) -> String) -> (Arc<TestProvider>, Vec<Value>) {
    let desk = Arc::new(desk);
    let mut calls = JoinSet::new();
    for number in 0..64 {
        let (desk, email) = (Arc::clone(&desk), email(number));
        calls.spawn(async move { desk.book("hour", TEN, &email).await });
    }
    let answers = calls.join_all().await;
    (desk, answers)
}

fn desks(folder: &tempfile::TempDir) -> [TestProvider; 2] {
    [
        TestProvider::new(),
        TestProvider::on_disk(folder.path().to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_customers_who_want_one_slot_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    for desk in desks(&folder) {
        let (desk, answers) = at_once(desk, |number| format!("c{number}@example.com")).await;
        let booked: Vec<_> = answers.iter().filter(|answer| answer["ok"] == true).collect();
        assert_eq!(booked.len(), 1);
        for answer in answers.iter().filter(|answer| answer["ok"] == false) {
            assert_eq!(answer["error"], "slot_taken");
            assert_eq!(answer["available_alternatives"].as_array().unwrap().len(), 5);
        }
        assert_eq!(
            desk.cancel(booked[0]["booking_id"].as_str().unwrap()).await["cancelled"],
            true
        );
        assert!(desk.free("hour", "2027-03-02").await.contains(&TEN.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_identical_requests_all_get_the_one_booking() {
    let folder = tempfile::tempdir().unwrap();
    for desk in desks(&folder) {
        let (desk, answers) = at_once(desk, |_| "ada@example.com".to_owned()).await;
        assert!(answers.iter().all(|answer| answer["ok"] == true));
        let ids: BTreeSet<_> = answers
            .iter()
            .map(|answer| answer["booking_id"].as_str())
            .collect();
        assert_eq!(ids.len(), 1);
        assert_eq!(
            desk.list("ada@example.com").await["bookings"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_booking_is_seen_by_the_next_read() {
    let folder = tempfile::tempdir().unwrap();
    for desk in desks(&folder) {
        for start in desk.free("half", "2027-03-02").await {
            let id = desk.booked("half", &start, "ada@example.com").await;
            assert!(!desk.free("half", "2027-03-02").await.contains(&start));
            let input = json!({ "customer_email": "ada@example.com", "limit": 1 });
            let listed = desk.call("list_bookings_for_customer", input).await;
            assert_eq!(listed["bookings"][0]["booking_id"], id);
        }
    }
}
