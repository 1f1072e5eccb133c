//! What is asked about customers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use reference_provider::Fault;
use serde_json::{Value, json};

use super::{ADA, Answers, ELEVEN, EVE, TEN, verdict};
use crate::support::{TestProvider, booking};

/// The answers to all probes about customers, each asked of a provider of its own.
pub(super) async fn observe(fault: Option<Fault>) -> Answers {
    let desk = || TestProvider::faulty(fault.as_slice());
    let mut seen = BTreeMap::new();
    macro_rules! probe {
        ($($name:ident)+) => { $(seen.insert(stringify!($name), $name(desk()).await);)+ };
    }
    probe! {
        customer stranger customer_who_was_refused customer_in_capitals customer_after_a_repeat customer_of_two_names
        missing_phone history_with_a_cancelled_booking count_with_a_cancelled_booking latest_booking first_and_last_booking
        customer_from_elsewhere listings_of_one_person race_of_a_new_customer tags_in_the_list customers_in_order
        pages_of_customers customers_with_a_tag customers_by_query customers_from_elsewhere
        tags tags_after_removing tags_of_two_calls tag_added_twice missing_tag_removed tag_in_capitals race_of_tags
        contradicting_tags many_tags tagged_stranger tagged_from_elsewhere
    }
    seen
}

/// Books for Ada under a name, with a phone where one is given.
async fn book_as(desk: &TestProvider, start: &str, name: &str, phone: Option<&str>) {
    let mut input = booking("half", start, ADA);
    input["customer"]["name"] = name.into();
    if let Some(phone) = phone {
        input["customer"]["phone"] = phone.into();
    }
    desk.call("create_booking", input).await;
}

/// Books for Ada twice, out of the window of repeats.
async fn book_twice(desk: &TestProvider) {
    for start in [TEN, ELEVEN] {
        desk.booked("half", start, ADA).await;
        desk.advance(TimeDelta::minutes(5));
    }
}

/// Books for Ada, and then for Eve.
async fn book_for_two(desk: &TestProvider) {
    desk.booked("half", TEN, ADA).await;
    desk.advance(TimeDelta::minutes(5));
    desk.booked("half", ELEVEN, EVE).await;
}

async fn get(desk: &TestProvider, email: &str) -> Value {
    desk.call("get_customer", json!({ "email": email })).await
}

async fn list(desk: &TestProvider, input: Value) -> Vec<Value> {
    let answer = desk.call("list_customers", input).await;
    answer["customers"].as_array().unwrap().clone()
}

async fn emails(desk: &TestProvider, input: Value) -> Value {
    let listed = list(desk, input).await;
    listed.iter().map(|customer| customer["email"].clone()).collect()
}

async fn tag(desk: &TestProvider, added: &[&str], removed: &[&str]) -> Value {
    let input = json!({ "customer_email": ADA, "tags_add": added, "tags_remove": removed });
    desk.call("tag_customer", input).await
}

async fn customer(desk: TestProvider) -> Value {
    book_as(&desk, TEN, "Ada O'Hara", Some("+420 601 000 001")).await;
    let mut answer = get(&desk, ADA).await;
    if answer["ok"] == true {
        answer["customer_id"] = answer["customer_id"].is_string().into();
        answer["bookings"][0]["booking_id"] = "an id".into();
    }
    answer
}

async fn stranger(desk: TestProvider) -> Value {
    get(&desk, EVE).await;
    verdict(&get(&desk, EVE).await)
}

async fn customer_who_was_refused(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    desk.book("hour", TEN, EVE).await;
    verdict(&get(&desk, EVE).await)
}

async fn customer_in_capitals(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    get(&desk, "ADA@EXAMPLE.COM").await["ok"].clone()
}

async fn customer_after_a_repeat(desk: TestProvider) -> Value {
    for phone in ["1", "2"] {
        book_as(&desk, TEN, "Ada", Some(phone)).await;
    }
    get(&desk, ADA).await["phone"].clone()
}

async fn customer_of_two_names(desk: TestProvider) -> Value {
    book_as(&desk, TEN, "Ada", None).await;
    desk.advance(TimeDelta::minutes(5));
    book_as(&desk, ELEVEN, "Countess", None).await;
    get(&desk, ADA).await["name"].clone()
}

async fn missing_phone(desk: TestProvider) -> Value {
    book_as(&desk, TEN, "Ada", Some(" ")).await;
    desk.advance(TimeDelta::minutes(5));
    let before = get(&desk, ADA).await["phone"].clone();
    book_as(&desk, ELEVEN, "Ada", Some("1")).await;
    json!([before, get(&desk, ADA).await["phone"]])
}

async fn history_with_a_cancelled_booking(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    let answer = get(&desk, ADA).await;
    let bookings = answer["bookings"].as_array().into_iter().flatten();
    bookings.map(|booking| booking["status"].clone()).collect()
}

