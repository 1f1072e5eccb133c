//! The gateway of Stripe, against a stand-in of the five addresses that are asked: what is sent, what becomes of an invoice when the
//! gateway is down, slow or refuses, and which of the things that it tells are believed.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit, Mac};
use reference_provider::{GatewayOptions, Secret, StripeOptions};
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;

use crate::support::{NOW, TestProvider, instant, read};

mod orders;

const TEN: &str = "2027-03-02T09:00:00Z";
const ADA: &str = "ada@example.com";
const SECRET: &str = "whsec_of_the_tests";

/// What the stand-in does with the next requests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    Broken,
    Refusing,
    Endless,
    Elsewhere,
    PendingRefunds,
}

/// A request as it came: path, key against repeats, authorization, form.
type Asked = (String, String, String, String);

#[derive(Clone)]
struct Standin {
    url: String,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Standin {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let standin = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            mood: Arc::new(Mutex::new(Mood::Well)),
            asked: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(standin.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        standin
    }

    fn desk(&self) -> TestProvider {
        TestProvider::paid_by(GatewayOptions::Stripe(StripeOptions {
            url: self.url.parse().unwrap(),
            key: Secret::new("sk_test_1").unwrap(),
            webhook_secret: Secret::new(SECRET).unwrap(),
        }))
    }

    fn feel(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// The paths that were asked since the last time.
    fn paths(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .drain(..)
            .map(|asked| asked.0)
            .collect()
    }
}

async fn answer(State(standin): State<Standin>, uri: Uri, request: Request<Body>) -> Response {
    let (key, auth) = {
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        (header("idempotency-key"), header("authorization"))
    };
    let body = axum::body::to_bytes(request.into_body(), 10_000).await.unwrap();
    let form = String::from_utf8(body.to_vec()).unwrap();
    let path = uri.path().trim_start_matches("/v1/").to_owned();
    standin
        .asked
        .lock()
        .unwrap()
        .push((path.clone(), key, auth, form));
    let mood = *standin.mood.lock().unwrap();
    match mood {
        Mood::Broken => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Refusing => {
            let body = json!({ "error": { "message": "No such account" } });
            return (StatusCode::UNAUTHORIZED, body.to_string()).into_response();
        }
        Mood::Endless => return format!("\"{}\"", "x".repeat(300_000)).into_response(),
        Mood::Elsewhere => return (StatusCode::FOUND, [("location", "/v1/elsewhere")]).into_response(),
        Mood::Well | Mood::PendingRefunds => {}
    }
    let made = match path.as_str() {
        "customers" => json!({ "id": "cus_1" }),
        "payment_intents" => json!({ "id": "pi_1", "status": "requires_payment_method" }),
        "refunds" if mood == Mood::PendingRefunds => json!({ "id": "re_1", "status": "pending" }),
        "refunds" => json!({ "id": "re_1", "status": "succeeded" }),
        _ => json!({ "id": "pi_1", "status": "canceled" }),
    };
    made.to_string().into_response()
}

async fn invoice(desk: &TestProvider, booking: &str) -> Value {
    desk.call("create_invoice", json!({ "booking_id": booking }))
        .await
}

async fn status(desk: &TestProvider, made: &Value) -> Value {
    let input = json!({ "invoice_number": made["number"] });
    desk.call("get_invoice", input).await["status"].clone()
}

fn signed(body: &str, secret: &str, now: &str) -> String {
    let time = instant(now).timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let digits: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={time},v1={digits}")
}

/// Tells the provider of something; the status of its answer.
async fn tell(desk: &TestProvider, kind: &str, object: &Value) -> u16 {
    let body = json!({ "id": "evt_1", "type": kind, "data": { "object": object } }).to_string();
    let signature = signed(&body, SECRET, NOW);
    tell_as(desk, body, Some(signature)).await
}

async fn tell_as(desk: &TestProvider, body: String, signature: Option<String>) -> u16 {
    let mut request = Request::post("/stripe/webhook");
    if let Some(signature) = signature {
        request = request.header("stripe-signature", signature);
    }
    let request = request.body(Body::from(body)).unwrap();
    desk.router
        .clone()
        .oneshot(request)
        .await
        .unwrap()
        .status()
        .as_u16()
}

fn paid(made: &Value) -> Value {
    json!({
        "id": "pi_1", "amount": 1050, "amount_received": 1050, "currency": "czk",
        "metadata": { "invoice": made["invoice_id"] },
    })
}

#[tokio::test]
async fn an_invoice_is_a_customer_and_a_payment_intent_in_whole_minor_units() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    assert_eq!(made["status"], "issued");
    let asked = std::mem::take(&mut *stripe.asked.lock().unwrap());
    let id = made["invoice_id"].as_str().unwrap();
    let [
        (first, first_key, auth, customer),
        (second, second_key, _, intent),
    ] = asked.as_slice()
    else {
        panic!("{asked:?}");
    };
    assert_eq!(
        (first.as_str(), second.as_str()),
        ("customers", "payment_intents")
    );
    assert_eq!(*first_key, format!("{id}-customer"));
    assert_eq!(*second_key, format!("{id}-payment"));
    assert_eq!(auth, "Bearer sk_test_1");
    assert!(customer.contains("email=ada%40example.com"), "{customer}");
    assert!(
        intent.contains("amount=1050&currency=czk&customer=cus_1") && intent.contains(id),
        "{intent}"
    );
    assert_eq!(invoice(&desk, &booking).await, made);
    assert_eq!(stripe.paths(), Vec::<String>::new());
    // The sandbox pays nothing where somebody takes money.
    let url = made["payment_url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://book.test")
        .unwrap();
    desk.send("POST", url, "").await;
    assert_eq!(status(&desk, &made).await, "issued");
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_leaves_a_draft_with_its_number_that_is_issued_later() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let mut drafts = Vec::new();
    for mood in [Mood::Broken, Mood::Refusing, Mood::Endless, Mood::Elsewhere] {
        stripe.feel(mood);
        drafts.push(invoice(&desk, &booking).await);
    }
    for draft in &drafts {
        assert_eq!(draft["status"], "draft");
        assert_eq!(draft["number"], "SHOP-00001");
    }
    // A redirect is not followed: the key is for one address.
    assert_eq!(stripe.paths(), ["customers"; 4]);
    stripe.feel(Mood::Well);
    let issued = invoice(&desk, &booking).await;
    assert_eq!(issued["status"], "issued");
    assert_eq!(issued["invoice_id"], drafts[0]["invoice_id"]);
}

#[tokio::test]
async fn of_many_who_ask_for_an_invoice_at_one_time_one_asks_the_gateway() {
    let stripe = Standin::start().await;
    let desk = Arc::new(stripe.desk());
    let booking = desk.booked("half", TEN, ADA).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (desk, booking) = (Arc::clone(&desk), booking.clone());
        calls.spawn(async move { invoice(&desk, &booking).await });
    }
    let answers = calls.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(answers[0]["status"], "issued");
    assert_eq!(stripe.paths(), ["customers", "payment_intents"]);
}

