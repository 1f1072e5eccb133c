//! Calls of more than one request: inputs that a server wants first, tasks, and refusals of a library before the tool is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proofhouse::model::Endpoint;
use proofhouse::transport::{ClientOptions, Pool, Revision, ServerRequests, Transport, TransportError, Way};
use serde_json::{Value, json};

use super::{Replies, call, call_within, everywhere, limits};
use crate::support::mcp_servers::{Form, TOOL, called, method, methods};
use crate::support::misbehaviour::good;
use crate::support::servers::{Request, Response, Server};

fn stateless(url: &str, server_requests: ServerRequests) -> Arc<dyn Transport> {
    let endpoint = Endpoint::Mcp { url: url.to_owned() };
    let client = ClientOptions {
        revision: Some(Revision::STATELESS),
        server_requests,
    };
    let way = Way {
        client,
        ..Way::default()
    };
    Pool::new(limits(), "proofhouse/test")
        .unwrap()
        .open(&endpoint, &way)
        .unwrap()
}

/// A stateless server that does this when its tool is called.
fn serve(on_call: impl Fn(&Request) -> Value + Send + Sync + 'static) -> Server {
    Server::start(move |request| {
        let result = match method(request).as_str() {
            "server/discover" => json!({ "supportedVersions": ["2026-07-28"], "capabilities": {} }),
            "tools/list" => json!({ "tools": [{ "name": TOOL }] }),
            _ => on_call(request),
        };
        Form::Json.result(request, &result)
    })
}

