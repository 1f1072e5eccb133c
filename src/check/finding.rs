//! One thing that is wrong with an answer, or the reason why it could not be judged.

use crate::model::Observed;

/// The reason why an answer does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// Something is wrong with it.
    Finding(Box<Finding>),
    /// Its lists are too long to be judged.
    TooLong(String),
    /// The predicate itself has no value, whatever the answer says: an error of the harness or of the suite.
    Bug(String),
}

impl From<Finding> for Unmet {
    fn from(finding: Finding) -> Self {
        Self::Finding(Box::new(finding))
    }
}

/// One thing that does not hold. The message says what is wrong, in one line, for someone who never saw the harness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    /// The sentence that says it.
    pub message: String,
    /// The id of the rule that is broken; None stands for the first that the test verifies.
    pub rule: Option<String>,
    /// The expected value, as text.
    pub expected: Option<String>,
    /// The value that was found, as text.
    pub actual: Option<String>,
    /// The predicate that does not hold.
    pub check: Option<String>,
    /// The values that it read.
    pub values: Vec<Observed>,
}

impl Finding {
    /// A finding with a message alone.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// Names the rule that is broken.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    /// Says what was expected and what was found.
    #[must_use]
    pub fn sides(mut self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.actual = Some(actual.into());
        self
    }
}
