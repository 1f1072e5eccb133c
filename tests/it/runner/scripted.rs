//! A provider without a wire, and a run of suites that a test writes out, over the contracts of the second domain.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use proofhouse::capability::Registry;
use proofhouse::diagnostic::Source;
use proofhouse::event::{RunEvent, RunEventKind, RunHeader, Selection};
use proofhouse::model::{
    CapabilityRef, Clock, Endpoint, Exchange, Facts, Redactor, RunId, Secret, SystemClock, TestResult,
};
use proofhouse::plan::{Filter, build};
use proofhouse::provider::{EntryId, Provider};
use proofhouse::run::{Listener, RunError, RunOptions, Stop, run};
use proofhouse::suite::Suites;
use proofhouse::summary::RunSummary;
use proofhouse::transport::{Call, ListedTool, Reply, Transport, TransportError};
use serde_json::Value;

/// What the provider was sent as a credential.
pub(super) const CREDENTIAL: &str = "tok-9f2x7q";

type Script = dyn Fn(&str, &Value) -> Result<Value, TransportError> + Send + Sync;

/// Answers by a closure, and remembers what it was asked.
pub(crate) struct Scripted {
    script: Box<Script>,
    /// How long each answer takes, as far as the harness is told.
    pub(crate) takes: Duration,
    asked: Mutex<Vec<(String, Value)>>,
    /// How many calls are under way, and the most that were at one time.
    under_way: Mutex<(usize, usize)>,
    /// How many connections were to be opened beforehand, each time.
    readied: Mutex<Vec<usize>>,
    /// Whether the manifest keeps its calls apart.
    pub(crate) spaced: AtomicBool,
    redactor: Redactor,
}

impl Scripted {
    pub(crate) fn new(
        script: impl Fn(&str, &Value) -> Result<Value, TransportError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::taking(Duration::from_millis(1), script)
    }

    pub(crate) fn taking(
        takes: Duration,
        script: impl Fn(&str, &Value) -> Result<Value, TransportError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            takes,
            asked: Mutex::default(),
            under_way: Mutex::default(),
            readied: Mutex::default(),
            spaced: AtomicBool::new(false),
            redactor: Redactor::new([Secret::new(CREDENTIAL)]),
        })
    }

    /// The tools that were called, in order.
    pub(crate) fn tools(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(tool, _)| tool.clone())
            .collect()
    }

    /// How many connections were to be opened beforehand, each time.
    pub(crate) fn readied(&self) -> Vec<usize> {
        self.readied.lock().unwrap().clone()
    }

    /// The most calls that were under way at one time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.under_way.lock().unwrap().1
    }

    /// The inputs that a tool was called with, in order.
    pub(crate) fn inputs(&self, tool: &str) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|(known, _)| known == tool)
            .map(|(_, input)| input.clone())
            .collect()
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn call(&self, call: Call<'_>) -> Reply {
        self.asked
            .lock()
            .unwrap()
            .push((call.tool.to_owned(), call.input.clone()));
        {
            let (now, most) = &mut *self.under_way.lock().unwrap();
            *now += 1;
            *most = (*most).max(*now);
        }
        tokio::time::sleep(self.takes.min(call.limit)).await;
        self.under_way.lock().unwrap().0 -= 1;
        let answer = if self.takes > call.limit {
            Err(TransportError::TimedOut(call.limit))
        } else {
            (self.script)(call.tool, call.input).map(|output| call.reading.answer(Facts::of_output(output)))
        };
        Reply {
            answer,
            waited: self.takes.min(call.limit),
            attempts: 1,
            status: Some(200),
            clock: None,
            headers: Vec::new(),
            text: None,
            mapped: None,
            trace: None,
            notes: Vec::new(),
        }
    }

    async fn ready(&self, calls: usize) -> bool {
        self.readied.lock().unwrap().push(calls);
        !self.spaced.load(Ordering::SeqCst)
    }

    async fn list_tools(&self) -> Result<Option<Vec<ListedTool>>, TransportError> {
        Ok(None)
    }

    fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    fn exchange(&self, call: Call<'_>, _: &Reply) -> Exchange {
        Exchange {
            tool: call.tool.to_owned(),
            input: call.input.clone(),
            ..Exchange::default()
        }
    }
}

