//! The calls of a test: the conditions under which one is sent, and the meaning of its reply for the test.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::answered::Answered;
use super::entry_state::EntryState;
use super::evidence::Doubt;
use super::executor::TestExecutor;
use super::host::Sign;
use super::scope::Phase;
use super::send::{send, turn_is_over};
use super::step_error::StepError;
use crate::capability::Capability;
use crate::check::{self, Finding};
use crate::model::{Answer, RECORDED_BODY_CAP, Untested, clip, weight};
use crate::transport::{ErrorKind, Reply, TransportError};

/// The largest answer that a test keeps whole until it ends, in bytes.
const LARGEST_KEPT: usize = 256 * 1024;

impl TestExecutor<'_> {
    /// Calls a tool. A step judges the answer by `TestExecutor::judge`.
    pub(super) async fn call_tool(
        &mut self,
        tool: &Arc<Capability>,
        input: &Arc<Value>,
        meant_to_break: bool,
    ) -> Result<Answered, StepError> {
        let limit = self.may_call(tool, input, meant_to_break)?;
        self.entry().about_to_call(tool, input);
        self.intend(std::iter::once((tool, input))).await;
        let reply = send(self.entry(), self.budget(), tool, input, limit).await?;
        self.add_wait(reply.waited);
        learn(self.entry(), tool.tool(), &reply);
        self.receive(tool, input, reply).await
    }

    /// Checks that a tool may be called now with this input, and returns how long its answer may take.
    pub(super) fn may_call(
        &mut self,
        tool: &Arc<Capability>,
        input: &Value,
        meant_to_break: bool,
    ) -> Result<Duration, StepError> {
        let name = tool.tool();
        let context = self.entry().context();
        if context.stop().requested() {
            return Err(StepError::Interrupted);
        }
        if self.entry().must_end() {
            return Err(turn_is_over(self.entry()));
        }
        if !self.entry().tools().may_call(name) {
            return Err(StepError::Skip(
                Untested::NotOffered,
                format!("the provider does not offer {name}"),
            ));
        }
        check_input(tool, input, meant_to_break)?;
        let limit = context.options().test_limit;
        let left = limit.saturating_sub(self.transcript().total_wait());
        if left.is_zero() {
            let limit = limit.as_secs();
            let slow = format!("the provider took longer than {limit} s over this test");
            self.evidence_mut().note_late(slow.clone(), Doubt::Late);
            return Err(match self.phase() {
                Phase::Own => self.wrong(tool, Finding::new(slow)),
                // Many answers, each in time, are no wrong answer of the tool that comes next.
                Phase::SetUp => StepError::Blocked(slow),
            });
        }
        Ok(context.options().call_limit.min(left))
    }

    /// Counts time that was spent waiting for the provider.
    pub(super) fn add_wait(&mut self, waited: Duration) {
        let phase = self.phase();
        self.transcript_mut().add_wait(phase, waited);
    }

    /// Counts a reply, learns from it and keeps it. Returns the answer, or what the lack of one means for the test.
    pub(super) async fn receive(
        &mut self,
        tool: &Arc<Capability>,
        input: &Arc<Value>,
        mut reply: Reply,
    ) -> Result<Answered, StepError> {
        let (entry, phase) = (self.entry(), self.phase());
        if !self.is_at_peer() {
            entry.count_calls(reply.attempts);
        }
        self.transcript_mut().count(phase, reply.attempts);
        self.note_mapping(tool, input, &reply);
        if let Some((theirs, ours)) = reply.clock {
            entry.provider().skew().learn(theirs, ours);
        }
        self.note_made(tool, input, &reply).await;
        for note in std::mem::take(&mut reply.notes) {
            self.notes_mut().add_once(note);
        }
        let answer = reply.answer.clone();
        let too_long = answer
            .as_ref()
            .ok()
            .and_then(|answer| check::too_long(tool, &answer.output));
        // Of an answer that is not read, or is larger than any record, the beginning is shown.
        if let Ok(kept) = &mut reply.answer
            && (too_long.is_some() || weight(&kept.output) > LARGEST_KEPT)
        {
            entry.host().note_large();
            kept.content = Value::Null;
            kept.text.clear();
            kept.output = Arc::new(Value::from(clip(&kept.output.to_string(), RECORDED_BODY_CAP)));
        }
        self.transcript_mut().keep(tool, input, reply);
        match answer {
            Ok(answer) => {
                entry.tools().note_answer(tool.tool());
                entry.follow_clock(tool, &answer.output);
                if let Some(finding) = too_long {
                    return Err(self.wrong(tool, finding));
                }
                self.evidence_mut().note_answer(tool, input, &answer);
                Ok(Answered::new(tool, input, answer))
            }
            Err(error) => Err(self.without_answer(tool, &error)),
        }
    }

    /// Takes note of what a dialect did for a call.
    fn note_mapping(&mut self, tool: &Arc<Capability>, input: &Arc<Value>, reply: &Reply) {
        let Some(mapped) = reply.mapped.as_deref() else {
            return;
        };
        if !self.is_at_peer() {
            self.entry().count_calls(mapped.aside);
        }
        for left in &mapped.left {
            self.notes_mut()
                .add(format!("left half done by the dialect: {left}"));
        }
        for note in &mapped.notes {
            self.notes_mut().add_once(note.clone());
        }
        let own = self.phase() == Phase::Own;
        if own {
            self.coverage_mut().count_answer(mapped.layer, reply.attempts);
        }
        // A refusal is the provider's own, whatever became of the input on the way.
        let made = reply.answer.as_ref().is_ok_and(Answer::is_success);
        if made && tool.reversibility.undo.is_some() {
            self.coverage_mut()
                .count_decision(tool.tool(), input, mapped, own);
        }
    }

    /// The meaning of a call without an answer for the test (provider contract, "How an answer is judged", 3 to 7).
    pub(super) fn without_answer(&mut self, tool: &Arc<Capability>, error: &TransportError) -> StepError {
        let (name, tools) = (tool.tool(), self.entry().tools());
        // Who was not waited for as long as it asked was not asked: the budget is ours.
        if let Some(refused) = self.budget().refused_pause()
            && matches!(error, TransportError::RateLimited | TransportError::Unavailable)
        {
            return StepError::Error(format!("{name}: {error}; {refused}"));
        }
        // A provider that never answered is not there, which no load explains.
        if error.may_be_load() && (error.was_asked() || tools.any_answered()) {
            let doubt = match error.broke_off() {
                true => Doubt::Cut,
                false => Doubt::Late,
            };
            self.evidence_mut().note_late(error.to_string(), doubt);
        }
        let tools = self.entry().tools();
        match error.kind() {
            ErrorKind::NotAsked => StepError::Error(format!("{name}: {error}")),
            ErrorKind::Wrong => self.wrong(tool, Finding::new(format!("{name} {error}"))),
            ErrorKind::Gap => StepError::Skip(Untested::Gap, format!("{name}: {error}")),
            ErrorKind::NoSuchTool if !tools.any_answered() => StepError::Undecided {
                tool: name.to_owned(),
                error: error.to_string(),
            },
            ErrorKind::NoSuchTool if tools.is_named(name) => self.wrong(
                tool,
                Finding::new(format!(
                    "{name} is among the tools that the provider offers, but {error}"
                )),
            ),
            ErrorKind::NoSuchTool => {
                tools.note_missing(name);
                StepError::Skip(
                    Untested::NotOffered,
                    format!("the provider does not offer {name}"),
                )
            }
        }
    }
}

