//! Runs the steps of a test or a fixture, one after the other.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::executor::TestExecutor;
use super::send::turn_is_over;
use super::step_error::StepError;
use super::telling::{StepEnd, Telling};
use crate::expr::{Bound, Expression};
use crate::model::Untested;
use crate::suite::{CallStep, ForEachStep, NeedStep, Otherwise, Step, StepKind};

/// The most elements that a `for_each` runs over.
const MOST_ELEMENTS: usize = 100;

/// The longest that a test sleeps where the provider has no test clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(120);

impl TestExecutor<'_> {
    /// Runs steps in order until one ends the test. Returns which of those that tell right from wrong were done.
    pub(super) async fn run_steps(&mut self, steps: &[Step]) -> Result<Telling, StepError> {
        let mut telling = Telling::default();
        for (at, step) in steps.iter().enumerate() {
            if self.entry().budget().ran_out().is_some() {
                return Err(turn_is_over(self.entry()));
            }
            self.tick();
            let rest = steps.get(at + 1..).unwrap_or_default();
            let end = self.run_step(step, rest).await?;
            telling.note(step, &end);
            let bound = match end {
                StepEnd::Done(bound) => bound,
                StepEnd::LeftOut(..) => Some(Bound::json(Value::Null)),
                StepEnd::Empty(_) => Some(Bound::json(Value::Array(Vec::new()))),
            };
            if let (Some(bound), Some(id)) = (bound, &step.id) {
                self.scope_mut().bind(id, bound);
            }
        }
        Ok(telling)
    }

    /// Runs one step; `rest` are those after it.
    async fn run_step(&mut self, step: &Step, rest: &[Step]) -> Result<StepEnd, StepError> {
        if let Some(when) = &step.when
            && !self.holds(when)?
        {
            let reason = format!(
                "the step that tells was left out: `{}` does not hold",
                when.text()
            );
            return Ok(StepEnd::LeftOut(Untested::NotReached, reason));
        }
        if step.at_peer {
            return self
                .step_at_peer(step)
                .await
                .map(|bound| StepEnd::Done(Some(bound)));
        }
        let at_step = |error: StepError| error.at_step(step.id.as_deref());
        let bound = match &step.kind {
            StepKind::Call(call) => match self.call(call).await.map_err(at_step)? {
                Some(bound) => Some(bound),
                None => {
                    let reason = format!("the provider does not offer {}", call.tool.tool());
                    return Ok(StepEnd::LeftOut(Untested::NotOffered, reason));
                }
            },
            StepKind::Search(search) => Some(self.search(search).await?),
            StepKind::ForEach(each) => {
                let answers = self.for_each(each).await.map_err(at_step)?;
                if answers.is_empty() {
                    let reason = format!("there was nothing to call {} for", each.tool.tool());
                    return Ok(StepEnd::Empty(reason));
                }
                Some(Bound::json(Value::Array(answers)))
            }
            StepKind::Race(race) => {
                let raced = self.race(race, step.id.as_deref(), rest).await;
                Some(raced.map_err(at_step)?)
            }
            StepKind::Wait(duration) => {
                self.wait(duration).await?;
                None
            }
            StepKind::Need(need) => {
                self.need(need)?;
                None
            }
            StepKind::Let(bound) => {
                self.bind_values(bound)?;
                None
            }
            StepKind::That(checks) => {
                self.judge_all(checks)?;
                None
            }
        };
        Ok(StepEnd::Done(bound))
    }

    /// Calls a tool and judges its answer. None where the step is left out because the tool is not offered.
    pub(super) async fn call(&mut self, call: &CallStep) -> Result<Option<Arc<Bound>>, StepError> {
        let name = call.tool.tool();
        if call.if_offered && !self.entry().tools().may_call(name) {
            self.note_unobserved(call);
            return Ok(None);
        }
        let input = Arc::new(self.render(&call.input, name)?);
        let sending = match &call.sending {
            Some(template) => Some(self.render_text(template, "sending")?),
            None => None,
        };
        if call.answer_lost {
            self.lose_answer(&call.tool, &input).await?;
            return Ok(Some(Bound::parts([("input", Bound::json(input))])));
        }
        let answered = match self.call_tool(&call.tool, &input, call.invalid_input).await {
            // The tool turned out to be missing only now. The next call will show if the provider is there at all.
            Err(StepError::Skip(..) | StepError::Undecided { .. }) if call.if_offered => {
                self.note_unobserved(call);
                return Ok(None);
            }
            answered => answered.map_err(|error| error.after_sending(sending.as_deref()))?,
        };
        self.judge(&call.tool, &call.expect, sending.as_deref(), &answered)?;
        Ok(Some(answered.bound()))
    }

    /// Notes that a call which would only show more was left out.
    fn note_unobserved(&mut self, call: &CallStep) {
        if let Some(shows) = &call.shows {
            let name = call.tool.tool();
            let whose = if self.is_at_peer() { "other " } else { "" };
            self.notes_mut().add(format!(
                "claimed, not observable: {shows} (the {whose}provider does not offer {name})"
            ));
        }
    }

    /// Makes the same call for every element of a list.
    async fn for_each(&mut self, each: &ForEachStep) -> Result<Vec<Value>, StepError> {
        let items = self.evaluate_list(&each.list, "runs over")?;
        let mut inside = self.enter(self.scope().clone());
        let mut answers = Vec::new();
        for item in items.into_iter().take(MOST_ELEMENTS) {
            answers.push(inside.call_for(each, item).await?);
        }
        Ok(answers)
    }

    async fn call_for(&mut self, each: &ForEachStep, item: Value) -> Result<Value, StepError> {
        self.tick();
        self.scope_mut().bind_json(&each.name, item.clone());
        let input = Arc::new(self.render(&each.input, each.tool.tool())?);
        let answered = self.call_tool(&each.tool, &input, false).await?;
        self.judge(&each.tool, &each.expect, None, &answered)?;
        Ok(answered.element("item", item))
    }

    /// Moves the provider's test clock, or sleeps where it has none.
    async fn wait(&mut self, duration: &Expression) -> Result<(), StepError> {
        let value = self.evaluate(duration)?;
        let Some(duration) = value.as_str().and_then(parse_duration) else {
            return Err(StepError::Error(format!(
                "the suite waits for `{}`, which is no duration",
                duration.text()
            )));
        };
        if let Some(clock) = self.entry().test_clock().cloned() {
            // No clock can be asked to move by nothing.
            if duration.is_zero() {
                return Ok(());
            }
            return self.advance_clock(&clock, duration).await;
        }
        if duration > LONGEST_SLEEP {
            let span = in_words(duration);
            return Err(StepError::Skip(
                Untested::NoClock,
                format!("it takes a test clock: nobody waits for {span}"),
            ));
        }
        tokio::select! {
            () = tokio::time::sleep(duration) => Ok(()),
            () = self.entry().context().stop().when_requested() => Err(StepError::Interrupted),
            () = self.entry().budget().when_over() => Err(turn_is_over(self.entry())),
        }
    }

    /// Ends the test where something that it needs does not hold.
    fn need(&self, need: &NeedStep) -> Result<(), StepError> {
        if self.holds(&need.check)? {
            return Ok(());
        }
        let reason = self.render_text(&need.reason, "reason")?;
        if let Some(why) = self.filled(&need.check.reads(), None) {
            return Err(StepError::Skip(Untested::Mapped, why));
        }
        Err(match need.otherwise {
            Otherwise::Skip if need.takes_clock() => StepError::Skip(Untested::NoClock, reason),
            Otherwise::Skip => StepError::Skip(Untested::NoWitness, reason),
            Otherwise::Blocked => StepError::Blocked(reason),
        })
    }
}

/// A long duration in words: `83 days`, `5 hours`, `3 minutes`.
fn in_words(duration: Duration) -> String {
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
