//! Sessions that end: at our word, at the server's, and streams that go on after they were closed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proofhouse::transport::{ErrorKind, TransportError};
use serde_json::json;

use super::{call, call_within, limits};
use crate::support::mcp_servers::{Form, called, events, method, methods, over_http, polite, serve};
use crate::support::misbehaviour::good;
use crate::support::servers::{Response, Server};

#[tokio::test]
async fn leave_is_taken_of_a_session_by_delete_and_of_no_session_by_nothing() {
    for (form, leaves) in [(Form::Stream, true), (Form::Json, false)] {
        let server = Server::start(move |request| match method(request).as_str() {
            "DELETE without a body" => Response::text(405, "text/plain", "not here"),
            "tools/call" => form.result(request, &called(&good())),
            _ => polite(form, request),
        });
        let transport = over_http(limits(), &server.url());
        transport.close().await;
        assert_eq!(server.count(), 0);
        call(&*transport).await.answer.unwrap();
        for _ in 0..2 {
            transport.close().await;
        }
        assert_eq!(server.count(), 3 + usize::from(leaves), "{:?}", methods(&server));
        if leaves {
            let last = server.requests().pop().unwrap();
            assert_eq!(
                (last.method.as_str(), last.header("mcp-session-id")),
                ("DELETE", Some("session-1"))
            );
            assert_eq!(last.header("mcp-protocol-version"), Some("2025-11-25"));
        }
    }
}

/// A server that has room for two sessions.
#[tokio::test]
async fn a_server_with_room_for_few_sessions_is_not_filled_up() {
    let open = AtomicUsize::new(0);
    let server = Server::start(move |request| match method(request).as_str() {
        "initialize" if open.fetch_add(1, Ordering::SeqCst) >= 2 => Response::text(503, "text/plain", "full"),
        "DELETE without a body" => {
            open.fetch_sub(1, Ordering::SeqCst);
            Response::text(204, "text/plain", "")
        }
        "tools/call" => Form::Stream.result(request, &called(&good())),
        _ => polite(Form::Stream, request),
    });
    for _ in 0..5 {
        let transport = over_http(limits(), &server.url());
        call(&*transport).await.answer.unwrap();
        transport.close().await;
    }
}

/// Servers answer 400 for a session that they do not know, in words of their own.
#[tokio::test]
async fn a_session_that_is_refused_with_400_is_opened_again_once_and_told_once() {
    let answers = [
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request: No valid session ID provided"}}"#,
        "Invalid session",
        r#"{"error":"Session has expired"}"#,
    ];
    for answer in answers {
        let server = serve(Form::Stream, move |request| match request.number {
            2 | 4 => Response::text(400, "application/json", answer),
            _ => Form::Stream.result(request, &called(&good())),
        });
        let transport = over_http(limits(), &server.url());
        let mut told = Vec::new();
        for _ in 0..3 {
            let reply = call(&*transport).await;
            assert_eq!(reply.answer.unwrap().output, good().into(), "{answer}");
            told.extend(reply.notes);
        }
        assert_eq!(
            told,
            ["it answers 400 for a session that it does not know any more, where MCP says 404"]
        );
    }
    // Of a request that is wrong, nothing is repeated.
    let server = serve(Form::Stream, |_| Response::text(400, "text/plain", "Bad Request"));
    call(&*over_http(limits(), &server.url()))
        .await
        .answer
        .unwrap_err();
    assert_eq!(server.count(), 3, "{:?}", methods(&server));
    // Nor more than once of a session that is never known.
    let server = serve(Form::Stream, |_| {
        Response::text(400, "text/plain", "no such session")
    });
    let trouble = call(&*over_http(limits(), &server.url()))
        .await
        .answer
        .unwrap_err();
    assert_eq!((trouble.kind(), server.count()), (ErrorKind::Wrong, 6));
}

/// A stream that is closed before its answer, as 2025-11-25 has it: with a place, and with the time after which to come back.
#[tokio::test]
async fn a_stream_that_is_closed_for_polling_is_resumed_at_its_place() {
    let asks = AtomicUsize::new(0);
    let server = Server::start(move |request| match method(request).as_str() {
        "tools/call" => events("id: 7\nretry: 10\ndata:\n\n"),
        "GET without a body" => {
            assert_eq!(request.header("accept"), Some("text/event-stream"));
            assert_eq!(request.header("mcp-session-id"), Some("session-1"));
            let place = request.header("last-event-id").unwrap().to_owned();
            match asks.fetch_add(1, Ordering::SeqCst) {
                0 => {
                    assert_eq!(place, "7");
                    events("id: 8\ndata:\n\n")
                }
                // Without a new place, the last one holds.
                1 => events(": nothing yet\n\n"),
                _ => {
                    assert_eq!(place, "8");
                    let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": called(&good()) });
                    events(&format!("id: 9\ndata: {answer}\n\n"))
                }
            }
        }
        _ => polite(Form::Stream, request),
    });
    let reply = call(&*over_http(limits(), &server.url())).await;
    assert_eq!(reply.answer.unwrap().output, good().into());
    assert_eq!((reply.attempts, server.count()), (1, 6));
    assert!(reply.waited >= Duration::from_millis(30), "{:?}", reply.waited);
}

#[tokio::test]
async fn a_stream_that_cannot_be_resumed_is_lost_and_one_that_never_goes_on_is_late() {
    let server = |retry: u64, then: fn() -> Response| {
        Server::start(move |request| match method(request).as_str() {
            "tools/call" => events(&format!("id: 7\nretry: {retry}\ndata:\n\n")),
            "GET without a body" => then(),
            _ => polite(Form::Stream, request),
        })
    };
    let refuses = server(10, || Response::text(405, "text/plain", "no"));
    let trouble = call(&*over_http(limits(), &refuses.url()))
        .await
        .answer
        .unwrap_err();
    assert_eq!(
        trouble.to_string(),
        "closed the connection before the answer was complete: the event stream ended without the answer, and \
         resuming it was answered with status 405"
    );
    let limit = Duration::from_millis(300);
    for (retry, then) in [
        (20, (|| events(": later\n\n")) as fn() -> Response),
        (60_000, || panic!("too early")),
    ] {
        let late = server(retry, then);
        let reply = call_within(&*over_http(limits(), &late.url()), limit).await;
        assert_eq!(reply.answer.unwrap_err(), TransportError::TimedOut(limit));
    }
}
