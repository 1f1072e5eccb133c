//! Whole runs: through the library, and through the binary where the exit code matters.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use proofhouse::app::{self, AppError, Bundle, Record, RunRequest, Source, Stop};
use proofhouse::event::Selection;
use proofhouse::model::{BudgetLimits, Outcome, TestResult};
use proofhouse::summary::RunSummary;
use serde_json::Value;

use super::stand_ins::easy_appointments;

/// Tests of which it depends on the slot that they happen to hold how much there is to ask, on a neighbour with the same service, or on
/// a service that costs nothing.
pub(crate) const TAKES_CHANCE: [&str; 8] = [
    "billing.create_invoice/nothing_to_pay",
    "booking.cancel_booking/frees_time_for_other_services",
    "booking.check_availability/clock_change_ahead",
    "booking.create_booking/alternatives_are_the_closest",
    "booking.create_booking/alternatives_can_be_booked",
    "booking.create_booking/books_adjacent_slot",
    "booking.create_booking/other_tenants_booking_is_no_repeat",
    "booking.create_booking/rejects_unlisted_start",
];

/// The capabilities of the domain, by tool.
pub(crate) const TOOLS: [&str; 5] = [
    "list_services",
    "check_availability",
    "create_booking",
    "cancel_booking",
    "list_bookings_for_customer",
];

/// The variable of the environment that holds the token of a stand-in, the only one that is set.
pub(crate) const TOKEN_VARIABLE: &str = "STAND_IN_TOKEN";

/// A provider as a manifest names it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    id: String,
    /// The lines that say where it is reached.
    endpoint: String,
    /// None where the provider's own listing says what it offers.
    tools: Option<Vec<String>>,
    more: String,
}

impl Entry {
    /// A provider that claims all capabilities.
    pub(crate) fn new(id: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            endpoint: format!("    transport: http\n    url: {}\n", url.into()),
            tools: Some(TOOLS.map(str::to_owned).to_vec()),
            more: String::new(),
        }
    }

    /// The same, reached at another address.
    pub(crate) fn at(mut self, url: impl Into<String>) -> Self {
        self.endpoint = format!("    transport: http\n    url: {}\n", url.into());
        self
    }

    /// The same, reached at an MCP endpoint.
    pub(crate) fn over_mcp(mut self) -> Self {
        self.endpoint = self.endpoint.replace("transport: http", "transport: mcp");
        self
    }

    /// A provider that is a command.
    pub(crate) fn command(id: impl Into<String>, command: &Path, arguments: &[&str]) -> Self {
        Self {
            endpoint: format!("    transport: stdio\n    command: {command:?}\n    args: {arguments:?}\n"),
            ..Self::new(id, "")
        }
    }

    /// A provider that claims only these, each a tool or `tool@version`.
    pub(crate) fn claiming(mut self, tools: &[&str]) -> Self {
        self.tools = Some(tools.iter().map(|tool| (*tool).to_owned()).collect());
        self
    }

    /// A provider whose listing says what it offers.
    pub(crate) fn listing_itself(mut self) -> Self {
        self.tools = None;
        self
    }

    /// Another line of the entry: `fixtures: { service_id: "7" }`.
    pub(crate) fn with(mut self, line: &str) -> Self {
        for part in ["    ", line, "\n"] {
            self.more.push_str(part);
        }
        self
    }

    fn yaml(&self) -> String {
        let claims = match &self.tools {
            None => String::new(),
            Some(tools) => {
                let ids: Vec<_> = tools.iter().map(|tool| format!("booking.{tool}")).collect();
                format!("    capabilities: [{}]\n", ids.join(", "))
            }
        };
        format!("  - id: {}\n{}{claims}{}", self.id, self.endpoint, self.more)
    }
}

/// A manifest in a folder of its own, which goes when it is dropped.
pub(crate) struct Manifest {
    folder: tempfile::TempDir,
}

impl Manifest {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entries: String = entries.iter().map(Entry::yaml).collect();
        std::fs::write(
            folder.path().join("providers.yaml"),
            format!("providers:\n{entries}"),
        )
        .unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("providers.yaml")
    }

    /// A place for the store of a run.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// The contracts and suites as they stand in this folder.
