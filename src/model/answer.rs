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

use regex::Regex;
use serde_json::{Map, Value};

/// The code of a refusal by the protocol itself, before the tool read its arguments.
const INVALID_INPUT: &str = "invalid_input";

/// The shape in which a tool says how a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerShape {
    /// An object with `ok`, and beside `ok: false` a code under `error`.
    #[default]
    Envelope,
    /// The protocol's own: a result that is marked as an error is a refusal, any other a success, and the output is any JSON.
    Native,
}

/// What came back from a tool, before it is said what that means.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The output.
    pub output: Value,
    /// The content of an MCP result, a list; null where there was none, and for an answer with `ok`.
    pub content: Value,
    /// The texts in the content, each on a line of its own.
    pub text: String,
    /// True if the answer is marked as an error.
    pub is_error: bool,
    /// The code of a refusal that a dialect has read.
    pub code: Option<String>,
    /// True if the protocol refused the arguments before the tool read them (MCP's -32602). The output is nothing then.
    pub refused_unread: bool,
    /// False for an output that was read from a text, for want of structured content.
    pub is_structured: bool,
    /// False for structured content that no text beside it repeats.
    pub is_mirrored: bool,
}

impl Facts {
    /// An output, and nothing beside it.
    pub fn of_output(output: Value) -> Self {
        Self {
            status: None,
            output,
            content: Value::Null,
            text: String::new(),
            is_error: false,
            code: None,
            refused_unread: false,
            is_structured: true,
            is_mirrored: true,
        }
    }

