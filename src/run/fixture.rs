//! Makes fixtures: once for a provider, or anew for a test.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ask::{Asker, Phase};
use super::halt::Halt;
use crate::expr::{Bindings, Bound};
use crate::model::ProviderId;
use crate::suite::{Fixture, SANDBOX, Share};

impl Asker<'_> {
    /// Binds what every expression may read.
    pub(super) fn bind_base(&mut self) {
        let shared = &self.session.shared;
        let provider = self.session.target.id();
        let domain = self.test.capability.id.domain();
        let offers: Map<String, Value> = shared
            .registry
            .iter()
            .filter(|capability| [domain, SANDBOX].contains(&capability.reference.id.domain()))
            .map(|capability| {
                (
                    capability.tool().to_owned(),
                    self.session.offers.offers(capability.tool()).into(),
                )
            })
            .collect();
        self.bindings.bind_json(
            "run",
            json!({ "id": shared.run.as_str(), "short": shared.run.short(), "seed": shared.seed }),
        );
        self.bindings.bind_json(
            "provider",
            json!({ "id": provider.as_str(), "platform": provider.platform(), "tenant": provider.tenant() }),
        );
        self.bindings.bind_json("offers", Value::Object(offers));
        self.tick();
    }

    /// Binds the test itself; `case` is the row of its table.
    pub(super) fn bind_test(&mut self, case: Option<&str>) {
        let name = self.test.name.as_str();
        let full = self.test.to_string();
        // No two tenants of a platform share a customer, nor does a test at its peer with the peer's own; each retry has its own.
        let asked = self.session.target.id();
        let guest_of = self.guest_of.as_ref().map_or("", ProviderId::as_str);
        let again = match self.tries {
            0 => String::new(),
            tries => format!(" again {tries}"),
        };
        let case = case.unwrap_or_default();
        let key = short_key(name, &format!("{full} {case} {asked} {guest_of}{again}"));
        self.bindings
            .bind_json("test", json!({ "id": full, "name": name, "key": key }));
    }

    /// Makes fixtures in order and binds each under its name.
    pub(super) async fn make_fixtures(&mut self, fixtures: &[Arc<Fixture>]) -> Result<(), Halt> {
        for fixture in fixtures {
            let bound = self.fixture(fixture).await?;
            self.bindings.bind(fixture.name.as_str(), bound);
        }
        Ok(())
    }

    /// Makes the fixtures that the test can do without. One that cannot be made is `null`; a wrong answer to its calls is noted
    /// as the failure of the tool that gave it, as ever.
    pub(super) async fn try_fixtures(&mut self, fixtures: &[Arc<Fixture>]) -> Result<(), Halt> {
        for fixture in fixtures {
            match self.fixture(fixture).await {
                Ok(bound) => self.bindings.bind(fixture.name.as_str(), bound),
                Err(Halt::Interrupted) => return Err(Halt::Interrupted),
                Err(_) => self.bindings.bind_json(&fixture.name, Value::Null),
            }
        }
        Ok(())
    }

    async fn fixture(&mut self, fixture: &Arc<Fixture>) -> Result<Arc<Bound>, Halt> {
        if fixture.share == Share::Test {
            // Two fixtures of one test that use a third use the same one.
            if let Some(made) = self.made.get(&fixture.name) {
                return Ok(Arc::clone(made));
            }
            let made = self.make(fixture).await?;
            self.made.insert(fixture.name.clone(), Arc::clone(&made));
            return Ok(made);
        }
        let key = format!("{} {}", self.test.capability.version, fixture.name);
        let cell = self.session.fixture(&key);
        if self.guest_of.is_some() {
            // What goes wrong here is for the provider's own tests to meet and to tell.
            let made = cell.get_or_try_init(|| async { self.make(fixture).await.map(Ok) });
            return made.await?.clone();
        }
        let kept = cell.get_or_init(|| self.make(fixture)).await;
        kept.clone()
    }

    /// Runs the steps of a fixture among its own names, and takes its value out.
    async fn make(&mut self, fixture: &Fixture) -> Result<Arc<Bound>, Halt> {
        let (outside, phase) = (self.bindings.clone(), self.phase);
        self.phase = Phase::SetUp;
        self.bindings = self.fixture_names(&outside, fixture);
        let made = self.make_inside(fixture).await;
        self.bindings = outside;
        self.phase = phase;
        made
    }

    fn fixture_names(&self, outside: &Bindings, fixture: &Fixture) -> Bindings {
        let mut names = Bindings::new();
        for name in ["run", "provider", "offers", "test", "now"] {
            if let Some(bound) = outside.get(name) {
                names.bind(name, Arc::clone(bound));
            }
        }
        let given = self.session.target.given();
        let given: Map<String, Value> = fixture
            .given
            .iter()
            .map(|key| (key.clone(), given.get(key).cloned().unwrap_or(Value::Null)))
            .collect();
        names.bind_json("given", Value::Object(given));
        names
    }

    async fn make_inside(&mut self, fixture: &Fixture) -> Result<Arc<Bound>, Halt> {
        Box::pin(self.make_fixtures(&fixture.fixtures)).await?;
        self.run_steps(&fixture.steps).await?;
        self.tick();
        let value = self.render(&fixture.bind, &fixture.name)?;
        Ok(Bound::json(value))
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
