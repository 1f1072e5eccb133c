//! Builds small runs for tests, as events.
//!
//! The unit tests of the crate and the integration tests (`tests/it/support`) compile this file, so it names the library as its
//! users do: `proofhouse`.

use chrono::{DateTime, Utc};
use proofhouse::event::{
    ClaimRecord, ContractRecord, EditionRecord, OwedUndo, PartRecord, ProviderRecord, RuleRecord, RuleTest,
    RunEvent, RunEventKind, RunFooter, RunHeader, Selection,
};
use proofhouse::model::{
    About, Baseline, BaselineEntry, Endpoint, KnownAs, Level, Outcome, Partition, ProviderId, RunId,
    TestName, TestResult, Untested,
};
use proofhouse::summary::{FoldError, RunSummary};

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_230_000 + seconds, 0).unwrap()
}

/// A result. [`row`] makes one that passed at must level, and the methods change it.
#[derive(Debug, Clone)]
pub(crate) struct Row(pub(crate) TestResult);

pub(crate) fn row(provider: &str, test: &str) -> Row {
    let test = format!("booking.create_booking@0.1.0/{test}").parse().unwrap();
    let result = TestResult::new(provider.parse().unwrap(), test, Level::Must, Outcome::Pass, at(1));
    Row(result.with_calls(12, 1))
}

impl Row {
    pub(crate) fn of(mut self, capability: &str) -> Self {
        self.0.capability = capability.parse().unwrap();
        self
    }

    pub(crate) fn version(mut self, version: &str) -> Self {
        self.0.version = version.parse().unwrap();
        self
    }

    pub(crate) fn should(mut self) -> Self {
        self.0.level = Level::Should;
        self
    }

    pub(crate) fn ends(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    pub(crate) fn fails(mut self, message: &str) -> Self {
        self.0.message = Some(message.to_owned());
        self.ends(Outcome::Fail)
    }

    pub(crate) fn unplanned(mut self) -> Self {
        self.0.planned = false;
        self
    }

    pub(crate) fn untested(mut self, reason: Untested) -> Self {
        self.0.untested = Some(reason);
        self
    }

    pub(crate) fn not_applicable(mut self) -> Self {
        self.0.not_applicable = true;
        self
    }

    pub(crate) fn flaky(mut self) -> Self {
        self.0.flaky = true;
        self
    }

    pub(crate) fn ms(mut self, ms: u64) -> Self {
        self.0.ms = ms;
        self
    }
}

/// The contract of [`row`] in its first edition. The methods give it tests and rules.
pub(crate) fn contract() -> Contract {
    let capability = "booking.create_booking@0.1.0".parse().unwrap();
    let mut record = ContractRecord::new(capability, "contract".to_owned(), "suite".to_owned());
    record.edition = Some(EditionRecord {
        name: "2026-11".to_owned(),
        digest: "edition".to_owned(),
    });
    Contract(record)
}

/// A contract as the header of a run names it.
#[derive(Debug, Clone)]
pub(crate) struct Contract(pub(crate) ContractRecord);

impl Contract {
    pub(crate) fn essential(mut self, tests: &[&str]) -> Self {
        self.0.essential = names(tests);
        self
    }

    pub(crate) fn pending(mut self, tests: &[&str]) -> Self {
        self.0.pending = names(tests);
        self
    }

    /// A rule with its tests: the name of each, and what it needs: `waits`, `peer` or nothing.
    pub(crate) fn rule(mut self, id: &str, tests: &[(&str, &str)]) -> Self {
        let test = |(name, needs): &(&str, &str)| RuleTest {
            name: name.parse().unwrap(),
            waits: *needs == "waits",
            peer: *needs == "peer",
        };
        self.0.rules.push(RuleRecord {
            id: id.to_owned(),
            tests: tests.iter().map(test).collect(),
        });
        self
    }
}

fn names(tests: &[&str]) -> Vec<TestName> {
    tests.iter().map(|test| test.parse().unwrap()).collect()
}

/// A run, as the events that make it.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) header: RunHeader,
    pub(crate) middle: Vec<RunEventKind>,
    pub(crate) footer: Option<RunFooter>,
}

