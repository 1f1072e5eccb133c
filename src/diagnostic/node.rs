//! YAML of no fixed shape, each value with its place: inputs and examples that a person wrote.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::location::span_of;
use super::{Problem, Source, Span};

/// A typed value with the place where it stands.
#[derive(Debug, Clone)]
pub struct Spot<T> {
    location: serde_saphyr::Location,
    /// The value.
    pub value: T,
}

impl<T> Spot<T> {
    /// The bytes of the value in its file.
    pub fn span(&self, source: &Source) -> Span {
        span_of(source, &self.location)
    }

    /// The mistake of a number that stands in another spelling in the file, `0o17` or `1_000`, or as a text.
    pub fn respelled(&self, source: &Arc<Source>) -> Option<Problem>
    where
        T: fmt::Display,
    {
        let span = self.span(source);
        let written = source.text().get(span.clone())?.trim();
        let value = self.value.to_string();
        // An alias stands for what was written elsewhere, as does a value that a reader put in.
        let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || c == '+');
        let is_text = written.starts_with(['"', '\'']) && {
            let text = written.trim_matches(['"', '\'']);
            is_number(text)
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+'))
        };
        if written == value || !(is_text || is_number(written)) {
            return None;
        }
        let message = format!("`{written}` is the number {value}, which is not how it is written");
        Some(Problem::at(source, span, message).hint(format!("it is written {value}")))
    }

    /// Another value at the same place.
    #[must_use]
    pub fn with_value<U>(&self, value: U) -> Spot<U> {
        Spot {
            location: self.location,
            value,
        }
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Spot<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<T>::deserialize(deserializer)?;
        Ok(Self {
            location: spanned.referenced,
            value: spanned.value,
        })
    }
}

impl<T: JsonSchema> JsonSchema for Spot<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }
}

impl JsonSchema for Node {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }

    fn inline_schema() -> bool {
        true
    }
}

/// A value with the place where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    location: serde_saphyr::Location,
    /// The place where it is written, which is another one where an alias stands for it.
    written: serde_saphyr::Location,
    /// The place of its key, if it is a value of a mapping.
    key: Option<serde_saphyr::Location>,
    /// The kind, with the value.
    pub kind: NodeKind,
}

