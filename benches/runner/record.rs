//! Takes down the calls of a quiet run: one provider after the other, one test after the other.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use proofhouse::app::{Bundle, Record, RunRequest, Stop, prepare};
use proofhouse::event::RunEventKind;
use reference_provider::{Options, Provider, Tenants};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::arguments::Checks;
use crate::script::{Part, Recorded, Script, slug};
use crate::serve::manifest;
use crate::subject;

/// The generated tenants take turns among so many time zones.
const ZONES: usize = 4;

/// What a run says of its tests arrives at the listener a little later than its calls at the server.
const LATE: Duration = Duration::from_millis(2);

/// The largest body that either side sends.
const LARGEST: usize = 1 << 20;

/// What was seen, in order.
enum Seen {
    Test,
    Call { tenant: String, call: Recorded },
}

type Log = Arc<Mutex<Vec<Seen>>>;

/// Records the calls that the checks make, in a file of the folder.
pub(crate) fn record(checks: Checks, folder: &Path) -> PathBuf {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let script = runtime.block_on(seen(checks, folder));
    let path = folder.join(format!("{checks:?}.json"));
    std::fs::write(&path, serde_json::to_vec(&script).unwrap()).unwrap();
    path
}

async fn seen(checks: Checks, folder: &Path) -> Script {
    let log = Log::default();
    let provider = Provider::open(Options::in_memory(Tenants::generated(ZONES))).unwrap();
    let router =
        reference_provider::router(Arc::new(provider)).layer(from_fn_with_state(Arc::clone(&log), take_down));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = TcpListener::bind(address).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let path = folder.join("recorded.yaml");
    let claims = subject::claims();
    std::fs::write(&path, manifest(&url, ZONES, &claims)).unwrap();
    let bundle = Bundle::load(None).unwrap();
    let asked = RunRequest {
        jobs: 1,
        lanes: 1,
        ..subject::asked(path, checks)
    };
    let planned = prepare(&bundle, &asked, &|_| None).await.unwrap();
    let short = planned.run_id().short().to_owned();
    let watch = |event: &proofhouse::event::RunEvent| {
        if matches!(event.kind, RunEventKind::TestStarted { .. }) {
            log.lock().unwrap().push(Seen::Test);
        }
    };
    let ended = planned.run(Record::Nowhere, &Stop::new(), watch).await.unwrap();
    server.abort();
    assert_eq!(
        ended.summary.totals.pass,
        ended.summary.results.len(),
        "the reference provider is not conformant"
    );
    let seen = std::mem::take(&mut *log.lock().unwrap());
    Script {
        short,
        parts: parts(seen),
    }
}

async fn take_down(State(log): State<Log>, request: Request, next: Next) -> Response {
    tokio::time::sleep(LATE).await;
    let (head, body) = request.into_parts();
    let sent = axum::body::to_bytes(body, LARGEST).await.unwrap();
    let request = Request::from_parts(head.clone(), Body::from(sent.clone()));
    let (answer_head, body) = next.run(request).await.into_parts();
    let answer = axum::body::to_bytes(body, LARGEST).await.unwrap();
    log.lock().unwrap().push(call(head.uri.path(), &sent, &answer));
    Response::from_parts(answer_head, Body::from(answer))
}

fn call(path: &str, sent: &Bytes, answer: &Bytes) -> Seen {
    let (tenant, path) = path.strip_prefix("/p/").unwrap().split_once('/').unwrap();
    let answer: Value = serde_json::from_slice(answer).unwrap();
    Seen::Call {
        tenant: tenant.to_owned(),
        call: Recorded {
            path: format!("/{path}"),
            body: (!sent.is_empty()).then(|| String::from_utf8(sent.to_vec()).unwrap()),
            ok: answer.get("ok").and_then(Value::as_bool),
            booking: answer
                .get("booking_id")
                .and_then(Value::as_str)
                .map(str::to_owned),
        },
    }
}

/// Calls by tenant and by test. Each provider's first call comes before its first test.
fn parts(seen: Vec<Seen>) -> Vec<Part> {
    let mut parts = vec![Part::default(); ZONES];
    let mut begun = 0;
    let mut tests: Vec<Vec<(usize, Recorded)>> = vec![Vec::new()];
    for seen in seen {
        match seen {
            Seen::Test => {
                begun += 1;
                tests.push(Vec::new());
            }
            Seen::Call { tenant, call } => {
                let tenant = (0..ZONES).find(|&zone| slug(zone) == tenant).unwrap();
                if call.body.is_none() {
                    parts[tenant].first.push(call);
                } else {
                    tests[begun].push((tenant, call));
                }
            }
        }
    }
    for test in tests.into_iter().filter(|test| !test.is_empty()) {
        let tenant = test[0].0;
        assert!(
            test.iter().all(|(of, _)| *of == tenant),
            "a test asks one provider"
        );
        parts[tenant]
            .tests
            .push(test.into_iter().map(|(_, call)| call).collect());
    }
    parts
}
