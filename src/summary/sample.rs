//! Small runs for tests, as events.

use chrono::{DateTime, Utc};

use super::{FoldError, RunSummary};
use crate::event::{
    ClaimRecord, OwedUndo, ProviderRecord, RunEvent, RunEventKind, RunFooter, RunHeader, Selection,
};
use crate::model::{Endpoint, Level, Outcome, RunId, TestResult};

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_230_000 + seconds, 0).unwrap()
}

/// A passed must-level row, to be bent.
#[derive(Debug, Clone)]
pub(super) struct Row(pub(super) TestResult);

pub(super) fn row(provider: &str, test: &str) -> Row {
    Row(TestResult {
        provider: provider.parse().unwrap(),
        capability: "booking.create_booking".parse().unwrap(),
        version: "0.1.0".parse().unwrap(),
        test: test.parse().unwrap(),
        level: Level::Must,
        outcome: Outcome::Pass,
        ms: 12,
        calls: 1,
        when: at(1),
        message: None,
        flaky: false,
        planned: true,
        cases: Vec::new(),
        notes: Vec::new(),
        failure: None,
    })
}

impl Row {
    pub(super) fn of(mut self, capability: &str) -> Self {
        self.0.capability = capability.parse().unwrap();
        self
    }

    pub(super) fn version(mut self, version: &str) -> Self {
        self.0.version = version.parse().unwrap();
        self
    }

    pub(super) fn should(mut self) -> Self {
        self.0.level = Level::Should;
        self
    }

    pub(super) fn ends(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    pub(super) fn fails(mut self, message: &str) -> Self {
        self.0.message = Some(message.to_owned());
        self.ends(Outcome::Fail)
    }

    pub(super) fn unplanned(mut self) -> Self {
        self.0.planned = false;
        self
    }

    pub(super) fn ms(mut self, ms: u64) -> Self {
        self.0.ms = ms;
        self
    }
}

/// A run, as the events that make it.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) header: RunHeader,
    pub(super) middle: Vec<RunEventKind>,
    pub(super) footer: Option<RunFooter>,
}

impl Sample {
    /// A run of these rows, in which each provider claims the capabilities of its planned rows.
    pub(super) fn of(rows: impl IntoIterator<Item = Row>) -> Self {
        let rows: Vec<_> = rows.into_iter().map(|row| row.0).collect();
        let mut providers: Vec<ProviderRecord> = Vec::new();
        for row in &rows {
            if !providers.iter().any(|provider| provider.id == row.provider) {
                providers.push(ProviderRecord {
                    id: row.provider.clone(),
                    name: None,
                    endpoint: Endpoint::Http {
                        url: "http://127.0.0.1:4700".to_owned(),
                    },
                    auth: None,
                    claims: Vec::new(),
                });
            }
            let claim = ClaimRecord {
                capability: row.capability.clone(),
                version: row.version.clone(),
            };
            for provider in providers
                .iter_mut()
                .filter(|provider| provider.id == row.provider)
            {
                if row.planned && !provider.claims.contains(&claim) {
                    provider.claims.push(claim.clone());
                }
            }
        }
        let header = RunHeader {
            run: RunId::new(at(0), 7),
            started_at: at(0),
            harness: "proofhouse 0.1.0".to_owned(),
            seed: 7,
            planned: rows.iter().filter(|row| row.planned).count(),
            plan_digest: "00".to_owned(),
            selection: Selection::default(),
            providers,
            contracts: Vec::new(),
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

    pub(super) fn strict(mut self) -> Self {
        self.header.selection.strict = true;
        self
    }

    pub(super) fn without_claims(mut self) -> Self {
        self.header
            .providers
            .iter_mut()
            .for_each(|provider| provider.claims.clear());
        self
    }

    pub(super) fn killed(mut self) -> Self {
        self.footer = None;
        self
    }

    pub(super) fn interrupted(mut self) -> Self {
        self.footer = Some(RunFooter {
            finished_at: at(60),
            interrupted: true,
        });
        self
    }

    pub(super) fn and(mut self, kind: RunEventKind) -> Self {
        self.middle.push(kind);
        self
    }

    pub(super) fn events(&self) -> Vec<RunEvent> {
        let header = RunEventKind::RunStarted(Box::new(self.header.clone()));
        let footer = self.footer.clone().map(RunEventKind::RunFinished);
        let kinds = std::iter::once(header).chain(self.middle.clone()).chain(footer);
        (0..)
            .zip(kinds)
            .map(|(seq, kind)| RunEvent { seq, at: at(1), kind })
            .collect()
    }

    pub(super) fn fold(&self) -> Result<RunSummary, FoldError> {
        RunSummary::fold(&self.events())
    }
}

pub(super) fn owed(id: u64, provider: &str) -> OwedUndo {
    OwedUndo {
        id,
        provider: provider.parse().unwrap(),
        version: "0.1.0".parse().unwrap(),
        test: "booking.create_booking@0.1.0/one".to_owned(),
        tool: "cancel_booking".to_owned(),
        input: Some(serde_json::json!({ "booking_id": id })),
        made: "create_booking".to_owned(),
    }
}