/// The kinds of values.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// `null`, a boolean or a number.
    Scalar(Value),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order in which it was written.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The bytes of the value in its file.
    pub fn span(&self, source: &Source) -> Span {
        span_of(source, &self.location)
    }

    /// The mistake of a value that would be sent in another spelling than it stands in the file: `08540`, `2024_05`, `1.10`, `True`, more
    /// digits than are kept. What was meant, a text or the value, cannot be told.
    pub fn respelled(&self, source: &Arc<Source>) -> Option<Problem> {
        let NodeKind::Scalar(value) = &self.kind else {
            return None;
        };
        let span = span_of(source, &self.written);
        let written = source.text().get(span.clone())?.trim();
        let kind = match value {
            Value::Number(_) => "the number ",
            Value::Bool(_) => "the truth value ",
            // Nothing, and the sign for it, are what everybody writes for null.
            _ if !written.eq_ignore_ascii_case("null") => return None,
            _ => "",
        };
        let spelled = value.to_string();
        if written == spelled {
            return None;
        }
        let text = written.trim_matches(['"', '\'']);
        let message = format!("`{written}` is {kind}{value}, which is not how it is written");
        Some(Problem::at(source, span, message).hint(format!(
            "a text stands in quotes: \"{text}\"; {} is written {value}",
            match value {
                Value::Number(_) => "a number",
                Value::Bool(_) => "a truth value",
                _ => "no value",
            }
        )))
    }

    /// Every mistake of [`Node::respelled`] in it.
    pub fn all_respelled(&self, source: &Arc<Source>) -> Vec<Problem> {
        match &self.kind {
            NodeKind::Scalar(_) => self.respelled(source).into_iter().collect(),
            NodeKind::Text(_) => Vec::new(),
            NodeKind::List(items) => items.iter().flat_map(|item| item.all_respelled(source)).collect(),
            NodeKind::Map(entries) => {
                let nodes = entries.iter().map(|(_, node)| node);
                nodes.flat_map(|node| node.all_respelled(source)).collect()
            }
        }
    }

    /// The bytes of the key under which the value stands in a mapping, of the value itself where it stands in none.
    pub fn key_span(&self, source: &Source) -> Span {
        span_of(source, self.key.as_ref().unwrap_or(&self.location))
    }

    /// A part of a text at the same place.
    #[must_use]
    pub fn with_text(&self, text: &str) -> Self {
        Self {
            kind: NodeKind::Text(text.to_owned()),
            ..self.clone()
        }
    }

    /// The value without its places.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            NodeKind::Scalar(value) => value.clone(),
            NodeKind::Text(text) => Value::String(text.clone()),
            NodeKind::List(items) => items.iter().map(Self::to_json).collect(),
            NodeKind::Map(entries) => entries
                .iter()
                .map(|(key, node)| (key.clone(), node.to_json()))
                .collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<NodeKind>::deserialize(deserializer)?;
        Ok(Self {
            location: spanned.referenced,
            written: spanned.defined,
            key: None,
            kind: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for NodeKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = NodeKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<NodeKind, E> {
        Number::from_f64(value)
            .map(|number| NodeKind::Scalar(Value::Number(number)))
            .ok_or_else(|| E::custom("a number that JSON cannot write"))
    }

    fn visit_str<E>(self, value: &str) -> Result<NodeKind, E> {
        Ok(NodeKind::Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<NodeKind, D::Error> {
        NodeKind::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<NodeKind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(NodeKind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NodeKind, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, mut node)) = map.next_entry::<serde_saphyr::Spanned<String>, Node>()? {
            node.key = Some(key.referenced);
            entries.push((key.value, node));
        }
        Ok(NodeKind::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diagnostic::read_yaml;

    /// What stands after `a:`, or the mistake of it.
    fn written(text: &str) -> Result<Value, String> {
        let source = Source::new("x.yaml", format!("a: {text}\n"));
        let node: Node = read_yaml(&source).map_err(|problem| problem.render(false))?;
        match node.all_respelled(&source).first() {
            Some(problem) => Err(problem.render(false)),
            None => Ok(node.to_json()["a"].clone()),
        }
    }

    #[test]
    fn what_reads_as_another_value_than_it_is_written_is_refused_with_its_place() {
        for (text, right) in [
            ("08540", "8540.0"),
            ("2024_05", "202405"),
            ("18446744073709551616", "1.8446744073709552e+19"),
            ("1.10", "1.1"),
            ("0o17", "15"),
            ("0x1F", "31"),
            ("0b11", "3"),
            ("1e3", "1000.0"),
            ("+1", "1"),
            (".5", "0.5"),
            ("-0", "0"),
            ("9007199254740993.0", "9007199254740992.0"),
            ("!!int \"0x1F\"", "31"),
            ("True", "true"),
            ("FALSE", "false"),
            ("Null", "null"),
        ] {
            let error = written(text).unwrap_err();
            assert!(
                error.contains(":1:4") || error.contains(":1:10"),
                "{text}: {error}"
            );
            assert!(error.contains(&format!("is written {right}")), "{text}: {error}");
        }
        for text in [
            "!env TOKEN",
            "!secret x",
            "!!python/none x",
            ".inf",
            "-.INF",
            ".nan",
            "1e999",
        ] {
            let error = written(text).unwrap_err();
            assert!(error.contains("quotes"), "{text}: {error}");
        }
        // An alias means what its anchor says, wherever that stands.
        let source = Source::new("x.yaml", "a: [&zip 08540]\nb: *zip\n");
        let node: Node = read_yaml(&source).unwrap();
        assert_eq!(node.all_respelled(&source).len(), 2);
    }

    #[derive(serde::Deserialize)]
    struct Counted {
        count: Spot<u32>,
        #[serde(default)]
        version: Option<Spot<String>>,
    }

    #[test]
    fn a_counted_field_takes_a_number_in_its_plain_spelling_alone() {
        let respelled = |text: &str| {
            let source = Source::new("x.yaml", format!("count: {text}\nversion: \"0.1.0\"\n"));
            let read: Counted = read_yaml(&source).map_err(|problem| problem.render(false))?;
            // A value that a reader put in the place of another is no mistake of the file.
            let put_in = read.version.unwrap().with_value(2);
            assert!(put_in.respelled(&source).is_none());
            match read.count.respelled(&source) {
                Some(problem) => Err(problem.render(false)),
                None => Ok(read.count.value),
            }
        };
        assert_eq!((respelled("17"), respelled("0")), (Ok(17), Ok(0)));
        for wrong in [
            "\"17\"", "'17'", "0x11", "\"0x11\"", "0o21", "1_7", "+17", "017", "17.0", "1.7e1", "-17", "a",
        ] {
            let error = respelled(wrong).expect_err(wrong);
            assert!(error.contains(":1:8"), "{wrong}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_counted_field_is_read_as_it_is_written(count: u32) {
            let source = Source::new("x.yaml", format!("count: {count}\n"));
            let read: Counted = read_yaml(&source).unwrap();
            prop_assert_eq!(read.count.value, count);
            prop_assert!(read.count.respelled(&source).is_none());
        }
    }

    #[test]
    fn what_older_readers_take_for_something_else_is_text() {
        for text in [
            "no",
            "on",
            "Yes",
            "y",
            "off",
            "12:30:45",
            "190:20:30",
            "2026-02-30",
            "1_0_",
            "0o8",
            "017_",
            "nan",
            "inf",
            "=",
            "1,5",
        ] {
            assert_eq!(written(text), Ok(Value::from(text)), "{text}");
        }
        assert_eq!(written("!!str 08540"), Ok(Value::from("08540")));
        assert_eq!(written("~"), Ok(Value::Null));
        assert_eq!(written("# nothing"), Ok(Value::Null));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn a_plain_word_is_read_as_it_is_written_or_refused(
            text in "[-+.]{0,2}[0-9a-fA-FoxeEn_:.+-]{1,14}|[tTfFnNyYoO][a-zA-Z]{0,5}",
        ) {
            if let Ok(value) = written(&text) {
                let again = match &value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                // A list, a key of a mapping, or the sign of nothing is no word.
                let is_word = !value.is_array() && !value.is_object() && !value.is_null();
                prop_assert!(!is_word || again == text, "{text} is read as {value}");
            }
        }

        #[test]
        fn a_value_that_is_written_reads_back(value in written_value()) {
            let text = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(written(&text), Ok(value));
        }
    }

    /// Values as JSON writes them.
    fn written_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_filter_map("finite", |number| Number::from_f64(number).map(Value::Number)),
            "[ -~žé\\n\\t]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 12, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z ]{1,5}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn nested_values_keep_their_places_and_types() {
        let source = Source::new(
            "x.yaml",
            "a:\n  - 1\n  - yes\n  - \"${ b }\"\nc: {d: 0.5, e: null, f: true}\n",
        );
        let node: Node = read_yaml(&source).unwrap();
        assert_eq!(
            node.to_json(),
            serde_json::json!({ "a": [1, "yes", "${ b }"], "c": { "d": 0.5, "e": null, "f": true } })
        );
        let NodeKind::Map(entries) = &node.kind else {
            panic!("no map")
        };
        let NodeKind::List(items) = &entries[0].1.kind else {
            panic!("no list")
        };
        assert_eq!(&source.text()[items[2].span(&source)], "\"${ b }\"");
        assert_eq!(&source.text()[entries[1].1.key_span(&source)], "c");
    }
}
