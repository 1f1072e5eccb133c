//! Proves one provider and panics where it is not conformant.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use serde_json::json;
use tokio::net::TcpListener;

use crate::app::{self, AppError, Bundle, Record, RunRequest, Source, Stop};
use crate::diagnostic::Hint;
use crate::event::Selection;
use crate::model::Verdict;
use crate::report::{self, Format, Options};
use crate::summary::RunSummary;

/// The name under which the provider stands in the table.
const PROVIDER: &str = "cargo:test";

/// The time limit of one call. It is long, because a machine that runs tests may be busy.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// The stack of a thread that reads expressions, whose parser needs more than a test's thread has where it is not optimised.
const STACK: usize = 16 * 1024 * 1024;

/// The columns of the table.
const WIDTH: usize = 100;

/// Proves the provider at a base URL against the bundled suites of these capabilities: `domain.tool@version`, or `domain.tool` for its
/// first version; none for what the provider itself lists.
///
/// It blocks, so within a runtime that also serves the provider it would wait for ever: call it from a plain `#[test]`.
///
/// # Panics
///
/// With the table of the run, where the provider is not conformant; with the reason, where the run could not be made.
#[track_caller]
pub fn prove_url(url: &str, capabilities: &[&str]) {
    let manifest = manifest(url, capabilities);
    assert_conformant(apart(async move || run(manifest).await));
}

/// The same for a router, which is served on a free port of this machine for as long as the run takes.
///
/// # Panics
///
/// As [`prove_url`], and where no port is free.
#[track_caller]
pub fn prove_router(router: Router, capabilities: &[&str]) {
    let capabilities: Vec<_> = capabilities.iter().map(|name| (*name).to_owned()).collect();
    assert_conformant(apart(async move || {
        let unusable = |error: std::io::Error| format!("no port can be listened on: {error}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        let names: Vec<_> = capabilities.iter().map(String::as_str).collect();
        let ended = run(manifest(&format!("http://{address}"), &names)).await;
        serving.abort();
        ended
    }));
}

/// A manifest of the one provider. JSON is YAML, and quotes whatever stands in it.
fn manifest(url: &str, capabilities: &[&str]) -> String {
    let mut entry = json!({ "id": PROVIDER, "transport": "http", "url": url });
    if !capabilities.is_empty() {
        entry["capabilities"] = json!(capabilities);
    }
    json!({ "providers": [entry] }).to_string()
}

/// Runs something on a thread and a runtime of its own, so that neither the caller's stack nor its runtime matters.
fn apart<W>(work: impl FnOnce() -> W + Send + 'static) -> Result<RunSummary, String>
where
    W: Future<Output = Result<RunSummary, String>>,
{
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        tokio::runtime::Builder::new_multi_thread()
            .thread_stack_size(STACK)
            .enable_all()
            .build()
            .map_err(|error| format!("no runtime can be started: {error}"))?
            .block_on(work())
    });
    let thread = thread.map_err(|error| format!("no thread can be started: {error}"))?;
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

async fn run(manifest: String) -> Result<RunSummary, String> {
    let asked = RunRequest {
        source: Source::Written(manifest),
        selection: Selection::default(),
        jobs: 1,
        lanes: 4,
        seed: None,
        call_limit: CALL_LIMIT,
        fail_fast: false,
        baseline: None,
        public_only: false,
    };
    let bundle = Bundle::load(None).map_err(error_text)?;
    let planned = app::prepare(&bundle, &asked, &|_| None)
        .await
        .map_err(error_text)?;
    let ended = planned.run(Record::Nowhere, &Stop::new(), |_| {}).await;
    ended.map(|ended| ended.summary).map_err(error_text)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what an error is mapped with")]
fn error_text(error: AppError) -> String {
    match error.problems() {
        Some(problems) => problems.to_string(),
        None => std::iter::once(error.to_string())
            .chain(error.hints().into_iter().map(|hint| format!("hint: {hint}")))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

#[track_caller]
fn assert_conformant(ended: Result<RunSummary, String>) {
    let summary = ended.unwrap_or_else(|reason| panic!("the provider could not be proven: {reason}"));
    if summary.verdict() != Verdict::Conformant {
        let options = Options {
            width: Some(WIDTH),
            ..Options::default()
        };
        let mut table = Vec::new();
        let written = report::write(Format::Table, &summary, &options, &mut table);
        let table = String::from_utf8_lossy(&table);
        match written {
            Ok(()) => panic!("the provider is not conformant\n\n{table}"),
            Err(error) => {
                panic!("the provider is not conformant, and its table is not whole: {error}\n\n{table}")
            }
        }
    }
}
