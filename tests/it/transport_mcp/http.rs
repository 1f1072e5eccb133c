//! Rows that are about HTTP: what they say of a call, and of the handshake before it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use proofhouse::transport::{ErrorKind, Limits, Pool, Reply, TransportError};
use serde_json::json;

use super::{call, call_within, limits};
use crate::support::mcp_servers::{FORMS, Form, called, method, methods, over_http, polite, serve};
use crate::support::misbehaviour::{Misbehaviour, good, greeting, hanging_up};
use crate::support::servers::{Response, Server, dead_url};

const MIB: usize = 1024 * 1024;

/// A server that does this at every call of a tool.
fn at_calls(form: Form, misbehaviour: Misbehaviour) -> Server {
    serve(form, move |request| match misbehaviour.answer(request) {
        // A body that would be an answer over HTTP has its envelope here.
        Response::Json(200, answer) if answer == good() => form.result(request, &called(&answer)),
        response => response,
    })
}

fn calls(server: &Server) -> usize {
    let methods = methods(server);
    methods.iter().filter(|method| *method == "tools/call").count()
}

async fn trouble(form: Form, misbehaviour: Misbehaviour) -> (TransportError, Reply, Server) {
    let server = at_calls(form, misbehaviour);
    let reply = call(&*over_http(limits(), &server.url())).await;
    (reply.answer.clone().unwrap_err(), reply, server)
}

/// Asserts that one call was sent, and that its answer counts against the provider for this reason.
async fn fails(misbehaviour: Misbehaviour, reason: &str) {
    for form in FORMS {
        let (trouble, reply, server) = trouble(form, misbehaviour.clone()).await;
        assert_eq!(trouble.to_string(), reason, "{misbehaviour:?}");
        assert_eq!(trouble.kind(), ErrorKind::Wrong, "{misbehaviour:?}");
        assert_eq!(
            (calls(&server), server.count(), reply.attempts),
            (1, 3, 1),
            "{misbehaviour:?} was asked more than once"
        );
    }
}

// Row 1: 429, and 503 with Retry-After.

#[tokio::test]
async fn a_provider_that_asks_for_patience_is_asked_again_until_it_answers() {
    for form in FORMS {
        for (status, retry_after) in [(429, None), (429, Some("0")), (503, Some("1"))] {
            let server = at_calls(
                form,
                Misbehaviour::Impatient {
                    status,
                    retry_after,
                    times: 3,
                },
            );
            let reply = call(&*over_http(limits(), &server.url())).await;
            assert_eq!(
                reply.answer.unwrap().output,
                good().into(),
                "{status} {retry_after:?}"
            );
            assert_eq!((calls(&server), reply.attempts), (4, 4));
        }
    }
}

#[tokio::test]
async fn patience_ends_after_eight_pauses() {
    for (status, expected, class) in [
        (429, TransportError::RateLimited, ErrorKind::NotAsked),
        (503, TransportError::Unavailable, ErrorKind::Wrong),
    ] {
        let misbehaviour = Misbehaviour::Impatient {
            status,
            retry_after: Some("3600"),
            times: 99,
        };
        let (found, reply, server) = trouble(Form::Stream, misbehaviour).await;
        assert_eq!((found.kind(), found), (class, expected));
        assert_eq!(
            (calls(&server), reply.attempts, reply.status),
            (9, 9, Some(status))
        );
        assert_eq!(reply.text.as_deref(), Some("slow down"));
    }
}

#[tokio::test]
async fn a_handshake_waits_as_patiently_and_is_no_part_of_the_call() {
    let server = Server::start(|request| match request.number {
        1 | 2 => Response::text(429, "text/plain", "").with("Retry-After", "60"),
        _ if method(request) == "tools/call" => Form::Json.result(request, &called(&good())),
        _ => polite(Form::Json, request),
    });
    let limits = Limits {
        longest_pause: Duration::from_millis(200),
        ..limits()
    };
    let transport = over_http(limits, &server.url());
    let start = Instant::now();
    let reply = call(&*transport).await;
    assert_eq!(reply.answer.unwrap().output, good().into());
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert!(reply.waited < Duration::from_millis(200), "{:?}", reply.waited);
    assert_eq!((reply.attempts, server.count()), (1, 5));
}

#[tokio::test]
async fn a_pause_holds_every_call_to_the_provider() {
    let misbehaviour = Misbehaviour::Impatient {
        status: 429,
        retry_after: Some("60"),
        times: 1,
    };
    let server = at_calls(Form::Json, misbehaviour);
    let limits = Limits {
        longest_pause: Duration::from_millis(400),
        ..limits()
    };
    let transport = over_http(limits, &server.url());
    let start = Instant::now();
    let first = tokio::spawn({
        let transport = Arc::clone(&transport);
        async move { call(&*transport).await }
    });
    while calls(&server) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = call(&*transport).await;
    let first = first.await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert_eq!((first.attempts, second.attempts, calls(&server)), (2, 1, 3));
}

