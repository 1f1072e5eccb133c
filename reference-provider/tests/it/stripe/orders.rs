//! The money of an invoice by what is known of it, and not by when it was told: orders of events, parts, other currencies, too much.

use serde_json::{Value, json};

use super::{ADA, Mood, Standin, TEN, invoice, paid, status, tell};
use crate::support::TestProvider;

/// An event as it is told: its kind, and what it is about.
type Event = (&'static str, Value);

fn refund(id: &str, state: &str, amount: &Value) -> Value {
    json!({ "id": id, "payment_intent": "pi_1", "status": state, "amount": amount, "currency": "czk" })
}

/// What is shown of an invoice in the end: its status, and how far its refund is.
async fn in_the_end(events: &[Event], is_cancelled: bool) -> (Value, Value) {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    // The gateway keeps what it gives back waiting, so that only the events tell of it.
    stripe.feel(Mood::Broken);
    if is_cancelled {
        desk.cancel(&booking).await;
    }
    for (kind, object) in events {
        let mut object = object.clone();
        if *kind == "payment_intent.succeeded" {
            object["metadata"] = json!({ "invoice": made["invoice_id"] });
        }
        assert_eq!(tell(&desk, kind, &object).await, 200, "{kind} {object}");
    }
    let shown = status(&desk, &made).await;
    let refund = match is_cancelled {
        true => desk.cancel(&booking).await["refund_status"].clone(),
        false => Value::Null,
    };
    (shown, refund)
}

fn permutations<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..of.len() {
        let mut rest = of.to_vec();
        let first = rest.remove(at);
        for mut tail in permutations(&rest) {
            tail.insert(0, first.clone());
            all.push(tail);
        }
    }
    all
}

fn payment() -> Event {
    ("payment_intent.succeeded", paid(&json!({})))
}

#[tokio::test]
async fn the_order_in_which_events_come_changes_nothing() {
    let all_back = json!({ "id": "ch_1", "payment_intent": "pi_1", "refunded": true });
    let told = |id, state, amount: u64| ("refund.updated", refund(id, state, &amount.into()));
    for (events, standing, cancelled) in [
        (
            vec![
                payment(),
                told("re_1", "succeeded", 50),
                told("re_2", "succeeded", 1000),
            ],
            "cancelled",
            ("cancelled", "refunded"),
        ),
        (
            vec![
                payment(),
                told("re_1", "succeeded", 50),
                told("re_1", "failed", 50),
                told("re_2", "succeeded", 1000),
            ],
            "paid",
            ("paid", "pending"),
        ),
        (
            vec![
                payment(),
                ("charge.refunded", all_back.clone()),
                told("re_1", "failed", 1050),
            ],
            "paid",
            ("paid", "pending"),
        ),
        (
            vec![
                payment(),
                ("charge.refunded", all_back),
                told("re_1", "pending", 1050),
            ],
            "cancelled",
            ("cancelled", "refunded"),
        ),
    ] {
        for order in permutations(&events) {
            let twice: Vec<_> = order.iter().chain(&order).cloned().collect();
            for told in [&order, &twice] {
                let end = in_the_end(told, false).await;
                assert_eq!(end.0, standing, "{told:#?}");
                let (shown, refund) = in_the_end(told, true).await;
                assert_eq!(
                    (shown.as_str(), refund.as_str()),
                    (Some(cancelled.0), Some(cancelled.1)),
                    "{told:#?}"
                );
            }
        }
    }
}

/// All orders of one payment with two refunds that are pending before they are done.
#[tokio::test]
async fn older_states_that_are_told_late_undo_nothing() {
    let told = |id, state, amount: u64| ("refund.updated", refund(id, state, &amount.into()));
    let events = [
        payment(),
        told("re_1", "pending", 50),
        told("re_1", "succeeded", 50),
        told("re_2", "pending", 1000),
        told("re_2", "succeeded", 1000),
    ];
    for order in permutations(&events) {
        let (shown, refund) = in_the_end(&order, true).await;
        assert_eq!(
            (shown.as_str(), refund.as_str()),
            (Some("cancelled"), Some("refunded")),
            "{order:#?}"
        );
    }
}

async fn desk() -> (Standin, TestProvider, String, Value) {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    stripe.paths();
    (stripe, desk, booking, made)
}

