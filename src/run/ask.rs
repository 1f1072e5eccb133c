//! One test at work: the values it has bound, the calls it has made, what it owes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::halt::Halt;
use super::session::Session;
use super::undo::{TakenBack, take_back};
use crate::capability::Capability;
use crate::check::Finding;
use crate::event::{Leftover, OwedUndo, RunEventKind};
use crate::expr::{Bindings, Bound};
use crate::model::{Exchange, TestId};
use crate::transport::{Call, Reply, Trouble, TroubleClass};

/// Whether a call belongs to a test's own steps or to what had to be made first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its own: counted and judged.
    Own,
    /// A fixture's: not counted, and a wrong answer blocks the test.
    SetUp,
}

/// A call that a test made, kept until the test has ended.
struct Asked {
    tool: Arc<Capability>,
    input: Arc<Value>,
    /// Without the output, which stands beside it.
    reply: Reply,
    output: Option<Arc<Value>>,
}

/// Something that the test made and that must be taken back.
struct Owed {
    id: u64,
    tool: String,
    already_done: Vec<String>,
    input: Option<Value>,
    made: String,
}

/// One test at work.
pub(super) struct Asker<'s> {
    pub(super) session: &'s Session,
    pub(super) test: TestId,
    /// Tells the tests of a provider apart, for the spans that they hold.
    pub(super) holder: usize,
    /// What is bound at this point.
    pub(super) bindings: Bindings,
    /// The provider's present, as the step at work reads it.
    pub(super) now: DateTime<Utc>,
    pub(super) phase: Phase,
    /// Time spent waiting in the test's own steps.
    pub(super) waited: Duration,
    /// Calls of the test's own steps.
    pub(super) calls: u32,
    /// What limits the result without changing it.
    pub(super) notes: Vec<String>,
    /// The fixtures made for this test alone, by name.
    pub(super) made: BTreeMap<String, Arc<Bound>>,
    waited_in_all: Duration,
    asked: Vec<Asked>,
    owed: Vec<Owed>,
    spoilt: bool,
}

/// How many calls before the failing one a failure shows.
const SHOWN_CALLS: usize = 8;

impl<'s> Asker<'s> {
    pub(super) fn new(session: &'s Session, test: TestId, holder: usize) -> Self {
        Self {
            session,
            test,
            holder,
            bindings: Bindings::new(),
            now: session.shared.clock.now(),
            phase: Phase::SetUp,
            waited: Duration::ZERO,
            calls: 0,
            notes: Vec::new(),
            made: BTreeMap::new(),
            waited_in_all: Duration::ZERO,
            asked: Vec::new(),
            owed: Vec::new(),
            spoilt: false,
        }
    }

    /// Samples the provider's present, which a step reads as `now`.
    pub(super) fn tick(&mut self) {
        self.now = self.session.skew.now(self.session.shared.clock.now());
        self.bindings.bind("now", Bound::instant(self.now));
    }

    /// Asks a tool. The answer is an object with `ok`; whether it is right is for the judge to say.
    pub(super) async fn ask(
        &mut self,
        tool: &Arc<Capability>,
        input: &Arc<Value>,
        meant_to_break: bool,
    ) -> Result<Arc<Value>, Halt> {
        let name = tool.tool();
        if self.session.shared.stop.requested() {
            return Err(Halt::Interrupted);
        }
        if !self.session.offers.offers(name) {
            return Err(Halt::Skip(format!("the provider does not offer {name}")));
        }
        self.check_input(tool, input, meant_to_break)?;
        let left = self.session.shared.test_limit.saturating_sub(self.waited_in_all);
        if left.is_zero() {
            let limit = self.session.shared.test_limit.as_secs();
            let slow = format!("the provider took longer than {limit} s over this test");
            return Err(match self.phase {
                Phase::Own => self.wrong(tool, Finding::new(slow)),
                // Many answers, each in time, are no wrong answer of the tool that comes next.
                Phase::SetUp => Halt::Blocked(slow),
            });
        }
        let limit = self.session.shared.call_limit.min(left);
        let mut reply = self.send(tool, input, limit).await?;
        self.waited_in_all += reply.waited;
        self.session
            .calls
            .fetch_add(u64::from(reply.attempts), Ordering::Relaxed);
        if self.phase == Phase::Own {
            self.waited += reply.waited;
            self.calls += reply.attempts;
        }
        if let Some((theirs, ours)) = reply.clock {
            self.session.skew.learn(theirs, ours);
        }
        self.book(tool, input, &reply).await;
        let answer = match &mut reply.answer {
            Ok(answer) => Ok(Arc::new(std::mem::take(&mut answer.output))),
            Err(trouble) => Err(trouble.clone()),
        };
        self.asked.push(Asked {
            tool: Arc::clone(tool),
            input: Arc::clone(input),
            reply,
            output: answer.as_ref().ok().map(Arc::clone),
        });
        match answer {
            Ok(output) => {
                self.session.offers.answered(name);
                Ok(output)
            }
            Err(trouble) => Err(self.trouble(tool, &trouble)),
        }
    }