#[tokio::test]
async fn what_stripe_signed_is_believed_once_and_in_any_order() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    assert_eq!(
        tell(&desk, "payment_intent.payment_failed", &paid(&made)).await,
        200
    );
    assert_eq!(status(&desk, &made).await, "issued");
    for _ in 0..2 {
        assert_eq!(tell(&desk, "payment_intent.succeeded", &paid(&made)).await, 200);
        assert_eq!(status(&desk, &made).await, "paid");
    }
    assert_eq!(
        tell(&desk, "payment_intent.payment_failed", &paid(&made)).await,
        200
    );
    assert_eq!(status(&desk, &made).await, "paid");
    let refund = json!({ "id": "re_1", "payment_intent": "pi_1", "status": "succeeded" });
    for _ in 0..2 {
        assert_eq!(tell(&desk, "refund.updated", &refund).await, 200);
    }
    // Told late that it was paid, what is given back stays so.
    assert_eq!(tell(&desk, "payment_intent.succeeded", &paid(&made)).await, 200);
    assert_eq!(status(&desk, &made).await, "cancelled");
}

#[tokio::test]
async fn a_payment_of_another_amount_currency_or_program_settles_nothing() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    for (key, value) in [
        ("amount_received", json!(1049)),
        ("currency", json!("huf")),
        ("amount_received", json!("1050.00")),
    ] {
        let mut object = paid(&made);
        object[key] = value;
        object.as_object_mut().unwrap().shift_remove("amount");
        assert_eq!(tell(&desk, "payment_intent.succeeded", &object).await, 200);
        assert_eq!(status(&desk, &made).await, "issued", "{key}");
    }
    let other = json!({ "id": "pi_2", "amount": 1050, "currency": "czk", "metadata": { "invoice": "in_7" } });
    assert_eq!(tell(&desk, "payment_intent.succeeded", &other).await, 200);
    assert_eq!(status(&desk, &made).await, "issued");
}

