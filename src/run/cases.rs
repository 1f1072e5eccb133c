//! One test from its first fixture to its last row, and the result that comes of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Map, Value, json};

use super::ask::{Asker, Phase};
use super::halt::Halt;
use super::session::Session;
use super::sessions::Sessions;
use crate::capability::Capability;
use crate::check::Finding;
use crate::model::{BrokenRule, CaseResult, Exchange, Failure, Level, Outcome, TestResult};
use crate::plan::PlannedTest;
use crate::provider::Target;
use crate::suite::{Case, Generated, Test, Values};

/// What came of a test: a result, or something that is settled when the provider has ended.
pub(super) enum Ended {
    /// The result.
    Result(Box<TestResult>),
    /// Whether this is an error, a failure or nothing at all depends on what else the provider answers.
    Undecided(Box<TestResult>, Halt),
    /// The run was stopped before the test had ended.
    Interrupted,
}

/// Runs a test; `tries` tells how often it was tried before. What it made is taken back whatever came of it.
pub(super) async fn run_test(
    sessions: &Sessions,
    session: &Session,
    planned: &PlannedTest,
    tries: usize,
) -> Ended {
    let test = &planned.test;
    let when = session.shared.clock.now().trunc_subsecs(0);
    let mut asker = Asker::new(sessions, session, test.id.clone(), tries);
    asker.bind_base();
    asker.bind_test(None);
    let ended = asker.run(test, planned.peer.as_deref()).await;
    asker.settle_all().await;
    result(&asker, test, when, ended)
}

/// How the rows of a test ended, and the halt that stands for the whole test.
#[derive(Default)]
struct Rows {
    cases: Vec<CaseResult>,
    worst: Option<Worst>,
}

/// The halt that decides a test's outcome.
struct Worst {
    halt: Halt,
    case: Option<String>,
    exchanges: Vec<Exchange>,
}

impl Asker<'_> {
    /// Everything that the test needs before its first step.
    async fn set_up(&mut self, test: &Test, peer: Option<&Target>) -> Result<(), Halt> {
        self.phase = Phase::SetUp;
        if let Some(target) = peer {
            self.go_to(target).await?;
        }
        self.make_fixtures(&test.fixtures).await?;
        self.try_fixtures(&test.tries).await?;
        self.make_at_peer(test.peer.as_deref().unwrap_or_default()).await
    }

    async fn run(&mut self, test: &Arc<Test>, peer: Option<&Target>) -> Rows {
        let mut rows = Rows::default();
        if let Err(halt) = self.set_up(test, peer).await {
            rows.worst = Some(Worst {
                exchanges: self.exchanges(),
                halt,
                case: None,
            });
            return rows;
        }
        self.phase = Phase::Own;
        if test.cases.is_empty() {
            if let Err(halt) = self.run_steps(&test.steps).await {
                rows.worst = Some(Worst {
                    exchanges: self.exchanges(),
                    halt,
                    case: None,
                });
            }
            return rows;
        }
        for case in &test.cases {
            let (waited, calls) = (self.waited, self.calls);
            let (outside, made, mark) = (self.bindings.clone(), self.made.clone(), self.mark());
            let ended = self.run_case(test, case).await;
            (self.bindings, self.made) = (outside, made);
            let exchanges = if ended.is_err() {
                self.exchanges()
            } else {
                Vec::new()
            };
            self.settle_since(mark).await;
            self.forget_calls();
            let halted = ended.err();
            rows.cases.push(CaseResult {
                case: case.id.clone(),
                outcome: halted
                    .as_ref()
                    .map_or(Some(Outcome::Pass), Halt::outcome)
                    .unwrap_or(Outcome::Error),
                ms: milliseconds(self.waited.saturating_sub(waited)),
                calls: self.calls - calls,
                message: halted.as_ref().map(Halt::message),
            });
            let Some(halt) = halted else { continue };
            let undecided = halt.outcome().is_none();
            if rows
                .worst
                .as_ref()
                .is_none_or(|worst| halt.rank() < worst.halt.rank())
            {
                rows.worst = Some(Worst {
                    halt,
                    case: Some(case.id.clone()),
                    exchanges,
                });
            }
            if undecided {
                break;
            }
        }
        let ran = rows.cases.iter().any(|case| case.outcome.executed());
        if ran && !matches!(&rows.worst, Some(worst) if worst.halt.outcome().is_none()) {
            self.run_after(test, &mut rows).await;
        }
        // A row that does not apply is no reason to skip a test of which other rows ran.
        if ran
            && matches!(
                rows.worst,
                Some(Worst {
                    halt: Halt::Skip(_),
                    ..
                })
            )
        {
            rows.worst = None;
        }
        rows
    }

    /// Runs the steps that stand after the table. What they find counts where no row is worse.
    async fn run_after(&mut self, test: &Arc<Test>, rows: &mut Rows) {
        self.bind_test(None);
        let Err(halt) = self.run_steps(&test.after).await else {
            return;
        };
        if let Halt::Skip(reason) = &halt {
            self.notes.push(reason.clone());
        }
        if rows
            .worst
            .as_ref()
            .is_none_or(|worst| halt.rank() < worst.halt.rank())
        {
            rows.worst = Some(Worst {
                exchanges: self.exchanges(),
                halt,
                case: None,
            });
        }
    }

    async fn run_case(&mut self, test: &Arc<Test>, case: &Case) -> Result<(), Halt> {
        self.tick();
        self.bind_test(Some(&case.id));
        if let Some(when) = &case.when
            && !when
                .holds(&self.bindings)
                .map_err(|error| self.no_value(&error, when.text()))?
        {
            let because = case
                .because
                .clone()
                .unwrap_or_else(|| format!("`{}` does not hold", when.text()));
            return Err(Halt::Skip(because));
        }
        self.make_fixtures(&test.each_row).await?;
        let values = match &case.values {
            Values::Written(written) => {
                let mut values = Map::new();
                values.insert("id".to_owned(), Value::String(case.id.clone()));
                for (key, template) in written {
                    values.insert(key.clone(), self.render(template, key)?);
                }
                Value::Object(values)
            }
            Values::Generated(generated) => self.generated(generated)?,
        };
        self.bindings.bind_json("case", values);
        self.run_steps(&test.steps).await
    }

    /// The values of a row made from a schema.
    fn generated(&self, generated: &Generated) -> Result<Value, Halt> {
        let (row, tool) = (&generated.row, generated.tool.tool());
        if let Some(reason) = row.left_out() {
            return Err(Halt::Skip(reason.to_owned()));
        }
        let base = self.render(&generated.from, "from")?;
        let input = row.made(&generated.tool.input, &base).map_err(|error| {
            Halt::Error(format!(
                "the suite could not make the input `{}` for {tool}, so nothing was sent: {error}",
                row.id
            ))
        })?;
        Ok(json!({
            "id": row.id, "what": row.what, "path": row.path, "keyword": row.keyword, "input": input
        }))
    }
}

