//! `list_services` and `check_availability`.

use chrono::TimeDelta;
use proptest::prelude::*;
use reference_provider::Tenants;
use serde_json::{Value, json};

use crate::support::{TestProvider, booking, instant};

async fn check(desk: &TestProvider, input: Value) -> Value {
    desk.call("check_availability", input).await
}

#[tokio::test]
async fn services_are_listed_with_their_prices_where_they_have_one() {
    let desk = TestProvider::new();
    let answer = desk
        .call("list_services", json!({ "agent_vendor": "claude" }))
        .await;
    assert_eq!(
        (answer["currency"].as_str(), answer["timezone"].as_str()),
        (Some("CZK"), Some("Europe/Prague"))
    );
    assert_eq!(
        answer["services"],
        json!([
            { "id": "half", "name": "Half an hour", "price": 10.5, "currency": "CZK", "duration_minutes": 30 },
            { "id": "hour", "name": "An hour", "duration_minutes": 60 },
            { "id": "long", "name": "An hour and a half", "duration_minutes": 90 },
            { "id": "asked", "name": "An hour that waits", "duration_minutes": 60, "requires_confirmation": true },
        ])
    );
    desk.booked("half", "2027-03-02T09:00:00Z", "ada@example.com")
        .await;
    assert_eq!(desk.call("list_services", json!({})).await, answer);
}

#[tokio::test]
async fn slots_keep_to_the_opening_hours_and_to_the_length_of_the_service() {
    let answer = check(
        &TestProvider::new(),
        json!({ "service_id": "long", "date": "2027-03-02" }),
    )
    .await;
    assert_eq!(
        answer["service"],
        json!({ "id": "long", "name": "An hour and a half", "duration_minutes": 90 })
    );
    let slots: Vec<_> = answer["slots"].as_array().unwrap().iter().collect();
    let start = |slot: &Value| instant(slot["start_at"].as_str().unwrap());
    assert!(slots.iter().all(|slot| slot["available"] == true));
    assert!(slots.is_sorted_by_key(|slot| start(slot)));
    for slot in &slots {
        assert_eq!(
            instant(slot["end_at"].as_str().unwrap()) - start(slot),
            TimeDelta::minutes(90)
        );
    }
    let starts: Vec<_> = slots
        .iter()
        .map(|slot| &slot["start_at"].as_str().unwrap()[11..16])
        .collect();
    // 09:00 to 10:30 and 13:00 to 15:30 in Prague, in winter.
    assert_eq!(
        starts,
        [
            "08:00", "08:30", "09:00", "09:30", "12:00", "12:30", "13:00", "13:30", "14:00", "14:30"
        ]
    );
}

#[tokio::test]
async fn opening_hours_stay_on_the_wall_clock_when_the_clocks_change() {
    let desk = TestProvider::new();
    assert_eq!(desk.free("hour", "2027-03-27").await[0], "2027-03-27T08:00:00Z");
    assert_eq!(desk.free("hour", "2027-03-29").await[0], "2027-03-29T07:00:00Z");
}

#[tokio::test]
async fn past_slots_are_not_returned_and_one_that_starts_now_is_past() {
    let desk = TestProvider::new();
    assert_eq!(desk.free("hour", "2027-03-01").await[0], "2027-03-01T08:30:00Z");
    desk.clock.set(instant("2027-03-01T12:29:59Z"));
    assert_eq!(desk.free("hour", "2027-03-01").await[0], "2027-03-01T12:30:00Z");
    desk.clock.set(instant("2027-03-01T20:00:00Z"));
    assert!(desk.free("hour", "2027-03-01").await.is_empty());
}

#[tokio::test]
async fn a_closed_day_a_past_one_and_one_beyond_the_horizon_are_empty() {
    let desk = TestProvider::new();
    for date in [
        "2027-03-07",
        "2027-02-26",
        "0001-01-01",
        "2027-05-01",
        "9999-12-31",
    ] {
        let answer = check(&desk, json!({ "service_id": "hour", "date": date })).await;
        assert_eq!(
            (&answer["ok"], &answer["slots"]),
            (&json!(true), &json!([])),
            "{date}"
        );
    }
    assert!(
        !desk.free("hour", "2027-04-30").await.is_empty(),
        "the last date within the horizon"
    );
}

#[tokio::test]
async fn an_unknown_service_and_an_impossible_date_have_their_codes() {
    let desk = TestProvider::new();
    for (service, date, code) in [
        ("nothing", "2027-03-02", "invalid_service"),
        ("nothing", "2027-02-30", "invalid_service"),
        ("hour", "2027-02-30", "invalid_date"),
        ("hour", "2027-13-01", "invalid_date"),
    ] {
        let input = json!({ "service_id": service, "date": date });
        let (status, answer) = desk.call_at("shop", "check_availability", input).await;
        assert_eq!(
            (status, answer["error"].as_str()),
            (200, Some(code)),
            "{service} {date}"
        );
    }
}