#[tokio::test]
async fn what_is_not_signed_is_refused_and_changes_nothing() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    let event =
        json!({ "id": "evt_1", "type": "payment_intent.succeeded", "data": { "object": paid(&made) } });
    let body = event.to_string();
    for signature in [
        None,
        Some(String::new()),
        Some(signed(&body, "whsec_forged", NOW)),
        Some(signed("{}", SECRET, NOW)),
        Some(signed(&body, SECRET, "2027-03-01T07:54:59Z")),
    ] {
        assert_eq!(tell_as(&desk, body.clone(), signature).await, 400);
    }
    assert_eq!(status(&desk, &made).await, "issued");
    for body in ["", "[]", "{}", "{\"type\":\"x\"}"] {
        let signature = signed(body, SECRET, NOW);
        assert_eq!(
            tell_as(&desk, body.to_owned(), Some(signature)).await,
            400,
            "{body}"
        );
    }
    let long = " ".repeat(300_000);
    assert_eq!(tell_as(&desk, long, None).await, 413);
    // Where nobody takes money, nobody tells of it.
    let plain = TestProvider::new();
    assert_eq!(
        tell_as(&plain, body.clone(), Some(signed(&body, SECRET, NOW))).await,
        404
    );
}

#[tokio::test]
async fn cancelling_voids_what_is_unpaid_and_gives_back_what_was_paid_once() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    invoice(&desk, &booking).await;
    stripe.paths();
    for _ in 0..2 {
        assert_eq!(desk.cancel(&booking).await["refund_status"], "none");
    }
    assert_eq!(stripe.paths(), ["payment_intents/pi_1/cancel"]);

    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    tell(&desk, "payment_intent.succeeded", &paid(&made)).await;
    stripe.paths();
    stripe.feel(Mood::Broken);
    assert_eq!(desk.cancel(&booking).await["refund_status"], "pending");
    assert_eq!(status(&desk, &made).await, "paid");
    stripe.feel(Mood::PendingRefunds);
    assert_eq!(desk.cancel(&booking).await["refund_status"], "pending");
    stripe.feel(Mood::Well);
    let (one, other) = tokio::join!(desk.cancel(&booking), desk.cancel(&booking));
    assert_eq!(
        (&one["refund_status"], &other["refund_status"]),
        (&json!("refunded"), &json!("refunded"))
    );
    assert_eq!(desk.cancel(&booking).await["refund_status"], "refunded");
    assert_eq!(status(&desk, &made).await, "cancelled");
    let keys: Vec<_> = stripe
        .asked
        .lock()
        .unwrap()
        .drain(..)
        .map(|asked| asked.1)
        .collect();
    let id = made["invoice_id"].as_str().unwrap();
    assert_eq!(keys, vec![format!("{id}-refund"); 3]);
}

#[tokio::test]
async fn a_refund_that_is_refused_is_denied_and_the_booking_is_cancelled_all_the_same() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    tell(&desk, "payment_intent.succeeded", &paid(&made)).await;
    stripe.feel(Mood::Refusing);
    let answer = desk.cancel(&booking).await;
    assert_eq!(
        (&answer["cancelled"], &answer["refund_status"]),
        (&json!(true), &json!("denied"))
    );
    assert_eq!(status(&desk, &made).await, "paid");
}

#[tokio::test]
async fn money_that_comes_in_for_a_cancelled_booking_goes_back() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    stripe.feel(Mood::Broken);
    desk.cancel(&booking).await;
    stripe.feel(Mood::Well);
    stripe.paths();
    for _ in 0..2 {
        assert_eq!(tell(&desk, "payment_intent.succeeded", &paid(&made)).await, 200);
    }
    assert_eq!(stripe.paths(), ["refunds"]);
    assert_eq!(status(&desk, &made).await, "cancelled");
    assert_eq!(desk.cancel(&booking).await["refund_status"], "refunded");
}

