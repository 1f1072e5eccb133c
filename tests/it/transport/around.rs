//! The calls around an answer: politeness, clocks, records, listings.

use std::sync::Arc;
use std::time::{Duration, Instant};

use proofhouse::model::{AuthSource, RECORDED_BODY_CAP, Reading};
use proofhouse::transport::{Auth, Call, Pool, TransportError};
use serde_json::{Value, json};

use super::{call, limits, to};
use crate::support::misbehaviour::{Misbehaviour, good, well_behaved};
use crate::support::servers::{Response, Server, dead_url};

#[tokio::test]
async fn calls_keep_the_distance_that_the_provider_asks_for() {
    let server = well_behaved();
    let transport = Pool::new(limits(), "t")
        .unwrap()
        .http(&server.url(), None, Some(20.0))
        .unwrap();
    let start = Instant::now();
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let transport = Arc::clone(&transport);
            tokio::spawn(async move { call(&*transport).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().answer.unwrap();
    }
    assert!(
        start.elapsed() >= Duration::from_millis(200),
        "five calls took {:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn the_providers_clock_is_its_date_header() {
    let server = Server::start(|request| match request.number {
        1 => Response::Json(200, good()),
        2 => Response::Json(200, good()).with("Date", "Thu, 06 Nov 2014 08:49:37 GMT"),
        3 => Response::Json(200, good()).with("Date", "Fri, 31 Dec 9999 23:59:59 GMT"),
        4 => Response::Json(200, good()).with("Date", "31 Dec 262142 23:59:59 +0000"),
        _ => Response::Json(200, good()).with("Date", "yesterday"),
    });
    let transport = to(&server.url());
    assert_eq!(call(&*transport).await.clock, None);
    let (theirs, ours) = call(&*transport).await.clock.unwrap();
    assert_eq!(theirs.to_rfc3339(), "2014-11-06T08:49:37+00:00");
    assert!((chrono::Utc::now() - ours).num_seconds().abs() < 5);
    for _ in 3..=5 {
        assert_eq!(call(&*transport).await.clock, None);
    }
}

#[tokio::test]
async fn a_record_of_a_call_holds_no_secret() {
    let secret = "tok-secret-which-is-longer-than-what-is-quoted-of-a-body";
    let server = Server::start(move |request| {
        let told = request.header("authorization").unwrap().to_owned();
        match request.number {
            1 => Response::Json(200, json!({ "ok": true, "told": told })).with("X-Other", "1"),
            2 => Response::text(200, "text/plain", told),
            _ => Response::text(307, "text/plain", "").with("Location", format!("/login?token={secret}")),
        }
    });
    let source = AuthSource::Bearer {
        env: "BOOKIO_TOKEN".to_owned(),
    };
    let auth = Auth::resolve(&source, &|_| Some(secret.to_owned())).unwrap();
    let transport = Pool::new(limits(), "t")
        .unwrap()
        .http(&server.url(), Some(&auth), None)
        .unwrap();
    let input = json!({ "note": format!("my token is {secret}") });
    let call = Call {
        tool: "create_booking",
        input: &input,
        limit: Duration::from_secs(5),
        reading: &Reading::default(),
    };
    let mut records = Vec::new();
    for _ in 0..3 {
        let reply = transport.call(call).await;
        if let Ok(answer) = &reply.answer {
            assert_eq!(
                answer.output["told"],
                json!(format!("Bearer {secret}")),
                "the judge sees the answer as it is"
            );
        } else {
            assert!(!format!("{reply:?}").contains(secret), "{reply:?}");
        }
        let mut record = transport.exchange(call, &reply);
        (record.target, record.ms) = (record.target.replace(&server.url(), "http://provider"), 0);
        let (name, trace) = record.request_headers.pop().unwrap();
        assert_eq!((name.as_str(), Some(trace)), ("traceparent", reply.trace));
        records.push(record);
    }
    assert_eq!(
        server.requests()[0].header("authorization"),
        Some(format!("Bearer {secret}").as_str())
    );
    insta::assert_json_snapshot!("records_of_calls", records);
}

#[tokio::test]
async fn a_long_body_is_clipped_in_its_record() {
    let server = Server::start(|_| Response::Json(200, json!({ "ok": true, "text": "x".repeat(50_000) })));
    let transport = to(&server.url());
    let reply = call(&*transport).await;
    let input = json!({});
    let call = Call {
        tool: "create_booking",
        input: &input,
        limit: Duration::from_secs(5),
        reading: &Reading::default(),
    };
    let body = transport.exchange(call, &reply).body.unwrap();
    assert!(
        body.len() < RECORDED_BODY_CAP + 100 && body.ends_with("… (50021 characters in all)"),
        "{}",
        body.len()
    );
}

#[tokio::test]
async fn a_listing_is_optional() {
    let tools = |tools: Value| Response::Json(200, json!({ "tools": tools }));
    let listed = tools(json!([{ "name": "create_booking", "inputSchema": { "type": "object" } }]));
    let server = Server::start(move |_| listed.clone());
    let found = to(&server.url()).list_tools().await.unwrap().unwrap();
    assert_eq!(
        found.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(),
        ["create_booking"]
    );
    let request = server.requests().remove(0);
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("GET", "/tools")
    );

    for misbehaviour in [
        Misbehaviour::StatusWithHtml(404),
        Misbehaviour::StatusWithHtml(405),
        Misbehaviour::StatusWithHtml(500),
        Misbehaviour::StatusWithAnswer(200),
        Misbehaviour::Html,
        Misbehaviour::Empty,
        Misbehaviour::Huge,
        Misbehaviour::Redirects("/elsewhere".to_owned()),
        Misbehaviour::ClosesAfterRequest,
    ] {
        let server = misbehaviour.clone().serve();
        assert_eq!(to(&server.url()).list_tools().await, Ok(None), "{misbehaviour:?}");
    }
}

#[tokio::test]
async fn a_listing_that_could_not_be_asked_for_is_an_error() {
    let refused = to(&dead_url()).list_tools().await.unwrap_err();
    assert_eq!(refused, TransportError::Connect("connection refused".to_owned()));
    for (misbehaviour, trouble) in [
        (
            Misbehaviour::StatusWithHtml(401),
            TransportError::Unauthorized(401),
        ),
        (
            Misbehaviour::Impatient {
                status: 429,
                retry_after: None,
                times: 99,
            },
            TransportError::RateLimited,
        ),
    ] {
        let server = misbehaviour.serve();
        assert_eq!(to(&server.url()).list_tools().await, Err(trouble));
    }
}
