//! The parsing of answers over HTTP: one test for each row of the provider contract, against servers that misbehave.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have ends the test"
)]

mod around;
mod ready;

use std::sync::Arc;
use std::time::{Duration, Instant};

use proofhouse::model::RECORDED_BODY_CAP;
use proofhouse::model::Reading;
use proofhouse::transport::{Call, ErrorKind, Limits, Pool, Reply, Transport, TransportError};
use serde_json::json;

use crate::support::misbehaviour::{Misbehaviour, closing_idle, good, greeting, hanging_up, well_behaved};
use crate::support::servers::{Response, Server, dead_url};

const MIB: usize = 1024 * 1024;

/// Limits with pauses that a test can sit through.
fn limits() -> Limits {
    Limits {
        call: Duration::from_secs(5),
        longest_pause: Duration::from_millis(20),
        ..Limits::default()
    }
}

fn to(url: &str) -> Arc<dyn Transport> {
    Pool::new(limits(), "proofhouse/test")
        .unwrap()
        .http(url, None, None)
        .unwrap()
}

async fn call_within(transport: &dyn Transport, limit: Duration) -> Reply {
    transport
        .call(Call {
            tool: "create_booking",
            input: &json!({ "name": "Ada" }),
            limit,
            reading: &Reading::default(),
        })
        .await
}

async fn call(transport: &dyn Transport) -> Reply {
    call_within(transport, Duration::from_secs(5)).await
}

/// The one call to a server that does this, and the trouble it gives.
async fn trouble(misbehaviour: Misbehaviour) -> (TransportError, Reply, Server) {
    let server = misbehaviour.serve();
    let reply = call(&*to(&server.url())).await;
    (reply.answer.clone().unwrap_err(), reply, server)
}

/// Asserts that one request was sent, and that its answer counts against the provider for this reason.
async fn fails(misbehaviour: Misbehaviour, reason: &str) {
    let (trouble, reply, server) = trouble(misbehaviour.clone()).await;
    assert_eq!(trouble.to_string(), reason, "{misbehaviour:?}");
    assert_eq!(trouble.kind(), ErrorKind::Wrong, "{misbehaviour:?}");
    assert_eq!(
        (server.count(), reply.attempts),
        (1, 1),
        "{misbehaviour:?} was asked more than once"
    );
}

#[tokio::test]
async fn an_answer_is_the_object_that_the_tool_returned() {
    let server = well_behaved();
    let url = format!("{}/p/salon%20aurora/", server.url());
    let reply = call(&*to(&url)).await;
    let answer = reply.answer.unwrap();
    assert_eq!((answer.status, answer.output), (Some(200), good().into()));
    assert_eq!((reply.status, reply.attempts, reply.text), (Some(200), 1, None));

    let request = server.requests().remove(0);
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/p/salon%20aurora/tools/create_booking")
    );
    assert_eq!(
        (request.tool(), request.json()),
        ("create_booking", json!({ "name": "Ada" }))
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("content-length"), Some("14"));
    assert_eq!(request.header("user-agent"), Some("proofhouse/test"));
    assert_eq!(request.header("transfer-encoding"), None);
    assert_eq!(request.header("cookie"), None);
}

// Row 1: 429, and 503 with Retry-After.

#[tokio::test]
async fn a_provider_that_asks_for_patience_is_asked_again_until_it_answers() {
    for (status, retry_after) in [
        (429, None),
        (429, Some("0")),
        (429, Some("soon")),
        (503, Some("1")),
    ] {
        let server = Misbehaviour::Impatient {
            status,
            retry_after,
            times: 3,
        }
        .serve();
        let reply = call(&*to(&server.url())).await;
        assert_eq!(
            reply.answer.unwrap().output,
            good().into(),
            "{status} {retry_after:?}"
        );
        assert_eq!((server.count(), reply.attempts), (4, 4));
    }
}

