//! Runs that others publish: by whom, of whom, whole, and marked as their own word.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use chrono::{DateTime, TimeDelta, Utc};
use proofhouse::app::{Bundle, Tokens, expected};
use proofhouse::event::{
    ClaimRecord, ContractRecord, ProviderRecord, RunEvent, RunEventKind, RunFooter, RunHeader, Selection,
    decode, encode,
};
use proofhouse::model::{
    About, CapabilityRef, Endpoint, Exchange, Failure, Level, Outcome, RunId, TestResult, hex,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::seed::Seed;
use super::text;

const BOOKING: &str = "booking.create_booking@0.1.0";

/// A run as a publisher sends it.
pub(super) struct Sent {
    pub(super) run: RunId,
    pub(super) header: RunHeader,
    pub(super) rows: Vec<TestResult>,
    ended: bool,
}

impl Sent {
    fn new(bundle: &Bundle, provider: &str) -> Self {
        Self::started(bundle, provider, Utc::now() - TimeDelta::minutes(5))
    }

    /// A run in which every test passes.
    pub(super) fn started(bundle: &Bundle, provider: &str, started_at: DateTime<Utc>) -> Self {
        let capability: CapabilityRef = BOOKING.parse().unwrap();
        let known = expected(bundle, &capability).unwrap();
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
                about: About::default(),
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

    /// The same run, and a must-level test of it failed.
    pub(super) fn failing(mut self) -> Self {
        let row = self.rows.iter_mut().find(|row| row.level == Level::Must);
        row.unwrap().outcome = Outcome::Fail;
        self
    }

    pub(super) fn events(&self) -> Vec<RunEvent> {
        self.record().lines().map(|line| decode(line).unwrap()).collect()
    }

    pub(super) fn record(&self) -> String {
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
pub(super) async fn publish(seed: &Seed, token: &str, run: &RunId, record: &str) -> (u16, Value) {
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

pub(super) fn token(seed: &Seed, glob: &str) -> (String, String) {
    let tokens = Tokens::open(seed.folder()).unwrap();
    let (record, text) = tokens
        .make(
            "Bookio & <b>Co</b>",
            &[glob.to_owned()],
            TimeDelta::days(90),
            Utc::now(),
        )
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

/// A refusal costs the registry little: what is too large is refused before all of it is read and judged.
#[tokio::test]
async fn a_record_of_too_many_providers_or_of_too_long_texts_is_refused_with_the_place() {
    let seed = Seed::empty();
    let (_, token) = token(&seed, "bookio:*");
    let mut wide = Sent::new(&seed.bundle, "bookio:third");
    let provider = wide.header.providers[0].clone();
    wide.header.providers.extend((0..2_000).map(|tenant| {
        let mut provider = provider.clone();
        provider.id = format!("bookio:t{tenant}").parse().unwrap();
        provider
    }));
    let mut long = Sent::new(&seed.bundle, "bookio:third");
    long.rows[3].message = Some("x".repeat(200_000));
    let mut noted = Sent::new(&seed.bundle, "bookio:third");
    noted.rows[3] = noted.rows[3].clone().with_notes(vec!["x".to_owned(); 5_000]);
    let mut small = Sent::new(&seed.bundle, "bookio:third");
    small.rows[3] = small.rows[3].clone().with_failure(Failure {
        exchanges: vec![Exchange {
            input: Value::from(vec![0; 400_000]),
            ..Exchange::default()
        }],
        ..Failure::default()
    });
    for (sent, words) in [
        (wide, "providers"),
        (long, "line 5"),
        (noted, "line 5"),
        (small, "line 5"),
    ] {
        let (status, answer) = publish(&seed, &token, &sent.run, &sent.record()).await;
        assert_eq!(status, 413, "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains(words), "{answer}");
        let (_, state) = send(&seed, &token, "GET", sent.run.as_str(), Value::Null).await;
        assert_eq!((&state["bytes"], &state["kept"]), (&json!(0), &json!(false)));
    }
}

#[tokio::test]
async fn a_token_publishes_so_many_runs_a_day_and_no_more() {
    let seed = Seed::empty();
    let (_, token) = token(&seed, "bookio:*");
    let before = Utc::now() - TimeDelta::seconds(600);
    for second in 0..=100 {
        let at = before - TimeDelta::seconds(second);
        let sent = Sent::started(&seed.bundle, "bookio:third", at);
        let record = sent.record();
        let body = json!({ "offset": 0, "piece": record });
        let (status, answer) = send(&seed, &token, "POST", sent.run.as_str(), body).await;
        if second == 100 {
            assert_eq!(status, 429, "{answer}");
            assert!(
                answer["detail"].as_str().unwrap().contains("100 runs a day"),
                "{answer}"
            );
            return;
        }
        assert_eq!(status, 200, "{answer}");
        assert_eq!(finish(&seed, &token, &sent.run, &record).await.0, 200);
    }
}