pub(crate) fn bundle() -> &'static Bundle {
    static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| {
        Bundle::load(Some(Path::new(env!("CARGO_MANIFEST_DIR"))))
            .unwrap_or_else(|error| panic!("{}", told(&error)))
    });
    &BUNDLE
}

/// Proves these providers, all their tests, and keeps no record.
pub(crate) async fn prove(entries: &[Entry]) -> RunSummary {
    prove_only(entries, &[]).await
}

/// Proves these providers by the tests that these globs name.
pub(crate) async fn prove_only(entries: &[Entry], tests: &[&str]) -> RunSummary {
    let manifest = Manifest::of(entries);
    prove_from(Source::Manifest(manifest.path()), tests, BudgetLimits::TIME).await
}

/// Proves the bundled reference provider.
pub(crate) async fn prove_reference() -> RunSummary {
    prove_from(Source::Reference, &[], BudgetLimits::TIME).await
}

/// Proves these providers, each within this time.
pub(crate) async fn prove_within(entries: &[Entry], provider_timeout: Duration) -> RunSummary {
    let manifest = Manifest::of(entries);
    prove_from(Source::Manifest(manifest.path()), &[], provider_timeout).await
}

async fn prove_from(source: Source, tests: &[&str], provider_timeout: Duration) -> RunSummary {
    let asked = RunRequest {
        source,
        selection: Selection {
            tests: tests.iter().map(|test| (*test).to_owned()).collect(),
            ..Selection::default()
        },
        jobs: 24,
        lanes: 4,
        per_host: None,
        seed: Some(7),
        call_limit: Duration::from_secs(30),
        provider_timeout,
        fail_fast: false,
        baseline: None,
        public_only: false,
        again: None,
    };
    let token = |name: &str| (name == TOKEN_VARIABLE).then(|| easy_appointments::TOKEN.to_owned());
    let planned = app::prepare(bundle(), &asked, &token)
        .await
        .unwrap_or_else(|error| panic!("{}", told(&error)));
    let ended = planned.run(Record::Nowhere, &Stop::new(), |_| {}).await;
    ended.unwrap_or_else(|error| panic!("{}", told(&error))).summary
}

fn told(error: &AppError) -> String {
    match error.problems() {
        Some(problems) => problems.render(false),
        None => error.to_string(),
    }
}

/// `tool/test`, as people write a test of a known domain.
pub(crate) fn name(result: &TestResult) -> String {
    format!("{}/{}", result.capability.tool(), result.test)
}

/// The results of one provider that ended so.
pub(crate) fn ended<'s>(summary: &'s RunSummary, id: &str, outcome: Outcome) -> Vec<&'s TestResult> {
    let provider = summary
        .providers
        .iter()
        .find(|provider| provider.id.as_str() == id)
        .unwrap_or_else(|| panic!("{id} is not in the summary"));
    summary
        .results_of(provider)
        .iter()
        .filter(|result| result.outcome == outcome)
        .collect()
}

/// The first line of a result's message.
pub(crate) fn message(result: &TestResult) -> &str {
    result
        .message
        .as_deref()
        .and_then(|message| message.lines().next())
        .unwrap_or_default()
}

/// Whether this is why a test of a provider without a sandbox is skipped.
pub(crate) fn lacks_a_sandbox(message: &str) -> bool {
    message.contains("test clock") || message == "the provider does not show what it sends out"
}

/// What the binary said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The report of a run with `--format json`.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The rows of such a report.
    pub(crate) fn rows(&self) -> Vec<Value> {
        self.report()["results"].as_array().unwrap().clone()
    }
}

/// The binary, with a store in this folder.
pub(crate) fn binary(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    command
        .args(arguments)
        .env("PROOFHOUSE_DATA", data)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the binary against these providers and waits for it to end; the report is JSON.
pub(crate) fn run_binary(entries: &[Entry], more: &[&str]) -> Ran {
    let manifest = Manifest::of(entries);
    let path = manifest.path();
    let mut arguments = vec!["run", "--format", "json", "--quiet", "--providers"];
    arguments.push(path.to_str().unwrap());
    arguments.extend(more);
    Ran::of(binary(&manifest.data(), &arguments).output().unwrap())
}
