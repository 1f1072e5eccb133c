//! The names that an expression may read, as far as they are known before a run.

use std::collections::BTreeMap;

/// The value of a name or a field, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Anything: its fields are not checked.
    Any,
    /// An object with these fields and no others.
    Object(BTreeMap<String, Self>),
}

impl Shape {
    /// An object with these fields.
    pub fn object<N: Into<String>>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(
            fields
                .into_iter()
                .map(|(name, shape)| (name.into(), shape))
                .collect(),
        )
    }

    /// The shape that a JSON Schema gives to a value: its properties where it names any.
    pub fn of_schema(schema: &serde_json::Value) -> Self {
        match schema.get("properties").and_then(serde_json::Value::as_object) {
            Some(properties) if !properties.is_empty() => Self::object(
                properties
                    .iter()
                    .map(|(name, schema)| (name.clone(), Self::of_schema(schema))),
            ),
            _ => Self::Any,
        }
    }

    /// Follows a path. The first field that cannot be there is the error, with the fields that can.
    pub(super) fn follow(&self, path: &[String]) -> Result<(), (usize, Vec<String>)> {
        let mut shape = self;
        for (at, field) in path.iter().enumerate() {
            match shape {
                Self::Any => return Ok(()),
                Self::Object(fields) => match fields.get(field) {
                    Some(next) => shape = next,
                    None => return Err((at, fields.keys().cloned().collect())),
                },
            }
        }
        Ok(())
    }
}

/// The names that an expression may read at one place of a file.
#[derive(Debug, Clone, Default)]
pub struct Names {
    shapes: BTreeMap<String, Shape>,
}

impl Names {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name.
    pub fn insert(&mut self, name: impl Into<String>, shape: Shape) {
        self.shapes.insert(name.into(), shape);
    }

    /// These names and one more.
    #[must_use]
    pub fn with(&self, name: impl Into<String>, shape: Shape) -> Self {
        let mut names = self.clone();
        names.insert(name, shape);
        names
    }

    /// The shape of a name.
    pub fn get(&self, name: &str) -> Option<&Shape> {
        self.shapes.get(name)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.shapes.keys().map(String::as_str)
    }
}
