//! Probes of bookings that meet others, and of customers that nearly are the same.

use serde_json::{Value, json};

use super::{ADA, EVE, HALF_PAST, TEN, verdict};
use crate::support::TestProvider;

/// The number of requests that were booked.
fn booked(answers: &[Value]) -> Value {
    answers
        .iter()
        .filter(|answer| answer["ok"] == true)
        .count()
        .into()
}

/// Two bookings of one service at one time, of which each begins or ends within the other.
pub(super) async fn race_of_overlaps(desk: TestProvider) -> Value {
    let (one, other) = tokio::join!(desk.book("hour", TEN, ADA), desk.book("hour", HALF_PAST, EVE));
    booked(&[one, other])
}

/// The same for two services.
pub(super) async fn race_of_services(desk: TestProvider) -> Value {
    let (one, other) = tokio::join!(desk.book("hour", TEN, ADA), desk.book("long", HALF_PAST, EVE));
    booked(&[one, other])
}

pub(super) async fn around_a_booking(desk: TestProvider) -> Value {
    desk.book("half", HALF_PAST, ADA).await;
    verdict(&desk.book("long", TEN, EVE).await)
}

pub(super) async fn within_a_booking(desk: TestProvider) -> Value {
    desk.book("long", TEN, ADA).await;
    verdict(&desk.book("half", HALF_PAST, EVE).await)
}

/// Whether somebody with the same name at another host is given the booking of the first.
pub(super) async fn same_name_at_another_host(desk: TestProvider) -> Value {
    let first = desk.booked("hour", TEN, ADA).await;
    let other = ADA.replace("example.com", "elsewhere.example");
    let second = desk.book("hour", TEN, &other).await;
    json!(second["booking_id"] == first)
}

pub(super) async fn date_as_a_start(desk: TestProvider) -> Value {
    verdict(&desk.book("hour", super::DAY, ADA).await)
}