    /// A refusal by the protocol itself, before the tool read its arguments. `words` are those of the error.
    pub fn of_refusal_unread(words: &str) -> Self {
        Self {
            text: words.to_owned(),
            is_error: true,
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
    /// The code that a refusal has whose words a pattern finds. The first that does counts.
    patterns: Vec<(Regex, String)>,
}

impl Reading {
    /// Answers with `ok`, of a contract with these codes.
    pub fn of_envelope(codes: Vec<String>) -> Self {
        Self {
            shape: AnswerShape::Envelope,
            codes,
            patterns: Vec::new(),
        }
    }

    /// Answers in the protocol's own shape, of a contract that finds the code of a refusal by patterns over its words.
    pub fn of_native(patterns: Vec<(Regex, String)>) -> Self {
        let mut codes: Vec<String> = Vec::new();
        for (_, code) in &patterns {
            if !codes.contains(code) {
                codes.push(code.clone());
            }
        }
        Self {
            shape: AnswerShape::Native,
            codes,
            patterns,
        }
    }

    /// The shape of the answers.
    pub fn shape(&self) -> AnswerShape {
        self.shape
    }

    /// Returns true if the answers have the protocol's own shape.
    pub fn is_native(&self) -> bool {
        self.shape == AnswerShape::Native
    }

    /// The codes of refusals that the contract has; none where it lists none.
    pub fn codes(&self) -> &[String] {
        &self.codes
    }

    /// The answer that these facts are.
    pub fn answer(&self, facts: Facts) -> Answer {
        match self.shape {
            AnswerShape::Envelope => self.envelope(facts),
            AnswerShape::Native => self.native(facts),
        }
    }

    fn envelope(&self, facts: Facts) -> Answer {
        let output = match facts {
            Facts {
                refused_unread: true, ..
            } => self.refused_unread(),
            Facts { output, .. } => output,
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
            is_error: outcome != AnswerOutcome::Success,
            outcome,
            output: Arc::new(output),
            content: facts.content,
            text: facts.text,
            is_structured: facts.is_structured,
            is_mirrored: facts.is_mirrored,
        }
    }

    fn native(&self, facts: Facts) -> Answer {
        let outcome = match facts.is_error {
            false => AnswerOutcome::Success,
            true => AnswerOutcome::Refusal {
                code: facts.code.clone().or_else(|| self.code_of(&facts)),
            },
        };
        Answer {
            status: facts.status,
            outcome,
            output: Arc::new(facts.output),
            content: facts.content,
            text: facts.text,
            is_error: facts.is_error,
            is_structured: facts.is_structured,
            is_mirrored: facts.is_mirrored,
        }
    }

    /// The code of the first pattern that finds something in the words of a refusal, or in its output where it has no words.
    fn code_of(&self, refusal: &Facts) -> Option<String> {
        let written;
        let words = match refusal.text.as_str() {
            "" => {
                written = refusal.output.to_string();
                &written
            }
            words => words,
        };
        let mut patterns = self.patterns.iter();
        patterns
            .find(|(pattern, _)| pattern.is_match(words))
            .map(|(_, code)| code.clone())
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
    /// The content of an MCP result, a list; null where there was none, and for an answer with `ok`.
    pub content: Value,
    /// The texts in the content, each on a line of its own.
    pub text: String,
    /// True for a refusal.
    pub is_error: bool,
    /// False for an output that was read from a text, for want of structured content.
    pub is_structured: bool,
    /// False for structured content that no text beside it repeats.
    pub is_mirrored: bool,
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

    /// Why a call was refused: the code, else the words; None where there is neither, and for a success.
    pub fn refusal(&self) -> Option<&str> {
        let words = (!self.is_success()).then_some(self.text.trim());
        self.code().or_else(|| words.filter(|words| !words.is_empty()))
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
            let facts = Facts::of_refusal_unread("Invalid arguments");
            Reading::of_envelope(codes).answer(facts).output
        };
        let kept = json!({ "ok": false, "error": "invalid_input" });
        assert_eq!(*left(&["taken", "invalid_input"]), kept);
        // Its codes are free text.
        assert_eq!(*left(&[]), kept);
        assert_eq!(*left(&["taken"]), json!({ "ok": false }));
    }

    #[test]
    fn a_native_answer_is_a_refusal_if_it_is_marked_as_an_error_whatever_it_says() {
        let reading = Reading::of_native(Vec::new());
        let said = json!({ "ok": false, "error": "none" });
        let answer = reading.answer(Facts::of_output(said.clone()));
        assert!(answer.is_success());
        assert_eq!((answer.code(), &*answer.output), (None, &said));
        let refused = reading.answer(Facts {
            is_error: true,
            text: "no such file".to_owned(),
            ..Facts::of_output(json!("no such file"))
        });
        assert!(!refused.is_success());
        assert_eq!((refused.code(), refused.refusal()), (None, Some("no such file")));
    }

    #[test]
    fn the_code_of_a_native_refusal_is_that_of_the_first_pattern_that_finds_something() {
        let pattern = |pattern: &str, code: &str| (Regex::new(pattern).unwrap(), code.to_owned());
        let reading = Reading::of_native(vec![
            pattern("(?i)not found|ENOENT", "not_found"),
            pattern("denied", "denied"),
            pattern(".", "other"),
        ]);
        assert_eq!(reading.codes(), ["not_found", "denied", "other"]);
        let code = |facts: Facts| reading.answer(facts).code().map(str::to_owned);
        let refusal = |text: &str, output| Facts {
            is_error: true,
            text: text.to_owned(),
            ..Facts::of_output(output)
        };
        assert_eq!(
            code(refusal("Error: Not found", Value::Null)).as_deref(),
            Some("not_found")
        );
        assert_eq!(
            code(refusal("access denied", Value::Null)).as_deref(),
            Some("denied")
        );
        assert_eq!(
            code(refusal("", json!({ "why": "ENOENT" }))).as_deref(),
            Some("not_found")
        );
        assert_eq!(code(Facts::of_refusal_unread("bad")).as_deref(), Some("other"));
        let of_dialect = Facts {
            code: Some("taken".to_owned()),
            ..refusal("denied", Value::Null)
        };
        assert_eq!(code(of_dialect).as_deref(), Some("taken"));
    }
}
