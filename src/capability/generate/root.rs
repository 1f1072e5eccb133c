//! The schema that rows are made from, in a form of its own: every reference a pointer, and no identifiers.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::capability::references::References;
use crate::capability::{keywords, schema};

/// What a pointer cannot hold as the fragment of an address.
const FRAGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Where the schema stands in the document, so that parts of it can be checked beside it.
const PLACE: &str = "/$defs/root";

/// A schema whose references are pointers.
#[derive(Debug)]
pub(super) struct Root {
    /// `$defs` with the schema as `root`.
    document: Value,
}

impl Root {
    pub(super) fn of(schema: &Value) -> Self {
        let references = References::of(schema);
        let mut plain = schema.clone();
        let is_old = schema
            .get("$schema")
            .and_then(Value::as_str)
            .is_some_and(keywords::is_draft_07);
        for (pointer, part) in keywords::subschemas(schema) {
            let Some(words) = plain.pointer_mut(&pointer).and_then(Value::as_object_mut) else {
                continue;
            };
            let target = |word: &str| {
                let reference = part.get(word).and_then(Value::as_str)?;
                let target = references.target(&pointer, reference)?;
                Some((reference, format!("#{}", encoded(&format!("{PLACE}{target}")))))
            };
            if let Some((_, target)) = target("$ref") {
                words.insert("$ref".to_owned(), target.into());
            }
            if let Some((reference, target)) = target("$dynamicRef")
                && references.is_static(reference)
                && !words.contains_key("$ref")
            {
                words.shift_remove("$dynamicRef");
                words.insert("$ref".to_owned(), target.into());
            }
            if is_old && words.contains_key("$ref") {
                // Beside a reference, draft-07 reads nothing.
                words.retain(|word, _| word == "$ref" || word == "definitions");
            }
            words
                .retain(|word, _| !matches!(word.as_str(), "$id" | "$anchor" | "$dynamicAnchor" | "$schema"));
        }
        Self {
            document: json!({ "$defs": { "root": plain } }),
        }
    }

    /// The schema as a whole.
    pub(super) fn schema(&self) -> &Value {
        self.document.pointer(PLACE).unwrap_or(&Value::Null)
    }

    /// The schema to which a reference leads.
    pub(super) fn target(&self, reference: &str) -> Option<&Value> {
        let pointer = percent_decode_str(reference.strip_prefix('#')?)
            .decode_utf8()
            .ok()?;
        self.document.pointer(&pointer)
    }

    /// Returns true if a value keeps these keywords.
    pub(super) fn accepts(&self, words: &Map<String, Value>, value: &Value) -> bool {
        let mut schema = words.clone();
        schema.shift_remove("$defs");
        if refers(&schema) {
            schema.insert(
                "$defs".to_owned(),
                self.document.get("$defs").cloned().unwrap_or_default(),
            );
        }
        schema::validator(&Value::Object(schema)).is_ok_and(|validator| validator.is_valid(value))
    }
}

fn encoded(pointer: &str) -> String {
    utf8_percent_encode(pointer, FRAGMENT).to_string()
}

/// Returns true if a reference may stand in these words.
fn refers(words: &Map<String, Value>) -> bool {
    words.iter().any(|(word, value)| {
        matches!(word.as_str(), "$ref" | "$dynamicRef")
            || match value {
                Value::Object(inner) => refers(inner),
                Value::Array(items) => items.iter().filter_map(Value::as_object).any(refers),
                _ => false,
            }
    })
}