    /// Sends the request. A run that is asked to stop waits only for calls that may make something.
    async fn send(&self, tool: &Capability, input: &Value, limit: Duration) -> Result<Reply, Halt> {
        let stop = &self.session.shared.stop;
        let makes_something = tool.reversibility.undo.is_some();
        let given_up = async {
            if makes_something {
                stop.when_abandoned().await
            } else {
                stop.when_requested().await
            }
        };
        tokio::select! {
            reply = self.session.contestant.transport.call(Call { tool: tool.tool(), input, limit }) => Ok(reply),
            () = given_up => Err(Halt::Interrupted),
        }
    }

    /// Every input that the harness sends keeps the input schema, unless it is meant to break it: then it must.
    fn check_input(&self, tool: &Capability, input: &Value, meant_to_break: bool) -> Result<(), Halt> {
        let violations = tool.input.violations(input);
        match (violations.first(), meant_to_break) {
            (None, false) | (Some(_), true) => Ok(()),
            (Some(violation), false) => Err(Halt::Error(format!(
                "the suite made an input for {} that breaks the input schema and was not sent: `{}`: {}",
                tool.tool(),
                violation.path,
                violation.message
            ))),
            (None, true) => Err(Halt::Error(format!(
                "the suite made an input for {} that was meant to break the input schema, does not, and was not sent",
                tool.tool()
            ))),
        }
    }

    /// What a call without an answer means for the test (provider contract, "How an answer is judged", 3 to 7).
    fn trouble(&mut self, tool: &Arc<Capability>, trouble: &Trouble) -> Halt {
        let name = tool.tool();
        match trouble.class() {
            TroubleClass::NotAsked => Halt::Error(format!("{name}: {trouble}")),
            TroubleClass::Wrong => self.wrong(tool, Finding::new(format!("{name} {trouble}"))),
            TroubleClass::NoSuchTool if !self.session.offers.any_answered() => Halt::Undecided {
                tool: name.to_owned(),
                trouble: trouble.to_string(),
            },
            TroubleClass::NoSuchTool if self.session.offers.names(name) => self.wrong(
                tool,
                Finding::new(format!(
                    "{name} is among the tools that the provider offers, but {trouble}"
                )),
            ),
            TroubleClass::NoSuchTool => {
                self.session.offers.missing(name);
                Halt::Skip(format!("the provider does not offer {name}"))
            }
        }
    }

    /// A wrong answer: a failure of the test where the call is its own, else of the tool that gave it.
    pub(super) fn wrong(&mut self, tool: &Arc<Capability>, finding: Finding) -> Halt {
        match self.phase {
            Phase::Own => Halt::Fail {
                finding: Box::new(finding),
                step: tool.tool().to_owned(),
            },
            Phase::SetUp => {
                let reason = format!("a set-up call was answered wrongly: {}", finding.message);
                let exchanges = self.exchanges();
                self.session.wrong_set_up(tool, || {
                    super::cases::set_up_row(self.session, tool, &finding, exchanges)
                });
                Halt::Blocked(reason)
            }
        }
    }

    /// Notes what an answer says was made, or what a lost answer may have made; and what this call took back.
    async fn book(&mut self, tool: &Arc<Capability>, input: &Value, reply: &Reply) {
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
            Ok(answer) => match undo.input_for(&answer.output) {
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
            provider: self.session.contestant.record.id.clone(),
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

    /// Takes back everything that is owed. What cannot be taken back is a leftover and changes no outcome.
    pub(super) async fn clean_up(&mut self) {
        for owed in std::mem::take(&mut self.owed) {
            let stop = &self.session.shared.stop;
            let taken = match &owed.input {
                None => TakenBack::No("the answer that would have named it was lost".to_owned()),
                Some(_) if !self.session.offers.offers(&owed.tool) => {
                    TakenBack::No(format!("the provider does not offer {}", owed.tool))
                }
                Some(input) => {
                    let transport = self.session.contestant.transport.as_ref();
                    let limit = self.session.shared.call_limit;
                    self.session.calls.fetch_add(1, Ordering::Relaxed);
                    tokio::select! {
                        taken = take_back(transport, &owed.tool, input, &owed.already_done, limit) => taken,
                        () = stop.when_abandoned() => TakenBack::No("the run was stopped before it was taken back".to_owned()),
                    }
                }
            };
            let event = match taken {
                TakenBack::Yes => RunEventKind::UndoSettled { id: owed.id },
                TakenBack::No(reason) => {
                    self.spoilt = true;
                    RunEventKind::LeftOver(Box::new(Leftover {
                        id: owed.id,
                        provider: self.session.contestant.record.id.clone(),
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
    }

    /// Gives back the spans of time that the test held.
    pub(super) fn release(&self) {
        self.session.leases.release(self.holder, self.spoilt);
    }

    /// The records of the calls so far, redacted, the last one last.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        let skip = self.asked.len().saturating_sub(SHOWN_CALLS);
        self.asked
            .iter()
            .skip(skip)
            .map(|asked| {
                let call = Call {
                    tool: asked.tool.tool(),
                    input: &asked.input,
                    limit: Duration::ZERO,
                };
                let mut reply = asked.reply.clone();
                if let (Ok(answer), Some(output)) = (&mut reply.answer, &asked.output) {
                    answer.output = output.as_ref().clone();
                }
                self.session.contestant.transport.exchange(call, &reply)
            })
            .collect()
    }

    /// Forgets the calls of a row that has ended well.
    pub(super) fn forget_calls(&mut self) {
        self.asked.clear();
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
