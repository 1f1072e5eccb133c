//! A store with runs in which providers sent whatever could do harm.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use chrono::{DateTime, Utc};
use proofhouse::app::{
    Bundle, Certificates, History, RevokedId, Tokens, UploadReceiver, log_revocation, new_key, new_log,
    open_log, trust_file,
};
use proofhouse::event::{
    ClaimRecord, ProviderRecord, RunEvent, RunEventKind, RunFooter, RunHeader, Selection,
};
use proofhouse::model::{
    About, CaseResult, Endpoint, Exchange, Failure, Level, Observed, Outcome, RunId, TestResult, Verdict,
};
use proofhouse::store::{DATABASE_FILE, RunStore, SqliteStore, Wait};
use proofhouse::transparency::Log;
use proofhouse::web;
use serde_json::json;
use tempfile::TempDir;

/// Text of a hostile provider, which every page must escape.
pub(super) const HOSTILE: &str =
    "\"><script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1) \u{202e}\u{1b}[2J";

/// The providers of every run.
pub(super) const PROVIDERS: [&str; 2] = ["bookio:first", "bookio:second"];

/// A site over such a store.
pub(super) struct Seed {
    pub(super) site: Router,
    /// What the site was made of.
    pub(super) state: web::State,
    /// The lines of its log of requests.
    pub(super) asked: Arc<Mutex<Vec<String>>>,
    /// The runs, oldest first: the second has a failure, the last no end.
    pub(super) runs: Vec<RunId>,
    /// The number of stored results of `booking.create_booking@0.1.0`.
    pub(super) results: usize,
    folder: TempDir,
    /// The messages to the operator of the site.
    pub(super) told: Arc<Mutex<Vec<String>>>,
    pub(super) bundle: Arc<Bundle>,
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_230_000 + minute * 60, 0).unwrap()
}

fn row(bundle_test: &proofhouse::suite::Test, provider: &str, minute: i64) -> TestResult {
    TestResult::new(
        provider.parse().unwrap(),
        bundle_test.id.clone(),
        bundle_test.level,
        Outcome::Pass,
        at(minute),
    )
    .with_calls(12 + minute.unsigned_abs(), 1)
    .with_notes(vec![HOSTILE.to_owned()])
}

fn fail(row: &mut TestResult) {
    row.level = Level::Must;
    row.outcome = Outcome::Fail;
    row.message = Some(HOSTILE.to_owned());
    row.cases = vec![CaseResult {
        case: HOSTILE.to_owned(),
        outcome: Outcome::Fail,
        ms: 1,
        calls: 1,
        message: Some(HOSTILE.to_owned()),
    }];
    row.failure = Some(Box::new(Failure {
        expected: Some("what was expected".to_owned()),
        actual: Some(HOSTILE.to_owned()),
        values: vec![Observed {
            path: "output.booking_id".to_owned(),
            value: HOSTILE.to_owned(),
        }],
        exchanges: vec![Exchange {
            tool: HOSTILE.to_owned(),
            target: format!("http://127.0.0.1:4700/{HOSTILE}"),
            request_headers: vec![("x-sent".to_owned(), HOSTILE.to_owned())],
            input: json!({ HOSTILE: HOSTILE }),
            status: Some(200),
            response_headers: vec![("x-answer".to_owned(), HOSTILE.to_owned())],
            body: Some(HOSTILE.to_owned()),
            trouble: Some(HOSTILE.to_owned()),
            ms: 1,
            attempts: 1,
            ..Exchange::default()
        }],
        ..Failure::default()
    }));
}

fn header(run: &RunId, minute: i64, rows: &[TestResult]) -> RunHeader {
    let providers = PROVIDERS.map(|provider| ProviderRecord {
        id: provider.parse().unwrap(),
        name: Some(HOSTILE.to_owned()),
        about: About::default(),
        endpoint: Endpoint::Http {
            url: "http://127.0.0.1:4700".to_owned(),
        },
        dialect: None,
        auth: None,
        claims: vec![ClaimRecord {
            capability: rows[0].capability.clone(),
            version: rows[0].version.clone(),
        }],
    });
    RunHeader {
        run: run.clone(),
        started_at: at(minute),
        harness: "proofhouse 0.1.0".to_owned(),
        time_zones: None,
        seed: 7,
        planned: rows.len(),
        plan_digest: "00".to_owned(),
        selection: Selection::default(),
        providers: providers.to_vec(),
        peers: Vec::new(),
        contracts: Vec::new(),
        baseline: None,
        part: None,
        merged: Vec::new(),
    }
}

