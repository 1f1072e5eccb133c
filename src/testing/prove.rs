//! Proves one provider, and panics if it is not conformant.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use serde_json::json;
use tokio::net::TcpListener;

use crate::app::{self, AppError, Bundle, Record, RunRequest, Source, Stop};
use crate::diagnostic::Hint;
use crate::event::Selection;
use crate::model::{BudgetLimits, Verdict};
use crate::report::{self, Format, Options};
use crate::summary::RunSummary;

/// The id of the provider in the table.
const PROVIDER: &str = "cargo:test";

/// The time limit of one call. It is long, because a machine that runs tests may be busy.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// The stack of a thread that parses expressions, in bytes. Without optimisation the parser needs more than the thread of a test has.
const STACK: usize = 16 * 1024 * 1024;

/// The width of the table in columns.
const WIDTH: usize = 100;

/// Proves the provider at a base URL against the bundled suites of `capabilities`, or of those that it lists.
///
/// A capability is `domain.tool@version`, or `domain.tool` for its first version. Without any, those that the provider itself
/// lists are proven.
///
/// The function blocks. Within a runtime that also serves the provider it would wait forever, so call it from a plain `#[test]`.
///
/// # Panics
///
/// The provider is not conformant; the message is the table of the run. Or the run could not be made; the message is the reason.
#[track_caller]
pub fn prove_url(url: &str, capabilities: &[&str]) {
    let manifest = manifest(url, capabilities);
    assert_conformant(apart(async move || run(manifest).await));
}

/// Proves a router, which is served on a free port of this machine for as long as the run takes.
///
/// # Panics
///
/// As [`prove_url`], and if no port is free.
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

/// A manifest with one provider, written as JSON, which is valid YAML and needs no quoting rules.
fn manifest(url: &str, capabilities: &[&str]) -> String {
    let mut entry = json!({ "id": PROVIDER, "transport": "http", "url": url });
    if !capabilities.is_empty() {
        entry["capabilities"] = json!(capabilities);
    }
    json!({ "providers": [entry] }).to_string()
}

/// Runs `work` on its own thread and runtime, independent of the stack and the runtime of the caller.
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
    let request = RunRequest {
        source: Source::Written(manifest),
        selection: Selection::default(),
        jobs: 1,
        lanes: 4,
        per_host: None,
        seed: None,
        call_limit: CALL_LIMIT,
        provider_timeout: BudgetLimits::TIME,
        fail_fast: false,
        baseline: None,
        public_only: false,
        again: None,
    };
    let bundle = Bundle::load(None).map_err(error_text)?;
    let planned = app::prepare(&bundle, &request, &|_| None)
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