/// A run that a test sets up and changes before it starts.
pub(crate) struct Bench {
    /// The providers, by id; the first is `courier:one`.
    providers: Vec<(&'static str, Arc<Scripted>)>,
    sources: Vec<Arc<Source>>,
    /// The tools that the manifest names.
    pub(crate) named: Vec<&'static str>,
    pub(crate) options: RunOptions,
    pub(crate) slow: bool,
    pub(crate) stop: Stop,
    /// How many undos are on record so far as owed by a call that was not answered yet.
    pub(crate) owed: Arc<AtomicUsize>,
    /// How many undos are on record so far whose thing an answer has named.
    pub(crate) owed_by_name: Arc<AtomicUsize>,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) events: Vec<RunEvent>,
    pub(crate) summary: RunSummary,
}

impl Outcome {
    /// The result of a test.
    pub(crate) fn of(&self, test: &str) -> &TestResult {
        self.summary
            .results
            .iter()
            .find(|result| result.test.as_str() == test)
            .unwrap_or_else(|| panic!("no result of {test} in {:#?}", self.summary.results))
    }

    /// The result of a test at a provider.
    pub(crate) fn at(&self, provider: &str, test: &str) -> &TestResult {
        self.summary
            .results
            .iter()
            .find(|result| result.provider.as_str() == provider && result.test.as_str() == test)
            .unwrap_or_else(|| panic!("no result of {test} at {provider}"))
    }

    /// The numbers of the undos that were owed, and of those that were settled.
    pub(crate) fn undos(&self) -> (Vec<u64>, Vec<u64>) {
        let (mut owed, mut settled) = (Vec::new(), Vec::new());
        for event in &self.events {
            match &event.kind {
                // It is said again when an answer has named what was made.
                RunEventKind::UndoOwed(undo) if !owed.contains(&undo.id) => owed.push(undo.id),
                RunEventKind::UndoSettled { id } => settled.push(*id),
                _ => {}
            }
        }
        (owed, settled)
    }
}

