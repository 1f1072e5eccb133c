//! The parsing of answers over MCP: one test for each row of the provider contract, on each binding that it applies to.
//!
//! Rows about messages stand here, for all bindings; what is about HTTP and about commands stands beside.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have ends the test"
)]

mod eras;
mod http;
mod leave;
mod oldest;
mod rounds;
mod sessions;
#[cfg(unix)]
mod stdio;
mod streams;

use proofhouse::model::Reading;
use std::sync::Arc;
use std::time::Duration;

use proofhouse::transport::{Call, ErrorKind, Limits, Reply, Transport, TransportError};
use serde_json::{Value, json};

use crate::support::mcp_servers::{FORMS, Form, TOOL, called, over_http, over_stdio, script, serve};
use crate::support::misbehaviour::good;
use crate::support::servers::Server;

/// Limits with pauses that a test can sit through.
fn limits() -> Limits {
    Limits {
        call: Duration::from_secs(5),
        longest_pause: Duration::from_millis(20),
        ..Limits::default()
    }
}

fn input() -> Value {
    json!({ "name": "Ada" })
}

async fn call_within(transport: &dyn Transport, limit: Duration) -> Reply {
    transport
        .call(Call {
            tool: TOOL,
            input: &input(),
            limit,
            reading: &Reading::default(),
        })
        .await
}

async fn call(transport: &dyn Transport) -> Reply {
    call_within(transport, Duration::from_secs(5)).await
}

