//! The values that an expression reads, by name.

use std::sync::{Arc, OnceLock};

use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Value};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::environment::environment;
use super::value::from_json;

/// One value. JSON becomes a value of CEL when an expression first reads it.
#[derive(Debug)]
pub struct Bound {
    json: Option<Json>,
    cel: OnceLock<Box<dyn Val>>,
}

impl Bound {
    /// A value from the wire or from a file.
    pub fn json(json: Json) -> Arc<Self> {
        Arc::new(Self {
            json: Some(json),
            cel: OnceLock::new(),
        })
    }

    /// An instant.
    pub fn instant(instant: DateTime<Utc>) -> Arc<Self> {
        let instant: Option<Box<dyn Val>> = Value::Timestamp(instant.fixed_offset()).try_into().ok();
        Arc::new(Self {
            json: None,
            cel: instant.map_or_else(OnceLock::new, OnceLock::from),
        })
    }

    /// The value as JSON, where it is JSON.
    pub fn as_json(&self) -> Option<&Json> {
        self.json.as_ref()
    }

    fn val(&self) -> &dyn Val {
        self.cel
            .get_or_init(|| {
                let value = self.json.as_ref().map_or(Value::Null, from_json);
                let val: Result<Box<dyn Val>, _> = value.try_into();
                // Plain data always has a form; null stands in for what cannot be.
                val.unwrap_or_else(|_| Box::new(cel::common::types::CelNull))
            })
            .as_ref()
    }
}

/// Names with their values. A later value of a name hides an earlier one. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Bindings {
    entries: Vec<(Arc<str>, Arc<Bound>)>,
}

impl Bindings {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds a name.
    pub fn bind(&mut self, name: impl Into<Arc<str>>, value: Arc<Bound>) {
        self.entries.push((name.into(), value));
    }

    /// Binds a name to JSON.
    pub fn bind_json(&mut self, name: &str, json: Json) {
        self.bind(name, Bound::json(json));
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Bound>> {
        self.entries
            .iter()
            .rev()
            .find(|(known, _)| &**known == name)
            .map(|(_, value)| value)
    }

    pub(super) fn context(&self) -> Context<'_, '_> {
        let mut context = Context::with_env(Arc::clone(environment()));
        context.set_variable_resolver(self);
        context
    }
}

impl VariableResolver for Bindings {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        self.get(variable).map(|bound| CowVal::Borrowed(bound.val()))
    }
}
