//! Makes fixtures: once for an entry, or anew for a test.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::executor::TestExecutor;
use super::scope::Scope;
use super::step_error::StepError;
use crate::expr::Bound;
use crate::model::ProviderId;
use crate::suite::{Fixture, SANDBOX, Share};

/// The names that every expression may read, those of fixtures too.
const BASE_NAMES: [&str; 5] = ["run", "provider", "offers", "test", "now"];

impl TestExecutor<'_> {
    /// Binds the run, the provider and its tools, and the present.
    pub(super) fn bind_base(&mut self) {
        let (entry, context) = (self.entry(), self.entry().context());
        let (run, provider) = (context.run(), entry.id());
        let domain = self.test().capability.id.domain();
        let offers: Map<String, Value> = context
            .registry()
            .iter()
            .filter(|capability| [domain, SANDBOX].contains(&capability.reference.id.domain()))
            .map(|capability| {
                let offered = entry.tools().may_call(capability.tool());
                (capability.reference.id.tool().to_owned(), offered.into())
            })
            .collect();
        let scope = self.scope_mut();
        scope.bind_json(
            "run",
            json!({ "id": run.as_str(), "short": run.short(), "seed": context.options().seed }),
        );
        scope.bind_json(
            "provider",
            json!({ "id": provider.as_str(), "platform": provider.platform(), "tenant": provider.tenant() }),
        );
        scope.bind_json("offers", Value::Object(offers));
        self.tick();
    }

    /// Binds the test itself; `case` is the row of its table.
    pub(super) fn bind_test(&mut self, case: Option<&str>) {
        let full = self.test().to_string();
        let name = self.test().name.as_str().to_owned();
        // No two tenants of a platform share a customer, nor does a test at its peer with the peer's own; each retry has its own.
        let provider = self.entry().id();
        let tested = self.tested().map_or("", ProviderId::as_str);
        let tries = self.tries();
        let again = match tries {
            0 => String::new(),
            tries => format!(" again {tries}"),
        };
        let case = case.unwrap_or_default();
        let key = short_key(&name, &format!("{full} {case} {provider} {tested}{again}"));
        self.scope_mut().bind_json(
            "test",
            json!({ "id": full, "name": name, "key": key, "tries": tries }),
        );
    }

    /// Makes fixtures in order and binds each under its name.
    pub(super) async fn make_fixtures(&mut self, fixtures: &[Arc<Fixture>]) -> Result<(), StepError> {
        for fixture in fixtures {
            let bound = self.fixture(fixture).await?;
            self.scope_mut().bind(&fixture.name, bound);
        }
        Ok(())
    }

    /// Makes the fixtures that the test can do without. One that cannot be made is `null`; a wrong answer to its calls is noted
    /// as the failure of the tool that gave it, as ever, unless load or what somebody else took may explain it.
    pub(super) async fn try_fixtures(&mut self, fixtures: &[Arc<Fixture>]) -> Result<(), StepError> {
        for fixture in fixtures {
            let known = self.set_ups();
            let bound = match self.fixture(fixture).await {
                Ok(bound) => bound,
                Err(StepError::Interrupted) => return Err(StepError::Interrupted),
                Err(error) => {
                    let held = self.held();
                    if self.doubt(&error, &held).await.is_some() {
                        self.restore_set_ups(known);
                    }
                    Bound::json(Value::Null)
                }
            };
            self.scope_mut().bind(&fixture.name, bound);
        }
        Ok(())
    }

    async fn fixture(&mut self, fixture: &Arc<Fixture>) -> Result<Arc<Bound>, StepError> {
        if fixture.share == Share::Test {
            // Two fixtures of one test that use a third use the same one.
            if let Some(made) = self.made(&fixture.name) {
                return Ok(Arc::clone(made));
            }
            let made = self.make(fixture).await?;
            self.keep_made(&fixture.name, &made);
            return Ok(made);
        }
        let key = format!("{} {}", self.test().capability.version, fixture.name);
        let cell = self.entry().fixture(&key);
        if self.is_at_peer() {
            // What goes wrong here is for the provider's own tests to meet and to report.
            let made = cell.get_or_try_init(|| async { self.make(fixture).await.map(Ok) });
            return made.await?.clone();
        }
        let made = cell.get_or_try_init(|| async {
            match self.make(fixture).await {
                // Another test, or this one when it runs again, may still make it.
                Err(error) if self.evidence().is_doubtful() => Err(error),
                made => Ok(made),
            }
        });
        made.await?.clone()
    }

    /// Runs the steps of a fixture among its own names, and returns its value.
    async fn make(&mut self, fixture: &Fixture) -> Result<Arc<Bound>, StepError> {
        let mut inside = self.enter(self.fixture_scope(fixture));
        Box::pin(inside.make_fixtures(&fixture.fixtures)).await?;
        inside.run_steps(&fixture.steps).await?;
        inside.tick();
        let value = inside.render(&fixture.bind, &fixture.name)?;
        Ok(Bound::json(value))
    }

    /// The names that a fixture reads before its first step.
    fn fixture_scope(&self, fixture: &Fixture) -> Scope {
        let mut scope = self.scope().only(&BASE_NAMES);
        let given = self.entry().target().given();
        let given: Map<String, Value> = fixture
            .given
            .iter()
            .map(|key| (key.clone(), given.get(key).cloned().unwrap_or(Value::Null)))
            .collect();
        scope.bind_json("given", Value::Object(given));
        scope
    }
}

/// A key that tells tests apart and is short enough for the part of an email before its `@`, which has 64 characters.
fn short_key(name: &str, full: &str) -> String {
    let hash = full.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let name: String = name.chars().take(20).collect();
    format!("{name}-{:06x}", (hash >> 40) & 0xff_ffff)
}