fn part(made: &Value, id: &str, units: u64, currency: &str) -> Value {
    let mut part = paid(made);
    part["id"] = id.into();
    part["amount_received"] = units.into();
    part["currency"] = currency.into();
    part
}

#[tokio::test]
async fn parts_of_several_payments_add_up_and_each_goes_back() {
    let (stripe, desk, booking, made) = desk().await;
    for (id, units, expected) in [
        ("pi_1", 500, "issued"),
        ("pi_1", 500, "issued"),
        ("pi_2", 549, "issued"),
        ("pi_3", 1, "paid"),
    ] {
        tell(&desk, "payment_intent.succeeded", &part(&made, id, units, "czk")).await;
        assert_eq!(status(&desk, &made).await, expected, "{id}");
    }
    desk.cancel(&booking).await;
    assert_eq!(stripe.paths(), ["refunds"; 3]);
}

#[tokio::test]
async fn what_came_in_another_currency_pays_nothing_and_goes_back() {
    let (stripe, desk, booking, made) = desk().await;
    tell(
        &desk,
        "payment_intent.succeeded",
        &part(&made, "pi_1", 1050, "jpy"),
    )
    .await;
    assert_eq!(status(&desk, &made).await, "issued");
    assert_eq!(desk.cancel(&booking).await["refund_status"], "refunded");
    assert_eq!(stripe.paths(), ["refunds"]);
}

#[tokio::test]
async fn more_than_was_paid_and_what_is_no_amount_break_nothing() {
    let (_stripe, desk, _, made) = desk().await;
    tell(&desk, "payment_intent.succeeded", &paid(&made)).await;
    for amount in [json!("1050"), json!(-1050), json!(10.5), json!({})] {
        assert_eq!(
            tell(&desk, "refund.updated", &refund("re_0", "succeeded", &amount)).await,
            200
        );
        assert_eq!(status(&desk, &made).await, "paid", "{amount}");
    }
    for id in ["re_1", "re_2"] {
        let most = refund(id, "succeeded", &u64::MAX.into());
        assert_eq!(tell(&desk, "refund.updated", &most).await, 200);
        assert_eq!(status(&desk, &made).await, "cancelled");
    }
}

#[tokio::test]
async fn too_much_is_given_back_when_all_of_it_is() {
    let (_stripe, desk, _, made) = desk().await;
    tell(
        &desk,
        "payment_intent.succeeded",
        &part(&made, "pi_1", 2000, "czk"),
    )
    .await;
    for (id, units, expected) in [("re_1", 1050, "paid"), ("re_2", 950, "cancelled")] {
        tell(&desk, "refund.updated", &refund(id, "succeeded", &units.into())).await;
        assert_eq!(status(&desk, &made).await, expected, "{id}");
    }
}

#[tokio::test]
async fn a_part_that_was_paid_and_given_back_leaves_the_invoice_to_be_paid() {
    let (_stripe, desk, _, made) = desk().await;
    tell(&desk, "payment_intent.succeeded", &part(&made, "pi_1", 50, "czk")).await;
    tell(&desk, "refund.updated", &refund("re_1", "succeeded", &50.into())).await;
    assert_eq!(status(&desk, &made).await, "issued");
    tell(
        &desk,
        "payment_intent.succeeded",
        &part(&made, "pi_2", 1050, "czk"),
    )
    .await;
    assert_eq!(status(&desk, &made).await, "paid");
}

#[tokio::test]
async fn what_the_gateway_refused_to_give_back_stays_so_whatever_else_is_told() {
    let (stripe, desk, booking, made) = desk().await;
    tell(&desk, "payment_intent.succeeded", &paid(&made)).await;
    stripe.feel(Mood::Refusing);
    assert_eq!(desk.cancel(&booking).await["refund_status"], "denied");
    stripe.feel(Mood::Well);
    tell(&desk, "refund.updated", &refund("re_9", "succeeded", &50.into())).await;
    assert_eq!(desk.cancel(&booking).await["refund_status"], "denied");
    tell(
        &desk,
        "refund.updated",
        &refund("re_8", "succeeded", &1000.into()),
    )
    .await;
    assert_eq!(desk.cancel(&booking).await["refund_status"], "refunded");
    assert_eq!(status(&desk, &made).await, "cancelled");
}
