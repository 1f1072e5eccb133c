//! Steps that involve more than one caller or more than one provider: races, and what is done at a peer.

use std::sync::Arc;

use crate::diagnostic::{Node, Problem, Spot};
use crate::expr::Shape;

use super::compile::Compiler;
use super::raw_step::{RawExpect, RawPlace, RawRace, RawRaceCall, RawRaceEach, RawStep};
use super::step::{RaceCall, RaceStep, StepKind};

/// The number of calls that a race may have: one is no race, and more than 32 find nothing that fewer do not.
const CALLERS: std::ops::RangeInclusive<usize> = 2..=32;

impl Compiler<'_> {
    pub(super) fn race(&self, raw: &RawRace) -> Result<StepKind, Problem> {
        let first = raw.calls.iter().flatten().next();
        let place = raw
            .each
            .as_ref()
            .map(|each| &each.call)
            .or(first.map(|call| &call.call));
        let wrong = |message: String| match place {
            Some(call) => self.at(call, message),
            None => Problem::of(self.source, message),
        };
        let calls = match (&raw.each, &raw.calls) {
            (Some(each), None) => vec![self.each_caller(each)?],
            (None, Some(calls)) => calls
                .iter()
                .map(|call| self.caller(call))
                .collect::<Result<_, _>>()?,
            _ => return Err(wrong("a race has either `each` or `calls`".to_owned())),
        };
        let callers = calls.iter().map(|call| call.callers).sum();
        if CALLERS.contains(&callers) {
            let apart = raw.each.as_ref().and_then(|each| each.apart.as_ref());
            let apart = self.optional(apart, &self.names)?;
            return Ok(StepKind::Race(RaceStep { calls, apart }));
        }
        let (least, most) = CALLERS.into_inner();
        Err(wrong(format!(
            "a race has {least} to {most} calls, this one has {callers}"
        )))
    }

    fn each_caller(&self, raw: &RawRaceEach) -> Result<RaceCall, Problem> {
        if let Some(problem) = raw.callers.respelled(self.source) {
            return Err(problem);
        }
        let call = self.race_call(&raw.call, &raw.input, raw.sending.as_ref(), &raw.expect)?;
        Ok(RaceCall {
            callers: raw.callers.value,
            ..call
        })
    }

    fn caller(&self, raw: &RawRaceCall) -> Result<RaceCall, Problem> {
        self.race_call(&raw.call, &raw.input, raw.sending.as_ref(), &raw.expect)
    }

    fn race_call(
        &self,
        tool: &Spot<String>,
        input: &Node,
        sending: Option<&Node>,
        expect: &RawExpect,
    ) -> Result<RaceCall, Problem> {
        let contract = self.tool(tool)?;
        let names = self.names.with("caller", Shape::Any);
        Ok(RaceCall {
            callers: 1,
            input: self.input(input, &contract, false, &names)?,
            sending: sending.map(|node| self.template(node, &names)).transpose()?,
            expect: self.expect(expect, tool, &contract, &names)?,
            tool: Arc::clone(&contract),
        })
    }

    /// Returns true if a step is done at the peer. Only a test that names a peer may ask it, and only by calls and searches.
    pub(super) fn at_peer(&self, raw: &RawStep) -> Result<bool, Problem> {
        let Some(RawPlace::Peer) = raw.at else {
            return Ok(false);
        };
        let place = raw
            .call
            .as_ref()
            .or(raw.search.as_ref().map(|search| &search.call));
        let message = match place {
            Some(_) if self.has_peer => return Ok(true),
            Some(_) if self.fixture => {
                "a fixture is made where it is asked for, so `at` stands in tests only"
            }
            Some(_) => "`at: peer` stands only in a test that has the key `peer`",
            None => "`at` stands beside `call` or `search` only",
        };
        Err(match place.or(raw.id.as_ref()) {
            Some(spot) => self.at(spot, message),
            None => Problem::of(self.source, message),
        })
    }
}
