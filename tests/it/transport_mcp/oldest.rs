//! Servers of 2024-11-05 over HTTP: messages go to one address, and replies come on a stream that was opened at another.

use std::sync::Arc;
use std::sync::Mutex;

use proofhouse::transport::ErrorKind;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{call, limits};
use crate::support::mcp_servers::{TOOL, called, method, methods, over_http};
use crate::support::misbehaviour::good;
use crate::support::servers::{Response, Server};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// A server that names this address for messages.
fn server(address: &'static str, status: u16) -> Server {
    let stream: Mutex<Option<UnboundedSender<Vec<u8>>>> = Mutex::new(None);
    Server::start(move |request| {
        if request.path == "/sse" {
            if request.method != "GET" {
                return Response::text(status, "text/plain", "Method Not Allowed");
            }
            let (sender, receiver) = unbounded_channel();
            *stream.lock().unwrap() = Some(sender);
            let head = format!("{HEAD}event: endpoint\ndata: {address}\n\n");
            return Response::Follow(head.into_bytes(), Arc::new(tokio::sync::Mutex::new(receiver)));
        }
        assert_eq!(request.path, "/messages?session=1");
        let id = request.json()["id"].clone();
        let send = |message: Value| {
            let event = format!("event: message\ndata: {message}\n\n");
            stream
                .lock()
                .unwrap()
                .as_ref()
                .unwrap()
                .send(event.into_bytes())
                .unwrap();
        };
        let result = match method(request).as_str() {
            "initialize" => json!({ "protocolVersion": "2024-11-05", "capabilities": { "tools": {} },
                "serverInfo": { "name": "old", "version": "1" } }),
            "tools/list" => json!({ "tools": [{ "name": TOOL }] }),
            "tools/call" => {
                send(json!({ "jsonrpc": "2.0", "id": 77, "method": "roots/list" }));
                called(&good())
            }
            _ => Value::Null,
        };
        if !result.is_null() {
            send(json!({ "jsonrpc": "2.0", "id": id, "result": result }));
        }
        Response::text(202, "text/plain", "Accepted")
    })
}

#[tokio::test]
async fn a_server_of_the_oldest_revision_is_reached_over_its_stream() {
    for status in [404, 405] {
        let server = server("/messages?session=1", status);
        let transport = over_http(limits(), &format!("{}/sse", server.url()));
        let tools = transport.list_tools().await.unwrap().unwrap();
        assert_eq!(tools[0].name, TOOL);
        for _ in 0..2 {
            assert_eq!(
                call(&*transport).await.answer.unwrap().output,
                good().into(),
                "{status}"
            );
        }
        assert_eq!(transport.peer().unwrap().revision, "2024-11-05");
        let asked = methods(&server);
        assert_eq!(
            asked[..4],
            [
                "initialize",
                "GET without a body",
                "initialize",
                "notifications/initialized"
            ]
        );
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let roots = server.requests().into_iter().find(|request| {
            request.method == "POST" && request.path.starts_with("/messages") && request.json()["id"] == 77
        });
        assert_eq!(roots.unwrap().json()["result"], json!({ "roots": [] }));
    }
}

/// Our credential goes where we were told to go and nowhere else.
#[tokio::test]
async fn an_address_for_messages_on_another_server_is_not_used() {
    let elsewhere = server("http://127.0.0.1:9/messages", 405);
    let reply = call(&*over_http(limits(), &format!("{}/sse", elsewhere.url()))).await;
    let trouble = reply.answer.unwrap_err();
    assert_eq!(trouble.kind(), ErrorKind::NoSuchTool, "{trouble}");
}