#[tokio::test]
async fn a_503_without_retry_after_is_a_wrong_answer() {
    fails(
        Misbehaviour::StatusWithHtml(503),
        "answered with status 503 and an HTML page",
    )
    .await;
}

// Row 2: an answer, whatever the status.

#[tokio::test]
async fn a_reply_is_an_answer_whatever_the_status() {
    for status in [200, 201, 400, 401, 403, 404, 405, 409, 422] {
        for form in FORMS {
            let server = serve(form, move |request| {
                let message = json!({ "jsonrpc": "2.0", "id": request.json()["id"],
                    "result": called(&json!({ "ok": false, "error": "invalid_input" })) });
                Response::Json(status, message)
            });
            let answer = call(&*over_http(limits(), &server.url())).await.answer.unwrap();
            assert_eq!(answer.status, Some(status));
            assert_eq!(answer.output["error"], json!("invalid_input"));
            assert_eq!(server.count(), 3);
        }
    }
}

// Rows 3 and 4: 401, 403, 404, 405 otherwise.

#[tokio::test]
async fn a_provider_that_refuses_the_credentials_was_not_asked() {
    for status in [401, 403] {
        for form in FORMS {
            let (trouble, reply, _server) = trouble(form, Misbehaviour::StatusWithHtml(status)).await;
            assert_eq!(
                (trouble.kind(), trouble),
                (ErrorKind::NotAsked, TransportError::Unauthorized(status))
            );
            assert_eq!(reply.status, Some(status));
        }
        let server = Misbehaviour::StatusWithHtml(status).serve();
        let reply = call(&*over_http(limits(), &server.url())).await;
        assert_eq!(reply.answer.unwrap_err(), TransportError::Unauthorized(status));
        assert_eq!((reply.status, reply.attempts), (Some(status), 0));
    }
}