/// The outcome of every test with every provider.
fn rows(bundle: &Bundle, minute: i64) -> Vec<TestResult> {
    let tests = bundle
        .suites
        .tests(&"booking.create_booking@0.1.0".parse().unwrap());
    PROVIDERS
        .iter()
        .flat_map(|provider| tests.iter().map(move |test| row(test, provider, minute)))
        .collect()
}

/// Keeps a run.
fn keep(store: &SqliteStore, minute: i64, rows: Vec<TestResult>, ended: bool) -> RunId {
    let run = RunId::new(at(minute), minute.unsigned_abs());
    let header = header(&run, minute, &rows);
    keep_headed(store, header, minute, rows, ended)
}

/// Keeps a run whose manifest has two entries for the first provider.
fn keep_twice(store: &SqliteStore, minute: i64, rows: Vec<TestResult>) -> RunId {
    let run = RunId::new(at(minute), minute.unsigned_abs());
    let mut header = header(&run, minute, &rows);
    let mut entry = header.providers[0].clone();
    entry.claims.clear();
    header.providers.push(entry);
    keep_headed(store, header, minute, rows, true)
}

fn keep_headed(
    store: &SqliteStore,
    header: RunHeader,
    minute: i64,
    rows: Vec<TestResult>,
    ended: bool,
) -> RunId {
    let run = header.run.clone();
    let failed = rows.iter().any(|row| row.outcome == Outcome::Fail);
    let start = RunEventKind::RunStarted(Box::new(header));
    let note = RunEventKind::Noted {
        provider: PROVIDERS[0].parse().unwrap(),
        note: HOSTILE.to_owned(),
    };
    let end = RunEventKind::RunFinished(RunFooter {
        finished_at: at(minute + 1),
        interrupted: false,
    });
    let kinds = std::iter::once(start)
        .chain(
            rows.into_iter()
                .map(|row| RunEventKind::TestFinished(Box::new(row))),
        )
        .chain([note])
        .chain(ended.then_some(end));
    let events: Vec<_> = (0..)
        .zip(kinds)
        .map(|(seq, kind)| RunEvent {
            seq,
            at: at(minute),
            kind,
        })
        .collect();
    store.append(&run, &events).wait().unwrap();
    if ended {
        let verdict = if failed {
            Verdict::Failed
        } else {
            Verdict::Conformant
        };
        store.finish(&run, &[], verdict).wait().unwrap();
    }
    run
}

/// A log with three revocations.
fn log(folder: &Path) -> Log {
    let key = folder.join("log.pem");
    new_key(&key).unwrap();
    new_log(folder, "registry.example/log", &key).unwrap();
    for run in [
        "20261121-030000-00000001",
        "20261121-030000-00000002",
        "20261121-030000-00000003",
    ] {
        log_revocation(folder, RevokedId::Run(run), HOSTILE, &key, at(0)).unwrap();
    }
    open_log(folder).unwrap().unwrap()
}

/// One file that is no certificate, and a key of somebody's.
fn certificates(folder: &Path) -> Certificates {
    let (shown, key) = (folder.join("certificates"), folder.join("key.pem"));
    std::fs::create_dir(&shown).unwrap();
    std::fs::write(shown.join("broken.json"), json!({ HOSTILE: HOSTILE }).to_string()).unwrap();
    let (_, beside) = new_key(&key).unwrap();
    let trust = trust_file(&beside, "somebody", &["bookio:*".to_owned()], at(0)).unwrap();
    let path = folder.join("trust.yaml");
    std::fs::write(&path, trust).unwrap();
    Certificates::open(&shown, &path).unwrap()
}

impl Seed {
    pub(super) fn empty() -> Self {
        Self::with(0, None)
    }

    pub(super) fn new() -> Self {
        Self::with(4, None)
    }

    /// A site that knows its own address.
    pub(super) fn at(address: &str) -> Self {
        Self::with(4, Some(address))
    }