#[tokio::test]
async fn slots_of_another_length_than_the_services_cannot_be_had() {
    let desk = TestProvider::new();
    let with =
        |minutes: Value| json!({ "service_id": "hour", "date": "2027-03-02", "duration_minutes": minutes });
    assert_eq!(
        check(&desk, with(json!(60.0))).await["slots"]
            .as_array()
            .unwrap()
            .len(),
        12
    );
    assert_eq!(check(&desk, with(json!(30))).await["slots"], json!([]));
}

#[tokio::test]
async fn a_booking_takes_away_every_slot_that_it_touches_and_a_cancel_brings_them_back() {
    let desk = TestProvider::new();
    let before = desk.free("hour", "2027-03-02").await;
    let id = desk
        .booked("half", "2027-03-02T09:00:00Z", "ada@example.com")
        .await;
    let gone: Vec<_> = {
        let after = desk.free("hour", "2027-03-02").await;
        before
            .iter()
            .filter(|start| !after.contains(start))
            .cloned()
            .collect()
    };
    assert_eq!(gone, ["2027-03-02T08:30:00Z", "2027-03-02T09:00:00Z"]);
    desk.cancel(&id).await;
    assert_eq!(desk.free("hour", "2027-03-02").await, before);
}

#[tokio::test]
async fn whatever_is_listed_can_be_booked_until_nothing_is_left() {
    let desk = TestProvider::new();
    let mut booked = 0;
    while let Some(start) = desk.free("hour", "2027-03-02").await.first() {
        desk.booked("hour", start, &format!("c{booked}@example.com"))
            .await;
        booked += 1;
    }
    assert_eq!(booked, 7);
}

/// The slots of a service of a tenant on a date, as pairs of instants.
async fn slots_at(desk: &TestProvider, tenant: &str, service: &str, date: &str) -> Vec<(String, String)> {
    let input = json!({ "service_id": service, "date": date });
    let (_, answer) = desk.call_at(tenant, "check_availability", input).await;
    let text = |slot: &Value, key: &str| slot[key].as_str().unwrap().to_owned();
    let slots = answer["slots"].as_array().unwrap().iter();
    slots
        .map(|slot| (text(slot, "start_at"), text(slot, "end_at")))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn free_slots_keep_apart_from_bookings_on_days_of_23_and_25_hours(
        (tenant, zone, date) in prop::sample::select(vec![
            ("studio-sangha", time_zones::Zone::named("Europe/Prague").unwrap(), "2027-03-28"),
            ("studio-sangha", time_zones::Zone::named("Europe/Prague").unwrap(), "2027-10-31"),
            ("aurora-hair-brooklyn", time_zones::Zone::named("America/New_York").unwrap(), "2027-03-14"),
            ("aurora-hair-brooklyn", time_zones::Zone::named("America/New_York").unwrap(), "2027-11-07"),
        ]),
        wishes in prop::collection::vec((0_usize..10, 0_usize..100), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let tenants = Tenants::bundled().unwrap();
            let services = tenants.get(tenant).unwrap().services.clone();
            let now = instant(&format!("{date}T00:00:00Z")) - TimeDelta::days(10);
            let desk = TestProvider::of(tenants, &now.to_rfc3339());
            let mut booked: Vec<(String, String)> = Vec::new();
            for (number, (service, slot)) in wishes.into_iter().enumerate() {
                let service = &services[service % services.len()].id;
                let free = slots_at(&desk, tenant, service, date).await;
                if !free.is_empty() {
                    let wish = free[slot % free.len()].clone();
                    let input = booking(service, &wish.0, &format!("c{number}@example.com"));
                    let (_, answer) = desk.call_at(tenant, "create_booking", input).await;
                    assert_eq!((answer["ok"].as_bool(), answer["end_at"].as_str()), (Some(true), Some(&*wish.1)));
                    booked.push(wish);
                }
                for service in services.iter() {
                    for (start, end) in slots_at(&desk, tenant, &service.id, date).await {
                        let (start, end) = (instant(&start), instant(&end));
                        assert_eq!(end - start, service.duration());
                        assert_eq!(start.with_timezone(&zone).date_naive().to_string(), date);
                        assert!(booked.iter().all(|(from, until)| instant(until) <= start || end <= instant(from)));
                    }
                }
            }
        });
    }
}
