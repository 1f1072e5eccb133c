//! The values that an expression reads, by name.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use cel::Context;
use cel::common::types::{CelMap, CelMapKey, CelTimestamp};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::environment::environment;
use super::value::{from_json, scalar};
use super::zone_rules::ZoneRules;
use crate::model::TurnBudget;

/// One value. It becomes a value of CEL when an expression first reads more of it than a path to a text, a number or a flag.
#[derive(Debug)]
pub struct Bound {
    form: Form,
    cel: OnceLock<Box<dyn Val>>,
}

#[derive(Debug)]
enum Form {
    Json(Arc<Json>),
    Instant(DateTime<Utc>),
    Parts(Vec<(String, Arc<Bound>)>),
}

/// The value at a path.
pub(super) enum Place<'b> {
    /// All of a value.
    Whole(&'b Bound),
    /// A part of JSON.
    Inside(&'b Json),
}

impl<'b> Place<'b> {
    /// What stands in a field of it.
    pub(super) fn field(self, field: &str) -> Option<Self> {
        let bound = match self {
            Self::Inside(json) => return json.get(field).map(Self::Inside),
            Self::Whole(bound) => bound,
        };
        match &bound.form {
            Form::Json(json) => json.get(field).map(Self::Inside),
            Form::Instant(_) => None,
            Form::Parts(parts) => {
                let part = parts.iter().find(|(name, _)| name == field);
                part.map(|(_, part)| Self::Whole(part))
            }
        }
    }
}

impl Bound {
    /// A value from the wire or from a file.
    pub fn json(json: impl Into<Arc<Json>>) -> Arc<Self> {
        Self::of(Form::Json(json.into()))
    }

    /// An instant.
    pub fn instant(instant: DateTime<Utc>) -> Arc<Self> {
        Self::of(Form::Instant(instant))
    }

    /// An object of values that are bound elsewhere too.
    pub fn parts<N: Into<String>>(parts: impl IntoIterator<Item = (N, Arc<Self>)>) -> Arc<Self> {
        let parts = parts.into_iter().map(|(name, part)| (name.into(), part));
        Self::of(Form::Parts(parts.collect()))
    }

    fn of(form: Form) -> Arc<Self> {
        Arc::new(Self {
            form,
            cel: OnceLock::new(),
        })
    }

    /// The value as JSON, where it is JSON.
    pub fn as_json(&self) -> Option<&Json> {
        match &self.form {
            Form::Json(json) => Some(json),
            Form::Instant(_) | Form::Parts(_) => None,
        }
    }

    /// The value at a path, as JSON. The outer `None` says that this is no JSON, the inner one that nothing stands there.
    pub(super) fn json_at(&self, fields: &[String]) -> Option<Option<Json>> {
        match self.place(fields.iter().map(String::as_str)) {
            Some(Place::Whole(bound)) => bound.to_json().map(Some),
            Some(Place::Inside(json)) => Some(Some(json.clone())),
            None if matches!(self.form, Form::Instant(_)) => None,
            None => Some(None),
        }
    }

    /// The value as an instant, where it is one.
    pub(super) fn as_instant(&self) -> Option<DateTime<Utc>> {
        match &self.form {
            Form::Instant(instant) => Some(*instant),
            Form::Json(_) | Form::Parts(_) => None,
        }
    }

    /// The value as JSON, as far as it can be written so.
    pub(super) fn to_json(&self) -> Option<Json> {
        match &self.form {
            Form::Json(json) => Some(json.as_ref().clone()),
            Form::Instant(_) => None,
            Form::Parts(parts) => parts
                .iter()
                .map(|(name, part)| Some((name.clone(), part.to_json()?)))
                .collect::<Option<Map<_, _>>>()
                .map(Json::Object),
        }
    }

    fn place<'p>(&self, mut path: impl Iterator<Item = &'p str>) -> Option<Place<'_>> {
        path.try_fold(Place::Whole(self), Place::field)
    }

    /// What CEL sees at a path: all of it, or a text, a number or a flag inside. It selects the rest itself.
    pub(super) fn resolve<'p>(&self, path: impl Iterator<Item = &'p str>) -> Option<CowVal<'_, '_>> {
        match self.place(path)? {
            Place::Whole(bound) => Some(CowVal::Borrowed(bound.val())),
            Place::Inside(json) => scalar(json).map(CowVal::Owned),
        }
    }

    fn val(&self) -> &dyn Val {
        self.cel.get_or_init(|| self.to_val()).as_ref()
    }

    fn to_val(&self) -> Box<dyn Val> {
        match &self.form {
            Form::Json(json) => from_json(json),
            Form::Instant(instant) => Box::new(CelTimestamp::from(instant.fixed_offset())),
            Form::Parts(parts) => {
                let parts = parts
                    .iter()
                    .map(|(name, part)| (CelMapKey::from(name.clone()), part.to_val()));
                Box::new(CelMap::from(parts.collect::<std::collections::HashMap<_, _>>()))
            }
        }
    }
}

/// Names with their values. A later value of a name hides an earlier one. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Bindings {
    entries: Vec<(Arc<str>, Arc<Bound>)>,
    zone_rules: Option<Arc<ZoneRules>>,
    /// The budget that pays for evaluations.
    budget: Option<Arc<TurnBudget>>,
    /// The names whose values were made from what the harness knows alone.
    ours: BTreeSet<Arc<str>>,
}

/// The names that hold what the harness made itself.
const OUR_NAMES: &[&str] = &["now", "run", "provider", "offers", "test", "caller"];

impl Bindings {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the rules of time zones that expressions go by.
    pub fn set_zone_rules(&mut self, rules: Arc<ZoneRules>) {
        self.zone_rules = Some(rules);
    }

    /// Sets the budget of the turn that pays for evaluations.
    pub fn set_budget(&mut self, budget: Arc<TurnBudget>) {
        self.budget = Some(budget);
    }

    /// Goes by the rules of time zones of other bindings, and on their budget.
    pub fn keep_rules_of(&mut self, other: &Self) {
        self.zone_rules.clone_from(&other.zone_rules);
        self.budget.clone_from(&other.budget);
    }

    /// The budget of the turn that pays for evaluations; None where each stands for itself.
    pub(super) fn budget(&self) -> Option<&TurnBudget> {
        self.budget.as_deref()
    }

    /// The rules of time zones that expressions go by; None for the current ones.
    pub(super) fn zone_rules(&self) -> Option<&ZoneRules> {
        self.zone_rules.as_deref()
    }

    /// Binds a name.
    pub fn bind(&mut self, name: impl Into<Arc<str>>, value: Arc<Bound>) {
        let name = name.into();
        self.ours.remove(&name);
        self.entries.push((name, value));
    }

    /// Says of a name that is bound that its value was made from what the harness knows alone.
    pub fn note_ours(&mut self, name: &str) {
        self.ours.insert(name.into());
    }

    /// Returns true if a name holds what the harness made itself: what is wrong with that is not a provider's.
    pub fn is_ours(&self, name: &str) -> bool {
        OUR_NAMES.contains(&name) || self.ours.contains(name)
    }

    /// Binds a name to JSON.
    pub fn bind_json(&mut self, name: &str, json: impl Into<Arc<Json>>) {
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
    /// CEL asks for the longest path first. Where that leads to an object or a list, it asks for less and selects the rest itself.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let mut path = variable.split('.');
        self.get(path.next()?)?.resolve(path)
    }
}