/// In real time: a clock that jumps ahead while the writer is at work would end the request before the gateway's limit.
#[tokio::test]
async fn a_gateway_that_hangs_is_not_waited_for_beyond_its_limit() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let standin = Standin {
        url: format!("http://{}", listener.local_addr().unwrap()),
        mood: Arc::new(Mutex::new(Mood::Well)),
        asked: Arc::default(),
    };
    let desk = standin.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let before = tokio::time::Instant::now();
    assert_eq!(invoice(&desk, &booking).await["status"], "draft");
    assert!(before.elapsed() < Duration::from_secs(30));
    let (code, listed) = read(desk.send("GET", "/p/shop/tools", "").await).await;
    assert!(code == 200 && listed["tools"].is_array());
}

#[tokio::test]
async fn a_part_that_was_given_back_leaves_the_rest_owed() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    tell(&desk, "payment_intent.succeeded", &paid(&made)).await;
    let part = json!({ "id": "re_9", "payment_intent": "pi_1", "status": "succeeded", "amount": 50 });
    assert_eq!(tell(&desk, "refund.updated", &part).await, 200);
    assert_eq!(status(&desk, &made).await, "paid");
    stripe.feel(Mood::PendingRefunds);
    stripe.paths();
    assert_eq!(desk.cancel(&booking).await["refund_status"], "pending");
    assert_eq!(stripe.paths(), ["refunds"]);
    for (amount, expected) in [(50, "paid"), (1000, "cancelled")] {
        let id = if amount == 50 { "re_9" } else { "re_1" };
        let rest = json!({ "id": id, "payment_intent": "pi_1", "status": "succeeded", "amount": amount });
        tell(&desk, "refund.updated", &rest).await;
        assert_eq!(status(&desk, &made).await, expected, "{amount}");
    }
}

#[tokio::test]
async fn the_failure_of_another_refund_denies_nothing() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    tell(&desk, "payment_intent.succeeded", &paid(&made)).await;
    stripe.feel(Mood::PendingRefunds);
    assert_eq!(desk.cancel(&booking).await["refund_status"], "pending");
    let failed = |id: &str| json!({ "id": id, "payment_intent": "pi_1", "status": "failed", "amount": 50 });
    tell(&desk, "refund.failed", &failed("re_9")).await;
    assert_eq!(desk.cancel(&booking).await["refund_status"], "pending");
    tell(&desk, "refund.failed", &failed("re_1")).await;
    assert_eq!(desk.cancel(&booking).await["refund_status"], "denied");
}

#[tokio::test]
async fn a_refund_that_fails_after_it_succeeded_is_denied_and_older_states_change_nothing() {
    let stripe = Standin::start().await;
    let desk = stripe.desk();
    let booking = desk.booked("half", TEN, ADA).await;
    let made = invoice(&desk, &booking).await;
    tell(&desk, "payment_intent.succeeded", &paid(&made)).await;
    assert_eq!(desk.cancel(&booking).await["refund_status"], "refunded");
    assert_eq!(status(&desk, &made).await, "cancelled");
    for state in ["failed", "pending", "succeeded"] {
        let refund = json!({ "id": "re_1", "payment_intent": "pi_1", "status": state, "amount": 1050 });
        assert_eq!(tell(&desk, "refund.updated", &refund).await, 200);
        assert_eq!(desk.cancel(&booking).await["refund_status"], "denied", "{state}");
        assert_eq!(status(&desk, &made).await, "paid", "{state}");
    }
}

#[tokio::test]
async fn a_part_that_was_paid_goes_back_with_the_booking() {
    let stripe = Standin::start().await;
    for is_late in [false, true] {
        let desk = stripe.desk();
        let booking = desk.booked("half", TEN, ADA).await;
        let made = invoice(&desk, &booking).await;
        let mut part = paid(&made);
        part["amount_received"] = 500.into();
        if is_late {
            desk.cancel(&booking).await;
            stripe.paths();
            tell(&desk, "payment_intent.succeeded", &part).await;
        } else {
            tell(&desk, "payment_intent.succeeded", &part).await;
            assert_eq!(status(&desk, &made).await, "issued");
            stripe.paths();
        }
        assert_eq!(
            desk.cancel(&booking).await["refund_status"],
            "refunded",
            "{is_late}"
        );
        assert_eq!(stripe.paths(), ["refunds"], "{is_late}");
        assert_eq!(status(&desk, &made).await, "cancelled");
    }
}
