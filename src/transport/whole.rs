//! Questions of a person to one provider, and what came back, whole: nothing of it is judged or left out.

use serde_json::{Map, Value};

use crate::model::{Reading, Redactor};

/// A question.
#[derive(Debug, Clone, Copy)]
pub enum Question<'a> {
    /// The call of a tool.
    Call {
        /// Its name.
        tool: &'a str,
        /// Its input.
        input: &'a Value,
        /// How its answers are read.
        reading: &'a Reading,
    },
    /// The prompts that a server offers.
    Prompts,
    /// One prompt, filled in.
    Prompt {
        /// Its name.
        name: &'a str,
        /// What is filled in.
        arguments: &'a Map<String, Value>,
    },
    /// The resources that a server offers.
    Resources,
    /// The forms of the addresses of further resources.
    ResourceTemplates,
    /// One resource.
    Resource {
        /// Its address.
        uri: &'a str,
    },
}

/// A result, whole.
#[derive(Debug, Clone, PartialEq)]
pub enum Whole {
    /// The result of a JSON-RPC request.
    Result(Value),
    /// A JSON-RPC error.
    Error {
        /// Its code.
        code: i64,
        /// Its words.
        message: String,
        /// What it carries beside.
        data: Option<Value>,
    },
    /// The body of a response over plain HTTP: JSON, else a text.
    Body {
        /// Its status.
        status: u16,
        /// The body.
        body: Value,
    },
}

/// A server over MCP, as it has presented itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Peer {
    /// The revision that was agreed.
    pub revision: String,
    /// Its name.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What it says to whoever uses it.
    pub instructions: Option<String>,
    /// What it is able to do.
    pub capabilities: Value,
}

impl Whole {
    /// The result with every secret replaced.
    #[must_use]
    pub fn redacted(self, redactor: &Redactor) -> Self {
        match self {
            Self::Result(result) => Self::Result(redactor.redact_json(&result)),
            Self::Error { code, message, data } => Self::Error {
                code,
                message: redactor.redact(message),
                data: data.map(|data| redactor.redact_json(&data)),
            },
            Self::Body { status, body } => Self::Body {
                status,
                body: redactor.redact_json(&body),
            },
        }
    }

    /// Returns true if it says that the tool succeeded: by the mark of MCP, by `ok` where there is one, else by the status.
    pub fn is_success(&self) -> bool {
        let ok = |body: &Value| body.get("ok").and_then(Value::as_bool);
        match self {
            Self::Result(result) if result.get("isError") == Some(&Value::Bool(true)) => false,
            Self::Result(result) => result.get("structuredContent").and_then(ok).unwrap_or(true),
            Self::Error { .. } => false,
            Self::Body { status, body } => ok(body).unwrap_or((200..300).contains(status)),
        }
    }
}

impl Peer {
    /// The server with every secret replaced in what it says.
    #[must_use]
    pub fn redacted(self, redactor: &Redactor) -> Self {
        let text = |text: Option<String>| text.map(|text| redactor.redact(text));
        Self {
            revision: self.revision,
            name: text(self.name),
            version: text(self.version),
            instructions: text(self.instructions),
            capabilities: redactor.redact_json(&self.capabilities),
        }
    }
}
