//! One test at work: the values it has bound, the calls it has made, what it owes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::halt::Halt;
use super::layers::Layers;
use super::owe::Owed;
use super::peer::Visit;
use super::refusal::without_foreign_code;
use super::session::Session;
use super::sessions::Sessions;
use crate::capability::Capability;
use crate::check::Finding;
use crate::expr::{Bindings, Bound};
use crate::model::{Exchange, ProviderId, TestId};
use crate::transport::{Call, ErrorKind, Reply, TransportError};

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

/// One test at work.
pub(super) struct Asker<'s> {
    pub(super) sessions: &'s Sessions,
    /// The provider that is asked.
    pub(super) session: &'s Session,
    pub(super) test: TestId,
    /// The provider under test, where this one is asked as its peer: its answers are not judged.
    pub(super) guest_of: Option<ProviderId>,
    /// The peer of the test.
    pub(super) peer: Option<Box<Visit<'s>>>,
    /// Tells the tests of a provider apart, for the spans that they hold.
    pub(super) holder: usize,
    /// How often the test was tried before.
    pub(super) tries: usize,
    /// What is bound at this point.
    pub(super) bindings: Bindings,
    /// The provider's present, as the step at work reads it.
    pub(super) now: DateTime<Utc>,
    pub(super) phase: Phase,
    /// Time spent waiting in the test's own steps.
    pub(super) waited: Duration,
    /// Calls of the test's own steps.
    pub(super) calls: u32,
    /// Which layers answered the test's own calls, where a dialect stands between.
    pub(super) layers: Layers,
    /// What limits the result without changing it.
    pub(super) notes: Vec<String>,
    /// The fixtures made for this test alone, by name.
    pub(super) made: BTreeMap<String, Arc<Bound>>,
    waited_in_all: Duration,
    asked: Vec<Asked>,
    pub(super) owed: Vec<Owed>,
    /// Whether something that it made may remain.
    pub(super) spoilt: bool,
}

/// How many calls before the failing one a failure shows.
const SHOWN_CALLS: usize = 8;

impl<'s> Asker<'s> {
    pub(super) fn new(sessions: &'s Sessions, session: &'s Session, test: TestId, tries: usize) -> Self {
        Self {
            sessions,
            session,
            test,
            guest_of: None,
            peer: None,
            holder: session.premises.next_holder(),
            tries,
            bindings: Bindings::new(),
            now: session.shared.clock.now(),
            phase: Phase::SetUp,
            waited: Duration::ZERO,
            calls: 0,
            layers: Layers::default(),
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
        self.now = self.session.premises.skew.now(self.session.shared.clock.now());
        self.bindings.bind("now", Bound::instant(self.now));
    }

    /// Asks a tool. The answer is an object with `ok`; whether it is right is for the judge to say.
    pub(super) async fn ask(
        &mut self,
        tool: &Arc<Capability>,
        input: &Arc<Value>,
        meant_to_break: bool,
    ) -> Result<Arc<Value>, Halt> {
        let limit = self.may_ask(tool, input, meant_to_break)?;
        self.session.about_to_call(tool, input);
        let reply = send(self.session, tool, input, limit).await?;
        self.spend(reply.waited);
        self.take_in(tool, input, reply).await
    }

    /// Whether a tool may be asked this now, and how long its answer may take.
    pub(super) fn may_ask(
        &mut self,
        tool: &Arc<Capability>,
        input: &Value,
        meant_to_break: bool,
    ) -> Result<Duration, Halt> {
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
        Ok(self.session.shared.call_limit.min(left))
    }

    /// Counts time that was spent waiting for the provider.
    pub(super) fn spend(&mut self, waited: Duration) {
        self.waited_in_all += waited;
        if self.phase == Phase::Own {
            self.waited += waited;
        }
    }

    /// Counts a reply, learns from it and keeps it. The answer, or what the lack of one means for the test.
    pub(super) async fn take_in(
        &mut self,
        tool: &Arc<Capability>,
        input: &Arc<Value>,
        mut reply: Reply,
    ) -> Result<Arc<Value>, Halt> {
        if self.guest_of.is_none() {
            self.session
                .calls
                .fetch_add(u64::from(reply.attempts), Ordering::Relaxed);
        }
        if self.phase == Phase::Own {
            self.calls += reply.attempts;
        }
        self.note_mapping(reply.mapped.as_deref(), reply.attempts);
        if let Some((theirs, ours)) = reply.clock {
            self.session.premises.skew.learn(theirs, ours);
        }
        self.book(tool, input, &reply).await;
        let answer = match &mut reply.answer {
            Ok(answer) => {
                let mut output = std::mem::take(&mut answer.output);
                if answer.refused_unread {
                    without_foreign_code(tool, &mut output);
                }
                Ok(Arc::new(output))
            }
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
                self.session.offers.answered(tool.tool());
                self.session.follow_clock(tool, &output);
                Ok(output)
            }
            Err(trouble) => Err(self.trouble(tool, &trouble)),
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
    fn trouble(&mut self, tool: &Arc<Capability>, trouble: &TransportError) -> Halt {
        let name = tool.tool();
        match trouble.kind() {
            ErrorKind::NotAsked => Halt::Error(format!("{name}: {trouble}")),
            ErrorKind::Wrong => self.wrong(tool, Finding::new(format!("{name} {trouble}"))),
            ErrorKind::Gap => Halt::Skip(format!("{name}: {trouble}")),
            ErrorKind::NoSuchTool if !self.session.offers.any_answered() => Halt::Undecided {
                tool: name.to_owned(),
                trouble: trouble.to_string(),
            },
            ErrorKind::NoSuchTool if self.session.offers.names(name) => self.wrong(
                tool,
                Finding::new(format!(
                    "{name} is among the tools that the provider offers, but {trouble}"
                )),
            ),
            ErrorKind::NoSuchTool => {
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
                if self.guest_of.is_none() {
                    let exchanges = self.exchanges();
                    self.session.wrong_set_up(tool, || {
                        super::cases::set_up_row(self.session, tool, &finding, exchanges)
                    });
                }
                Halt::Blocked(reason)
            }
        }
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
                self.session.target.transport().exchange(call, &reply)
            })
            .collect()
    }

    /// How many calls are kept.
    pub(super) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// Makes one of the kept calls the last one, where a failure shows the call that failed.
    pub(super) fn put_last(&mut self, at: usize) {
        if at < self.asked.len() {
            let asked = self.asked.remove(at);
            self.asked.push(asked);
        }
    }

    /// Forgets the calls of a row that has ended well.
    pub(super) fn forget_calls(&mut self) {
        self.asked.clear();
    }
}

/// Sends the request. A run that is asked to stop waits only for calls that may make something.
pub(super) async fn send(
    session: &Session,
    tool: &Capability,
    input: &Value,
    limit: Duration,
) -> Result<Reply, Halt> {
    let call = Call {
        tool: tool.tool(),
        input,
        limit,
    };
    unless_stopped(session, tool, session.target.transport().call(call)).await
}

/// Waits for a reply as long as the run wants it.
pub(super) async fn unless_stopped(
    session: &Session,
    tool: &Capability,
    reply: impl Future<Output = Reply>,
) -> Result<Reply, Halt> {
    let stop = &session.shared.stop;
    let makes_something = tool.reversibility.undo.is_some();
    let given_up = async {
        if makes_something {
            stop.when_abandoned().await
        } else {
            stop.when_requested().await
        }
    };
    tokio::select! {
        reply = reply => Ok(reply),
        () = given_up => Err(Halt::Interrupted),
    }
}
