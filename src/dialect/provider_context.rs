//! The context that all calls to one provider share: the dialect, the way to the provider, the values of its look-ups and constants.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::lookup_cache::LookupCache;
use super::types::Dialect;
use crate::expr::{Bindings, Bound};
use crate::model::{Clock, SteadyClock};
use crate::transport::Raw;

/// The context of every call to one provider through its dialect.
pub(super) struct ProviderContext {
    dialect: Arc<Dialect>,
    raw: Arc<dyn Raw>,
    lookups: LookupCache,
    given: Arc<Bound>,
}

impl ProviderContext {
    /// `given` are the constants that the user gave; the others take their defaults.
    pub(super) fn new(dialect: Arc<Dialect>, raw: Arc<dyn Raw>, given: &IndexMap<String, Value>) -> Self {
        let constants = dialect.constants.iter().filter_map(|(name, constant)| {
            let value = given.get(name).or(constant.default.as_ref())?;
            Some((name.clone(), value.clone()))
        });
        Self {
            given: Bound::json(Value::Object(constants.collect::<Map<_, _>>())),
            dialect,
            raw,
            lookups: LookupCache::default(),
        }
    }

    pub(super) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    pub(super) fn raw(&self) -> &dyn Raw {
        self.raw.as_ref()
    }

    pub(super) fn lookups(&self) -> &LookupCache {
        &self.lookups
    }

    /// The names that every expression of the dialect may read: `given` and `now`.
    pub(super) fn base_bindings(&self) -> Bindings {
        let mut bindings = Bindings::new();
        bindings.bind("given", Arc::clone(&self.given));
        bindings.bind("now", Bound::instant(SteadyClock::as_set().now()));
        bindings
    }
}