/// The contracts of the second domain, and those of the sandbox.
pub(crate) fn registry() -> Registry {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for domain in [
        "tests/fixtures/second-domain/capabilities/parcels",
        "capabilities/sandbox",
    ] {
        let from = here.join(domain);
        copy(&from, &folder.path().join(from.file_name().unwrap()));
    }
    // An hour can be taken as well, so that tests may meet that.
    let output = folder
        .path()
        .join("parcels/order_pickup/v0.1.0/output.schema.json");
    let schema = std::fs::read_to_string(&output).unwrap();
    std::fs::write(
        output,
        schema.replace("\"no_courier\"]", "\"no_courier\", \"hour_taken\"]"),
    )
    .unwrap();
    Registry::load_unlocked(folder.path()).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

impl Bench {
    pub(crate) fn new(provider: &Arc<Scripted>) -> Self {
        Self {
            providers: vec![("courier:one", Arc::clone(provider))],
            sources: Vec::new(),
            named: vec!["quote_delivery", "order_pickup", "cancel_pickup"],
            options: RunOptions {
                lanes: 2,
                ..RunOptions::default()
            },
            slow: false,
            stop: Stop::new(),
            owed: Arc::default(),
            owed_by_name: Arc::default(),
        }
    }

    /// Adds another provider, which is proven as well.
    pub(crate) fn beside(mut self, id: &'static str, provider: &Arc<Scripted>) -> Self {
        self.providers.push((id, Arc::clone(provider)));
        self
    }

    /// Adds a fixture; the lines are those after its name.
    pub(crate) fn fixture(mut self, name: &str, lines: &str) -> Self {
        let text = format!("format: proofhouse.fixture/1\nfixture: {name}\ntitle: a fixture\n{lines}");
        self.sources
            .push(Source::new(format!("suites/parcels/_shared/{name}.yaml"), text));
        self
    }

    /// Adds a test of a tool; the lines are those after its header.
    pub(crate) fn test(self, tool: &str, name: &str, lines: &str) -> Self {
        self.test_of(tool, name, "output-schema", lines)
    }

    /// Adds a test of a rule of a tool; the lines are those after its header.
    pub(crate) fn test_of(mut self, tool: &str, name: &str, rule: &str, lines: &str) -> Self {
        let text = format!(
            "format: proofhouse.test/1\ntest: {name}\ncapability: parcels.{tool}\nversions: [\"0.1.0\"]\n\
             title: A test\nlevel: must\nverifies: [{rule}]\n{lines}"
        );
        self.sources
            .push(Source::new(format!("suites/parcels/{tool}/{name}.yaml"), text));
        self
    }

    /// Runs everything to its end.
    pub(crate) async fn run(self) -> Outcome {
        let (outcome, ended) = self.run_to_end().await;
        ended.unwrap();
        outcome
    }

    /// Runs everything, and returns how the run itself ended too.
    pub(crate) async fn run_to_end(self) -> (Outcome, Result<(), RunError>) {
        let registry = Arc::new(registry());
        let suites = Suites::load(&self.sources, &registry)
            .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        let claims: Vec<CapabilityRef> = registry
            .iter()
            .filter(|capability| capability.reference.id.domain() == "parcels")
            .map(|capability| capability.reference.clone())
            .collect();
        let named: BTreeSet<_> = self.named.iter().map(|tool| (*tool).to_owned()).collect();
        let targets: Vec<_> = self
            .providers
            .iter()
            .enumerate()
            .map(|(place, (id, provider))| {
                let endpoint = Endpoint::Http {
                    url: format!("http://courier.test/{id}"),
                };
                let target = Provider::new(id.parse().unwrap(), endpoint)
                    .with_claims(Some(claims.clone()))
                    .connected(EntryId::new(place), Arc::clone(provider) as Arc<dyn Transport>)
                    .with_named_tools(named.clone());
                Arc::new(target)
            })
            .collect();
        let plan = Arc::new(build(&registry, &suites, &targets, &Filter::default(), self.slow));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let header = RunHeader {
            run: RunId::new(clock.now(), 1),
            started_at: clock.now(),
            harness: "test".to_owned(),
            time_zones: None,
            seed: 1,
            planned: plan.tests(),
            plan_digest: plan.digest.clone(),
            selection: Selection::default(),
            providers: targets.iter().map(|target| target.record(&claims)).collect(),
            peers: Vec::new(),
            contracts: Vec::new(),
            baseline: None,
            part: None,
            merged: Vec::new(),
        };
        let mut events = Vec::new();
        let ended = run(
            &plan,
            &registry,
            header,
            &self.options,
            &clock,
            &self.stop,
            Record {
                events: &mut events,
                unkept: (0, 0),
                kept: (&self.owed, &self.owed_by_name),
            },
        )
        .await;
        let summary = RunSummary::fold(&events).unwrap();
        (Outcome { events, summary }, ended)
    }
}

/// Keeps what it heard only when somebody waits for it.
struct Record<'b> {
    events: &'b mut Vec<RunEvent>,
    /// The undos that were heard since: of calls without an answer, and of named things.
    unkept: (usize, usize),
    kept: (&'b AtomicUsize, &'b AtomicUsize),
}

impl Listener for Record<'_> {
    fn hear(&mut self, event: RunEvent) {
        if let RunEventKind::UndoOwed(owed) = &event.kind {
            if owed.call.is_some() {
                self.unkept.0 += 1;
            } else {
                self.unkept.1 += 1;
            }
        }
        if event.kind.recorded() {
            self.events.push(event);
        }
    }

    fn when_kept(&mut self, done: Box<dyn FnOnce() + Send>) {
        let (owed, named) = std::mem::take(&mut self.unkept);
        self.kept.0.fetch_add(owed, Ordering::SeqCst);
        self.kept.1.fetch_add(named, Ordering::SeqCst);
        done();
    }
}
