//! The steps of tests and fixtures, ready to run.

use std::sync::Arc;

use super::raw_step::RawOtherwise;
use crate::capability::Capability;
use crate::expr::{Expression, Template};

/// One step.
#[derive(Debug)]
pub struct Step {
    /// The name that later steps read.
    pub id: Option<String>,
    /// The step is left out unless this holds.
    pub when: Option<Expression>,
    /// True if it is done at the other provider that the test names.
    pub at_peer: bool,
    /// True if it is one of the steps that tell right from wrong: a test of which none was done is no pass.
    pub tells: bool,
    /// The action.
    pub kind: StepKind,
}

impl Step {
    /// Returns true if the step judges the provider under test.
    pub fn judges(&self) -> bool {
        match &self.kind {
            _ if self.at_peer => false,
            StepKind::Call(call) => !call.answer_lost,
            StepKind::ForEach(_) | StepKind::Race(_) | StepKind::That(_) => true,
            StepKind::Search(_) | StepKind::Wait(_) | StepKind::Need(_) | StepKind::Let(_) => false,
        }
    }

    /// Returns true if the step may be left out of a test that goes on.
    pub fn may_be_left_out(&self) -> bool {
        self.when.is_some() || matches!(&self.kind, StepKind::Call(call) if call.if_offered)
    }
}

/// The action of a step.
#[derive(Debug)]
pub enum StepKind {
    /// Calls a tool.
    Call(Box<CallStep>),
    /// Asks in turn until something is found.
    Search(Box<SearchStep>),
    /// Makes a call for each element of a list.
    ForEach(Box<ForEachStep>),
    /// Makes calls at one time.
    Race(RaceStep),
    /// Waits for a duration.
    Wait(Expression),
    /// Ends the test unless a condition holds.
    Need(NeedStep),
    /// Binds names.
    Let(Vec<(String, Template)>),
    /// Checks what the steps so far have found.
    That(Vec<Check>),
}

/// A call of a tool.
#[derive(Debug)]
pub struct CallStep {
    /// The tool's contract.
    pub tool: Arc<Capability>,
    /// The input.
    pub input: Template,
    /// A noun phrase for messages that names the input.
    pub sending: Option<Template>,
    /// True if the input is meant to break the input schema.
    pub invalid_input: bool,
    /// True if the step is left out where the tool is not offered.
    pub if_offered: bool,
    /// True if the connection is closed before the answer is read: there is nothing to judge then.
    pub answer_lost: bool,
    /// The property that the call would show.
    pub shows: Option<String>,
    /// The expectation of the answer.
    pub expect: Expect,
}

/// A search for something that is free.
#[derive(Debug)]
pub struct SearchStep {
    /// Loops, the first the outermost.
    pub over: Vec<(String, Expression)>,
    /// The contract of the tool to ask.
    pub tool: Arc<Capability>,
    /// The input.
    pub input: Template,
    /// The expectation of each answer.
    pub expect: Expect,
    /// The list of what was found in an answer.
    pub pick: Expression,
    /// True if what is soonest is asked for: days and slots are tried in the order that the suite and the provider give.
    pub soonest: bool,
    /// Set if two of them that meet are looked for.
    pub pairs: Option<PairSearch>,
    /// Both ends of the span of time that is held.
    pub lease: Option<(Expression, Expression)>,
    /// The outcome if nothing is found.
    pub otherwise: Otherwise,
    /// The reason if nothing is found.
    pub none: String,
}

/// The part of a search for two things that meet.
#[derive(Debug, Clone, Copy)]
pub struct PairSearch {
    /// The number of outer loops in one turn of which both are found. Loops inside them have different turns for the two.
    pub turns: usize,
}

/// A call for each element of a list.
#[derive(Debug)]
pub struct ForEachStep {
    /// The list.
    pub list: Expression,
    /// The name of the element.
    pub name: String,
    /// The tool's contract.
    pub tool: Arc<Capability>,
    /// The input.
    pub input: Template,
    /// The expectation of each answer.
    pub expect: Expect,
}

/// Calls that are made at one time.
#[derive(Debug)]
pub struct RaceStep {
    /// The calls; each stands for the callers from the one after those before it.
    pub calls: Vec<RaceCall>,
    /// The milliseconds between the start of a call and that of the next; None starts all at once.
    pub apart: Option<Expression>,
}

impl RaceStep {
    /// Each caller's number and call.
    pub fn callers(&self) -> impl Iterator<Item = (usize, &RaceCall)> {
        let calls = self.calls.iter();
        calls
            .flat_map(|call| std::iter::repeat_n(call, call.callers))
            .enumerate()
    }
}

/// A call of a race, made by one or more callers.
#[derive(Debug)]
pub struct RaceCall {
    /// The number of callers.
    pub callers: usize,
    /// The tool's contract.
    pub tool: Arc<Capability>,
    /// The input.
    pub input: Template,
    /// A noun phrase for messages that names the input.
    pub sending: Option<Template>,
    /// The expectation of each answer.
    pub expect: Expect,
}

/// A condition that is no fault of the provider.
#[derive(Debug)]
pub struct NeedStep {
    /// The condition.
    pub check: Expression,
    /// The outcome without it.
    pub otherwise: Otherwise,
    /// The reason.
    pub reason: Template,
}

impl NeedStep {
    /// Returns true if it needs a test clock and nothing else.
    pub fn takes_clock(&self) -> bool {
        self.check.reads() == [["offers".to_owned(), "advance_clock".to_owned()]]
    }
}

/// The outcome of a test whose condition does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// The provider lacks what the test needs.
    Skip,
    /// The provider's data lacks what the test needs.
    Blocked,
}

impl From<RawOtherwise> for Otherwise {
    fn from(raw: RawOtherwise) -> Self {
        match raw {
            RawOtherwise::Skip => Self::Skip,
            RawOtherwise::Blocked => Self::Blocked,
        }
    }
}

/// The expectation of an answer.
#[derive(Debug, Default)]
pub struct Expect {
    /// True if the call must succeed; None if both are accepted.
    pub ok: Option<bool>,
    /// The error codes of which a refusal carries one; none when any code is right.
    pub errors: Vec<String>,
    /// The message if `ok` or `error` is not as expected.
    pub otherwise: Option<Template>,
    /// The rule that is broken then.
    pub rule: Option<String>,
    /// Checks of the answer.
    pub that: Vec<Check>,
}

/// Something that must hold.
#[derive(Debug)]
pub struct Check {
    /// The predicate.
    pub check: Expression,
    /// The message if it does not hold.
    pub otherwise: Template,
    /// The rule that is broken then.
    pub rule: Option<String>,
    /// The check is left out unless this holds.
    pub when: Option<Expression>,
}