fn result(asker: &Asker<'_>, test: &Test, when: DateTime<Utc>, rows: Rows) -> Ended {
    let mut result = TestResult {
        provider: asker.session.target.id().clone(),
        capability: test.id.capability.id.clone(),
        version: test.id.capability.version.clone(),
        test: test.id.name.clone(),
        level: test.level,
        outcome: Outcome::Pass,
        ms: milliseconds(asker.waited),
        calls: asker.calls,
        when,
        message: None,
        flaky: false,
        planned: true,
        cases: rows.cases,
        layer: None,
        notes: asker.notes.clone(),
        failure: None,
    };
    let Some(worst) = rows.worst else {
        if result.calls == 0 {
            result.outcome = Outcome::Error;
            result.message = Some("the test made no call of its own, so it proves nothing".to_owned());
        }
        asker.layers.settle(&mut result);
        return Ended::Result(Box::new(result));
    };
    if matches!(worst.halt, Halt::Interrupted) {
        return Ended::Interrupted;
    }
    asker.layers.settle(&mut result);
    let settled = settle(&mut result, test, worst);
    match settled {
        None => Ended::Result(Box::new(result)),
        Some(halt) => Ended::Undecided(Box::new(result), halt),
    }
}

/// Writes a halt into a result; gives back one that is not decided yet.
fn settle(result: &mut TestResult, test: &Test, worst: Worst) -> Option<Halt> {
    let Worst {
        halt,
        case,
        exchanges,
    } = worst;
    let Some(outcome) = halt.outcome() else {
        result.failure = Some(Box::new(Failure {
            case,
            exchanges,
            ..Failure::default()
        }));
        return Some(halt);
    };
    result.outcome = outcome;
    let message = halt.message();
    result.message = Some(match &case {
        Some(case) if outcome.executed() => format!("{message} (case {case})"),
        _ => message,
    });
    result.failure = match halt {
        Halt::Fail { finding, step } => {
            let rule = finding.rule.clone().or_else(|| test.verifies.first().cloned());
            let mut failure = failure(&test.capability, &finding, rule, exchanges);
            failure.step = Some(step);
            failure.case = case;
            Some(Box::new(failure))
        }
        Halt::Error(_) | Halt::Blocked(_) if !exchanges.is_empty() => Some(Box::new(Failure {
            case,
            exchanges,
            ..Failure::default()
        })),
        _ => None,
    };
    None
}

fn failure(tool: &Capability, finding: &Finding, rule: Option<String>, exchanges: Vec<Exchange>) -> Failure {
    Failure {
        rule: rule.and_then(|id| {
            let words = tool.rule(&id)?.words.to_owned();
            Some(BrokenRule {
                capability: tool.reference.to_string(),
                id,
                words,
            })
        }),
        expected: finding.expected.clone(),
        actual: finding.actual.clone(),
        check: finding.check.clone(),
        values: finding.values.clone(),
        exchanges,
        ..Failure::default()
    }
}

/// The row of a wrong set-up answer: a failure of the tool that gave it.
pub(super) fn set_up_row(
    session: &Session,
    tool: &Capability,
    finding: &Finding,
    exchanges: Vec<Exchange>,
) -> TestResult {
    let last = exchanges.last();
    TestResult {
        provider: session.target.id().clone(),
        capability: tool.reference.id.clone(),
        version: tool.reference.version.clone(),
        test: crate::model::TestName::set_up(),
        level: Level::Must,
        outcome: Outcome::Fail,
        ms: last.map_or(0, |exchange| exchange.ms),
        calls: last.map_or(0, |exchange| exchange.attempts),
        when: session.shared.clock.now().trunc_subsecs(0),
        message: Some(finding.message.clone()),
        flaky: false,
        planned: false,
        cases: Vec::new(),
        layer: None,
        notes: Vec::new(),
        failure: Some(Box::new(failure(tool, finding, finding.rule.clone(), exchanges))),
    }
}

/// Milliseconds, rounded to the nearest, and never 0 for a wait that took place.
fn milliseconds(waited: Duration) -> u64 {
    let rounded = (waited.as_micros() + 500) / 1000;
    u64::try_from(rounded)
        .unwrap_or(u64::MAX)
        .max(u64::from(!waited.is_zero()))
}
