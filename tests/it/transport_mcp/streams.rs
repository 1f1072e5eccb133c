//! Rows that are about event streams: a stream holds the answer, or there is none.

use std::time::{Duration, Instant};

use proofhouse::transport::ErrorKind;
use serde_json::json;

use super::{call, call_within, limits};
use crate::support::mcp_servers::{Form, called, events, methods, over_http, serve};
use crate::support::misbehaviour::good;
use crate::support::servers::Response;

const MIB: usize = 1024 * 1024;

/// Asserts that this answer to a call, given as an event stream without a place, counts against the provider, and that nobody tries to
/// resume it.
async fn stream_fails(response: Response, limit: Duration, reason: &str) {
    let server = serve(Form::Stream, move |_| response.clone());
    let reply = call_within(&*over_http(limits(), &server.url()), limit).await;
    let trouble = reply.answer.unwrap_err();
    assert_eq!(trouble.to_string(), reason);
    assert_eq!((trouble.kind(), reply.attempts), (ErrorKind::Wrong, 1));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.count(), 3, "{:?}", methods(&server));
}

fn stream_head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n".to_vec()
}

#[tokio::test]
async fn a_stream_that_ends_without_the_answer_and_without_a_place_is_lost() {
    let limit = Duration::from_secs(5);
    let lost = |how: &str| format!("closed the connection before the answer was complete: {how}");
    let none = lost("the event stream ended without the answer");
    stream_fails(events(""), limit, &none).await;
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#;
    stream_fails(events(&format!("data: {notification}\n\n")), limit, &none).await;
    // An event counts when it has ended.
    let unended = format!(
        "data: {}\n",
        json!({ "jsonrpc": "2.0", "id": 2, "result": called(&good()) })
    );
    let cut =
        lost("the event stream ended without the answer: its last event lacks the empty line that ends it");
    stream_fails(events(&unended), limit, &cut).await;
    let wrong_type = lost(
        "the event stream ended without the answer: the body is JSON, not the events that its content type promises",
    );
    stream_fails(events("{\"ok\":true}"), limit, &wrong_type).await;
    let head = [stream_head(), b"data: 1".to_vec()].concat();
    stream_fails(
        Response::Reset(head),
        limit,
        &lost("reset after 7 bytes of the body"),
    )
    .await;
}

#[tokio::test]
async fn a_stream_that_holds_what_is_no_message_is_a_wrong_answer() {
    let limit = Duration::from_secs(5);
    let rows = [
        (
            "hello",
            "an event whose data is text that is not JSON (starts with \"hello\") (a sign of life is a comment, a line that \
             begins with `:`)",
        ),
        ("{\"ok\":true}", "JSON that is no JSON-RPC 2.0 message"),
        (
            "[1,",
            "an event whose data is JSON that ends too early (a sign of life is a comment, a line that begins with `:`)",
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"structuredContent\":{\"ok\":false,\"ok\":true}}}",
            "JSON in which the key `ok` stands twice in one object, so that readers differ in what it says,",
        ),
    ];
    for (data, what) in rows {
        let reason = format!("answered with {what} instead of a JSON object with `ok`");
        stream_fails(events(&format!("data: {data}\n\n")), limit, &reason).await;
    }
}

#[tokio::test]
async fn the_caps_hold_for_every_event_of_a_stream() {
    let limit = Duration::from_secs(5);
    let flood = Response::Flood {
        head: [stream_head(), b"data: ".to_vec()].concat(),
        chunk: vec![b'x'; MIB],
        times: None,
    };
    stream_fails(flood, limit, "answered with a body over 1048576 bytes").await;
    let deep = format!(
        "data: {{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}{}}}\n\n",
        "[".repeat(99),
        "]".repeat(99)
    );
    stream_fails(
        events(&deep),
        limit,
        "answered with JSON nested deeper than 64 levels",
    )
    .await;
    // Many events that are small are no body over the cap.
    let server = serve(Form::Stream, |request| {
        let note = format!(
            "data: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{:?}}}\n\n",
            "x".repeat(MIB / 4)
        );
        let answer = json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": called(&good()) });
        events(&format!("{}data: {answer}\n\n", note.repeat(12)))
    });
    let reply = call(&*over_http(limits(), &server.url())).await;
    assert_eq!(reply.answer.unwrap().output, good().into());
}

#[tokio::test]
async fn a_stream_that_stays_open_without_the_answer_runs_into_the_time_limit() {
    let limit = Duration::from_millis(300);
    stream_fails(
        Response::Hang(stream_head()),
        limit,
        "did not answer within 300 ms",
    )
    .await;
    let alive = Response::Drip(
        [stream_head(), b": ".to_vec()].concat(),
        Duration::from_millis(20),
    );
    stream_fails(alive, limit, "did not answer within 300 ms").await;
}

#[tokio::test]
async fn an_answer_counts_although_its_stream_stays_open() {
    let server = serve(Form::Stream, |request| {
        let answer = json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": called(&good()) });
        let event = format!("data: {answer}\n\n").into_bytes();
        Response::Hang([stream_head(), event].concat())
    });
    let start = Instant::now();
    let reply = call(&*over_http(limits(), &server.url())).await;
    assert_eq!(reply.answer.unwrap().output, good().into());
    assert!(start.elapsed() < Duration::from_secs(2));
}
