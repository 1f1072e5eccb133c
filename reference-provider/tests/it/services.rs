//! Services that calls make and retire, and what decides when each can be booked: staff, resources, classes, buffers, lead time.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use reference_provider::Tenants;
use serde_json::{Value, json};

use crate::support::{TestProvider, booking, instant};

const TEN: &str = "2027-03-02T09:00:00Z";
const DAY: &str = "2027-03-02";

async fn make(desk: &TestProvider, tenant: &str, input: Value) -> Value {
    desk.call_at(tenant, "create_service", input).await.1
}

fn id(answer: &Value) -> String {
    answer["service_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_made_service_is_answered_with_its_defaults_listed_and_booked_at_both_versions() {
    let desk = TestProvider::new();
    let made = make(
        &desk,
        "shop/v0.2.0",
        json!({
            "name": "Walk", "duration_minutes": 60.0, "price": "19.9", "capacity": 4, "requires_confirmation": true,
        }),
    )
    .await;
    let id = id(&made);
    let expected = json!({
        "ok": true, "service_id": id, "name": "Walk", "duration_minutes": 60, "price": "19.9", "currency": "CZK",
        "capacity": 4, "requires_confirmation": true, "staff_ids": [], "lead_time_minutes": 0,
        "buffer_before_minutes": 0, "buffer_after_minutes": 0,
    });
    assert_eq!(made, expected);
    let listed = json!({
        "id": id, "name": "Walk", "price": 19.9, "currency": "CZK", "duration_minutes": 60, "capacity": 4,
        "requires_confirmation": true,
    });
    for tenant in ["shop", "shop/v0.2.0"] {
        let (_, answer) = desk.call_at(tenant, "list_services", json!({})).await;
        assert_eq!(answer["services"].as_array().unwrap().last(), Some(&listed));
    }
    assert_eq!(
        desk.book(&id, TEN, "ada@example.com").await["end_at"],
        "2027-03-02T10:00:00Z"
    );
}

#[tokio::test]
async fn services_and_bookings_of_them_are_still_there_after_the_folder_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let desk = TestProvider::on_disk(folder.path().to_owned());
    let class = json!({ "name": "Class", "duration_minutes": 60, "capacity": 2, "buffer_after_minutes": 30 });
    let class = id(&make(&desk, "shop", class).await);
    desk.booked(&class, TEN, "ada@example.com").await;
    desk.call("retire_service", json!({ "service_id": "half" })).await;
    drop(desk);

    let desk = TestProvider::on_disk(folder.path().to_owned());
    desk.booked(&class, TEN, "eve@example.com").await;
    assert_eq!(
        desk.book(&class, TEN, "joe@example.com").await["error"],
        "slot_taken"
    );
    assert_eq!(
        desk.book("half", TEN, "joe@example.com").await["error"],
        "invalid_service"
    );
}

#[tokio::test]
async fn the_services_of_one_tenant_are_nothing_to_another() {
    let desk = TestProvider::new();
    let made = id(&make(&desk, "shop", json!({ "name": "Walk", "duration_minutes": 60 })).await);
    let (_, booked) = desk
        .call_at(
            "other-shop",
            "create_booking",
            booking(&made, TEN, "ada@example.com"),
        )
        .await;
    assert_eq!(booked["error"], "invalid_service");
    let (_, retired) = desk
        .call_at("other-shop", "retire_service", json!({ "service_id": made }))
        .await;
    assert_eq!(retired["error"], "unknown_service");
    // The same id in both files is a service of its own at each.
    desk.call_at("other-shop", "retire_service", json!({ "service_id": "hour" }))
        .await;
    assert_eq!(desk.book("hour", TEN, "ada@example.com").await["ok"], true);
}

