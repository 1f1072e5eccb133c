//! The findings of one contract, as the rules report them.

use super::finding::{LintFinding, Severity};
use crate::capability::Capability;
use crate::diagnostic::Problem;

/// Takes the findings of one contract.
pub(super) struct Report<'a> {
    pub(super) capability: &'a Capability,
    findings: &'a mut Vec<LintFinding>,
}

impl<'a> Report<'a> {
    /// Adds to what was found so far.
    pub(super) fn new(capability: &'a Capability, findings: &'a mut Vec<LintFinding>) -> Self {
        Self { capability, findings }
    }

    /// An error. Nobody relies on a draft yet, so of a draft it is a warning.
    pub(super) fn error(&mut self, rule: &'static str, problem: Problem) {
        let severity = match self.capability.is_draft {
            true => Severity::Warning,
            false => Severity::Error,
        };
        self.push(severity, rule, problem);
    }

    pub(super) fn warning(&mut self, rule: &'static str, problem: Problem) {
        self.push(Severity::Warning, rule, problem);
    }

    fn push(&mut self, severity: Severity, rule: &'static str, problem: Problem) {
        let capability = self.capability.reference.clone();
        self.findings.push(LintFinding {
            severity,
            rule,
            capability,
            problem,
        });
    }
}