/// Lets the host learn from a reply of a tool.
pub(super) fn learn(entry: &EntryState, tool: &str, reply: &Reply) {
    let took = reply.waited / reply.attempts.max(1);
    entry.host().learn(tool, took, sign_of(reply));
}

/// What a reply says of the load that its host is under.
pub(super) fn sign_of(reply: &Reply) -> Sign {
    let overloaded = reply.attempts > 1
        || matches!(reply.status, Some(429 | 500..))
        || reply.answer.as_ref().is_err_and(TransportError::may_be_load);
    match overloaded {
        true => Sign::Overloaded,
        false => Sign::Answered,
    }
}

/// Every input that the harness sends keeps the input schema, unless it is meant to break it: then it must.
fn check_input(tool: &Capability, input: &Value, meant_to_break: bool) -> Result<(), StepError> {
    let violations = tool.input.violations(input);
    match (violations.first(), meant_to_break) {
        (None, false) | (Some(_), true) => Ok(()),
        (Some(violation), false) => Err(StepError::Error(format!(
            "the suite made an input for {} that breaks the input schema and was not sent: `{}`: {}",
            tool.tool(),
            violation.path,
            violation.message
        ))),
        (None, true) => Err(StepError::Error(format!(
            "the suite made an input for {} that was meant to break the input schema, does not, and was not sent",
            tool.tool()
        ))),
    }
}
