//! Sessions, revisions, and what a record shows.

use std::sync::Mutex;
use std::time::Duration;

use proofhouse::model::{AuthSource, Reading};
use proofhouse::transport::{Auth, Call, Pool, TransportError};
use serde_json::{Value, json};

use super::{call, input, limits};
use crate::support::mcp_servers::{
    FORMS, Form, TOOL, called, events, method, methods, over_http, polite, serve,
};
use crate::support::misbehaviour::good;
use crate::support::servers::{Response, Server};

#[tokio::test]
async fn every_message_is_a_post_with_the_headers_of_the_protocol() {
    for form in FORMS {
        let server = serve(form, move |request| form.result(request, &called(&good())));
        call(&*over_http(limits(), &server.url())).await.answer.unwrap();
        let requests = server.requests();
        assert_eq!(
            methods(&server),
            ["initialize", "notifications/initialized", "tools/call"]
        );
        for request in &requests {
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/"));
            assert_eq!(
                request.header("accept"),
                Some("application/json, text/event-stream")
            );
            assert_eq!(request.header("content-type"), Some("application/json"));
            let later = request.number > 1;
            assert_eq!(
                request.header("mcp-protocol-version"),
                later.then_some("2025-11-25")
            );
            let session = (later && form == Form::Stream).then_some("session-1");
            assert_eq!(request.header("mcp-session-id"), session);
        }
        let trace = requests[2].header("traceparent").unwrap();
        assert_eq!(
            requests[2].json(),
            json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
                "params": { "name": TOOL, "arguments": input(), "_meta": { "traceparent": trace } } })
        );
    }
}

/// A server that forgets a session when `forgets` says so for the how-manieth call.
fn forgetful(forgets: impl Fn(usize) -> bool + Send + Sync + 'static) -> Server {
    serve(Form::Stream, move |request| {
        if forgets(request.number) {
            let error = json!({ "code": -32001, "message": "Session not found" });
            Response::Json(404, json!({ "jsonrpc": "2.0", "id": null, "error": error }))
        } else {
            Form::Stream.result(request, &called(&good()))
        }
    })
}

#[tokio::test]
async fn a_session_that_the_server_forgot_is_opened_again_once() {
    let server = forgetful(|call| call == 2);
    let transport = over_http(limits(), &server.url());
    let attempts = [
        call(&*transport).await,
        call(&*transport).await,
        call(&*transport).await,
    ]
    .map(|reply| {
        assert_eq!(reply.answer.unwrap().output, good().into());
        reply.attempts
    });
    assert_eq!(attempts, [1, 2, 1]);
    let sessions: Vec<_> = server
        .requests()
        .iter()
        .filter(|request| method(request) == "tools/call")
        .map(|request| request.header("mcp-session-id").unwrap().to_owned())
        .collect();
    assert_eq!(sessions, ["session-1", "session-1", "session-5", "session-5"]);
    assert_eq!(server.count(), 8);
}

#[tokio::test]
async fn a_server_that_forgets_the_new_session_too_has_no_such_tool() {
    let server = forgetful(|_| true);
    let reply = call(&*over_http(limits(), &server.url())).await;
    assert_eq!(
        reply.answer.unwrap_err(),
        TransportError::NoSuchTool("404".to_owned())
    );
    assert_eq!((reply.attempts, reply.status), (2, Some(404)));
    assert_eq!(server.count(), 6, "{:?}", methods(&server));
}

