//! What a test owes: everything that its calls have made is taken back, passed or not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use serde_json::Value;

use super::ask::Asker;
use super::undo::{TakenBack, take_back};
use crate::capability::Capability;
use crate::event::{Leftover, OwedUndo, RunEventKind};
use crate::transport::Reply;

/// How many things of one kind a test takes back at one time.
const UNDONE_AT_ONCE: usize = 4;

/// Something that the test made and that must be taken back.
pub(super) struct Owed {
    id: u64,
    tool: String,
    already_done: Vec<String>,
    /// None where the answer that would have named it was lost.
    pub(super) input: Option<Value>,
    made: String,
}

/// A point in a test, to come back to: what was owed and held before it stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    undo: u64,
    span: usize,
}

impl Mark {
    /// Before everything.
    pub(super) const BEGINNING: Self = Self { undo: 0, span: 0 };
}

impl Asker<'_> {
    /// This point of the test.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            undo: self.session.shared.undo_ids.load(Ordering::Relaxed),
            span: self.session.premises.leases.mark(),
        }
    }

    /// Notes what an answer says was made, or what a lost answer may have made; and what this call took back.
    pub(super) async fn book(&mut self, tool: &Arc<Capability>, input: &Value, reply: &Reply) {
        if let Ok(answer) = &reply.answer
            && answer.output.get("ok") == Some(&Value::Bool(true))
        {
            let settled: Vec<_> = self
                .owed
                .extract_if(.., |owed| {
                    owed.tool == tool.tool() && owed.input.as_ref().is_some_and(|owed| contains(input, owed))
                })
                .collect();
            for owed in settled {
                self.session
                    .shared
                    .emitter
                    .emit(RunEventKind::UndoSettled { id: owed.id })
                    .await;
            }
        }
        let Some(undo) = &tool.reversibility.undo else {
            return;
        };
        let owed_input = match &reply.answer {
            Ok(answer) => match undo
                .input_for(&answer.output)
                .inspect(|input| self.session.premises.issued(input))
            {
                // A repeat that answers with the same thing owes nothing new.
                Some(input) if self.owed.iter().any(|owed| owed.input.as_ref() == Some(&input)) => return,
                Some(input) => Some(input),
                None => return,
            },
            Err(trouble) if trouble.may_have_acted() => None,
            Err(_) => return,
        };
        let owed = Owed {
            id: self.session.next_undo(),
            tool: undo.tool.clone(),
            already_done: undo.already_done.clone(),
            input: owed_input,
            made: format!("{} with {input}", tool.tool()),
        };
        let event = OwedUndo {
            id: owed.id,
            provider: self.session.target.id().clone(),
            version: tool.reference.version.clone(),
            test: self.test.to_string(),
            tool: owed.tool.clone(),
            input: owed.input.clone(),
            made: owed.made.clone(),
        };
        self.session
            .shared
            .emitter
            .emit(RunEventKind::UndoOwed(Box::new(event)))
            .await;
        self.owed.push(owed);
    }

    /// Takes back everything that is owed since a point of the test, puts the clock back, and gives back the spans of time that it
    /// held since. What cannot be taken back is a leftover and changes no outcome.
    pub(super) async fn settle_since(&mut self, mark: Mark) {
        let mut owed: Vec<_> = self.owed.extract_if(.., |owed| owed.id >= mark.undo).collect();
        // What was made last may rest on what was made before it. Things of one kind do not rest on each other.
        owed.reverse();
        let mut settled = Vec::with_capacity(owed.len());
        for of_one_kind in owed.chunk_by(|one, next| one.tool == next.tool) {
            for at_once in of_one_kind.chunks(UNDONE_AT_ONCE) {
                settled.extend(join_all(at_once.iter().map(|owed| self.take_back(owed))).await);
            }
        }
        for (owed, taken) in owed.into_iter().zip(settled) {
            let event = match taken {
                TakenBack::Yes => RunEventKind::UndoSettled { id: owed.id },
                TakenBack::No(reason) => {
                    self.spoilt = true;
                    RunEventKind::LeftOver(Box::new(Leftover {
                        id: owed.id,
                        provider: self.session.target.id().clone(),
                        test: self.test.to_string(),
                        made: owed.made,
                        tool: owed.tool,
                        input: owed.input,
                        reason,
                    }))
                }
            };
            self.session.shared.emitter.emit(event).await;
        }
        // A guest asks only while the clock is as it was found.
        if self.guest_of.is_none() {
            self.put_clock_back().await;
        }
        if self.spoilt {
            self.session.forget_all_searched();
        }
        self.session
            .premises
            .leases
            .release(self.holder, mark.span, self.spoilt);
    }

    async fn take_back(&self, owed: &Owed) -> TakenBack {
        let session = self.session;
        let Some(input) = &owed.input else {
            return TakenBack::No("the answer that would have named it was lost".to_owned());
        };
        if !session.offers.offers(&owed.tool) {
            return TakenBack::No(format!("the provider does not offer {}", owed.tool));
        }
        if self.guest_of.is_none() {
            session.calls.fetch_add(1, Ordering::Relaxed);
        }
        let transport = session.target.transport().as_ref();
        let limit = session.shared.call_limit;
        tokio::select! {
            taken = take_back(transport, &owed.tool, input, &owed.already_done, limit) => taken,
            () = session.shared.stop.when_abandoned() => {
                TakenBack::No("the run was stopped before it was taken back".to_owned())
            }
        }
    }
}

/// Whether an object has all fields of another, with equal values.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key) == Some(value))
        }
        _ => whole == part,
    }
}