#[tokio::test]
async fn a_booking_keeps_the_price_of_its_time_and_says_whether_it_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let desk = TestProvider::on_disk(folder.path().to_owned());
    let service = json!({
        "name": "Dear", "duration_minutes": 30, "price": "123456789.01", "currency": "EUR", "requires_confirmation": true,
        "buffer_before_minutes": 10, "buffer_after_minutes": 20,
    });
    let service = id(&make(&desk, "shop", service).await);
    assert_eq!(
        desk.book(&service, TEN, "ada@example.com").await["confirmed"],
        false
    );
    desk.booked("hour", "2027-03-03T09:00:00Z", "ada@example.com")
        .await;
    drop(desk);
    let file = rusqlite::Connection::open(folder.path().join("bookings.sqlite3")).unwrap();
    let mut rows = file
        .prepare("SELECT price, currency, status, start_ms - blocked_from_ms, blocked_to_ms - end_ms FROM booking ORDER BY seq")
        .unwrap();
    let rows = rows
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .unwrap();
    type Kept = (Option<String>, Option<String>, String, i64, i64);
    let kept: Vec<Kept> = rows.map(Result::unwrap).collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        kept,
        [
            (
                text("123456789.01"),
                text("EUR"),
                "pending".to_owned(),
                600_000,
                1_200_000
            ),
            (None, None, "confirmed".to_owned(), 0, 0),
        ]
    );
}

