//! The test clock of a provider: moved by waits, followed by the harness, put back after each test that moved it.
//!
//! It is used only where the provider says that it has one; nobody is asked for it to find out. Whatever a test finds while the
//! clock is moved is kept from the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::ask::{Asker, Phase};
use super::halt::Halt;
use super::session::Session;
use super::undo::{TakenBack, take_back};
use crate::capability::Capability;
use crate::check::Finding;
use crate::event::RunEventKind;
use crate::expr::Bound;
use crate::suite::{Expect, advance_clock, is_clock};

/// Whether a clock was moved, and how often.
#[derive(Debug, Default)]
pub(super) struct TestClock {
    /// The number of the move after which it was not put back; 0 while it is as it was found.
    away: AtomicU64,
    moves: AtomicU64,
}

impl TestClock {
    /// A number for what the clock shows: 0 while it is as it was found, and another after each move.
    pub(super) fn setting(&self) -> u64 {
        self.away.load(Ordering::SeqCst)
    }

    fn moves(&self) {
        let number = self.moves.fetch_add(1, Ordering::SeqCst) + 1;
        self.away.store(number, Ordering::SeqCst);
    }

    fn is_back(&self) {
        self.away.store(0, Ordering::SeqCst);
    }
}

impl Session {
    /// The contract of the provider's test clock, where the provider says that it has one.
    pub(super) fn test_clock(&self) -> Option<&Arc<Capability>> {
        advance_clock(&self.shared.registry).filter(|clock| self.offers.says(clock.tool()))
    }

    /// Notes that a call is about to be made that may move the clock, whatever comes back.
    pub(super) fn about_to_call(&self, tool: &Capability, input: &Value) {
        let changes = ["seconds", "freeze", "reset"];
        if is_clock(tool) && changes.iter().any(|field| input.get(field).is_some()) {
            self.premises.clock.moves();
            self.premises.skew.hold();
        }
    }

    /// Follows the clock after an answer of its tool.
    pub(super) fn follow_clock(&self, tool: &Capability, output: &Value) {
        if self.premises.clock.setting() == 0 || !is_clock(tool) {
            return;
        }
        let frozen = output.get("frozen") == Some(&Value::Bool(true));
        if let Some(now) = shown(output) {
            self.premises.skew.follow(now, frozen, self.shared.clock.now());
        }
    }
}

impl Asker<'_> {
    /// Moves the provider's clock forward. A wrong answer is a failure of its tool, and blocks the test.
    pub(super) async fn advance_clock(&mut self, clock: &Arc<Capability>, by: Duration) -> Result<(), Halt> {
        let own = std::mem::replace(&mut self.phase, Phase::SetUp);
        let moved = self.move_clock(clock, by).await;
        self.phase = own;
        moved
    }

    async fn move_clock(&mut self, clock: &Arc<Capability>, by: Duration) -> Result<(), Halt> {
        let input = Arc::new(json!({ "seconds": by.as_secs_f64() }));
        let before = self.session.premises.skew.now(self.session.shared.clock.now());
        let output = self.ask(clock, &input, false).await?;
        let expect = Expect {
            ok: Some(true),
            errors: Vec::new(),
            otherwise: None,
            rule: None,
            that: Vec::new(),
        };
        let (input, answer) = (Bound::json(input), Bound::json(Arc::clone(&output)));
        self.judge(clock, &expect, None, &input, &answer)?;
        // The time that was known before the call has no fractions, so a clock that moved shows at least this.
        match shown(&output) {
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
        let session = self.session;
        if session.premises.clock.setting() == 0 {
            return;
        }
        let Some(clock) = session.test_clock() else {
            return;
        };
        let (input, limit) = (json!({ "reset": true }), session.shared.call_limit);
        session.calls.fetch_add(1, Ordering::Relaxed);
        let reset = take_back(
            session.target.transport().as_ref(),
            clock.tool(),
            &input,
            &[],
            limit,
        );
        let taken = tokio::select! {
            taken = reset => taken,
            () = session.shared.stop.when_abandoned() => TakenBack::No("the run was stopped before".to_owned()),
        };
        match taken {
            TakenBack::Yes => {
                session.premises.clock.is_back();
                session.premises.skew.put_back();
            }
            TakenBack::No(reason) => {
                let note = RunEventKind::Noted {
                    provider: session.target.id().clone(),
                    note: format!("its test clock is still moved after {}: {reason}", self.test),
                };
                session.shared.emitter.emit(note).await;
            }
        }
    }
}

/// What an answer says that the clock shows.
fn shown(output: &Value) -> Option<DateTime<Utc>> {
    let now = output.get("now")?.as_str()?;
    let now = DateTime::parse_from_rfc3339(now).ok()?;
    Some(now.with_timezone(&Utc))
}
