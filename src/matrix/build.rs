//! From the results of a run to the matrix.

use std::collections::BTreeSet;

use super::{
    Excuses, Fate, FaultRow, Finding, Kill, KillMatrix, KnownFault, KnownTest, RuleRow, RuleState, Silent,
};
use crate::capability::{Capability, OUTPUT_SCHEMA_RULE, Registry};
use crate::model::{CapabilityRef, Outcome, TestId, TestName, TestResult};
use crate::summary::{ProviderSummary, RunSummary};

/// The input of a matrix, besides the results of the run.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// The contracts.
    pub registry: &'a Registry,
    /// Every test of theirs.
    pub tests: &'a [KnownTest],
    /// The faults that took part. Every provider of the run that has none of them is a correct one.
    pub faults: &'a [KnownFault],
    /// The excuses.
    pub excuses: &'a Excuses,
    /// True if `faults` holds every known fault.
    pub whole: bool,
}

impl KillMatrix {
    /// The matrix of a run that went to its end.
    pub fn of(trial: Trial<'_>, summary: &RunSummary) -> Self {
        let mut findings = Vec::new();
        let faults: Vec<FaultRow> = trial
            .faults
            .iter()
            .map(|fault| trial.fault_row(fault, summary, &mut findings))
            .collect();
        let rules = if trial.whole {
            trial.rule_rows(&faults, &mut findings)
        } else {
            Vec::new()
        };
        let correct: Vec<&ProviderSummary> = summary
            .providers
            .iter()
            .filter(|provider| trial.faults.iter().all(|fault| fault.provider != provider.id))
            .collect();
        for provider in &correct {
            let accusing = |result: &&TestResult| matches!(result.outcome, Outcome::Fail | Outcome::Error);
            let accusations = summary.results_of(provider).iter().filter(accusing);
            findings.extend(accusations.map(|result| Finding::Accused {
                provider: provider.id.clone(),
                test: result.id(),
                outcome: result.outcome,
                message: first_line(result),
            }));
        }
        Self {
            whole: trial.whole,
            faults,
            rules,
            correct: correct.iter().map(|provider| provider.id.clone()).collect(),
            findings,
        }
    }
}

