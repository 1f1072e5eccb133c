//! Looks up what the calls of a test made whose answers did not name it, so that it is taken back like everything else.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::calls::learn;
use super::executor::TestExecutor;
use super::undo_ledger::PendingUndo;
use super::unnamed::{Ask, Question};
use crate::capability::Capability;
use crate::event::RunEventKind;
use crate::model::Answer;
use crate::transport::{Call, ErrorKind};

/// The most refused calls that are looked up when a test has failed.
const MOST_REFUSED: usize = 3;

impl TestExecutor<'_> {
    /// Puts what was found in the place of what no answer named. What cannot be looked up stays.
    pub(super) async fn look_up(&mut self, pending: Vec<PendingUndo>) -> Vec<PendingUndo> {
        let entry = self.entry();
        let mut named: Vec<PendingUndo> = Vec::with_capacity(pending.len());
        for undo in pending {
            if undo.input().is_some() {
                named.push(undo);
                continue;
            }
            match self.find(&undo).await {
                Some(found) => {
                    for input in found {
                        entry.provider().note_issued(&input);
                        if let Some((tool, _)) = undo.call() {
                            let undo = undo.named(entry.context().take_undo_id(), input);
                            let event = undo.owed(entry.id(), self.test(), tool);
                            entry.emit(RunEventKind::UndoOwed(Box::new(event))).await;
                            named.push(undo);
                        }
                    }
                    entry.emit(RunEventKind::UndoSettled { id: undo.id() }).await;
                }
                None if undo.is_repeated() => {
                    entry.emit(RunEventKind::UndoSettled { id: undo.id() }).await;
                }
                None => named.push(undo),
            }
        }
        named
    }

    /// Looks up whether calls that were refused as taken made something all the same. That is taken back, and said.
    pub(super) async fn find_refused(&mut self) -> bool {
        let (mark, mut any) = (self.mark(), false);
        for (tool, sent) in self.evidence().refusals().into_iter().take(MOST_REFUSED) {
            let Some(undo) = &tool.reversibility.undo else {
                continue;
            };
            let Some(by) = self.entry().context().registry().sibling(&tool, &undo.tool) else {
                continue;
            };
            let refused = PendingUndo::new(0, &tool, (undo, by), &sent, None);
            for input in self.find(&refused).await.unwrap_or_default() {
                let entry = self.entry();
                entry.provider().note_issued(&input);
                self.notes_mut().add_once(format!(
                    "{} refused a call as taken and did what it asked for all the same: {} takes {input} back",
                    tool.tool(),
                    by.tool(),
                ));
                let found = refused.named(entry.context().take_undo_id(), input);
                let event = found.owed(entry.id(), self.test(), &tool);
                entry.emit(RunEventKind::UndoOwed(Box::new(event))).await;
                self.ledger_mut().add(found);
                any = true;
            }
        }
        if any {
            self.settle_since(mark).await;
        }
        any
    }

    /// The inputs that take back what a call made and no answer named. None where no tool could be asked.
    async fn find(&self, undo: &PendingUndo) -> Option<Vec<Value>> {
        let (maker, sent) = undo.call()?;
        let way = maker.reversibility.undo.as_ref()?;
        let entry = self.entry();
        if !entry.tools().may_call(undo.tool()) {
            return None;
        }
        let questions = Question::all(entry.context().registry(), maker, way, sent);
        for question in questions {
            let tool = question.tool.tool();
            if !entry.tools().may_call(tool) || entry.look_ups().are_in_vain() {
                continue;
            }
            let found = question.find(sent, entry.context().run().short(), self).await;
            entry.look_ups().note(found.is_some());
            let Some(mut found) = found else { continue };
            found.retain(|input| !entry.provider().has_issued(input));
            return Some(found);
        }
        None
    }
}

#[async_trait]
impl Ask for TestExecutor<'_> {
    async fn ask(&self, tool: &Arc<Capability>, input: &Value) -> Option<Answer> {
        let entry = self.entry();
        let (context, name) = (entry.context(), tool.tool());
        if !self.is_at_peer() {
            entry.count_calls(1);
        }
        let call = Call {
            tool: name,
            input,
            limit: context.options().call_limit,
            reading: tool.reading(),
        };
        let reply = tokio::select! {
            reply = entry.target().transport().call(call) => reply,
            () = context.stop().when_abandoned() => return None,
        };
        learn(entry, name, &reply);
        match reply.answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                if error.kind() == ErrorKind::NoSuchTool && !entry.tools().is_named(name) {
                    entry.tools().note_missing(name);
                }
                None
            }
        }
    }
}
