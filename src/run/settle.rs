//! Keeps the undo ledger of a test, and settles it: what the test made is taken back, its clock and its leases with it.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::Value;

use super::calls::learn;
use super::executor::TestExecutor;
use super::undo::{RefusedUndo, TakenBack, taken_back};
use super::undo_ledger::{Mark, PendingUndo};
use crate::capability::Capability;
use crate::event::RunEventKind;
use crate::model::TestBudget;
use crate::transport::{Call, Extra, Reply, TransportError};

/// The most things of one kind that a test takes back at one time, where tests run side by side.
const UNDONE_AT_ONCE: usize = 4;

impl TestExecutor<'_> {
    /// This point of the test.
    pub(super) fn mark(&self) -> Mark {
        let entry = self.entry();
        Mark::new(entry.context().next_undo_id(), entry.provider().leases().mark())
    }

    /// Notes what an answer says was made, or what a lost answer may have made; and what this call took back.
    pub(super) async fn note_made(&mut self, tool: &Arc<Capability>, input: &Value, reply: &Reply) {
        let entry = self.entry();
        if let Ok(answer) = &reply.answer
            && answer.is_success()
        {
            // A call that names something which the test made may move it.
            if !tool.is_read() && self.ledger().is_named_by(input) {
                self.evidence_mut().note_freed();
            }
            let settled = self.ledger_mut().settle_by(tool.tool(), input);
            for id in settled {
                self.evidence_mut().note_freed();
                entry.emit(RunEventKind::UndoSettled { id }).await;
            }
            self.note_kept(tool, input).await;
        }
        if !tool.is_read() && reply.answer.as_ref().is_err_and(TransportError::may_have_acted) {
            self.evidence_mut().note_lost(input);
            self.note_kept(tool, input).await;
        }
        self.note_extras(tool, reply).await;
        let Some(undo) = &tool.reversibility.undo else {
            return;
        };
        match &reply.answer {
            Ok(answer) if !answer.is_success() => self.owe_nothing(tool, input).await,
            Ok(answer) => {
                let Some(undo_input) = undo.input_for(input, &answer.output) else {
                    return self.owe(tool, input, None).await;
                };
                entry.provider().note_issued(&undo_input);
                self.ledger_mut().note_named(tool, input);
                // A repeat that answers with the same thing makes nothing new.
                self.owe(tool, input, Some(undo_input)).await;
            }
            // Where a dialect made the requests, it knows better which of them was refused.
            Err(_) if reply.mapped.as_ref().is_some_and(|mapped| !mapped.may_have_acted) => {
                self.owe_nothing(tool, input).await;
            }
            Err(error) if error.may_have_acted() => {
                self.owe(tool, input, undo.input_without_answer(input)).await;
            }
            Err(_) => self.owe_nothing(tool, input).await,
        }
    }

    /// Puts on record that calls are about to be sent, and waits until that is kept: whatever happens to this process, what they make can
    /// be found. So can what they change: a thing that was moved no longer looks as it was asked for, and is found by its name alone.
    pub(super) async fn intend<'c>(
        &mut self,
        calls: impl Iterator<Item = (&'c Arc<Capability>, &'c Arc<Value>)>,
    ) {
        let entry = self.entry();
        let mut any = false;
        for (tool, input) in calls {
            let Some(undo) = &tool.reversibility.undo else {
                any |= !tool.is_read() && self.ledger().is_named_by(input);
                continue;
            };
            if let Some(pending) = self.pending(tool, input, undo.input_without_answer(input)) {
                let pending = pending.under_way();
                let event = pending.owed(entry.id(), self.test(), tool);
                entry.emit(RunEventKind::UndoOwed(Box::new(event))).await;
                self.ledger_mut().add(pending);
                any = true;
            }
        }
        if any {
            entry.context().kept().await;
        }
    }

    /// Notes that a call made nothing.
    pub(super) async fn owe_nothing(&mut self, tool: &Arc<Capability>, input: &Value) {
        if let Some(intended) = self.ledger_mut().take_under_way(tool, input) {
            let id = intended.id();
            self.entry().emit(RunEventKind::UndoSettled { id }).await;
        }
    }

    /// Notes a call whose answer was lost on the way: it may have made something.
    pub(super) async fn note_lost(&mut self, tool: &Arc<Capability>, input: &Value) {
        self.evidence_mut().note_lost(input);
        let undo = tool.reversibility.undo.as_ref();
        let undo_input = undo.and_then(|undo| undo.input_without_answer(input));
        self.owe(tool, input, undo_input).await;
        self.note_kept(tool, input).await;
    }

    /// Notes that a call changed, or may have changed, what it names in a way that its contract has no undo for.
    async fn note_kept(&mut self, tool: &Arc<Capability>, input: &Value) {
        if tool.is_read() || tool.reversibility.undo.is_some() {
            return;
        }
        let entry = self.entry();
        let test = self.test().clone();
        for owed in self.ledger_mut().keep_by(tool, input, entry.id(), &test) {
            entry.emit(RunEventKind::UndoOwed(Box::new(owed))).await;
        }
    }

    /// Puts on record what a call has made, or may have made where `undo_input` is None.
    async fn owe(&mut self, tool: &Arc<Capability>, sent: &Value, undo_input: Option<Value>) {
        // One question finds all that calls with one input have made.
        let is_known = match &undo_input {
            None => self.ledger().has_unnamed(tool, sent),
            Some(input) => self.ledger().has(input),
        };
        if is_known {
            return self.owe_nothing(tool, sent).await;
        }
        let intended = self.ledger_mut().take_under_way(tool, sent);
        let (pending, is_news) = match intended {
            Some(intended) => intended.ended(undo_input),
            None => match self.pending(tool, sent, undo_input) {
                Some(pending) => (pending, true),
                None => return,
            },
        };
        if is_news {
            let entry = self.entry();
            let event = pending.owed(entry.id(), self.test(), tool);
            entry.emit(RunEventKind::UndoOwed(Box::new(event))).await;
        }
        self.ledger_mut().add(pending);
    }

    /// What a call makes, under a number of its own. None where the contract has no undo for it.
    fn pending(
        &self,
        tool: &Arc<Capability>,
        sent: &Value,
        undo_input: Option<Value>,
    ) -> Option<PendingUndo> {
        let undo = tool.reversibility.undo.as_ref()?;
        let context = self.entry().context();
        let by = context.registry().sibling(tool, &undo.tool)?;
        let id = context.take_undo_id();
        Some(PendingUndo::new(id, tool, (undo, by), sent, undo_input))
    }

    /// Notes what a dialect made beside the thing that a call is for. It is taken back when the test ends, after what rests on it; what
    /// the dialect cannot remove is a leftover.
    async fn note_extras(&mut self, tool: &Arc<Capability>, reply: &Reply) {
        let entry = self.entry();
        let extras = reply.mapped.iter().flat_map(|mapped| &mapped.extras);
        for Extra { made, cleanup } in extras {
            let id = entry.context().take_undo_id();
            let pending = PendingUndo::of_extra(id, made, tool, cleanup.clone());
            if cleanup.is_some() {
                let event = pending.owed(entry.id(), self.test(), tool);
                entry.emit(RunEventKind::UndoOwed(Box::new(event))).await;
                self.ledger_mut().add(pending);
            } else {
                let reason = "its dialect says no `cleanup` for it".to_owned();
                let leftover = pending.into_leftover(entry.id(), self.test(), reason);
                entry.emit(RunEventKind::LeftOver(Box::new(leftover))).await;
            }
        }
    }

    /// Takes back everything that was made since a point of the test, puts the clock back, and releases the leases that were taken
    /// since. What cannot be taken back is a leftover and changes no outcome.
    pub(super) async fn settle_since(&mut self, mark: Mark) {
        let entry = self.entry();
        let pending = self.ledger_mut().take_since(mark);
        let pending = self.look_up(pending).await;
        let mut taken = Vec::with_capacity(pending.len());
        // A server that is to get one call at a time may lose one of two that come together.
        let most = match self.is_alone() || entry.context().options().lanes <= 1 {
            true => 1,
            false => UNDONE_AT_ONCE,
        };
        // Things of one kind do not rest on each other.
        for of_one_kind in pending.chunk_by(|one, next| one.tool() == next.tool()) {
            for at_once in of_one_kind.chunks(most) {
                // The test holds one place already.
                let _more = entry.host().burst(at_once.len() - 1);
                taken.extend(join_all(at_once.iter().map(|undo| self.take_back(undo))).await);
            }
        }
        for (undo, taken) in pending.into_iter().zip(taken) {
            let event = match taken {
                TakenBack::Yes => RunEventKind::UndoSettled { id: undo.id() },
                TakenBack::Stays(why) => {
                    self.ledger_mut().taint();
                    self.notes_mut().add_once(why);
                    RunEventKind::UndoSettled { id: undo.id() }
                }
                TakenBack::No(reason) => {
                    self.ledger_mut().taint();
                    RunEventKind::LeftOver(Box::new(undo.into_leftover(entry.id(), self.test(), reason)))
                }
            };
            entry.emit(event).await;
        }
        // A peer is called only while its clock is as it was found.
        if !self.is_at_peer() {
            self.put_clock_back().await;
        }
        let tainted = self.ledger().is_tainted();
        if tainted {
            entry.forget_answers();
        }
        let leases = entry.provider().leases();
        leases.release(self.holder(), mark.lease(), tainted);
    }

    /// Takes back everything, here and at the peer, and releases every lease.
    pub(super) async fn settle_all(&mut self) {
        self.settle_since(Mark::BEGINNING).await;
        if let Some(peer) = self.peer_mut() {
            peer.settle_since(Mark::BEGINNING).await;
        }
    }

    async fn take_back(&self, undo: &PendingUndo) -> TakenBack {
        let entry = self.entry();
        let context = entry.context();
        let Some(input) = undo.input() else {
            return TakenBack::No(
                "no answer named it, and no tool that lists such things was there to be asked".to_owned(),
            );
        };
        if !entry.tools().may_call(undo.tool()) {
            return TakenBack::No(format!("the provider does not offer {}", undo.tool()));
        }
        if !self.is_at_peer() {
            entry.count_calls(1);
        }
        let call = Call {
            tool: undo.tool(),
            input,
            limit: context.options().call_limit,
            reading: undo.reading(),
        };
        let budget = TestBudget::to_take_back(entry.budget());
        tokio::select! {
            reply = budget.scope(entry.target().transport().call(call)) => {
                learn(entry, undo.tool(), &reply);
                let refused = RefusedUndo {
                    already_done: undo.already_done(),
                    kept_by: undo.kept_by(),
                };
                taken_back(undo.tool(), &reply, refused)
            }
            () = context.stop().when_abandoned() => {
                TakenBack::No("the run was stopped before it was taken back".to_owned())
            }
            () = entry.budget().when_nothing_is_taken_back() => {
                let why = entry.budget().ran_out().unwrap_or_default();
                TakenBack::No(format!("not taken back: {why}"))
            }
        }
    }
}
