//! One thing that lint found.

use std::fmt;

use crate::diagnostic::{Canvas, Hint, Place, Problem};
use crate::model::CapabilityRef;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The contract cannot be relied on.
    Error,
    /// The contract can be relied on; whoever reads it should know.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing that lint found, with its place.
#[derive(Debug, Clone)]
pub struct LintFinding {
    /// The severity.
    pub severity: Severity,
    /// The name of the rule that found it: `example-valid`.
    pub rule: &'static str,
    /// The contract that it was found in.
    pub capability: CapabilityRef,
    /// The problem, with its place and a hint.
    pub problem: Problem,
}

impl LintFinding {
    /// The message, without the place.
    pub fn message(&self) -> &str {
        self.problem.message()
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        self.problem.file()
    }

    /// The line and column, unless the finding is of the file as a whole.
    pub fn place(&self) -> Option<Place> {
        self.problem.place()
    }

    /// The hint.
    pub fn hints(&self) -> Vec<String> {
        self.problem.hints()
    }

    /// Draws the place with a caret under it.
    pub fn render_on(&self, canvas: Canvas) -> String {
        match self.severity {
            Severity::Error => self.problem.render_on(canvas),
            Severity::Warning => self.problem.render_warning_on(canvas),
        }
    }
}

impl fmt::Display for LintFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}] {}", self.severity, self.rule, self.problem)
    }
}