/// The replies of a provider to a call.
#[derive(Debug, Clone)]
enum Replies {
    Result(Value),
    Error(i64, &'static str),
}

/// The same provider over each binding, with what keeps it alive.
fn everywhere(replies: &Replies) -> Vec<(String, Arc<dyn Transport>, Option<Server>)> {
    let mut found = Vec::new();
    for form in FORMS {
        let replies = replies.clone();
        let server = serve(form, move |request| match &replies {
            Replies::Result(result) => form.result(request, result),
            Replies::Error(code, message) => form.error(request, *code, message),
        });
        found.push((
            format!("mcp {form:?}"),
            over_http(limits(), &server.url()),
            Some(server),
        ));
    }
    if cfg!(unix) {
        let on_call = match replies {
            Replies::Result(result) => format!("answer '{result}'"),
            Replies::Error(code, message) => format!("refuse {code} '{message}'"),
        };
        found.push(("stdio".to_owned(), over_stdio(limits(), &script(&on_call)), None));
    }
    found
}

async fn answers(result: Value, expected: &Value) {
    for (binding, transport, _server) in everywhere(&Replies::Result(result.clone())) {
        let reply = call(&*transport).await;
        assert_eq!(
            (
                reply.answer.map(|answer| answer.output).as_deref(),
                reply.attempts
            ),
            (Ok(expected), 1),
            "{binding}: {result}"
        );
    }
}

/// Asserts that this reply counts against the provider for this reason, on each binding.
async fn fails(replies: Replies, reason: &str) {
    for (binding, transport, _server) in everywhere(&replies) {
        let reply = call(&*transport).await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(trouble.to_string(), reason, "{binding}: {replies:?}");
        assert_eq!(
            (trouble.kind(), reply.attempts),
            (ErrorKind::Wrong, 1),
            "{binding}: {replies:?}"
        );
        assert!(trouble.may_have_acted());
    }
}

fn text(text: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": text }] })
}

// Row 2: an object with `ok`.

#[tokio::test]
async fn the_answer_is_the_structured_content_or_else_the_first_text() {
    answers(called(&good()), &good()).await;
    answers(json!({ "structuredContent": good() }), &good()).await;
    answers(text(&good().to_string()), &good()).await;
    let refused = json!({ "ok": false, "error": "slot_taken" });
    answers(
        json!({ "isError": true, "content": [], "structuredContent": refused }),
        &refused,
    )
    .await;
}

// Row 6: no JSON, no `ok`, too deep.

#[tokio::test]
async fn a_result_that_holds_no_object_with_ok_is_a_wrong_answer() {
    let rows = [
        (json!({ "content": [] }), "neither structured content nor a text"),
        (json!("done"), "a result that is a JSON string"),
        (
            json!({ "structuredContent": { "id": 1 } }),
            "JSON without `ok` (its keys: `id`) as its structured content",
        ),
        (
            text("{\"ok\":false,\"ok\":true}"),
            "JSON in which the key `ok` stands twice in one object, so that readers differ in what it says as its text",
        ),
        (
            text("Booked!"),
            "text that is not JSON (starts with \"Booked!\") as its text",
        ),
    ];
    for (result, what) in rows {
        let reason = format!("answered with {what} instead of a JSON object with `ok`");
        fails(Replies::Result(result), &reason).await;
    }
}

#[tokio::test]
async fn an_answer_nested_too_deep_is_a_wrong_answer() {
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    // The object itself is a level, and as many are allowed as over http.
    let deepest = json!({ "ok": true, "x": nested(63) });
    answers(json!({ "structuredContent": deepest }), &deepest).await;
    for levels in [64, 90] {
        let deep = json!({ "structuredContent": { "ok": true, "x": nested(levels) } });
        fails(
            Replies::Result(deep),
            "answered with JSON nested deeper than 64 levels",
        )
        .await;
    }
}

// Row 7: what only MCP has.

#[tokio::test]
async fn invalid_params_count_as_invalid_input_where_the_provider_lists_the_tool() {
    for message in ["Invalid arguments", "Unknown tool: create_booking"] {
        for (binding, transport, server) in everywhere(&Replies::Error(-32602, message)) {
            for _ in 0..2 {
                let reply = call(&*transport).await;
                assert_eq!(
                    *reply.answer.unwrap().output,
                    json!({ "ok": false, "error": "invalid_input" }),
                    "{binding}: {message}"
                );
                assert_eq!(reply.attempts, 1, "{binding}: the listing is no call");
            }
            if let Some(server) = server {
                assert_eq!(
                    crate::support::mcp_servers::methods(&server),
                    [
                        "initialize",
                        "notifications/initialized",
                        "tools/call",
                        "tools/list",
                        "tools/call"
                    ]
                );
            }
        }
    }
}

#[tokio::test]
async fn invalid_params_for_a_tool_that_is_not_listed_mean_that_it_is_not_offered() {
    for (binding, transport, _server) in everywhere(&Replies::Error(-32602, "no")) {
        let reply = transport
            .call(Call {
                tool: "cancel_booking",
                input: &input(),
                limit: Duration::from_secs(5),
                reading: &Reading::default(),
            })
            .await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(
            trouble,
            TransportError::NoSuchTool("-32602 (unknown tool)".to_owned()),
            "{binding}"
        );
        assert_eq!(trouble.kind(), ErrorKind::NoSuchTool);
    }
}

#[tokio::test]
async fn without_a_listing_the_words_of_the_error_tell_an_unknown_tool() {
    for (words, missing) in [("Unknown tool", true), ("Bad arguments", false)] {
        let server = Server::start(move |request| {
            let form = Form::Json;
            match crate::support::mcp_servers::method(request).as_str() {
                "tools/call" => form.error(request, -32602, words),
                "tools/list" => form.error(request, -32601, "Method not found"),
                _ => crate::support::mcp_servers::polite(form, request),
            }
        });
        let transport = over_http(limits(), &server.url());
        let answer = call(&*transport).await.answer;
        match answer {
            Ok(answer) => assert_eq!(
                (missing, &answer.output["error"]),
                (false, &json!("invalid_input"))
            ),
            Err(trouble) => assert_eq!((missing, trouble.kind()), (true, ErrorKind::NoSuchTool)),
        }
        assert_eq!(transport.list_tools().await, Ok(None));
    }
}

#[tokio::test]
async fn another_json_rpc_error_is_a_wrong_answer() {
    for (code, message) in [
        (-32603, "Internal error"),
        (-32601, "Method not found"),
        (7, "no"),
    ] {
        let reason = format!("broke the protocol: answered with the JSON-RPC error {code} ({message:?})");
        fails(Replies::Error(code, message), &reason).await;
    }
}

#[tokio::test]
async fn an_answer_that_is_both_good_and_an_error_is_a_wrong_answer() {
    let reason = "broke the protocol: the answer says `ok: true`, but is marked with `isError: true`";
    fails(
        Replies::Result(json!({ "isError": true, "structuredContent": good() })),
        reason,
    )
    .await;
}

#[tokio::test]
async fn every_lane_shares_one_session_and_gets_its_own_answer() {
    let echo = |form: Form| {
        serve(form, move |request| {
            let name = request.json()["params"]["arguments"]["name"].clone();
            form.result(request, &called(&json!({ "ok": true, "name": name })))
        })
    };
    let servers = FORMS.map(echo);
    let mut transports: Vec<_> = servers
        .iter()
        .map(|server| over_http(limits(), &server.url()))
        .collect();
    if cfg!(unix) {
        // The name stands behind the last key; the replies come in another order than the calls.
        let on_call = r#"name=${line##*\"name\":}; name=${name%%\}*}; this=$id
            ( [ "$name" = 0 ] && sleep 0.3; id=$this; answer "{\"structuredContent\":{\"ok\":true,\"name\":$name}}" ) &"#;
        transports.push(over_stdio(limits(), &script(on_call)));
    }
    for transport in transports {
        let lanes: Vec<_> = (0..8)
            .map(|lane| {
                let transport = Arc::clone(&transport);
                tokio::spawn(async move {
                    let input = json!({ "name": lane });
                    let call = Call {
                        tool: TOOL,
                        input: &input,
                        limit: Duration::from_secs(5),
                        reading: &Reading::default(),
                    };
                    transport.call(call).await.answer.unwrap().output
                })
            })
            .collect();
        for (number, lane) in lanes.into_iter().enumerate() {
            assert_eq!(*lane.await.unwrap(), json!({ "ok": true, "name": number }));
        }
    }
    for server in servers {
        let methods = crate::support::mcp_servers::methods(&server);
        let hellos = methods.iter().filter(|method| *method == "initialize").count();
        assert_eq!((hellos, methods.len()), (1, 10), "{methods:?}");
    }
}

#[tokio::test]
async fn the_listing_is_that_of_the_session() {
    for (binding, transport, _server) in everywhere(&Replies::Result(json!({}))) {
        let tools = transport.list_tools().await.unwrap().unwrap();
        let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names, [TOOL], "{binding}");
    }
}
