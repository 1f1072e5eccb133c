//! Runs that others publish: by whom, of whom, whole, and marked as their own word.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use chrono::{TimeDelta, Utc};
use proofhouse::app::{Bundle, Tokens, expected};
use proofhouse::event::{
    ClaimRecord, ContractRecord, ProviderRecord, RunEvent, RunEventKind, RunFooter, RunHeader, Selection,
    encode,
};
use proofhouse::model::{CapabilityRef, Endpoint, Outcome, RunId, TestResult, hex};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::seed::Seed;
use super::text;

const BOOKING: &str = "booking.create_booking@0.1.0";

/// A run as a publisher sends it.
struct Sent {
    run: RunId,
    header: RunHeader,
    rows: Vec<TestResult>,
    ended: bool,
}

impl Sent {
    fn new(bundle: &Bundle, provider: &str) -> Self {
        let capability: CapabilityRef = BOOKING.parse().unwrap();
        let known = expected(bundle, &capability).unwrap();
        let started_at = Utc::now() - TimeDelta::minutes(5);
        let run = RunId::new(started_at, 7);
        let rows: Vec<_> = bundle
            .suites
            .tests(&capability)
            .iter()
            .map(|test| {
                let provider = provider.parse().unwrap();
                TestResult::new(provider, test.id.clone(), test.level, Outcome::Pass, started_at)
                    .with_calls(5, 1)
            })
            .collect();
        let header = RunHeader {
            run: run.clone(),
            started_at,
            harness: "proofhouse 0.1.0".to_owned(),
            time_zones: None,
            seed: 7,
            planned: rows.len(),
            plan_digest: "00".to_owned(),
            selection: Selection::default(),
            providers: vec![ProviderRecord {
                id: provider.parse().unwrap(),
                name: None,
                endpoint: Endpoint::Http {
                    url: "http://127.0.0.1:1".to_owned(),
                },
                dialect: None,
                auth: None,
                claims: vec![ClaimRecord {
                    capability: capability.id.clone(),
                    version: capability.version.clone(),
                }],
            }],
            peers: Vec::new(),
            contracts: vec![ContractRecord::new(
                capability,
                known.contract_digest,
                known.suite_digest,
            )],
            baseline: None,
            part: None,
            merged: Vec::new(),
        };
        Self {
            run,
            header,
            rows,
            ended: true,
        }
    }

    fn record(&self) -> String {
        let at = self.header.started_at;
        let start = RunEventKind::RunStarted(Box::new(self.header.clone()));
        let end = RunEventKind::RunFinished(RunFooter {
            finished_at: at + TimeDelta::minutes(1),
            interrupted: false,
        });
        let rows = self.rows.iter().cloned();
        let kinds = std::iter::once(start)
            .chain(rows.map(|row| RunEventKind::TestFinished(Box::new(row))))
            .chain(self.ended.then_some(end));
        (0..)
            .zip(kinds)
            .map(|(seq, kind)| format!("{}\n", encode(&RunEvent { seq, at, kind }).unwrap()))
            .collect()
    }
}

async fn send(seed: &Seed, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1/uploads/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = seed.site.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Sends a whole record in pieces, and what the registry said at the end.
async fn publish(seed: &Seed, token: &str, run: &RunId, record: &str) -> (u16, Value) {
    let middle = record.len() / 2;
    let middle = (middle..).find(|at| record.is_char_boundary(*at)).unwrap();
    for (offset, piece) in [(0, &record[..middle]), (middle, &record[middle..])] {
        let body = json!({ "offset": offset, "piece": piece });
        let (status, answer) = send(seed, token, "POST", run.as_str(), body).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["bytes"], offset + piece.len());
    }
    finish(seed, token, run, record).await
}

async fn finish(seed: &Seed, token: &str, run: &RunId, record: &str) -> (u16, Value) {
    let body = json!({ "digest": hex(&Sha256::digest(record)) });
    send(seed, token, "POST", &format!("{run}/finish"), body).await
}

fn token(seed: &Seed, glob: &str) -> (String, String) {
    let tokens = Tokens::open(seed.folder()).unwrap();
    let (record, text) = tokens
        .make("Bookio & <b>Co</b>", &[glob.to_owned()], Utc::now())
        .unwrap();
    (record.id, text)
}