#[tokio::test]
async fn a_tool_that_is_not_there_is_told_from_a_wrong_answer() {
    for status in [404, 405] {
        let (trouble, _, _server) = trouble(Form::Json, Misbehaviour::StatusWithHtml(status)).await;
        assert_eq!(trouble, TransportError::NoSuchTool(status.to_string()));
        let server = Misbehaviour::StatusWithHtml(status).serve();
        let reply = call(&*over_http(limits(), &server.url())).await;
        assert_eq!(
            reply.answer.unwrap_err(),
            TransportError::NoSuchTool(status.to_string())
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
        let reply = call(&*over_http(limits(), &url)).await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(trouble.to_string(), reason);
        assert_eq!(
            (trouble.kind(), reply.attempts, reply.status),
            (ErrorKind::NotAsked, 0, None),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_server_that_closes_after_each_answer_without_a_word_is_not_accused() {
    for form in FORMS {
        let server = Server::start(move |request| {
            let response = match method(request).as_str() {
                "tools/call" => form.result(request, &called(&good())),
                _ => polite(form, request),
            };
            Response::Last(Box::new(response))
        });
        let transport = over_http(limits(), &server.url());
        for number in 1..=20 {
            let reply = call(&*transport).await;
            assert_eq!(
                (reply.answer.map(|answer| answer.output), reply.attempts),
                (Ok(good().into()), 1),
                "call {number}"
            );
        }
        assert_eq!((server.count(), server.connections()), (22, 22));
    }
}

#[tokio::test]
async fn a_connection_is_used_again_also_after_an_event_stream() {
    for form in FORMS {
        let server = serve(form, move |request| form.result(request, &called(&good())));
        let transport = over_http(limits(), &server.url());
        for _ in 0..10 {
            // A server that is near is tried only a little after its last answer; until then requests travel alone.
            tokio::time::sleep(Duration::from_millis(20)).await;
            call(&*transport).await.answer.unwrap();
        }
        assert_eq!(server.count(), 12);
        assert!(server.connections() <= 3, "{form:?}: {}", server.connections());
    }
}

// Row 6: wrong answers.

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let other = serve(Form::Json, |request| Form::Json.result(request, &called(&good())));
    let to = other.url();
    fails(
        Misbehaviour::Redirects(to.clone()),
        &format!("answered with a redirect (302) to {to}"),
    )
    .await;
    let server = Misbehaviour::Redirects(to.clone()).serve();
    let reply = call(&*over_http(limits(), &server.url())).await;
    assert_eq!(
        reply.answer.unwrap_err().to_string(),
        format!("was not ready for the call: answered with a redirect (302) to {to}")
    );
    assert_eq!((other.count(), server.count()), (0, 1));
}

#[tokio::test]
async fn another_status_is_a_wrong_answer() {
    for (status, reason) in [
        (500, "answered with status 500 and an HTML page"),
        (410, "answered with status 410 and an HTML page"),
    ] {
        fails(Misbehaviour::StatusWithHtml(status), reason).await;
    }
    let server = serve(Form::Json, |request| {
        let message = json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": called(&good()) });
        Response::Json(500, message)
    });
    let reply = call(&*over_http(limits(), &server.url())).await;
    assert_eq!(
        reply.answer.unwrap_err().to_string(),
        "answered with status 500 and a JSON-RPC result, which only counts with a status of 2xx or 4xx"
    );
}

#[tokio::test]
async fn a_body_that_is_no_message_is_a_wrong_answer() {
    let rows = [
        (Misbehaviour::Html, "an HTML page"),
        (Misbehaviour::Empty, "an empty body"),
        (Misbehaviour::Array, "JSON that is no JSON-RPC 2.0 message"),
        (Misbehaviour::WithoutOk, "JSON that is no JSON-RPC 2.0 message"),
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
        let (found, reply, server) = trouble(Form::Json, misbehaviour.clone()).await;
        assert_eq!(found, TransportError::TooLarge(MIB), "{misbehaviour:?}");
        assert_eq!((calls(&server), reply.attempts), (1, 1), "{misbehaviour:?}");
        assert!(
            server.bytes_sent() < 16 * MIB,
            "{misbehaviour:?} sent {} bytes",
            server.bytes_sent()
        );
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
        let server = at_calls(Form::Json, misbehaviour.clone());
        let reply = call_within(&*over_http(limits(), &server.url()), Duration::from_millis(300)).await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(
            trouble.to_string(),
            "did not answer within 300 ms",
            "{misbehaviour:?}"
        );
        assert!(trouble.may_have_acted());
        assert_eq!((calls(&server), reply.attempts), (1, 1), "{misbehaviour:?}");
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
    fails(
        Misbehaviour::Gibberish,
        "broke the protocol: the answer is not HTTP (invalid HTTP version parsed)",
    )
    .await;
}

// Row 7: replies that belong to no request.

#[tokio::test]
async fn a_reply_must_have_the_id_of_the_request() {
    let rows = [
        (
            json!({ "jsonrpc": "2.0", "id": 99, "result": called(&good()) }),
            "a reply with the id 99, which is not that of the request",
        ),
        (
            json!({ "jsonrpc": "2.0", "id": "2", "result": called(&good()) }),
            "a reply with the id of a JSON string, which is not that of the request",
        ),
        (
            json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32700, "message": "Parse error" } }),
            "the JSON-RPC error -32700 without the id of the request",
        ),
    ];
    for (message, what) in rows {
        for form in FORMS {
            let server = serve(form, {
                let message = message.clone();
                move |_| form.message(&message)
            });
            let reply = call(&*over_http(limits(), &server.url())).await;
            assert_eq!(
                reply.answer.unwrap_err(),
                TransportError::Protocol(what.to_owned()),
                "{form:?}"
            );
            assert_eq!(server.count(), 3);
        }
    }
}

// The handshake.

#[tokio::test]
async fn a_handshake_that_goes_wrong_is_told_and_tried_again_by_the_next_call() {
    let rows: Vec<(Misbehaviour, &str)> = vec![
        (
            Misbehaviour::Html,
            "broke the protocol: answered initialize with an HTML page",
        ),
        (
            Misbehaviour::Empty,
            "broke the protocol: answered initialize with an empty body",
        ),
        (
            Misbehaviour::StatusWithHtml(500),
            "answered with status 500 and an HTML page",
        ),
        (
            Misbehaviour::ClosesAfterRequest,
            "closed the connection before the answer was complete: no answer came",
        ),
        (Misbehaviour::Huge, "answered with a body over 1048576 bytes"),
        (Misbehaviour::Hangs, "did not answer within 300 ms"),
    ];
    for (misbehaviour, reason) in rows {
        let server = misbehaviour.clone().serve();
        let transport = over_http(limits(), &server.url());
        for number in 1..=2 {
            let reply = call_within(&*transport, Duration::from_millis(300)).await;
            let trouble = reply.answer.unwrap_err();
            assert_eq!(
                trouble.to_string(),
                format!("was not ready for the call: {reason}"),
                "{misbehaviour:?}"
            );
            assert_eq!(trouble.kind(), ErrorKind::Wrong);
            assert!(!trouble.may_have_acted(), "the call was never sent");
            assert_eq!((reply.attempts, server.count()), (0, number), "{misbehaviour:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_on_every_connection_is_asked_at_most_once() {
    let server = hanging_up();
    let reply = call(&*over_http(limits(), &server.url())).await;
    assert!(reply.answer.is_err());
    assert!(server.connections() <= 2, "{} connections", server.connections());
}

#[tokio::test]
async fn calls_keep_the_distance_that_the_provider_asks_for() {
    let server = serve(Form::Json, |request| Form::Json.result(request, &called(&good())));
    let transport = Pool::new(limits(), "t")
        .unwrap()
        .mcp(&server.url(), None, Some(20.0))
        .unwrap();
    let start = Instant::now();
    for _ in 0..3 {
        call(&*transport).await.answer.unwrap();
    }
    assert!(
        start.elapsed() >= Duration::from_millis(200),
        "five requests took {:?}",
        start.elapsed()
    );
}
