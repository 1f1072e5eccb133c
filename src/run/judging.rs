//! The verdicts of a test: whose fault a wrong answer is, and which predicates say something of the provider.

use std::sync::Arc;

use super::answered::Answered;
use super::executor::TestExecutor;
use super::results::set_up_result;
use super::scope::Phase;
use super::step_error::StepError;
use crate::capability::Capability;
use crate::check::{self, Finding, Unmet};
use crate::expr::Template;
use crate::model::WRONG_SET_UP;
use crate::suite::{Check, Expect};

/// The end of a test whose answer could not be judged: nobody's finding.
fn unjudged(unmet: Unmet) -> StepError {
    match unmet {
        Unmet::Finding(finding) => StepError::Blocked(finding.message),
        Unmet::TooLong(why) => StepError::Error(why),
        Unmet::Bug(why) => StepError::Bug(why),
    }
}

impl TestExecutor<'_> {
    /// Judges an answer; a wrong one is a failure of this test or, in set-up, of the tool.
    pub(super) fn judge(
        &mut self,
        tool: &Arc<Capability>,
        expect: &Expect,
        sending: Option<&str>,
        answered: &Answered,
    ) -> Result<(), StepError> {
        let mut bindings = self.scope().bindings().clone();
        answered.bind_to(&mut bindings);
        let answer = answered.answer();
        let mut counts = |that: &Check| self.says_something(that, Some(tool));
        check::judge(tool, expect, sending, answer, &bindings, &mut counts).map_err(|unmet| match unmet {
            Unmet::Finding(finding) => self.wrong(tool, *finding),
            unmet => unjudged(unmet),
        })
    }

    /// Judges predicates over several answers. One that does not hold is no call's failure in particular.
    pub(super) fn judge_all(&mut self, checks: &[Check]) -> Result<(), StepError> {
        for that in checks {
            if !self.says_something(that, None) {
                continue;
            }
            if let Err(unmet) = check::check(that, self.scope().bindings()) {
                let Unmet::Finding(finding) = unmet else {
                    return Err(unjudged(unmet));
                };
                return Err(match self.phase() {
                    Phase::Own => StepError::Fail {
                        finding,
                        step: self.test().capability.id.tool().to_owned(),
                    },
                    Phase::SetUp => StepError::Blocked(finding.message),
                });
            }
        }
        Ok(())
    }

    /// A wrong answer: a failure of the test where the call is its own, else of the tool that gave it.
    pub(super) fn wrong(&mut self, tool: &Arc<Capability>, finding: Finding) -> StepError {
        match self.phase() {
            Phase::Own => StepError::Fail {
                finding: Box::new(finding),
                step: tool.tool().to_owned(),
            },
            Phase::SetUp => {
                let reason = format!("{WRONG_SET_UP}{}", finding.message);
                if !self.is_at_peer() {
                    let row = set_up_result(self.entry(), tool, &finding, self.exchanges());
                    self.keep_set_up(tool, row);
                }
                StepError::Blocked(reason)
            }
        }
    }

    /// Binds the names of a `let`, and notes those that hold nothing but what a dialect fills.
    pub(super) fn bind_values(&mut self, bound: &[(String, Template)]) -> Result<(), StepError> {
        for (name, template) in bound {
            let value = self.render(template, name)?;
            let bindings = self.scope().bindings();
            let ours = template.reads_only(&|root| bindings.is_ours(root));
            self.scope_mut().bind_json(name, value);
            if ours {
                self.scope_mut().note_ours(name);
            }
            // Only a dialect fills anything, and the paths are found anew each time.
            let dialect = self.entry().target().dialect();
            if let Some(why) = dialect.and_then(|_| self.filled(&template.reads(), None)) {
                self.coverage_mut().note_filled(name, why);
            }
        }
        Ok(())
    }

    /// The reason for which a dialect fills all that these paths read of answers; None where the provider has a word in it.
    pub(super) fn filled(&self, reads: &[Vec<String>], tool: Option<&str>) -> Option<String> {
        let dialect = self.entry().target().dialect()?;
        dialect.fills_all_of(reads, tool, self.coverage().filled_names())
    }

    /// Returns true if a predicate says something of the provider. One that reads only what a dialect fills says nothing, and is noted.
    fn says_something(&mut self, that: &Check, tool: Option<&Capability>) -> bool {
        if self.entry().target().dialect().is_none() {
            return true;
        }
        let filled = self.filled(&that.check.reads(), tool.map(Capability::tool));
        // What an answer of another tool says shows more, but it is not what the test is about.
        let about = tool.is_none_or(|tool| tool.reference.id == self.test().capability.id);
        if self.phase() == Phase::Own && (about || filled.is_some()) {
            self.coverage_mut().count_predicate(filled.as_deref());
        }
        if let Some(why) = &filled {
            self.notes_mut().add_once(format!("not judged: {why}"));
        }
        filled.is_none()
    }
}