async fn count_with_a_cancelled_booking(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    get(&desk, ADA).await["bookings_count"].clone()
}

async fn latest_booking(desk: TestProvider) -> Value {
    book_twice(&desk).await;
    let answer = desk
        .call("get_customer", json!({ "email": ADA, "limit": 1 }))
        .await;
    let bookings = answer["bookings"].as_array().into_iter().flatten();
    bookings.map(|booking| booking["start_at"].clone()).collect()
}

async fn first_and_last_booking(desk: TestProvider) -> Value {
    book_twice(&desk).await;
    let answer = get(&desk, ADA).await;
    json!([answer["first_booking_at"], answer["last_booking_at"]])
}

async fn customer_from_elsewhere(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    let (_, answer) = desk
        .call_at("other-shop", "get_customer", json!({ "email": ADA }))
        .await;
    verdict(&answer)
}

async fn listings_of_one_person(desk: TestProvider) -> Value {
    book_twice(&desk).await;
    list(&desk, json!({})).await.len().into()
}

async fn race_of_a_new_customer(desk: TestProvider) -> Value {
    tokio::join!(desk.book("half", TEN, ADA), desk.book("half", ELEVEN, ADA));
    list(&desk, json!({})).await.len().into()
}

async fn tags_in_the_list(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    tag(&desk, &["a"], &[]).await;
    let listed = list(&desk, json!({})).await;
    listed.iter().map(|customer| customer["tags"].clone()).collect()
}

async fn customers_in_order(desk: TestProvider) -> Value {
    book_for_two(&desk).await;
    emails(&desk, json!({})).await
}

/// Two customers on pages of one, as long as a cursor leads on: how many are on each, and who all of them are.
async fn pages_of_customers(desk: TestProvider) -> Value {
    book_for_two(&desk).await;
    let (mut sizes, mut who) = (Vec::new(), BTreeSet::new());
    let mut input = json!({ "limit": 1 });
    while sizes.len() < 4 {
        let answer = desk.call("list_customers", input.clone()).await;
        let customers = answer["customers"].as_array().unwrap();
        sizes.push(customers.len());
        who.extend(customers.iter().map(|customer| customer["email"].to_string()));
        match answer.get("next_cursor") {
            Some(cursor) => input["cursor"] = cursor.clone(),
            None => break,
        }
    }
    json!({ "sizes": sizes, "who": who })
}

async fn customers_with_a_tag(desk: TestProvider) -> Value {
    book_for_two(&desk).await;
    tag(&desk, &["a"], &[]).await;
    emails(&desk, json!({ "tag": "a" })).await
}

async fn customers_by_query(desk: TestProvider) -> Value {
    book_for_two(&desk).await;
    emails(&desk, json!({ "query": "DA@" })).await
}

async fn customers_from_elsewhere(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    let (_, answer) = desk.call_at("other-shop", "list_customers", json!({})).await;
    answer["customers"].as_array().map(Vec::len).into()
}

async fn tags(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    tag(&desk, &["b", "a"], &[]).await["tags"].clone()
}

async fn tags_after_removing(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    tag(&desk, &["a"], &[]).await;
    tag(&desk, &[], &["a"]).await["tags"].clone()
}

async fn tags_of_two_calls(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    tag(&desk, &["a"], &[]).await;
    tag(&desk, &["b"], &[]).await["tags"].clone()
}

async fn tag_added_twice(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    tag(&desk, &["a"], &[]).await;
    tag(&desk, &["a"], &[]).await["tags"].clone()
}

async fn missing_tag_removed(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    verdict(&tag(&desk, &[], &["a"]).await)
}

async fn tag_in_capitals(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    tag(&desk, &["A"], &[]).await["tags"].clone()
}

async fn race_of_tags(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    tokio::join!(tag(&desk, &["a"], &[]), tag(&desk, &["b"], &[]));
    get(&desk, ADA).await["tags"].clone()
}

async fn contradicting_tags(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    tag(&desk, &["a", "b"], &["b"]).await;
    get(&desk, ADA).await["tags"].clone()
}

async fn many_tags(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    let mut last = Value::Null;
    for (letter, count) in [("a", 20), ("b", 20), ("c", 11)] {
        let some: Vec<String> = (0..count).map(|number| format!("{letter}{number}")).collect();
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        last = tag(&desk, &some, &[]).await;
    }
    verdict(&last)
}

async fn tagged_stranger(desk: TestProvider) -> Value {
    verdict(&tag(&desk, &["a"], &[]).await)
}

async fn tagged_from_elsewhere(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    let input = json!({ "customer_email": ADA, "tags_add": ["a"] });
    verdict(&desk.call_at("other-shop", "tag_customer", input).await.1)
}
