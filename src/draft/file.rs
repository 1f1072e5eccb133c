//! What is drafted, and the files of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::AuthSource;

/// The version that a draft begins with.
pub(super) const VERSION: &str = "0.1.0";

/// How a provider is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// An MCP endpoint.
    Mcp(String),
    /// A command that speaks MCP over its standard input and output.
    Command(String, Vec<String>),
}

/// A file of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftFile {
    /// Its path below the folder of the draft, with `/` on every system.
    pub path: String,
    /// The text.
    pub text: String,
}

/// What to draft.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The domain of the contracts.
    pub domain: &'a str,
    /// How the provider is reached; None where only its listing is known.
    pub reached: Option<&'a Reached>,
    /// How it is logged in to, if it is.
    pub auth: Option<&'a AuthSource>,
    /// True if tools that may change something are called as well.
    pub writes: bool,
    /// True if the tools are operations of an HTTP interface, which nothing can call as they are.
    pub operations: bool,
    /// Values of parameters that somebody has given, by the name of the tool on the wire.
    pub given: &'a BTreeMap<String, Map<String, Value>>,
    /// What the draft is for.
    pub purpose: Purpose,
}

/// What a draft is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Files that people go on with. The tests that they are held to are those of a published contract.
    Contracts,
    /// One run of what can be found out of any server. A tool that cannot be shown to work by a made-up input is no finding.
    Probe,
    /// The same where nothing can be broken: calls at one time as well.
    ProbeSandbox,
}

impl Purpose {
    /// Returns true for one run, after which nobody has files to go on with.
    pub(super) fn is_probe(self) -> bool {
        self != Self::Contracts
    }

    /// The name of the test that sends a valid input. Without it a claim is unproven, and a probe proves no claim: that a made-up input is
    /// refused leaves open nothing that could be found.
    pub(super) fn plain_test(self) -> &'static str {
        match self {
            Self::Contracts => "happy_path",
            Self::Probe | Self::ProbeSandbox => "answers",
        }
    }

    /// The line of a test without which a claim is unproven.
    pub(super) fn essential(self) -> &'static str {
        match self {
            Self::Contracts => "essential: true\n",
            Self::Probe | Self::ProbeSandbox => "",
        }
    }
}