#[tokio::test]
async fn revisions_with_a_handshake_are_spoken_and_what_is_newer_than_both_cannot_be_asked() {
    for (version, reason) in [
        ("2024-11-05", None),
        ("2025-03-26", None),
        ("2025-06-18", None),
        (
            "2099-01-01",
            Some("answered initialize with the protocol version \"2099-01-01\", which we do not speak"),
        ),
    ] {
        let server = Server::start(move |request| match method(request).as_str() {
            "initialize" => Form::Json.result(request, &json!({ "protocolVersion": version })),
            "tools/call" => Form::Json.result(request, &called(&good())),
            _ => polite(Form::Json, request),
        });
        let reply = call(&*over_http(limits(), &server.url())).await;
        match reason {
            None => {
                assert_eq!(reply.answer.unwrap().output, good().into());
                let last = server.requests().pop().unwrap();
                assert_eq!(last.header("mcp-protocol-version"), Some(version));
            }
            Some(reason) => {
                assert_eq!(
                    reply.answer.unwrap_err(),
                    TransportError::NotAsked(reason.to_owned())
                );
                assert_eq!(server.count(), 1);
            }
        }
    }
}

#[tokio::test]
async fn the_stateless_revision_is_found_where_there_is_no_initialize() {
    for (code, status) in [(-32601, 404), (-32601, 200), (-32022, 400)] {
        let server = Server::start(move |request| {
            let message = request.json();
            let answer = |result| Form::Json.result(request, &result);
            match method(request).as_str() {
                "initialize" => {
                    let error = json!({ "code": code, "message": "no" });
                    Response::Json(
                        status,
                        json!({ "jsonrpc": "2.0", "id": message["id"], "error": error }),
                    )
                }
                "server/discover" => answer(
                    json!({ "resultType": "complete", "ttlMs": 0, "cacheScope": "private",
                    "supportedVersions": ["2026-07-28"], "capabilities": { "tools": {} } }),
                ),
                "tools/list" => answer(json!({ "tools": [{ "name": TOOL }] })),
                "tools/call" => answer(called(&good())),
                other => panic!("{other}"),
            }
        });
        let transport = over_http(limits(), &server.url());
        for _ in 0..2 {
            assert_eq!(call(&*transport).await.answer.unwrap().output, good().into());
        }
        assert_eq!(
            methods(&server),
            [
                "initialize",
                "server/discover",
                // Schemas say what headers repeat.
                "tools/list",
                "tools/call",
                "tools/call"
            ]
        );
        let last = server.requests().pop().unwrap();
        assert_eq!(last.header("mcp-protocol-version"), Some("2026-07-28"));
        assert_eq!(last.header("mcp-method"), Some("tools/call"));
        assert_eq!(last.header("mcp-name"), Some(TOOL));
        let meta = &last.json()["params"]["_meta"];
        assert_eq!(
            meta["io.modelcontextprotocol/protocolVersion"],
            json!("2026-07-28")
        );
        assert_eq!(
            meta["io.modelcontextprotocol/clientInfo"],
            json!({ "name": "proofhouse", "version": "test" })
        );
    }
}