#[tokio::test]
async fn patience_ends_after_eight_pauses() {
    for (status, expected, class) in [
        (429, TransportError::RateLimited, ErrorKind::NotAsked),
        (503, TransportError::Unavailable, ErrorKind::Wrong),
    ] {
        let (found, reply, server) = trouble(Misbehaviour::Impatient {
            status,
            retry_after: Some("3600"),
            times: 99,
        })
        .await;
        assert_eq!((found.kind(), found), (class, expected));
        assert_eq!(
            (server.count(), reply.attempts, reply.status),
            (9, 9, Some(status))
        );
        assert_eq!(reply.text.as_deref(), Some("slow down"));
    }
}

#[tokio::test]
async fn a_503_without_retry_after_is_a_wrong_answer() {
    fails(
        Misbehaviour::StatusWithHtml(503),
        "answered with status 503 and an HTML page",
    )
    .await;
    fails(
        Misbehaviour::Impatient {
            status: 503,
            retry_after: Some("soon"),
            times: 99,
        },
        "answered with status 503 and text that is not JSON (starts with \"slow down\")",
    )
    .await;
}

#[tokio::test]
async fn a_pause_holds_every_call_to_the_provider_and_is_not_counted_as_waiting() {
    let server = Misbehaviour::Impatient {
        status: 429,
        retry_after: Some("60"),
        times: 1,
    }
    .serve();
    let limits = Limits {
        longest_pause: Duration::from_millis(400),
        ..limits()
    };
    let transport = Pool::new(limits, "t")
        .unwrap()
        .http(&server.url(), None, None)
        .unwrap();
    let start = Instant::now();
    let first = tokio::spawn({
        let transport = Arc::clone(&transport);
        async move { call(&*transport).await }
    });
    while server.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = call(&*transport).await;
    let first = first.await.unwrap();
    assert!(
        start.elapsed() >= Duration::from_millis(400),
        "the second call went out during the pause"
    );
    assert_eq!((first.attempts, second.attempts, server.count()), (2, 1, 3));
    assert!(
        first.waited + second.waited < Duration::from_millis(400),
        "{:?} {:?}",
        first.waited,
        second.waited
    );
}

// Row 2: an object with `ok`.

#[tokio::test]
async fn an_object_with_ok_is_an_answer_whatever_the_status() {
    for status in [200, 201, 400, 401, 403, 404, 405, 409, 422] {
        let server = Misbehaviour::StatusWithAnswer(status).serve();
        let answer = call(&*to(&server.url())).await.answer.unwrap();
        assert_eq!(answer.status, Some(status));
        assert_eq!(answer.output["error"], json!("invalid_input"));
    }
}

// Rows 3 and 4: 401, 403, 404, 405 otherwise.

#[tokio::test]
async fn a_provider_that_refuses_the_credentials_was_not_asked() {
    for status in [401, 403] {
        let (trouble, reply, _server) = trouble(Misbehaviour::StatusWithHtml(status)).await;
        assert_eq!(
            (trouble.kind(), trouble),
            (ErrorKind::NotAsked, TransportError::Unauthorized(status))
        );
        assert_eq!(reply.status, Some(status));
    }
}

#[tokio::test]
async fn a_tool_that_is_not_there_is_told_from_a_wrong_answer() {
    for status in [404, 405] {
        let (trouble, _, _server) = trouble(Misbehaviour::StatusWithHtml(status)).await;
        assert_eq!(trouble.kind(), ErrorKind::NoSuchTool);
        assert_eq!(
            trouble.to_string(),
            format!("the provider answered {status} for this tool")
        );
    }
}

// Row 5: connection refused, DNS, TLS, and pooled connections that had closed.

