//! The steps of tests and fixtures, ready to run.

use std::sync::Arc;

use crate::capability::Capability;
use crate::expr::{Expression, Template};

/// One step.
#[derive(Debug)]
pub struct Step {
    /// The name that later steps read.
    pub id: Option<String>,
    /// The step is left out unless this holds.
    pub when: Option<Expression>,
    /// Whether it is done at the other provider that the test names.
    pub at_peer: bool,
    /// What it does.
    pub kind: StepKind,
}

/// What a step does.
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
    /// What is sent, for messages.
    pub sending: Option<Template>,
    /// Whether the input is meant to break the input schema.
    pub invalid_input: bool,
    /// Whether the step is left out when the tool is not offered.
    pub if_offered: bool,
    /// What the call would show.
    pub shows: Option<String>,
    /// What the answer must be.
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
    /// What each answer must be.
    pub expect: Expect,
    /// The list of what was found in an answer.
    pub pick: Expression,
    /// Both ends of the span of time that is held.
    pub lease: Option<(Expression, Expression)>,
    /// Why the test is blocked when nothing is found.
    pub none: String,
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
    /// What each answer must be.
    pub expect: Expect,
}

/// Calls that are made at one time.
#[derive(Debug)]
pub struct RaceStep {
    /// The calls; each stands for the callers from the one after those before it.
    pub calls: Vec<RaceCall>,
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
    /// How many make it.
    pub callers: usize,
    /// The tool's contract.
    pub tool: Arc<Capability>,
    /// The input.
    pub input: Template,
    /// What is sent, for messages.
    pub sending: Option<Template>,
    /// What each answer must be.
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

/// The outcome of a test whose condition does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// The provider lacks what the test needs.
    Skip,
    /// The provider's data lacks what the test needs.
    Blocked,
}

/// What an answer must be.
#[derive(Debug, Default)]
pub struct Expect {
    /// Whether the call succeeds; None where both are honest.
    pub ok: Option<bool>,
    /// The error codes of which a refusal carries one; none when any code is right.
    pub errors: Vec<String>,
    /// What is wrong when `ok` or `error` is not as expected.
    pub otherwise: Option<Template>,
    /// The rule that is broken then.
    pub rule: Option<String>,
    /// What must hold of the answer.
    pub that: Vec<Check>,
}

/// Something that must hold.
#[derive(Debug)]
pub struct Check {
    /// The predicate.
    pub check: Expression,
    /// What is wrong when it does not hold.
    pub otherwise: Template,
    /// The rule that is broken then.
    pub rule: Option<String>,
    /// The check is left out unless this holds.
    pub when: Option<Expression>,
}