#[tokio::test]
async fn an_input_that_a_server_wants_is_given_as_the_policy_says() {
    for (policy, action) in [
        (ServerRequests::Decline, "decline"),
        (ServerRequests::Accept, "accept"),
    ] {
        let server = serve(move |request| {
            let params = &request.json()["params"];
            match params.get("inputResponses") {
                None => {
                    json!({ "resultType": "input_required", "requestState": "opaque-1", "inputRequests": {
                    "sure": { "method": "elicitation/create", "params": { "mode": "form", "message": "Sure?",
                        "requestedSchema": { "type": "object", "properties": { "yes": { "type": "boolean" } } } } },
                    "where": { "method": "roots/list" } } })
                }
                Some(responses) => {
                    assert_eq!(params["requestState"], json!("opaque-1"));
                    assert_eq!(params["name"], json!(TOOL));
                    assert_eq!(responses["sure"]["action"], json!(action));
                    assert!(responses["where"]["roots"].is_array());
                    called(&good())
                }
            }
        });
        let transport = stateless(&server.url(), policy);
        let reply = call(&*transport).await;
        assert_eq!(reply.answer.unwrap().output, good().into(), "{policy:?}");
        let calls: Vec<_> = server
            .requests()
            .into_iter()
            .filter(|request| method(request) == "tools/call")
            .collect();
        assert_eq!(calls.len(), 2);
        assert_ne!(calls[0].json()["id"], calls[1].json()["id"]);
        let offered = &calls[0].json()["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
        assert_eq!(
            offered.get("sampling").is_some(),
            policy == ServerRequests::Accept
        );
    }
}

#[tokio::test]
async fn a_server_that_wants_what_was_not_offered_or_wants_for_ever_is_wrong() {
    let sampling = serve(
        |_| json!({ "resultType": "input_required", "inputRequests": { "a": { "method": "sampling/createMessage", "params": {} } } }),
    );
    let trouble = call(&*stateless(&sampling.url(), ServerRequests::Decline))
        .await
        .answer
        .unwrap_err();
    assert_eq!(
        trouble.to_string(),
        "broke the protocol: wanted `sampling/createMessage` of a client that does not offer it"
    );
    let insatiable = serve(|_| json!({ "resultType": "input_required", "requestState": "again" }));
    let trouble = call(&*stateless(&insatiable.url(), ServerRequests::Decline))
        .await
        .answer
        .unwrap_err();
    assert!(
        trouble.to_string().contains("wanted an input more than 10 times"),
        "{trouble}"
    );
    let silent = serve(|_| json!({ "resultType": "input_required" }));
    let trouble = call(&*stateless(&silent.url(), ServerRequests::Decline))
        .await
        .answer
        .unwrap_err();
    assert!(trouble.to_string().contains("did not say which"), "{trouble}");
}

#[tokio::test]
async fn a_task_is_asked_for_until_it_ends_and_given_what_it_wants() {
    let polls = AtomicUsize::new(0);
    let server = serve(move |request| match method(request).as_str() {
        "tools/call" => {
            json!({ "resultType": "task", "taskId": "t-1", "status": "working", "pollIntervalMs": 20 })
        }
        "tasks/get" => {
            assert_eq!(request.header("mcp-name"), Some("t-1"));
            match polls.fetch_add(1, Ordering::SeqCst) {
                0 => json!({ "taskId": "t-1", "status": "working", "pollIntervalMs": 20 }),
                1 => json!({ "taskId": "t-1", "status": "input_required", "inputRequests": {
                    "sure": { "method": "elicitation/create", "params": {} } } }),
                _ => json!({ "taskId": "t-1", "status": "completed", "result": called(&good()) }),
            }
        }
        "tasks/update" => {
            assert_eq!(
                request.json()["params"]["inputResponses"]["sure"]["action"],
                json!("decline")
            );
            json!({})
        }
        other => panic!("{other}"),
    });
    let reply = call(&*stateless(&server.url(), ServerRequests::Decline)).await;
    assert_eq!(reply.answer.unwrap().output, good().into());
    assert_eq!(
        reply.attempts, 1,
        "the call is counted, not the questions about it"
    );
    assert!(reply.waited >= Duration::from_millis(60));
}

#[tokio::test]
async fn a_task_that_takes_too_long_is_cancelled() {
    let server = serve(|request| match method(request).as_str() {
        "tools/call" => {
            json!({ "resultType": "task", "taskId": "t-1", "status": "working", "pollIntervalMs": 50 })
        }
        "tasks/cancel" => json!({}),
        _ => json!({ "taskId": "t-1", "status": "working" }),
    });
    let limit = Duration::from_millis(300);
    let reply = call_within(&*stateless(&server.url(), ServerRequests::Decline), limit).await;
    assert_eq!(reply.answer.unwrap_err(), TransportError::TimedOut(limit));
    assert_eq!(methods(&server).last().unwrap(), "tasks/cancel");
}

/// As 2025-11-25 has it: the listing says that a tool is called as a task, and the result is asked for apart.
#[tokio::test]
async fn a_tool_that_wants_to_be_a_task_is_called_as_one() {
    let server = Server::start(|request| {
        let result = match method(request).as_str() {
            "initialize" => {
                json!({ "protocolVersion": "2025-11-25", "serverInfo": { "name": "t", "version": "1" },
                "capabilities": { "tools": {}, "tasks": { "requests": { "tools": { "call": {} } } } } })
            }
            "tools/list" => {
                json!({ "tools": [{ "name": TOOL, "execution": { "taskSupport": "required" } }] })
            }
            "tools/call" => {
                assert!(request.json()["params"]["task"]["ttl"].is_u64());
                json!({ "task": { "taskId": "t-2", "status": "working", "pollInterval": 20 } })
            }
            "tasks/get" => json!({ "taskId": "t-2", "status": "completed" }),
            "tasks/result" => called(&good()),
            _ => return Response::text(202, "text/plain", ""),
        };
        Form::Json.result(request, &result)
    });
    let transport = crate::support::mcp_servers::over_http(limits(), &server.url());
    for _ in 0..2 {
        assert_eq!(call(&*transport).await.answer.unwrap().output, good().into());
    }
    let listings = methods(&server)
        .iter()
        .filter(|method| *method == "tools/list")
        .count();
    assert_eq!(listings, 1);
}

/// Libraries check arguments before the tool is asked, and refuse them in words.
#[tokio::test]
async fn a_refusal_of_a_library_is_a_refusal_and_other_words_are_not() {
    let words = |text: &str| json!({ "isError": true, "content": [{ "type": "text", "text": text }] });
    for text in [
        "MCP error -32602: Input validation error: Invalid arguments for tool create_booking: [...]",
        "1 validation error for call[create_booking] name Field required",
        "Input validation error: 5 is not of type string",
    ] {
        for (place, transport, server) in everywhere(&Replies::Result(words(text))) {
            let answer = call(&*transport).await.answer.unwrap();
            assert_eq!(
                *answer.output,
                json!({ "ok": false, "error": "invalid_input" }),
                "{place}"
            );
            assert_eq!(answer.code(), Some("invalid_input"), "{place}");
            drop(server);
        }
    }
    // The tool is listed, whatever the words say.
    for text in [
        "Unknown tool: create_booking",
        "the database is down",
        "Error: undefined is not a function",
    ] {
        for (place, transport, server) in everywhere(&Replies::Result(words(text))) {
            let trouble = call(&*transport).await.answer.unwrap_err();
            assert!(
                matches!(trouble, TransportError::NotAnAnswer(_)),
                "{place}: {trouble:?}"
            );
            drop(server);
        }
    }
}