#[tokio::test]
async fn a_provider_that_cannot_be_connected_to_was_not_asked() {
    let plain = greeting(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let rows = [
        (dead_url(), "could not connect: connection refused"),
        (
            "http://nowhere.invalid".to_owned(),
            "could not connect: host not found",
        ),
        (
            plain.url().replace("http:", "https:"),
            "could not connect: TLS: the server does not speak TLS; is its address `http://`?",
        ),
    ];
    for (url, reason) in rows {
        let reply = call(&*to(&url)).await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(trouble.to_string(), reason);
        assert_eq!(
            (trouble.kind(), reply.attempts, reply.status),
            (ErrorKind::NotAsked, 0, None),
            "{url}"
        );
    }
    assert_eq!(plain.count(), 0);
}

#[tokio::test]
async fn a_connection_that_nobody_accepts_in_time_was_not_asked() {
    // A server that speaks no TLS and waits for more holds up the handshake for ever.
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", server.local_addr().unwrap());
    let reply = call_within(&*to(&url), Duration::from_millis(300)).await;
    let expected = TransportError::Connect("the connection was not accepted in time".to_owned());
    assert_eq!((reply.answer.unwrap_err(), reply.attempts), (expected, 0));
}

#[tokio::test]
async fn a_server_that_closes_after_each_answer_without_a_word_is_not_accused() {
    let server = Misbehaviour::ClosesSilently.serve();
    let transport = to(&server.url());
    for number in 1..=50 {
        let reply = call(&*transport).await;
        assert_eq!(
            (reply.answer.map(|answer| answer.output), reply.attempts),
            (Ok(good().into()), 1),
            "call {number}"
        );
    }
    assert_eq!((server.count(), server.connections()), (50, 50));
}

#[tokio::test]
async fn nor_is_it_where_several_lanes_call_two_of_its_tenants() {
    let server = Misbehaviour::ClosesSilently.serve();
    let pool = Pool::new(limits(), "t").unwrap();
    let tenants = ["a", "b"].map(|tenant| {
        pool.http(&format!("{}/p/{tenant}", server.url()), None, None)
            .unwrap()
    });
    let lanes: Vec<_> = (0..8)
        .map(|lane| {
            let transport = Arc::clone(&tenants[lane % 2]);
            tokio::spawn(async move {
                for _ in 0..10 {
                    call(&*transport).await.answer.unwrap();
                }
            })
        })
        .collect();
    for lane in lanes {
        lane.await.unwrap();
    }
    assert_eq!((server.count(), server.connections()), (80, 80));
}

#[tokio::test]
async fn a_server_that_closes_idle_connections_is_not_accused() {
    let server = closing_idle(Duration::from_millis(60));
    let transport = to(&server.url());
    for pause in [0, 0, 0, 150, 0, 150, 0] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let reply = call(&*transport).await;
        assert_eq!(
            (reply.answer.map(|answer| answer.output), reply.attempts),
            (Ok(good().into()), 1)
        );
    }
    assert_eq!(server.count(), 7);
    assert!(
        server.connections() >= 3,
        "no connection was closed: the test proves nothing"
    );
}

/// So long after an answer it is clear whether the server keeps the connection.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

#[tokio::test]
async fn a_connection_is_used_again_by_every_provider_of_the_same_server() {
    let server = well_behaved();
    let pool = Pool::new(limits(), "t").unwrap();
    for tenant in ["a", "b", "c"] {
        let transport = pool
            .http(&format!("{}/p/{tenant}", server.url()), None, None)
            .unwrap();
        for _ in 0..5 {
            call(&*transport).await.answer.unwrap();
            settle().await;
        }
    }
    assert_eq!((server.count(), server.connections()), (15, 1));
}

// Row 6: wrong answers.

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let other = well_behaved();
    let to = format!("{}/tools/create_booking", other.url());
    fails(
        Misbehaviour::Redirects(to.clone()),
        &format!("answered with a redirect (302) to {to}"),
    )
    .await;
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn another_status_is_a_wrong_answer() {
    let row = "answered with status 500 and an HTML page";
    fails(Misbehaviour::StatusWithHtml(500), row).await;
    let row =
        "answered with status 500 and a JSON object with `ok`, which only counts with a status of 2xx or 4xx";
    fails(Misbehaviour::StatusWithAnswer(500), row).await;
    fails(
        Misbehaviour::StatusWithHtml(410),
        "answered with status 410 and an HTML page",
    )
    .await;
}

