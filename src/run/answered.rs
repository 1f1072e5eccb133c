//! A call with its answer, as the expressions of a test read them.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::capability::Capability;
use crate::expr::{Bindings, Bound};
use crate::model::Answer;

/// A call that was answered.
pub(super) struct Answered {
    answer: Answer,
    /// What expressions read, each under its name.
    parts: Vec<(&'static str, Arc<Bound>)>,
}

impl Answered {
    /// A call of a tool with this input, and its answer.
    pub(super) fn new(tool: &Capability, input: &Arc<Value>, answer: Answer) -> Self {
        let refusal = answer.refusal().unwrap_or("no error code");
        let mut parts = vec![
            ("input", Bound::json(Arc::clone(input))),
            ("output", Bound::json(Arc::clone(&answer.output))),
            ("is_error", Bound::json(Value::from(!answer.is_success()))),
            ("refusal", Bound::json(Value::from(refusal))),
        ];
        if tool.reading().is_native() {
            parts.push(("content", Bound::json(answer.content.clone())));
            parts.push(("text", Bound::json(Value::from(answer.text.as_str()))));
            parts.push(("is_structured", Bound::json(Value::from(answer.is_structured))));
            parts.push(("is_mirrored", Bound::json(Value::from(answer.is_mirrored))));
        }
        Self { answer, parts }
    }

    /// The answer.
    pub(super) fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The output.
    pub(super) fn output(&self) -> &Arc<Value> {
        &self.answer.output
    }

    /// Binds what the expectation of the call reads.
    pub(super) fn bind_to(&self, bindings: &mut Bindings) {
        for (name, value) in &self.parts {
            bindings.bind(*name, Arc::clone(value));
        }
    }

    /// What the id of the call's step is bound to.
    pub(super) fn bound(&self) -> Arc<Bound> {
        Bound::parts(self.parts.iter().map(|(name, value)| (*name, Arc::clone(value))))
    }

    /// The call as an element of a list of calls, with one more value.
    pub(super) fn element(&self, name: &str, value: Value) -> Value {
        let mut element = Map::new();
        element.insert(name.to_owned(), value);
        for (name, part) in &self.parts {
            element.insert((*name).to_owned(), part.as_json().cloned().unwrap_or_default());
        }
        Value::Object(element)
    }
}
