//! The undo ledger of a test: everything that its calls have made and that must be taken back, passed or not.

use std::sync::Arc;

use serde_json::Value;

use crate::capability::{Capability, Undo};
use crate::event::{Leftover, MakingCall, OwedUndo};
use crate::model::{ProviderId, Reading, TestId};

/// Something that a test made and that must be taken back.
pub(super) struct PendingUndo {
    id: u64,
    tool: String,
    /// How the answers of that tool are read.
    reading: Reading,
    already_done: Vec<String>,
    input: Option<Value>,
    made: String,
    call: Option<Made>,
    kept_by: Option<String>,
}

/// The call that made something.
#[derive(Clone)]
struct Made {
    tool: Arc<Capability>,
    sent: Value,
    /// True as long as nobody knows how the call ended.
    under_way: bool,
    /// True once the same call was answered with a name.
    repeated: bool,
}

impl PendingUndo {
    /// The undo of a call of `tool` with `sent`, by the tool `by`. `id` is unique within the run; `input` is what that tool takes, None
    /// where no answer has named it.
    pub(super) fn new(
        id: u64,
        tool: &Arc<Capability>,
        (undo, by): (&Undo, &Capability),
        sent: &Value,
        input: Option<Value>,
    ) -> Self {
        Self {
            id,
            tool: by.tool().to_owned(),
            reading: by.reading().clone(),
            already_done: undo.already_done.clone(),
            input,
            made: format!("{} with {sent}", tool.tool()),
            call: Some(Made {
                tool: Arc::clone(tool),
                sent: sent.clone(),
                under_way: false,
                repeated: false,
            }),
            kept_by: None,
        }
    }

    /// The same, while the call is under way.
    pub(super) fn under_way(mut self) -> Self {
        if let Some(call) = &mut self.call {
            call.under_way = true;
        }
        self
    }

    /// The same after the end of the call, with the input that takes back what it made, None where no answer has named that. The second
    /// value tells whether this is more than was known when the call was sent.
    pub(super) fn ended(mut self, input: Option<Value>) -> (Self, bool) {
        if let Some(call) = &mut self.call {
            call.under_way = false;
        }
        let is_news = self.input != input;
        self.input = input;
        (self, is_news)
    }

    /// The undo of something that was found since and is what the call made. `id` is its own number.
    pub(super) fn named(&self, id: u64, input: Value) -> Self {
        Self {
            id,
            tool: self.tool.clone(),
            reading: self.reading.clone(),
            already_done: self.already_done.clone(),
            input: Some(input),
            made: self.made.clone(),
            call: self.call.clone(),
            kept_by: None,
        }
    }

    /// The removal of something that a dialect made for a call of `tool`: the name under which the dialect removes it and the input for
    /// that, None where it cannot be removed.
    pub(super) fn of_extra(id: u64, made: &str, tool: &Capability, cleanup: Option<(String, Value)>) -> Self {
        let (removed_by, input) = match cleanup {
            Some((removed_by, input)) => (removed_by, Some(input)),
            None => (tool.tool().to_owned(), None),
        };
        Self {
            id,
            tool: removed_by,
            reading: Reading::default(),
            already_done: Vec::new(),
            input,
            made: made.to_owned(),
            call: None,
            kept_by: None,
        }
    }

    /// Its number, unique within the run.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The tool that takes it back.
    pub(super) fn tool(&self) -> &str {
        &self.tool
    }

    /// How the answers of that tool are read.
    pub(super) fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The input of that tool; None where no answer has named what was made.
    pub(super) fn input(&self) -> Option<&Value> {
        self.input.as_ref()
    }

    /// The tool that made it, and what that was called with. None where a dialect made it on the way.
    pub(super) fn call(&self) -> Option<(&Arc<Capability>, &Value)> {
        self.call.as_ref().map(|call| (&call.tool, &call.sent))
    }

    /// Returns true if the same call was answered with a name since: what was made is most likely what that names.
    pub(super) fn is_repeated(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.repeated)
    }

    /// The error codes of that tool that mean that nothing is left to take back.
    pub(super) fn already_done(&self) -> &[String] {
        &self.already_done
    }

    /// The event that puts it on record. `tool` is the one whose call made it.
    pub(super) fn owed(&self, provider: &ProviderId, test: &TestId, tool: &Capability) -> OwedUndo {
        OwedUndo {
            id: self.id,
            provider: provider.clone(),
            version: tool.reference.version.clone(),
            test: test.to_string(),
            tool: self.tool.clone(),
            input: self.input.clone(),
            made: self.made.clone(),
            kept_by: self.kept_by.clone(),
            call: self
                .call()
                .filter(|_| self.input.is_none())
                .map(|(tool, sent)| MakingCall {
                    capability: tool.reference.clone(),
                    input: sent.clone(),
                }),
        }
    }

    fn is_under_way(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.under_way)
    }

    fn is_of(&self, tool: &Capability, sent: &Value) -> bool {
        self.call()
            .is_some_and(|(maker, known)| maker.reference == tool.reference && known == sent)
    }

    /// The tool that was called on it since and whose contract has no undo.
    pub(super) fn kept_by(&self) -> Option<&str> {
        self.kept_by.as_deref()
    }

    /// The event that says that it could not be taken back.
    pub(super) fn into_leftover(self, provider: &ProviderId, test: &TestId, reason: String) -> Leftover {
        Leftover {
            id: self.id,
            provider: provider.clone(),
            test: test.to_string(),
            made: self.made,
            tool: self.tool,
            input: self.input,
            reason,
        }
    }

    fn is_done_by(&self, tool: &str, input: &Value) -> bool {
        self.tool == tool && self.is_named_by(input)
    }

    fn is_named_by(&self, input: &Value) -> bool {
        self.input.as_ref().is_some_and(|own| contains(input, own))
    }
}