#[tokio::test]
async fn a_body_that_is_no_object_with_ok_is_a_wrong_answer() {
    let rows = [
        (Misbehaviour::Html, "an HTML page"),
        (Misbehaviour::Empty, "an empty body"),
        (Misbehaviour::Array, "a JSON array around the object with `ok`"),
        (
            Misbehaviour::WithoutOk,
            "JSON without `ok` (its keys: `booking_id`)",
        ),
        (Misbehaviour::TruncatedJson, "JSON that ends too early"),
    ];
    for (misbehaviour, what) in rows {
        fails(
            misbehaviour,
            &format!("answered with {what} instead of a JSON object with `ok`"),
        )
        .await;
    }
}

#[tokio::test]
async fn a_body_over_the_cap_is_not_read_to_its_end() {
    for misbehaviour in [
        Misbehaviour::Huge,
        Misbehaviour::HugeUnannounced,
        Misbehaviour::Endless,
    ] {
        let (found, reply, server) = trouble(misbehaviour.clone()).await;
        assert_eq!(found, TransportError::TooLarge(MIB), "{misbehaviour:?}");
        assert_eq!((server.count(), reply.attempts), (1, 1), "{misbehaviour:?}");
        // The bytes that the sockets hold on both sides have left the server without having been read.
        assert!(
            server.bytes_sent() < 16 * MIB,
            "{misbehaviour:?} sent {} bytes",
            server.bytes_sent()
        );
        assert!(reply.text.is_none_or(|text| text.len() < RECORDED_BODY_CAP + 100));
    }
}

#[tokio::test]
async fn a_body_nested_too_deep_is_a_wrong_answer() {
    fails(
        Misbehaviour::Deep,
        "answered with JSON nested deeper than 64 levels",
    )
    .await;
}

#[tokio::test]
async fn the_time_limit_covers_the_answer_to_its_last_byte() {
    for misbehaviour in [Misbehaviour::Hangs, Misbehaviour::Drips] {
        let server = misbehaviour.clone().serve();
        let reply = call_within(&*to(&server.url()), Duration::from_millis(300)).await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(
            trouble.to_string(),
            "did not answer within 300 ms",
            "{misbehaviour:?}"
        );
        assert!(trouble.may_have_acted());
        assert_eq!((server.count(), reply.attempts), (1, 1), "{misbehaviour:?}");
        assert!(reply.waited >= Duration::from_millis(300));
    }
}

#[tokio::test]
async fn a_connection_lost_after_the_request_is_a_wrong_answer_and_never_tried_again() {
    let lost = |how: &str| format!("closed the connection before the answer was complete: {how}");
    fails(Misbehaviour::ClosesAfterRequest, &lost("no answer came")).await;
    fails(Misbehaviour::ShortBody, &lost("the body ended after 11 bytes")).await;
    fails(Misbehaviour::BrokenChunks, &lost("the body ended after 11 bytes")).await;
    fails(
        Misbehaviour::ResetMidBody,
        &lost("reset after 10 bytes of the body"),
    )
    .await;
}

#[tokio::test]
async fn a_connection_that_was_used_before_and_is_lost_after_the_request_is_not_tried_again_either() {
    let server = Server::start(|request| match request.number {
        1..=5 => Response::Json(200, good()),
        _ => Response::close(),
    });
    let transport = to(&server.url());
    for _ in 0..5 {
        call(&*transport).await.answer.unwrap();
        settle().await;
    }
    let reply = call(&*transport).await;
    assert_eq!(
        reply.answer.unwrap_err(),
        TransportError::Lost("no answer came".to_owned())
    );
    assert_eq!((server.count(), server.connections(), reply.attempts), (6, 1, 1));
}

#[tokio::test]
async fn a_server_that_hangs_up_on_every_connection_is_asked_at_most_once() {
    let server = hanging_up();
    let reply = call(&*to(&server.url())).await;
    let trouble = reply.answer.unwrap_err();
    assert!(
        matches!(trouble, TransportError::Lost(_) | TransportError::Connect(_)),
        "{trouble}"
    );
    assert!(server.connections() <= 2, "{} connections", server.connections());
    assert!(reply.attempts <= 1);
}

#[tokio::test]
async fn something_that_is_not_http_is_named() {
    fails(
        Misbehaviour::Gibberish,
        "broke the protocol: the answer is not HTTP (invalid HTTP version parsed)",
    )
    .await;
}