impl Trial<'_> {
    fn fault_row(&self, fault: &KnownFault, summary: &RunSummary, findings: &mut Vec<Finding>) -> FaultRow {
        let results = summary
            .provider(&fault.provider)
            .map_or(&[][..], |provider| summary.results_of(provider));
        let mut kills: Vec<Kill> = results
            .iter()
            .filter(|result| result.outcome == Outcome::Fail)
            .map(kill)
            .collect();
        kills.sort_by(|left, right| left.test.cmp(&right.test));
        let of_rule =
            |test: &TestId| test.capability.id.tool() == fault.tool && self.verifies(test, &fault.rule);
        let (by, also): (Vec<_>, Vec<_>) = kills.into_iter().partition(|kill| of_rule(&kill.test));
        let errors = results
            .iter()
            .filter(|result| result.outcome == Outcome::Error)
            .count();
        let silent = results
            .iter()
            .filter(|result| result.planned && !result.outcome.executed() && of_rule(&result.id()));
        let excuse = self.excuses.faults.get(&fault.name);
        let mut row = FaultRow {
            fault: fault.clone(),
            fate: Fate::Killed,
            by,
            also,
            errors,
            silent: silent
                .map(|result| Silent {
                    test: result.id(),
                    outcome: result.outcome,
                    message: first_line(result),
                })
                .collect(),
        };
        let has_rule = |capability: &Capability| {
            capability.tool() == fault.tool && capability.rule(&fault.rule).is_some()
        };
        if !self.registry.iter().any(|capability| has_rule(capability)) {
            findings.push(Finding::NoSuchRule {
                fault: fault.name.clone(),
                rule: format!("{}/{}", fault.tool, fault.rule),
            });
        }
        match (row.foremost(), excuse) {
            (Some(kill), Some(_)) => findings.push(Finding::StaleFault {
                fault: fault.name.clone(),
                by: kill.test.clone(),
            }),
            (Some(_), None) => {}
            (None, Some(reason)) => row.fate = Fate::Excused(reason.clone()),
            (None, None) => {
                row.fate = Fate::Survived;
                findings.push(Finding::Survivor {
                    fault: fault.name.clone(),
                    errors,
                });
            }
        }
        row
    }

    /// Returns true if a test verifies a rule of its own contract. Every answer is checked by the output schema, so every test
    /// verifies that.
    fn verifies(&self, test: &TestId, rule: &str) -> bool {
        self.tests.iter().any(|known| {
            known.id == *test
                && (rule == OUTPUT_SCHEMA_RULE || known.verifies.iter().any(|verified| verified == rule))
        })
    }

    fn rule_rows(&self, faults: &[FaultRow], findings: &mut Vec<Finding>) -> Vec<RuleRow> {
        let killing: BTreeSet<&TestId> = faults
            .iter()
            .flat_map(|row| row.by.iter().chain(&row.also))
            .map(|kill| &kill.test)
            .collect();
        let mut rows = Vec::new();
        for capability in self.registry.iter() {
            for rule in capability.rules() {
                let verified_by = self.verifying(&capability.reference, rule.id);
                let kills = |name: &TestName| {
                    killing
                        .iter()
                        .any(|test| test.capability == capability.reference && test.name == *name)
                };
                let breaking = faults
                    .iter()
                    .filter(|row| row.fault.tool == capability.tool() && row.fault.rule == rule.id);
                let by_own = |row: &&FaultRow| {
                    row.by
                        .iter()
                        .any(|kill| kill.test.capability == capability.reference)
                };
                let mut row = RuleRow {
                    capability: capability.reference.clone(),
                    id: rule.id.to_owned(),
                    state: RuleState::Proven,
                    by_every_test: rule.id == OUTPUT_SCHEMA_RULE,
                    faults: breaking.clone().map(|row| row.fault.name.clone()).collect(),
                    killed: breaking
                        .filter(by_own)
                        .map(|row| row.fault.name.clone())
                        .collect(),
                    verified_by,
                };
                if !row.verified_by.iter().any(kills) {
                    row.state = self.unproven(&row, rule.excluded, findings);
                } else if self.excuses.rules.contains_key(&row.name()) {
                    findings.push(Finding::StaleRule {
                        rule: row.name(),
                        because: "a test that verifies it kills a fault",
                    });
                }
                rows.push(row);
            }
        }
        rows
    }

    /// The state of a rule that no kill proves.
    fn unproven(&self, row: &RuleRow, excluded: Option<&str>, findings: &mut Vec<Finding>) -> RuleState {
        let rule = row.name();
        match (excluded, self.excuses.rules.get(&rule)) {
            (Some(reason), None) => RuleState::Excluded(reason.to_owned()),
            (Some(reason), Some(_)) => {
                findings.push(Finding::StaleRule {
                    rule,
                    because: "its contract excludes it already",
                });
                RuleState::Excluded(reason.to_owned())
            }
            (None, Some(reason)) => RuleState::Excused(reason.clone()),
            (None, None) if row.verified_by.is_empty() => {
                findings.push(Finding::Unverified { rule });
                RuleState::Unverified
            }
            (None, None) => {
                findings.push(Finding::Toothless { rule });
                RuleState::Toothless
            }
        }
    }

    fn verifying(&self, capability: &CapabilityRef, rule: &str) -> Vec<TestName> {
        let of_contract = self.tests.iter().filter(|test| test.id.capability == *capability);
        let verifying = of_contract.filter(|test| {
            rule == OUTPUT_SCHEMA_RULE || test.verifies.iter().any(|verified| verified == rule)
        });
        verifying.map(|test| test.id.name.clone()).collect()
    }
}

fn kill(result: &TestResult) -> Kill {
    Kill {
        test: result.id(),
        level: result.level,
        set_up: !result.planned,
        message: first_line(result),
    }
}

fn first_line(result: &TestResult) -> String {
    let line = result
        .message
        .as_deref()
        .and_then(|message| message.lines().next());
    line.unwrap_or_default().to_owned()
}
