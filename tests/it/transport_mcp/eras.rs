//! Which revision is spoken with servers of either era, and with those that are mounted elsewhere than they were said to be.

use indexmap::IndexMap;
use proofhouse::model::Endpoint;
use proofhouse::transport::{ClientOptions, ErrorKind, Pool, Revision, ServerRequests, TransportError, Way};
use serde_json::{Value, json};
use std::sync::Arc;

use super::{call, limits};
use crate::support::mcp_servers::{
    Form, called, method, methods, over_http, over_stdio, polite, script_from, serve,
};
use crate::support::misbehaviour::good;
use crate::support::servers::{Request, Response, Server};

/// The way to a server of which one revision is wanted.
fn wanting(url: &str, revision: &str) -> Arc<dyn proofhouse::transport::Transport> {
    let endpoint = Endpoint::Mcp { url: url.to_owned() };
    let way = Way {
        client: ClientOptions {
            revision: Revision::of(revision),
            server_requests: ServerRequests::Decline,
        },
        ..Way::default()
    };
    Pool::new(limits(), "proofhouse/test")
        .unwrap()
        .open(&endpoint, &way)
        .unwrap()
}

fn discovered(request: &Request, versions: &Value) -> Response {
    let result = json!({ "resultType": "complete", "supportedVersions": versions, "capabilities": { "tools": {} },
        "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "both", "version": "7" } } });
    Form::Json.result(request, &result)
}

/// A server of both eras.
fn both() -> Server {
    Server::start(|request| match method(request).as_str() {
        "server/discover" => discovered(request, &json!(["2026-07-28", "2025-11-25"])),
        "tools/call" => Form::Json.result(request, &called(&good())),
        "initialize" => {
            let offered = request.json()["params"]["protocolVersion"].clone();
            Form::Json.result(
                request,
                &json!({ "protocolVersion": offered, "capabilities": { "tools": {} },
                "serverInfo": { "name": "both", "version": "7" } }),
            )
        }
        _ => polite(Form::Json, request),
    })
}

#[tokio::test]
async fn a_server_of_both_eras_is_spoken_to_in_the_wanted_revision() {
    for (revision, first) in [
        ("2026-07-28", "server/discover"),
        ("2025-11-25", "initialize"),
        ("2025-03-26", "initialize"),
        ("2024-11-05", "initialize"),
    ] {
        let server = both();
        let transport = wanting(&server.url(), revision);
        assert_eq!(
            call(&*transport).await.answer.unwrap().output,
            good().into(),
            "{revision}"
        );
        assert_eq!(methods(&server)[0], first);
        let last = server.requests().pop().unwrap();
        assert_eq!(last.header("mcp-protocol-version"), Some(revision));
        let peer = transport.peer().unwrap();
        assert_eq!(
            (peer.revision.as_str(), peer.name.as_deref()),
            (revision, Some("both"))
        );
    }
    let server = both();
    let transport = over_http(limits(), &server.url());
    assert!(transport.peer().is_none());
    call(&*transport).await.answer.unwrap();
    assert_eq!(transport.peer().unwrap().revision, "2025-11-25");
}

/// Servers that refuse the offered revision in each of the ways in which they do, and name those that they know.
#[tokio::test]
async fn a_refusal_that_names_revisions_is_followed_by_an_offer_of_the_newest_that_both_know() {
    let supported = json!({ "supported": ["2024-11-05", "2025-03-26"], "requested": "2025-11-25" });
    let in_words = "Unsupported protocol version: 2025-11-25 (supported: 2025-03-26,2024-11-05)";
    for (status, code, message, data) in [
        (200, -32602, "Unsupported protocol version", supported.clone()),
        (400, -32602, "Unsupported protocol version", supported.clone()),
        (400, -32000, in_words, Value::Null),
        (400, -32022, "Unsupported protocol version", supported.clone()),
        (200, -32603, in_words, Value::Null),
    ] {
        let data = data.clone();
        let server = Server::start(move |request| match method(request).as_str() {
            "initialize" if request.json()["params"]["protocolVersion"] != "2025-03-26" => {
                let error = json!({ "code": code, "message": message, "data": data });
                Response::Json(
                    status,
                    json!({ "jsonrpc": "2.0", "id": request.json()["id"], "error": error }),
                )
            }
            "initialize" => Form::Json.result(request, &json!({ "protocolVersion": "2025-03-26" })),
            "tools/call" => Form::Json.result(request, &called(&good())),
            _ => polite(Form::Json, request),
        });
        let reply = call(&*over_http(limits(), &server.url())).await;
        assert_eq!(reply.answer.unwrap().output, good().into(), "{status} {code}");
        let last = server.requests().pop().unwrap();
        assert_eq!(last.header("mcp-protocol-version"), Some("2025-03-26"));
        assert_eq!(server.count(), 4, "{:?}", methods(&server));
    }
}

#[tokio::test]
async fn a_server_without_a_revision_that_we_know_could_not_be_asked() {
    let server = Server::start(|request| {
        let error =
            json!({ "code": -32602, "message": "no", "data": { "supported": ["2031-01-01", "2032-02-02"] } });
        Response::Json(
            400,
            json!({ "jsonrpc": "2.0", "id": request.json()["id"], "error": error }),
        )
    });
    let trouble = call(&*over_http(limits(), &server.url()))
        .await
        .answer
        .unwrap_err();
    assert_eq!(
        trouble.to_string(),
        "the server speaks no revision of MCP that we speak, only 2031-01-01, 2032-02-02"
    );
    assert_eq!(trouble.kind(), ErrorKind::NotAsked);
    // One revision is wanted, and the server has others.
    let server = both();
    let older = Server::start(|request| match method(request).as_str() {
        "initialize" => Form::Json.result(request, &json!({ "protocolVersion": "2024-11-05" })),
        "server/discover" => Form::Json.error(request, -32601, "Method not found"),
        other => panic!("{other}"),
    });
    for (url, wanted, reason) in [
        (
            older.url(),
            "2025-06-18",
            "revision 2025-06-18 of MCP is asked for, and the server answers with 2024-11-05",
        ),
        (
            older.url(),
            "2026-07-28",
            "revision 2026-07-28 of MCP is asked for, and the server answers server/discover with the JSON-RPC error \
             -32601 (\"Method not found\")",
        ),
    ] {
        let trouble = call(&*wanting(&url, wanted)).await.answer.unwrap_err();
        assert_eq!(trouble, TransportError::NotAsked(reason.to_owned()));
    }
    drop(server);
}

/// A server of the newest era says so in more than one way.
#[tokio::test]
async fn a_server_that_knows_no_handshake_is_asked_without_one() {
    let only = json!({ "supported": ["2026-07-28"] });
    for (status, code, data) in [
        (404, -32601, Value::Null),
        (400, -32020, Value::Null),
        (400, -32602, Value::Null),
        (400, -32600, only.clone()),
        (200, -32022, only.clone()),
    ] {
        let data = data.clone();
        let server = Server::start(move |request| match method(request).as_str() {
            "initialize" => {
                let error = json!({ "code": code, "message": "no", "data": data });
                Response::Json(
                    status,
                    json!({ "jsonrpc": "2.0", "id": request.json()["id"], "error": error }),
                )
            }
            "server/discover" => discovered(request, &json!(["2026-07-28"])),
            "tools/call" => Form::Json.result(request, &called(&good())),
            "tools/list" => Form::Json.result(request, &json!({ "tools": [] })),
            other => panic!("{other}"),
        });
        let transport = over_http(limits(), &server.url());
        assert_eq!(
            call(&*transport).await.answer.unwrap().output,
            good().into(),
            "{status} {code}"
        );
        assert_eq!(transport.peer().unwrap().revision, "2026-07-28");
    }
    let on_initialize = r#"refuse -32602 'Missing _meta' ;;
    *'"method":"server/discover"'*) answer '{"resultType":"complete","supportedVersions":["2026-07-28"]}'"#;
    let transport = over_stdio(
        limits(),
        &script_from(on_initialize, &format!("answer '{}'", called(&good()))),
    );
    assert_eq!(call(&*transport).await.answer.unwrap().output, good().into());
}

/// What a schema marks is repeated in headers, and a name that no header can carry is encoded.
#[tokio::test]
async fn a_stateless_call_repeats_in_headers_what_its_schema_marks() {
    let server = Server::start(|request| match method(request).as_str() {
        "server/discover" => discovered(request, &json!(["2026-07-28"])),
        "tools/list" => Form::Json.result(
            request,
            &json!({ "tools": [{ "name": "create_booking", "inputSchema": {
            "type": "object", "properties": { "name": { "type": "string", "x-mcp-header": "Who" } } } }] }),
        ),
        "tools/call" => Form::Json.result(request, &called(&good())),
        other => panic!("{other}"),
    });
    let transport = wanting(&server.url(), "2026-07-28");
    for _ in 0..2 {
        call(&*transport).await.answer.unwrap();
    }
    assert_eq!(
        methods(&server),
        ["server/discover", "tools/list", "tools/call", "tools/call"]
    );
    let last = server.requests().pop().unwrap();
    assert_eq!(last.header("mcp-param-who"), Some("Ada"));
    let trace = last.header("traceparent").unwrap();
    assert_eq!(last.json()["params"]["_meta"]["traceparent"], json!(trace));
}

/// A server that is mounted below a path: whoever leaves the slash out is sent to it.
#[tokio::test]
async fn an_address_is_taken_as_it_is_written_and_a_redirect_within_the_server_is_followed_and_told() {
    for status in [307, 308] {
        let server = Server::start(move |request| match request.path.as_str() {
            "/mcp/?team=7" if method(request) == "tools/call" => Form::Json.result(request, &called(&good())),
            "/mcp/?team=7" => polite(Form::Json, request),
            "/mcp?team=7" => Response::text(status, "text/plain", "").with("Location", "/mcp/?team=7"),
            other => panic!("{other}"),
        });
        let straight = over_http(limits(), &format!("{}/mcp/?team=7", server.url()));
        let reply = call(&*straight).await;
        assert_eq!(
            (reply.answer.unwrap().output, reply.notes),
            (good().into(), Vec::new())
        );
        let around = over_http(limits(), &format!("{}/mcp?team=7", server.url()));
        let reply = call(&*around).await;
        assert_eq!(reply.answer.unwrap().output, good().into());
        let url = server.url();
        let told =
            format!("it redirects ({status}) from {url}/mcp?team=7 to {url}/mcp/?team=7: write that URL");
        assert_eq!(reply.notes, [told]);
        assert_eq!(call(&*around).await.notes, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_redirect_to_another_server_or_without_an_end_is_not_followed() {
    let other = serve(Form::Json, |request| Form::Json.result(request, &called(&good())));
    let elsewhere = format!("{}/mcp", other.url());
    for (status, location) in [
        (307, elsewhere.as_str()),
        (308, "//example.com/mcp"),
        (302, "/mcp/"),
        (307, "/"),
    ] {
        let location = location.to_owned();
        let server = Server::start(move |_| {
            Response::text(status, "text/plain", "").with("Location", location.clone())
        });
        let trouble = call(&*over_http(limits(), &server.url()))
            .await
            .answer
            .unwrap_err();
        let TransportError::NotReady(inner) = &trouble else {
            panic!("{trouble:?}")
        };
        assert!(matches!(**inner, TransportError::Redirect { .. }), "{trouble:?}");
        assert_eq!(server.count(), 1, "{status}");
    }
    assert_eq!(other.count(), 0);
    let endless = Server::start(|request| {
        Response::text(307, "text/plain", "").with("Location", format!("/{}", request.number))
    });
    call(&*over_http(limits(), &endless.url()))
        .await
        .answer
        .unwrap_err();
    assert!(endless.count() <= 5, "{}", endless.count());
    // A redirect of a call stays a wrong answer.
    let late = serve(Form::Json, |_| {
        Response::text(307, "text/plain", "").with("Location", "/other")
    });
    let trouble = call(&*over_http(limits(), &late.url())).await.answer.unwrap_err();
    assert_eq!(trouble.kind(), ErrorKind::Wrong);
    assert_eq!(late.count(), 3);
}

#[test]
fn an_address_with_a_part_that_is_never_sent_is_refused_with_words() {
    let pool = Pool::new(limits(), "t").unwrap();
    for (url, words) in [
        ("http://a.example/mcp#part", "the URL has a fragment"),
        ("http://ada:pw@a.example/mcp", "the URL holds a credential"),
    ] {
        let endpoint = Endpoint::Mcp { url: url.to_owned() };
        let error = pool.open(&endpoint, &Way::default()).err().unwrap().to_string();
        assert!(error.contains(words) && !error.contains("pw"), "{error}");
    }
    let endpoint = Endpoint::Stdio {
        command: "true".to_owned(),
        args: Vec::new(),
        env: IndexMap::new(),
    };
    assert!(pool.open(&endpoint, &Way::default()).is_ok());
}
