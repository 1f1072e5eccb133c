//! What is drafted, and the files of it.

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
    /// True if tools that may change something are called as well.
    pub writes: bool,
}
