//! Runs the steps of a test or a fixture, one after the other.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::ask::{Asker, Phase};
use super::halt::Halt;
use crate::capability::Capability;
use crate::check::{self, Finding};
use crate::expr::{Bound, EvalError, Expression, Template};
use crate::suite::{CallStep, Check, Expect, ForEachStep, NeedStep, Otherwise, Step, StepKind};

/// The most elements that a `for_each` runs over.
const MOST_ELEMENTS: usize = 100;

/// The longest that a test sleeps where the provider has no test clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(120);

impl Asker<'_> {
    /// Runs steps in order until one ends the test.
    pub(super) async fn run_steps(&mut self, steps: &[Step]) -> Result<(), Halt> {
        for step in steps {
            self.tick();
            self.run_step(step).await?;
        }
        Ok(())
    }

    async fn run_step(&mut self, step: &Step) -> Result<(), Halt> {
        if let Some(when) = &step.when
            && !when
                .holds(&self.bindings)
                .map_err(|error| self.no_value(&error, when.text()))?
        {
            self.bind_step(step, Bound::json(Value::Null));
            return Ok(());
        }
        if step.at_peer {
            let bound = self.at_peer(step).await?;
            self.bind_step(step, bound);
            return Ok(());
        }
        match &step.kind {
            StepKind::Call(call) => {
                let bound = self.call(call).await.map_err(|halt| named(halt, step))?;
                self.bind_step(step, bound);
            }
            StepKind::Search(search) => {
                let bound = self.search(search).await?;
                self.bind_step(step, bound);
            }
            StepKind::ForEach(each) => {
                let bound = self.for_each(each).await.map_err(|halt| named(halt, step))?;
                self.bind_step(step, bound);
            }
            StepKind::Race(race) => {
                let bound = self.race(race).await.map_err(|halt| named(halt, step))?;
                self.bind_step(step, bound);
            }
            StepKind::Wait(duration) => self.wait(duration).await?,
            StepKind::Need(need) => self.need(need)?,
            StepKind::Let(bound) => {
                for (name, template) in bound {
                    let value = self.render(template, name)?;
                    self.bindings.bind_json(name, value);
                }
            }
            StepKind::That(checks) => {
                for that in checks {
                    if !self.says_something(that, None) {
                        continue;
                    }
                    if let Err(finding) = check::check(that, &self.bindings) {
                        return Err(self.broken(finding));
                    }
                }
            }
        }
        Ok(())
    }

    fn bind_step(&mut self, step: &Step, value: Arc<Bound>) {
        if let Some(id) = &step.id {
            self.bindings.bind(id.as_str(), value);
        }
    }

    /// A check over several answers that does not hold: nobody's call in particular.
    fn broken(&self, finding: Finding) -> Halt {
        match self.phase {
            Phase::Own => Halt::Fail {
                finding: Box::new(finding),
                step: self.test.capability.id.tool().to_owned(),
            },
            Phase::SetUp => Halt::Blocked(finding.message),
        }
    }

    /// An expression of the suite without a value: what it reads is not there. The suite should have asked first.
    pub(super) fn no_value(&self, error: &EvalError, what: &str) -> Halt {
        Halt::Error(format!("the suite could not make `{what}`: {error}"))
    }

    pub(super) fn render(&self, template: &Template, what: &str) -> Result<Value, Halt> {
        template
            .render(&self.bindings)
            .map_err(|error| self.no_value(&error, what))
    }

    /// The value of an expression.
    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, Halt> {
        expression
            .evaluate(&self.bindings)
            .map_err(|error| self.no_value(&error, expression.text()))
    }

    pub(super) async fn call(&mut self, call: &CallStep) -> Result<Arc<Bound>, Halt> {
        let name = call.tool.tool();
        if call.if_offered && !self.session.offers.offers(name) {
            return Ok(self.unobserved(call));
        }
        let input = Arc::new(self.render(&call.input, name)?);
        let sending = match &call.sending {
            Some(template) => Some(text(self.render(template, "sending")?)),
            None => None,
        };
        let asked = self.ask(&call.tool, &input, call.invalid_input).await;
        let output = match asked {
            // The tool turned out to be missing only now. Whether the provider is there at all, the next call will tell.
            Err(Halt::Skip(_) | Halt::Undecided { .. }) if call.if_offered => {
                return Ok(self.unobserved(call));
            }
            other => other.map_err(|halt| sent(halt, sending.as_deref()))?,
        };
        let (input, output) = (Bound::json(input), Bound::json(output));
        self.judge(&call.tool, &call.expect, sending.as_deref(), &input, &output)?;
        Ok(Bound::parts([("input", input), ("output", output)]))
    }

    fn unobserved(&mut self, call: &CallStep) -> Arc<Bound> {
        if let Some(shows) = &call.shows {
            let name = call.tool.tool();
            let whose = if self.guest_of.is_some() { "other " } else { "" };
            self.notes.push(format!(
                "claimed, not observable: {shows} (the {whose}provider does not offer {name})"
            ));
        }
        Bound::json(Value::Null)
    }

    /// Judges an answer; a wrong one is a failure of this test or, in set-up, of the tool.
    pub(super) fn judge(
        &mut self,
        tool: &Arc<Capability>,
        expect: &Expect,
        sending: Option<&str>,
        input: &Arc<Bound>,
        output: &Arc<Bound>,
    ) -> Result<(), Halt> {
        let mut bindings = self.bindings.clone();
        bindings.bind("input", Arc::clone(input));
        bindings.bind("output", Arc::clone(output));
        let output = output.as_json().unwrap_or(&Value::Null);
        let mut counts = |that: &Check| self.says_something(that, Some(tool.tool()));
        check::judge(tool, expect, sending, output, &bindings, &mut counts)
            .map_err(|finding| self.wrong(tool, finding))
    }

    async fn for_each(&mut self, each: &ForEachStep) -> Result<Arc<Bound>, Halt> {
        let Value::Array(items) = self.evaluate(&each.list)? else {
            return Err(Halt::Error(format!(
                "the suite runs over `{}`, which is no list",
                each.list.text()
            )));
        };
        let before = self.bindings.clone();
        let mut answers = Vec::new();
        for item in items.into_iter().take(MOST_ELEMENTS) {
            self.tick();
            self.bindings.bind_json(&each.name, item.clone());
            let input = Arc::new(self.render(&each.input, each.tool.tool())?);
            let output = self.ask(&each.tool, &input, false).await?;
            let answer = [
                ("item", item),
                ("input", (*input).clone()),
                ("output", (*output).clone()),
            ];
            self.judge(
                &each.tool,
                &each.expect,
                None,
                &Bound::json(input),
                &Bound::json(output),
            )?;
            answers.push(Value::from_iter(answer));
        }
        self.bindings = before;
        Ok(Bound::json(Value::Array(answers)))
    }

    async fn wait(&mut self, duration: &Expression) -> Result<(), Halt> {
        let value = self.evaluate(duration)?;
        let Some(duration) = value.as_str().and_then(parse_duration) else {
            return Err(Halt::Error(format!(
                "the suite waits for `{}`, which is no duration",
                duration.text()
            )));
        };
        if let Some(clock) = self.session.test_clock().cloned() {
            // No clock can be asked to move by nothing.
            if duration.is_zero() {
                return Ok(());
            }
            return self.advance_clock(&clock, duration).await;
        }
        if duration > LONGEST_SLEEP {
            let span = span(duration);
            return Err(Halt::Skip(format!(
                "it takes a test clock: nobody waits for {span}"
            )));
        }
        tokio::select! {
            () = tokio::time::sleep(duration) => Ok(()),
            () = self.session.shared.stop.when_requested() => Err(Halt::Interrupted),
        }
    }

    fn need(&self, need: &NeedStep) -> Result<(), Halt> {
        let holds = need
            .check
            .holds(&self.bindings)
            .map_err(|error| self.no_value(&error, need.check.text()))?;
        if holds {
            return Ok(());
        }
        let reason = text(self.render(&need.reason, "reason")?);
        Err(match need.otherwise {
            Otherwise::Skip => Halt::Skip(reason),
            Otherwise::Blocked => Halt::Blocked(reason),
        })
    }
}

/// A failure names the step that found it, where the step has a name.
fn named(halt: Halt, by: &Step) -> Halt {
    match (halt, &by.id) {
        (Halt::Fail { finding, .. }, Some(id)) => Halt::Fail {
            finding,
            step: id.clone(),
        },
        (halt, _) => halt,
    }
}

/// A failure without an answer says what was sent.
pub(super) fn sent(halt: Halt, what: Option<&str>) -> Halt {
    match (halt, what) {
        (Halt::Fail { mut finding, step }, Some(what)) => {
            finding.message = format!("{}, after it was sent {what}", finding.message);
            Halt::Fail { finding, step }
        }
        (halt, _) => halt,
    }
}

pub(super) fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A long duration in words: `83 days`, `5 hours`, `3 minutes`.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        172_800.. => (seconds / 86_400, "days"),
        7_200.. => (seconds / 3_600, "hours"),
        _ => (seconds / 60, "minutes"),
    };
    format!("{count} {unit}")
}

/// Durations as expressions write them: `61s`, `1500ms`.
fn parse_duration(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(milliseconds) => milliseconds.parse().ok().map(Duration::from_millis),
        None => text.strip_suffix('s')?.parse().ok().map(Duration::from_secs),
    }
}