#[tokio::test]
async fn a_server_that_asks_back_is_answered_and_costs_the_call_nothing() {
    let asked = Mutex::new(None);
    let server = Server::start(move |request| match method(request).as_str() {
        "tools/call" => {
            let ping = json!({ "jsonrpc": "2.0", "id": "p", "method": "ping" });
            let sampling =
                json!({ "jsonrpc": "2.0", "id": 7, "method": "sampling/createMessage", "params": {} });
            let answer = json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": called(&good()) });
            events(&format!("data: {ping}\n\ndata: {sampling}\n\ndata: {answer}\n\n"))
        }
        "(none)" => {
            asked.lock().unwrap().get_or_insert(request.json());
            Response::text(202, "text/plain", "")
        }
        _ => polite(Form::Stream, request),
    });
    let reply = call(&*over_http(limits(), &server.url())).await;
    assert_eq!(reply.answer.unwrap().output, good().into());
    assert_eq!(reply.attempts, 1);
    for _ in 0..100 {
        if server.count() == 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut replies: Vec<_> = server.requests()[3..]
        .iter()
        .map(|request| request.json())
        .collect();
    replies.sort_by_key(|reply| reply["id"].is_string());
    // It was offered, and the user does not want to.
    assert_eq!(replies[0]["error"]["code"], json!(-1));
    assert_eq!(replies[1], json!({ "jsonrpc": "2.0", "id": "p", "result": {} }));
}

#[tokio::test]
async fn a_listing_is_read_to_its_last_page() {
    let server = Server::start(|request| match method(request).as_str() {
        "tools/list" => {
            let page = match request.json()["params"]["cursor"].as_str() {
                None => json!({ "tools": [{ "name": "a" }], "nextCursor": "2" }),
                Some("2") => json!({ "tools": [{ "name": "b" }], "nextCursor": "3" }),
                // A cursor that leads nowhere new ends the reading.
                Some(_) => json!({ "tools": [{ "name": "c" }], "nextCursor": "3" }),
            };
            Form::Stream.result(request, &page)
        }
        _ => polite(Form::Stream, request),
    });
    let transport = over_http(limits(), &server.url());
    let tools = transport.list_tools().await.unwrap().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(
        transport.listing_complaints(),
        ["gives the cursor of an earlier page again on page 3, so it has no end"]
    );
}

#[tokio::test]
async fn a_listing_that_does_not_know_cursors_lists_each_tool_once() {
    // The first says the same on every page, the second ends with an empty cursor, the third never ends.
    let listed = async |page: fn(u64) -> Value| {
        let server = Server::start(move |request| match method(request).as_str() {
            "tools/list" => {
                let cursor = request.json()["params"]["cursor"].as_str().map(str::to_owned);
                let number = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(1);
                Form::Json.result(request, &page(number))
            }
            _ => polite(Form::Json, request),
        });
        let transport = over_http(limits(), &server.url());
        let tools = transport.list_tools().await.unwrap().unwrap();
        (tools.len(), transport.listing_complaints())
    };
    let same = listed(|_| json!({ "tools": [{ "name": "a" }, { "name": "b" }], "nextCursor": "2" })).await;
    assert_eq!((same.0, same.1.len()), (2, 1));
    let empty = listed(|_| json!({ "tools": [{ "name": "a" }], "nextCursor": "" })).await;
    assert_eq!(empty, (1, Vec::new()));
    let endless = listed(|number| {
        json!({ "tools": [{ "name": format!("t-{number}") }], "nextCursor": (number + 1).to_string() })
    })
    .await;
    assert_eq!(
        endless,
        (
            64,
            vec!["has more than 64 pages, and no more were read".to_owned()]
        )
    );
}

#[tokio::test]
async fn a_record_of_a_call_holds_the_request_and_no_secret() {
    let secret = "tok-secret-of-some-length";
    let server = serve(Form::Json, move |request| {
        let told = request.header("authorization").unwrap().to_owned();
        match request.number {
            1 => Form::Json.result(request, &called(&json!({ "ok": true, "told": told }))),
            2 => Form::Json.error(request, -32603, "failed for tok-secret-of-some-length"),
            _ => Response::text(200, "text/plain", told),
        }
    });
    let source = AuthSource::Bearer {
        env: "BOOKIO_TOKEN".to_owned(),
    };
    let auth = Auth::resolve(&source, &|_| Some(secret.to_owned())).unwrap();
    let transport = Pool::new(limits(), "t")
        .unwrap()
        .mcp(&server.url(), Some(&auth), None)
        .unwrap();
    let input = json!({ "note": format!("my token is {secret}") });
    let call = Call {
        tool: TOOL,
        input: &input,
        limit: Duration::from_secs(5),
        reading: &Reading::default(),
    };
    let mut records = Vec::new();
    for _ in 0..3 {
        let reply = transport.call(call).await;
        let mut record = transport.exchange(call, &reply);
        (record.target, record.ms) = (record.target.replace(&server.url(), "http://provider"), 0);
        let (name, trace) = record.request_headers.pop().unwrap();
        assert_eq!((name.as_str(), Some(trace)), ("traceparent", reply.trace));
        records.push(record);
    }
    for request in server.requests() {
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {secret}").as_str())
        );
    }
    let told = serde_json::to_string(&records).unwrap();
    assert!(!told.contains(secret), "{told}");
    insta::assert_json_snapshot!("records_of_calls_over_mcp", records);
}