/// A gym: two trainers who work at different times, a sauna with two cabins, a hall for classes, days with hours of their own.
fn gym(timezone: &str, exceptions: &str) -> Tenants {
    let text = format!(
        "tenants:
  - slug: gym
    name: Gym
    timezone: {timezone}
    currency: EUR
    slot_step_minutes: 30
    horizon_days: 60
    hours: &open
      monday: [\"00:00-05:00\", \"09:00-12:00\"]
      tuesday: [\"00:00-05:00\", \"09:00-12:00\"]
      wednesday: [\"00:00-05:00\", \"09:00-12:00\"]
      thursday: [\"00:00-05:00\", \"09:00-12:00\"]
      friday: [\"00:00-05:00\", \"09:00-12:00\"]
      saturday: [\"00:00-05:00\", \"09:00-12:00\"]
      sunday: [\"00:00-05:00\", \"09:00-12:00\"]
    exceptions: [{exceptions}]
    staff:
      - {{ id: ada, name: Ada }}
      - {{ id: eve, name: Eve, hours: *open, exceptions: [{{ date: 2027-03-02, hours: [\"09:30-11:00\"] }}] }}
    resources:
      - {{ id: cabin, name: Cabin, count: 2 }}
      - {{ id: hall, name: Hall, count: 1 }}
    services:
      - {{ id: training, name: Training, duration_minutes: 60, staff: [ada, eve], buffer_after_minutes: 15 }}
      - {{ id: with-eve, name: Training with Eve, duration_minutes: 30, staff: [eve] }}
      - {{ id: sauna, name: Sauna, duration_minutes: 90, resource: cabin, lead_time_minutes: 120 }}
      - {{ id: class, name: Class, duration_minutes: 60, capacity: 3, staff: [ada, eve], resource: hall, horizon_days: 20 }}
      - {{ id: desk, name: Front desk, duration_minutes: 30, buffer_before_minutes: 10, requires_confirmation: true }}
"
    );
    Tenants::parse(&text, "gym.yaml").unwrap()
}

const SERVICES: [&str; 5] = ["training", "with-eve", "sauna", "class", "desk"];

async fn free(desk: &TestProvider, service: &str, date: &str) -> Vec<String> {
    let input = json!({ "service_id": service, "date": date });
    let (_, answer) = desk.call_at("gym", "check_availability", input).await;
    let slots = answer["slots"].as_array().unwrap().iter();
    slots
        .map(|slot| slot["start_at"].as_str().unwrap().to_owned())
        .collect()
}

async fn book(desk: &TestProvider, service: &str, start: &str, email: &str) -> Value {
    desk.call_at("gym", "create_booking", booking(service, start, email))
        .await
        .1
}

#[tokio::test]
async fn staff_work_when_they_work_and_a_closed_date_is_closed() {
    let closed = "{ date: 2027-03-03 }, { date: 2027-03-04, hours: [\"10:00-11:00\"] }";
    let desk = TestProvider::of(gym("UTC", closed), "2027-03-01T00:00:00Z");
    assert_eq!(
        free(&desk, "with-eve", DAY).await,
        [
            "2027-03-02T09:30:00Z",
            "2027-03-02T10:00:00Z",
            "2027-03-02T10:30:00Z"
        ]
    );
    for service in SERVICES {
        assert_eq!(free(&desk, service, "2027-03-03").await, [""; 0], "{service}");
    }
    assert_eq!(
        free(&desk, "with-eve", "2027-03-04").await,
        ["2027-03-04T10:00:00Z", "2027-03-04T10:30:00Z"]
    );
    assert_eq!(free(&desk, "class", "2027-03-04").await, ["2027-03-04T10:00:00Z"]);
}

#[tokio::test]
async fn a_start_takes_as_many_as_there_are_staff_cabins_and_places() {
    let desk = TestProvider::of(gym("UTC", ""), "2027-03-01T00:00:00Z");
    for (service, start, room) in [
        // Eve begins at half past nine.
        ("training", "2027-03-02T09:00:00Z", 1),
        ("training", "2027-03-03T09:00:00Z", 2),
        ("sauna", "2027-03-02T09:00:00Z", 2),
        // One hall, so one class at a time, whoever leads it.
        ("class", "2027-03-04T09:00:00Z", 3),
        ("desk", "2027-03-04T09:00:00Z", 1),
    ] {
        for number in 0..=room {
            let email = format!("{service}{number}@example.com");
            let answer = book(&desk, service, start, &email).await;
            assert_eq!(
                answer["ok"],
                number < room,
                "{service} {start} {number}: {answer}"
            );
        }
    }
}

/// Whether exactly what is listed on a date can be booked: every quarter of an hour of it is tried, and given back.
async fn listed_is_what_books(
    desk: &TestProvider,
    service: &str,
    date: NaiveDate,
) -> Result<(), TestCaseError> {
    let listed = free(desk, service, &date.to_string()).await;
    let zone = |instant: chrono::DateTime<chrono::Utc>, zone: time_zones::Zone| {
        instant.with_timezone(&zone).date_naive()
    };
    let input = json!({ "service_id": service, "date": date.to_string() });
    let (_, answer) = desk.call_at("gym", "check_availability", input).await;
    let timezone: time_zones::Zone = answer["timezone"].as_str().unwrap().parse().unwrap();
    let from = date.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::hours(15);
    for quarter in 0..4 * 54 {
        let start = from + TimeDelta::minutes(15 * quarter);
        if zone(start, timezone) != date {
            continue;
        }
        let start = start.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let answer = book(desk, service, &start, "tried@example.com").await;
        prop_assert_eq!(
            answer["ok"] == true,
            listed.contains(&start),
            "{} {}: {}",
            service,
            &start,
            &answer
        );
        if let Some(id) = answer["booking_id"].as_str() {
            desk.call_at("gym", "cancel_booking", json!({ "booking_id": id }))
                .await;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_listed_slot_books_and_every_other_start_does_not(
        (zone, date) in prop::sample::select(vec![
            // Days of 23 and of 25 hours, on both sides of the date line.
            ("Pacific/Auckland", "2027-04-04"),
            ("Pacific/Auckland", "2027-09-26"),
            ("Pacific/Honolulu", "2027-03-02"),
            ("Europe/Prague", "2027-03-28"),
            ("Europe/Prague", "2027-10-31"),
            ("America/New_York", "2027-03-14"),
            ("America/New_York", "2027-11-07"),
            ("Australia/Lord_Howe", "2027-04-04"),
            ("Asia/Kathmandu", "2027-03-02"),
        ]),
        days_before in 0_i64..25,
        wishes in prop::collection::vec((0_usize..SERVICES.len(), 0_usize..40), 0..12),
        service in prop::sample::select(SERVICES.to_vec()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let now = instant(&format!("{date}T09:20:00Z")) - TimeDelta::days(days_before);
            let desk = TestProvider::of(gym(zone, ""), &now.to_rfc3339());
            for (number, (service, slot)) in wishes.into_iter().enumerate() {
                let listed = free(&desk, SERVICES[service], date).await;
                if let Some(start) = listed.get(slot % listed.len().max(1)) {
                    let answer = book(&desk, SERVICES[service], start, &format!("c{number}@example.com")).await;
                    prop_assert_eq!(&answer["ok"], true, "{}", answer);
                }
            }
            listed_is_what_books(&desk, service, date.parse().unwrap()).await
        })?;
    }
}
