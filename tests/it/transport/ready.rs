//! Connections that are opened before calls at one time.

use std::time::Duration;

use futures_util::future::join_all;
use proofhouse::transport::Pool;
use serde_json::json;

use super::{call, limits, to};
use crate::support::servers::{Response, Server};

/// Answers anything, so late that requests at one time need a connection each.
fn late() -> Server {
    Server::start(|_| {
        let answer = Response::Json(200, json!({ "ok": true, "tools": [] }));
        Response::Late(Duration::from_millis(50), Box::new(answer))
    })
}

#[tokio::test]
async fn calls_at_one_time_go_out_over_connections_that_are_open() {
    let server = late();
    let transport = to(&server.url());
    assert!(transport.ready(6).await);
    let open = server.connections();
    assert!(open >= 6, "{open}");
    let replies = join_all((0..6).map(|_| call(&*transport))).await;
    assert!(replies.iter().all(|reply| reply.answer.is_ok()));
    assert_eq!(server.connections(), open);
    let asked = server.requests();
    let harmless = asked
        .iter()
        .filter(|request| request.method == "GET" && request.path == "/tools");
    assert_eq!(harmless.count() + 6, asked.len());
}

#[tokio::test]
async fn a_server_that_closes_its_connections_is_not_asked_again_and_again_to_keep_them() {
    let server = Server::start(|_| {
        let answer = Response::Json(200, json!({ "ok": true })).with("Connection", "close");
        Response::Last(Box::new(answer))
    });
    let transport = to(&server.url());
    assert!(transport.ready(6).await);
    let once = server.count();
    assert!(once < 6, "{once}");
    assert!(transport.ready(6).await);
    assert_eq!(server.count(), once);
    assert!(call(&*transport).await.answer.is_ok());
}

#[tokio::test]
async fn nothing_is_opened_where_calls_are_kept_apart() {
    let server = late();
    let pool = Pool::new(limits(), "proofhouse/test").unwrap();
    let transport = pool.http(&server.url(), None, Some(5.0)).unwrap();
    assert!(!transport.ready(6).await);
    assert_eq!(server.count(), 0);
}