impl Sample {
    /// A run of these rows, in which each provider claims the capabilities of its planned rows.
    pub(crate) fn of(rows: impl IntoIterator<Item = Row>) -> Self {
        let rows: Vec<_> = rows.into_iter().map(|row| row.0).collect();
        let mut providers: Vec<ProviderRecord> = Vec::new();
        for row in &rows {
            let claim = ClaimRecord {
                capability: row.capability.clone(),
                version: row.version.clone(),
            };
            let found = providers.iter().position(|record| record.id == row.provider);
            let at = found.unwrap_or_else(|| {
                providers.push(record(row.provider.clone()));
                providers.len() - 1
            });
            let claims = &mut providers[at].claims;
            if row.planned && !claims.contains(&claim) {
                claims.push(claim);
            }
        }
        let header = RunHeader {
            run: RunId::new(at(0), 7),
            started_at: at(0),
            harness: "proofhouse 0.1.0".to_owned(),
            time_zones: None,
            seed: 7,
            planned: rows.iter().filter(|row| row.planned).count(),
            plan_digest: "00".to_owned(),
            selection: Selection::default(),
            providers,
            peers: Vec::new(),
            contracts: Vec::new(),
            baseline: None,
            part: None,
            merged: Vec::new(),
        };
        let middle = rows
            .into_iter()
            .map(|row| RunEventKind::TestFinished(Box::new(row)))
            .collect();
        Self {
            header,
            middle,
            footer: Some(RunFooter {
                finished_at: at(60),
                interrupted: false,
            }),
        }
    }

    pub(crate) fn held_to(mut self, contract: Contract) -> Self {
        self.header.contracts.push(contract.0);
        self
    }

    pub(crate) fn strict(mut self) -> Self {
        self.header.selection.strict = true;
        self
    }

    pub(crate) fn with_baseline(mut self, entries: impl IntoIterator<Item = BaselineEntry>) -> Self {
        self.header.baseline = Some(Baseline {
            file: "known.yaml".to_owned(),
            digest: "00".to_owned(),
            entries: entries.into_iter().collect(),
        });
        self
    }

    pub(crate) fn without_claims(mut self) -> Self {
        self.header
            .providers
            .iter_mut()
            .for_each(|provider| provider.claims.clear());
        self
    }

    pub(crate) fn part(mut self, number: usize, of: usize) -> Self {
        self.header.part = Some(PartRecord {
            part: Partition { number, of },
            whole_digest: "00".to_owned(),
            whole_planned: self.header.planned * of,
        });
        self
    }

    pub(crate) fn killed(mut self) -> Self {
        self.footer = None;
        self
    }

    pub(crate) fn interrupted(mut self) -> Self {
        self.footer = Some(RunFooter {
            finished_at: at(60),
            interrupted: true,
        });
        self
    }

    pub(crate) fn and(mut self, kind: RunEventKind) -> Self {
        self.middle.push(kind);
        self
    }

    pub(crate) fn events(&self) -> Vec<RunEvent> {
        let header = RunEventKind::RunStarted(Box::new(self.header.clone()));
        let footer = self.footer.clone().map(RunEventKind::RunFinished);
        let kinds = std::iter::once(header).chain(self.middle.clone()).chain(footer);
        (0..)
            .zip(kinds)
            .map(|(seq, kind)| RunEvent { seq, at: at(1), kind })
            .collect()
    }

    pub(crate) fn fold(&self) -> Result<RunSummary, FoldError> {
        RunSummary::fold(&self.events())
    }
}

/// A provider over HTTP that claims nothing yet.
fn record(id: ProviderId) -> ProviderRecord {
    ProviderRecord {
        id,
        name: None,
        about: About::default(),
        endpoint: Endpoint::Http {
            url: "http://127.0.0.1:4700".to_owned(),
        },
        dialect: None,
        auth: None,
        claims: Vec::new(),
    }
}

/// An entry of a baseline that has not expired.
pub(crate) fn known(list: KnownAs, provider: &str, test: &str) -> BaselineEntry {
    BaselineEntry {
        list,
        provider: provider.parse().unwrap(),
        test: format!("booking.create_booking@0.1.0/{test}").parse().unwrap(),
        reason: "it is being mended".to_owned(),
        ticket: "X-1".to_owned(),
        expires: "2026-12-31".parse().unwrap(),
        line: 3,
    }
}

pub(crate) fn owed(id: u64, provider: &str) -> OwedUndo {
    OwedUndo {
        id,
        provider: provider.parse().unwrap(),
        version: "0.1.0".parse().unwrap(),
        test: "booking.create_booking@0.1.0/one".to_owned(),
        tool: "cancel_booking".to_owned(),
        input: Some(serde_json::json!({ "booking_id": id })),
        made: "create_booking".to_owned(),
        kept_by: None,
        call: None,
    }
}
