//! The names that the expressions of a test read, and the phase and the time that go with them.
//!
//! A scope owns what is bound at one point of a test. It is entered by [`Scope::enter`], whose guard restores the scope of before
//! however the work inside ends, so that no step can leak its names into the next.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::expr::{Bindings, Bound, ZoneRules};
use crate::model::TurnBudget;

/// Tells a test's own steps from the set-up before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The test's own steps: calls are counted and judged.
    Own,
    /// The making of fixtures: calls are not counted, and a wrong answer blocks the test.
    SetUp,
}

/// The names, the present and the phase at one point of a test.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    bindings: Bindings,
    now: DateTime<Utc>,
    phase: Phase,
}

impl Scope {
    /// A scope without names, in the set-up phase. `now` is the provider's present.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            bindings: Bindings::new(),
            now,
            phase: Phase::SetUp,
        }
    }

    /// Sets the rules of time zones that expressions go by.
    pub(super) fn set_zone_rules(&mut self, rules: Arc<ZoneRules>) {
        self.bindings.set_zone_rules(rules);
    }

    /// Sets the budget that pays for expressions.
    pub(super) fn set_budget(&mut self, budget: Arc<TurnBudget>) {
        self.bindings.set_budget(budget);
    }

    /// Everything that is bound.
    pub(super) fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// The value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Arc<Bound>> {
        self.bindings.get(name)
    }

    /// Binds a name.
    pub(super) fn bind(&mut self, name: &str, value: Arc<Bound>) {
        self.bindings.bind(name, value);
    }

    /// Says of a name that its value was made from what the harness knows alone.
    pub(super) fn note_ours(&mut self, name: &str) {
        self.bindings.note_ours(name);
    }

    /// Binds a name to JSON.
    pub(super) fn bind_json(&mut self, name: &str, json: impl Into<Arc<Value>>) {
        self.bindings.bind_json(name, json);
    }

    /// The provider's present, as the step at work reads it.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Sets the provider's present, and binds it as `now`.
    pub(super) fn set_now(&mut self, now: DateTime<Utc>) {
        self.now = now;
        self.bind("now", Bound::instant(now));
    }

    /// The phase of the test.
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Goes on to another phase.
    pub(super) fn set_phase(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// The same names in another phase.
    pub(super) fn in_phase(&self, phase: Phase) -> Self {
        Self {
            phase,
            ..self.clone()
        }
    }

    /// These names of this scope alone, in the set-up phase.
    pub(super) fn only(&self, names: &[&str]) -> Self {
        let mut scope = Self::new(self.now);
        scope.bindings.keep_rules_of(&self.bindings);
        for name in names {
            if let Some(bound) = self.get(name) {
                scope.bind(name, Arc::clone(bound));
            }
        }
        scope
    }

    /// Makes `inner` the scope of `owner` until the guard is dropped. Work inside goes through the guard, and when it ends, well, with
    /// an error or because nobody waits for it any more, the owner has the scope of before again.
    pub(super) fn enter<O: AsMut<Self>>(owner: &mut O, inner: Self) -> Entered<'_, O> {
        let outer = std::mem::replace(owner.as_mut(), inner);
        Entered { owner, outer }
    }
}

/// The owner of a scope while it is inside another one.
pub(super) struct Entered<'o, O: AsMut<Scope>> {
    owner: &'o mut O,
    /// The scope to go back to.
    outer: Scope,
}

impl<O: AsMut<Scope>> Deref for Entered<'_, O> {
    type Target = O;

    fn deref(&self) -> &O {
        self.owner
    }
}

impl<O: AsMut<Scope>> DerefMut for Entered<'_, O> {
    fn deref_mut(&mut self) -> &mut O {
        self.owner
    }
}

impl<O: AsMut<Scope>> Drop for Entered<'_, O> {
    fn drop(&mut self) {
        std::mem::swap(self.owner.as_mut(), &mut self.outer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stands for the executor of a test.
    struct Owner(Scope);

    impl AsMut<Scope> for Owner {
        fn as_mut(&mut self) -> &mut Scope {
            &mut self.0
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn item(scope: &Scope) -> Option<&Value> {
        scope.get("item").and_then(|bound| bound.as_json())
    }

    /// Binds numbers in a scope of its own, until one is wrong.
    async fn work(owner: &mut Owner) -> Result<(), &'static str> {
        let inner = owner.0.in_phase(Phase::SetUp);
        let mut inside = Scope::enter(owner, inner);
        inside.0.set_now(at(2));
        for number in [2, 3] {
            inside.0.bind_json("item", Value::from(number));
            tokio::task::yield_now().await;
            if number == 3 {
                return Err("the third call was answered wrongly");
            }
        }
        Ok(())
    }

    fn owner() -> Owner {
        let mut owner = Owner(Scope::new(at(1)));
        owner.0.bind_json("item", Value::from(1));
        owner.0.set_phase(Phase::Own);
        owner
    }

    fn assert_is_as_before(owner: &Owner) {
        assert_eq!(item(&owner.0), Some(&Value::from(1)));
        assert_eq!((owner.0.now(), owner.0.phase()), (at(1), Phase::Own));
        assert!(owner.0.get("now").is_none());
    }

    #[tokio::test]
    async fn the_scope_of_before_is_restored_when_the_work_inside_fails() {
        let mut owner = owner();
        assert_eq!(work(&mut owner).await, Err("the third call was answered wrongly"));
        assert_is_as_before(&owner);
    }

    #[tokio::test]
    async fn the_scope_of_before_is_restored_when_nobody_waits_for_the_work_inside() {
        let mut owner = owner();
        let stopped = tokio::select! {
            biased;
            _ = work(&mut owner) => false,
            () = std::future::ready(()) => true,
        };
        assert!(stopped, "the work yields before it ends");
        assert_is_as_before(&owner);
    }

    #[test]
    fn scopes_nest_and_each_ends_where_it_began() {
        let mut owner = owner();
        let scope = owner.0.clone();
        let mut outer = Scope::enter(&mut owner, scope);
        outer.0.bind_json("item", Value::from("outer"));
        let scope = outer.0.only(&[]);
        let mut inner = Scope::enter(&mut *outer, scope);
        assert_eq!(item(&inner.0), None);
        inner.0.bind_json("item", Value::from("inner"));
        drop(inner);
        assert_eq!(item(&outer.0), Some(&Value::from("outer")));
        drop(outer);
        assert_is_as_before(&owner);
    }
}