/// A point in a test, to come back to: what was made and held before it stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    undo: u64,
    lease: usize,
}

impl Mark {
    /// Before everything.
    pub(super) const BEGINNING: Self = Self { undo: 0, lease: 0 };

    /// Before the undo that gets the next number, and the lease that is taken next.
    pub(super) fn new(undo: u64, lease: usize) -> Self {
        Self { undo, lease }
    }

    /// The first lease after this point.
    pub(super) fn lease(self) -> usize {
        self.lease
    }
}

/// The undos that a test has not done yet.
#[derive(Default)]
pub(super) struct UndoLedger {
    pending: Vec<PendingUndo>,
    tainted: bool,
}

impl UndoLedger {
    /// Adds an undo.
    pub(super) fn add(&mut self, undo: PendingUndo) {
        self.pending.push(undo);
    }

    /// Notes that a call was answered with a name: the same call before it, whose answer had none, most likely made the same thing.
    pub(super) fn note_named(&mut self, tool: &Capability, sent: &Value) {
        let unnamed = |undo: &&mut PendingUndo| undo.input.is_none() && undo.is_of(tool, sent);
        for undo in self.pending.iter_mut().filter(unnamed) {
            if let Some(call) = &mut undo.call {
                call.repeated = true;
            }
        }
    }

    /// Takes out what was put on record before a call of this tool with this input was sent. The call has ended.
    pub(super) fn take_under_way(&mut self, tool: &Capability, sent: &Value) -> Option<PendingUndo> {
        let at = self
            .pending
            .iter()
            .position(|undo| undo.is_under_way() && undo.is_of(tool, sent))?;
        Some(self.pending.remove(at))
    }

    /// Returns true if something is pending that no answer has named, of a call of this tool with this input.
    pub(super) fn has_unnamed(&self, tool: &Capability, sent: &Value) -> bool {
        let mut ended = self.pending.iter().filter(|undo| !undo.is_under_way());
        ended.any(|undo| undo.input.is_none() && undo.is_of(tool, sent))
    }

    /// Returns true if an undo with this input is pending already.
    pub(super) fn has(&self, input: &Value) -> bool {
        let mut ended = self.pending.iter().filter(|undo| !undo.is_under_way());
        ended.any(|undo| undo.input() == Some(input))
    }

    /// Returns true if a call with this input names something that is pending.
    pub(super) fn is_named_by(&self, input: &Value) -> bool {
        self.inputs().any(|known| contains(input, known))
    }

    /// The inputs of all pending undos, as far as they are known.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Value> {
        self.pending.iter().filter_map(PendingUndo::input)
    }

    /// Removes the undos that a successful call of the test itself has done, and returns their numbers.
    pub(super) fn settle_by(&mut self, tool: &str, input: &Value) -> Vec<u64> {
        let done = self.pending.extract_if(.., |undo| undo.is_done_by(tool, input));
        done.map(|undo| undo.id).collect()
    }

    /// Notes that a tool was called that changes what its input names and whose contract has no undo. Returns the records of the
    /// undos that may be refused from now on, with this tool as the reason.
    pub(super) fn keep_by(
        &mut self,
        tool: &Capability,
        input: &Value,
        provider: &ProviderId,
        test: &TestId,
    ) -> Vec<OwedUndo> {
        let mut kept = Vec::new();
        for undo in &mut self.pending {
            let Some(call) = &undo.call else { continue };
            if undo.kept_by.is_none() && undo.tool != tool.tool() && undo.is_named_by(input) {
                let maker = Arc::clone(&call.tool);
                undo.kept_by = Some(tool.tool().to_owned());
                kept.push(undo.owed(provider, test, &maker));
            }
        }
        kept
    }

    /// Removes everything that was made since a point of the test. What was made last comes first: it may rest on what was made
    /// before it.
    pub(super) fn take_since(&mut self, mark: Mark) -> Vec<PendingUndo> {
        let taken = self.pending.extract_if(.., |undo| undo.id >= mark.undo);
        let mut taken: Vec<_> = taken.collect();
        taken.reverse();
        taken
    }

    /// Notes that something which the test made may remain.
    pub(super) fn taint(&mut self) {
        self.tainted = true;
    }

    /// Returns true if something which the test made may remain.
    pub(super) fn is_tainted(&self) -> bool {
        self.tainted
    }
}

/// Returns true if an object has all fields of another, with equal values.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key) == Some(value))
        }
        _ => whole == part,
    }
}