    fn with(count: i64, base_url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = Arc::new(Bundle::load(None).unwrap());
        let store = SqliteStore::open(folder.path()).unwrap();
        let mut runs = Vec::new();
        let mut results = 0;
        for minute in 0..count {
            let mut rows = rows(&bundle, minute);
            if minute == 1 {
                fail(&mut rows[0]);
            }
            results += rows.len();
            runs.push(keep(&store, minute, rows, minute + 1 < count));
        }
        drop(store);
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let state = web::State {
            bundle: Arc::clone(&bundle),
            history: History::open(folder.path()).unwrap(),
            certificates: Some(certificates(folder.path())),
            log: Some(log(folder.path())),
            uploads: Some(Arc::new(web::UploadService::new(
                Tokens::open(folder.path()).unwrap(),
                UploadReceiver::new(folder.path(), History::open(folder.path()).unwrap()),
            ))),
            base_url: base_url.map(str::to_owned),
            access: Some(Arc::new({
                let asked = Arc::clone(&asked);
                move |request: &web::LoggedRequest| asked.lock().unwrap().push(request.to_string())
            })),
            proxies: web::TrustedProxies::default(),
            hosts: web::Hosts::Any,
            notify: Arc::new({
                let told = Arc::clone(&told);
                move |what| told.lock().unwrap().push(what.to_owned())
            }),
        };
        let site = web::router(state.clone());
        Self {
            site,
            state,
            asked,
            runs,
            results,
            folder,
            told,
            bundle,
        }
    }

    /// The folder of its store.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Many runs of another provider than [`PROVIDERS`], later than all others.
    pub(super) fn add_busy_provider(&self, runs: i64) {
        let store = SqliteStore::open(self.folder.path()).unwrap();
        for minute in 100..100 + runs {
            let mut rows = rows(&self.bundle, minute);
            rows.retain(|row| row.provider.as_str() == PROVIDERS[0]);
            rows.iter_mut()
                .for_each(|row| row.provider = "bookio:busy".parse().unwrap());
            keep(&store, minute, rows, true);
        }
    }

    /// One run more, by a machine whose clock is two years ahead: everything passes.
    pub(super) fn add_run_from_the_future(&self) -> RunId {
        let store = SqliteStore::open(self.folder.path()).unwrap();
        let minute = 2 * 365 * 24 * 60;
        keep(&store, minute, rows(&self.bundle, minute), true)
    }

    /// One run more in which one test fails with the first provider.
    pub(super) fn add_failing_test(&self, number: usize) {
        let store = SqliteStore::open(self.folder.path()).unwrap();
        let mut rows = rows(&self.bundle, 70);
        fail(&mut rows[number]);
        keep(&store, 70, rows, true);
    }

    /// One run more with every outcome, whose first provider has two entries in the manifest.
    pub(super) fn add_mixed_run(&self) -> RunId {
        let store = SqliteStore::open(self.folder.path()).unwrap();
        let mut rows = rows(&self.bundle, 80);
        fail(&mut rows[0]);
        for (row, outcome) in rows[1..].iter_mut().zip([
            Outcome::Fail,
            Outcome::Fail,
            Outcome::Blocked,
            Outcome::Error,
            Outcome::Skip,
        ]) {
            (row.outcome, row.level) = (outcome, Level::Should);
            row.message = Some("for a reason".to_owned());
        }
        keep_twice(&store, 80, rows)
    }

    /// The providers say in their manifests where they are and what they are.
    pub(super) fn tell_about_providers(&self) {
        let about = json!({ "place": "Brno, Czechia", "time_zone": "Europe/Prague", "tags": ["barber", "late evenings", HOSTILE] });
        let changed = rusqlite::Connection::open(self.folder.path().join(DATABASE_FILE))
            .unwrap()
            .execute(
                "UPDATE events SET body = json_set(body, '$.event.kind.run_started.providers[0].about', json(?1)) WHERE seq = 0",
                [about.to_string()],
            )
            .unwrap();
        assert_eq!(changed, self.runs.len());
    }

    /// One run more, by another process: everything fails.
    pub(super) fn add_failing_run(&self) {
        let store = SqliteStore::open(self.folder.path()).unwrap();
        let mut rows = rows(&self.bundle, 60);
        rows.iter_mut().for_each(fail);
        keep(&store, 60, rows, true);
    }
}
