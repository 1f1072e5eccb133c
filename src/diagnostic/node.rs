//! YAML of no fixed shape, each value with its place: inputs and examples that a person wrote.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::{Source, Span, yaml::span_of};

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

    /// The number as it stands in the file, if that is not how the value is written: `08540`, `2024_05`, `1.10`, more digits than are
    /// kept. What was meant, a text or a number, cannot be told.
    pub fn respelled_number<'s>(&self, source: &'s Source) -> Option<&'s str> {
        let NodeKind::Scalar(Value::Number(number)) = &self.kind else {
            return None;
        };
        let written = source.text().get(self.span(source))?.trim();
        let begins = written.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
        (begins && written != number.to_string()).then_some(written)
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
    use super::*;
    use crate::diagnostic::read_yaml;

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
