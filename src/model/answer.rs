//! What a tool answered: whether the call succeeded or was refused, and with what. The one place that says so, whatever the shape of the
//! answers of a contract.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

use std::sync::Arc;

use serde_json::{Map, Value};

/// The code of a refusal by the protocol itself, before the tool read its arguments.
const INVALID_INPUT: &str = "invalid_input";

/// The shape in which a tool says how a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerShape {
    /// An object with `ok`, and beside `ok: false` a code under `error`.
    #[default]
    Envelope,
}

/// What came back from a tool, before it is said what that means.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The output.
    pub output: Value,
    /// True if the protocol refused the arguments before the tool read them (MCP's -32602). The output is nothing then.
    pub refused_unread: bool,
}

impl Facts {
    /// An output, and nothing beside it.
    pub fn of_output(output: Value) -> Self {
        Self {
            status: None,
            output,
            refused_unread: false,
        }
    }

    /// A refusal by the protocol itself, before the tool read its arguments.
    pub fn of_refusal_unread() -> Self {
        Self {
            refused_unread: true,
            ..Self::of_output(Value::Null)
        }
    }
}

/// How the answers of a contract are read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    shape: AnswerShape,
    /// The codes of refusals that the contract has; none where it lists none.
    codes: Vec<String>,
}

impl Reading {
    /// Answers with `ok`, of a contract with these codes.
    pub fn of_envelope(codes: Vec<String>) -> Self {
        Self {
            shape: AnswerShape::Envelope,
            codes,
        }
    }

    /// The shape of the answers.
    pub fn shape(&self) -> AnswerShape {
        self.shape
    }

    /// The codes of refusals that the contract has; none where it lists none.
    pub fn codes(&self) -> &[String] {
        &self.codes
    }

    /// The answer that these facts are.
    pub fn answer(&self, facts: Facts) -> Answer {
        let output = match facts.refused_unread {
            true => self.refused_unread(),
            false => facts.output,
        };
        let outcome = match output.get("ok") {
            Some(Value::Bool(true)) => AnswerOutcome::Success,
            _ => {
                let code = output.get("error").and_then(Value::as_str);
                AnswerOutcome::Refusal {
                    code: code.map(str::to_owned),
                }
            }
        };
        Answer {
            status: facts.status,
            outcome,
            output: Arc::new(output),
        }
    }

    /// The output for a refusal by the protocol. It speaks for every tool, so a contract that does not have its code has a refusal
    /// without one.
    fn refused_unread(&self) -> Value {
        let mut output = Map::new();
        output.insert("ok".to_owned(), Value::Bool(false));
        if self.codes.is_empty() || self.codes.iter().any(|code| code == INVALID_INPUT) {
            output.insert("error".to_owned(), Value::from(INVALID_INPUT));
        }
        Value::Object(output)
    }
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerOutcome {
    /// The tool did what it was asked.
    Success,
    /// It did not.
    Refusal {
        /// The code that says why, where it gave one.
        code: Option<String>,
    },
}

/// The answer of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// How the call ended.
    pub outcome: AnswerOutcome,
    /// The output.
    pub output: Arc<Value>,
}

impl Answer {
    /// Returns true if the tool did what it was asked.
    pub fn is_success(&self) -> bool {
        self.outcome == AnswerOutcome::Success
    }

    /// The code of a refusal; None where it has none, and for a success.
    pub fn code(&self) -> Option<&str> {
        match &self.outcome {
            AnswerOutcome::Success => None,
            AnswerOutcome::Refusal { code } => code.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(output: Value) -> Answer {
        Reading::default().answer(Facts::of_output(output))
    }

    #[test]
    fn an_answer_with_ok_says_how_the_call_ended() {
        assert!(read(json!({ "ok": true, "id": 7 })).is_success());
        let refused = read(json!({ "ok": false, "error": "taken" }));
        assert_eq!((refused.is_success(), refused.code()), (false, Some("taken")));
        for no_success in [json!({ "ok": false }), json!({ "ok": "true" }), json!({})] {
            let answer = read(no_success);
            assert_eq!((answer.is_success(), answer.code()), (false, None));
        }
    }

    #[test]
    fn a_code_of_the_protocol_stays_only_where_the_contract_has_it() {
        let left = |codes: &[&str]| {
            let codes = codes.iter().map(|code| (*code).to_owned()).collect();
            Reading::of_envelope(codes)
                .answer(Facts::of_refusal_unread())
                .output
        };
        let kept = json!({ "ok": false, "error": "invalid_input" });
        assert_eq!(*left(&["taken", "invalid_input"]), kept);
        // Its codes are free text.
        assert_eq!(*left(&[]), kept);
        assert_eq!(*left(&["taken"]), json!({ "ok": false }));
    }
}