#[tokio::test]
async fn a_published_run_is_shown_as_its_publishers_own_word_and_sent_again_changes_nothing() {
    let seed = Seed::empty();
    let (_, token) = token(&seed, "bookio:*");
    let sent = Sent::new(&seed.bundle, "bookio:third");
    let record = sent.record();
    let (status, answer) = publish(&seed, &token, &sent.run, &record).await;
    assert_eq!(
        (status, &answer["verdict"], &answer["known"]),
        (200, &json!("conformant"), &json!(false))
    );
    for path in [
        format!("/runs/{}", sent.run),
        "/runs".to_owned(),
        "/providers/bookio:third".to_owned(),
    ] {
        let page = text(&seed.site, &path).await;
        assert!(
            page.contains("self-attested by Bookio &amp; &lt;b&gt;Co"),
            "{path}"
        );
    }
    let (status, answer) = finish(&seed, &token, &sent.run, &record).await;
    assert_eq!((status, &answer["known"]), (200, &json!(true)));
    let (_, state) = send(&seed, &token, "GET", sent.run.as_str(), Value::Null).await;
    assert_eq!(state["kept"], true);
    let (status, _) = finish(&seed, &token, &sent.run, "another record").await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn pieces_go_on_where_the_last_one_ended_and_nowhere_else() {
    let seed = Seed::empty();
    let (_, token) = token(&seed, "bookio:*");
    let sent = Sent::new(&seed.bundle, "bookio:third");
    let record = sent.record();
    let first = json!({ "offset": 0, "piece": &record[..100] });
    assert_eq!(
        send(&seed, &token, "POST", sent.run.as_str(), first.clone())
            .await
            .0,
        200
    );
    assert_eq!(send(&seed, &token, "POST", sent.run.as_str(), first).await.0, 409);
    let (_, state) = send(&seed, &token, "GET", sent.run.as_str(), Value::Null).await;
    assert_eq!((&state["bytes"], &state["kept"]), (&json!(100), &json!(false)));
    // Not the whole is here yet, and nothing of it is lost.
    assert_eq!(finish(&seed, &token, &sent.run, &record).await.0, 400);
    let rest = json!({ "offset": 100, "piece": &record[100..] });
    assert_eq!(send(&seed, &token, "POST", sent.run.as_str(), rest).await.0, 200);
    assert_eq!(finish(&seed, &token, &sent.run, &record).await.0, 200);
}

#[tokio::test]
async fn who_has_no_token_that_holds_publishes_nothing() {
    let seed = Seed::empty();
    let sent = Sent::new(&seed.bundle, "bookio:third");
    let piece = json!({ "offset": 0, "piece": "x" });
    let (id, token) = token(&seed, "bookio:*");
    assert_eq!(
        send(&seed, "phk_guess", "POST", sent.run.as_str(), piece.clone())
            .await
            .0,
        401
    );
    assert_eq!(
        send(&seed, &token, "POST", sent.run.as_str(), piece.clone())
            .await
            .0,
        200
    );
    Tokens::open(seed.folder())
        .unwrap()
        .revoke(&id, Utc::now())
        .unwrap();
    assert_eq!(send(&seed, &token, "POST", sent.run.as_str(), piece).await.0, 401);
}

#[tokio::test]
async fn a_run_that_rules_speak_against_is_refused_with_every_reason_and_leaves_nothing() {
    let seed = Seed::empty();
    let (_, token) = token(&seed, "bookio:*");
    let mut foreign = Sent::new(&seed.bundle, "other:shop");
    foreign.header.contracts[0].digest = "00".repeat(32);
    let mut unended = Sent::new(&seed.bundle, "bookio:third");
    unended.ended = false;
    for (sent, reasons) in [(foreign, 2), (unended, 1)] {
        let (status, answer) = publish(&seed, &token, &sent.run, &sent.record()).await;
        assert_eq!(
            (status, answer["reasons"].as_array().map(Vec::len)),
            (422, Some(reasons)),
            "{answer}"
        );
        let (_, state) = send(&seed, &token, "GET", sent.run.as_str(), Value::Null).await;
        assert_eq!((&state["bytes"], &state["kept"]), (&json!(0), &json!(false)));
    }
    let nonsense = Sent::new(&seed.bundle, "bookio:third");
    for record in ["{}\n", "not JSON\n", "{\"v\":99,\"event\":{}}\n"] {
        assert_eq!(
            publish(&seed, &token, &nonsense.run, record).await.0,
            400,
            "{record}"
        );
    }
    assert!(text(&seed.site, "/runs").await.contains("No runs are kept"));
}

#[tokio::test]
async fn a_piece_that_is_too_large_and_an_id_that_is_none_are_refused() {
    let seed = Seed::empty();
    let (_, token) = token(&seed, "bookio:*");
    let sent = Sent::new(&seed.bundle, "bookio:third");
    let huge = json!({ "offset": 0, "piece": "x".repeat(3 << 20) });
    assert_eq!(send(&seed, &token, "POST", sent.run.as_str(), huge).await.0, 413);
    let piece = json!({ "offset": 0, "piece": "x" });
    assert_eq!(
        send(&seed, &token, "POST", "..%2F..%2Fetc", piece.clone())
            .await
            .0,
        400
    );
    let unknown = json!({ "offset": 0, "piece": "x", "size": 3 });
    assert_eq!(
        send(&seed, &token, "POST", sent.run.as_str(), unknown).await.0,
        422
    );
}
