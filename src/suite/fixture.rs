//! Fixtures for tests, each compiled once for a version and the name under which it is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::body::{Fixture, Share};
use super::compile::Compiler;
use super::raw::{RawFixture, RawShare, RawUse};
use super::scope;
use super::shared::SharedFiles;
use crate::capability::{Capability, Registry};
use crate::diagnostic::{Problem, Source, Spot};
use crate::expr::{Shape, Template};
use crate::model::Version;

/// The domain, its version, the fixture, and the name under which it is read.
type Key = (String, Version, String, String);

/// The fixtures that were compiled.
#[derive(Debug, Default)]
pub(super) struct MadeFixtures(BTreeMap<Key, Arc<Fixture>>);

/// Compiles fixtures. Every test of a version uses the same ones.
pub(super) struct Fixtures<'a> {
    registry: &'a Registry,
    files: &'a SharedFiles,
    made: &'a mut MadeFixtures,
}

impl<'a> Fixtures<'a> {
    /// Adds what it compiles to `made`.
    pub(super) fn new(registry: &'a Registry, files: &'a SharedFiles, made: &'a mut MadeFixtures) -> Self {
        Self {
            registry,
            files,
            made,
        }
    }

    /// The fixtures that a file names, for the version of a contract; each with those that it uses itself.
    ///
    /// # Errors
    ///
    /// The first mistake in the list, or in one of the fixtures.
    pub(super) fn all(
        &mut self,
        wanted: &[Spot<RawUse>],
        from: &Arc<Source>,
        home: &Arc<Capability>,
    ) -> Result<Vec<Arc<Fixture>>, Problem> {
        self.each(wanted, from, home, &mut Vec::new())
    }

    fn each(
        &mut self,
        wanted: &[Spot<RawUse>],
        from: &Arc<Source>,
        home: &Arc<Capability>,
        path: &mut Vec<String>,
    ) -> Result<Vec<Arc<Fixture>>, Problem> {
        let wanted = wanted.iter();
        wanted.map(|one| self.one(one, from, home, path)).collect()
    }

    /// `path` holds the fixtures that are being compiled, the outermost first.
    fn one(
        &mut self,
        wanted: &Spot<RawUse>,
        from: &Arc<Source>,
        home: &Arc<Capability>,
        path: &mut Vec<String>,
    ) -> Result<Arc<Fixture>, Problem> {
        let domain = home.reference.id.domain();
        let RawUse { fixture, name } = &wanted.value;
        let key = (
            domain.to_owned(),
            home.reference.version.clone(),
            fixture.clone(),
            name.clone(),
        );
        if let Some(made) = self.made.0.get(&key) {
            return Ok(Arc::clone(made));
        }
        let at = |message: String| Problem::at(from, wanted.span(from), message);
        if path.contains(fixture) {
            let path = path.join(" → ");
            return Err(at(format!(
                "the fixture `{fixture}` needs itself: {path} → {fixture}"
            )));
        }
        let file = self.files.find_fixture(domain, fixture, from, wanted)?;
        let raw = file.raw()?;
        if name != fixture {
            if raw.share == RawShare::Provider {
                let message = format!("`{fixture}` is made once for all tests, so it has one name");
                return Err(at(message));
            }
            if self.files.fixture(domain, name).is_some() {
                return Err(at(format!("there is a fixture `{name}` already")));
            }
        }
        path.push(fixture.clone());
        let used = self.each(&raw.uses, file.source(), home, path)?;
        path.pop();
        let made = Arc::new(self.compile(file.source(), raw, name, used, home)?);
        self.made.0.insert(key, Arc::clone(&made));
        Ok(made)
    }

    fn compile(
        &self,
        source: &Arc<Source>,
        raw: &RawFixture,
        name: &str,
        fixtures: Vec<Arc<Fixture>>,
        home: &Arc<Capability>,
    ) -> Result<Fixture, Problem> {
        let mut compiler = Compiler {
            source,
            registry: self.registry,
            shared: self.files,
            home,
            names: scope::base(home.reference.id.domain(), self.registry),
            fixture: true,
            has_peer: false,
        };
        let share = match raw.share {
            RawShare::Provider => Share::Provider,
            RawShare::Test => {
                compiler.names.insert("test", scope::test());
                Share::Test
            }
        };
        for used in &fixtures {
            if share == Share::Provider && used.share == Share::Test {
                return Err(Problem::at(
                    source,
                    raw.fixture.span(source),
                    format!(
                        "a fixture shared by all tests cannot use `{}`, which is made for each",
                        used.name
                    ),
                ));
            }
            compiler.names.insert(used.name.clone(), shape_of(&used.bind));
        }
        compiler.names.insert(
            "given",
            Shape::object(raw.given.iter().map(|key| (key.value.clone(), Shape::Any))),
        );
        let steps = compiler.steps(&raw.steps)?;
        let bind = compiler.template(&raw.bind, &compiler.names)?;
        Ok(Fixture {
            name: name.to_owned(),
            definition: raw.fixture.value.clone(),
            title: raw.title.clone(),
            share,
            fixtures,
            given: raw.given.iter().map(|key| key.value.clone()).collect(),
            steps,
            bind,
        })
    }
}

/// The shape of `peer`: every fixture that is made at the peer, those that others use included.
pub(super) fn peer_shape(fixtures: &[Arc<Fixture>]) -> Shape {
    let mut made = Vec::new();
    Fixture::each(fixtures, &mut |fixture| {
        made.push((fixture.name.clone(), shape_of(&fixture.bind)));
    });
    Shape::object(made)
}

/// The fields of what a fixture binds, where its file writes them out.
pub(super) fn shape_of(bind: &Template) -> Shape {
    match bind.fields() {
        Some(fields) => Shape::object(fields.into_iter().map(|field| (field, Shape::Any))),
        None => Shape::Any,
    }
}
