//! Controls the test clock of a provider: moved by waits, followed by the harness, put back after each test that moved it.
//!
//! It is used only where the provider says that it has one; no provider is called to find out. Whatever a test finds while the
//! clock is moved is kept from the others.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::entry_state::EntryState;
use super::executor::TestExecutor;
use super::scope::Phase;
use super::step_error::StepError;
use super::undo::{RefusedUndo, TakenBack, take_back};
use crate::capability::Capability;
use crate::check::Finding;
use crate::event::RunEventKind;
use crate::model::{TestBudget, is_sane};
use crate::suite::{Expect, advance_clock, is_clock};

impl EntryState {
    /// The contract of the provider's test clock, where the provider says that it has one.
    pub(super) fn test_clock(&self) -> Option<&Arc<Capability>> {
        advance_clock(self.context().registry()).filter(|clock| self.tools().is_offered(clock.tool()))
    }

    /// Notes that a call is about to be made that may move the clock, whatever comes back.
    pub(super) fn about_to_call(&self, tool: &Capability, input: &Value) {
        let changes = ["seconds", "freeze", "reset"];
        if is_clock(tool) && changes.iter().any(|field| input.get(field).is_some()) {
            self.provider().clock().note_move();
            self.provider().skew().hold();
        }
    }

    /// Follows the clock after an answer of its tool.
    pub(super) fn follow_clock(&self, tool: &Capability, output: &Value) {
        if !self.provider().clock().is_moved() || !is_clock(tool) {
            return;
        }
        let frozen = output.get("frozen") == Some(&Value::Bool(true));
        if let Some(now) = shown(output) {
            let ours = self.context().now();
            self.provider().skew().follow(now, frozen, ours);
        }
    }
}

impl TestExecutor<'_> {
    /// Moves the provider's clock forward. A wrong answer is a failure of its tool, and blocks the test.
    pub(super) async fn advance_clock(
        &mut self,
        clock: &Arc<Capability>,
        by: Duration,
    ) -> Result<(), StepError> {
        let set_up = self.scope().in_phase(Phase::SetUp);
        self.enter(set_up).move_clock(clock, by).await
    }

    async fn move_clock(&mut self, clock: &Arc<Capability>, by: Duration) -> Result<(), StepError> {
        let input = Arc::new(json!({ "seconds": by.as_secs_f64() }));
        let before = self.entry().provider().now(self.entry().context().now());
        let answered = self.call_tool(clock, &input, false).await?;
        let expect = Expect {
            ok: Some(true),
            errors: Vec::new(),
            otherwise: None,
            rule: None,
            that: Vec::new(),
        };
        self.judge(clock, &expect, None, &answered)?;
        // The time that was known before the call has no fractions, so a clock that moved shows at least this.
        match shown(answered.output()) {
            Some(now)
                if now
                    .signed_duration_since(before)
                    .to_std()
                    .is_ok_and(|moved| moved >= by) =>
            {
                Ok(())
            }
            _ => {
                let message = format!(
                    "{} did not move the clock by the {} s that were asked for",
                    clock.tool(),
                    by.as_secs_f64()
                );
                Err(self.wrong(clock, Finding::new(message)))
            }
        }
    }

    /// Puts the provider's clock back where the test moved it. One that cannot be put back is a note.
    pub(super) async fn put_clock_back(&mut self) {
        let entry = self.entry();
        let (context, provider) = (entry.context(), entry.provider());
        if !provider.clock().is_moved() {
            return;
        }
        let Some(clock) = entry.test_clock() else {
            return;
        };
        let (input, limit) = (json!({ "reset": true }), context.options().call_limit);
        entry.count_calls(1);
        let transport = entry.target().transport().as_ref();
        let budget = TestBudget::to_take_back(entry.budget());
        let taken = tokio::select! {
            taken = budget.scope(take_back(
                transport,
                clock.tool(),
                clock.reading(),
                &input,
                RefusedUndo::default(),
                limit,
            )) => taken,
            () = context.stop().when_abandoned() => TakenBack::No("the run was stopped before".to_owned()),
            () = entry.budget().when_nothing_is_taken_back() => {
                TakenBack::No(entry.budget().ran_out().unwrap_or_default())
            }
        };
        match taken {
            TakenBack::Yes => {
                provider.clock().note_put_back();
                provider.skew().put_back();
            }
            TakenBack::Stays(reason) | TakenBack::No(reason) => {
                let note = RunEventKind::Noted {
                    provider: entry.id().clone(),
                    note: format!("its test clock is still moved after {}: {reason}", self.test()),
                };
                entry.emit(note).await;
            }
        }
    }
}

/// The instant that an answer says the clock shows.
fn shown(output: &Value) -> Option<DateTime<Utc>> {
    let now = output.get("now")?.as_str()?;
    let now = DateTime::parse_from_rfc3339(now).ok()?;
    Some(now.with_timezone(&Utc)).filter(|now| is_sane(*now))
}
