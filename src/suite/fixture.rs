//! The fixtures that files bring, and what a test that names one gets: each compiled once for a version.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compile::Compiler;
use super::raw::{RawFixture, RawShare};
use super::scope;
use super::test::{Fixture, Share};
use crate::capability::{Capability, Registry};
use crate::diagnostic::{Problem, Source, Spot, near_miss};
use crate::expr::{Shape, Template};
use crate::model::Version;

/// The folder that holds the fixtures of a domain, or of all domains.
pub(super) const SHARED: &str = "_shared";
/// The folder of all suites, which is neither a tool's nor a domain's.
pub(super) const ROOT: &str = "suites";

/// A fixture's file, before it is known for which version it is compiled.
pub(super) struct FixtureFile {
    pub(super) source: Arc<Source>,
    pub(super) raw: RawFixture,
}

/// Fixtures by domain and name.
#[derive(Default)]
pub(super) struct FixtureFiles(pub(super) BTreeMap<(String, String), FixtureFile>);

impl FixtureFiles {
    /// The fixture that a test of a domain means by a name: the domain's, or one of all domains.
    pub(super) fn get(&self, domain: &str, name: &str) -> Option<&FixtureFile> {
        let of = |domain: &str| self.0.get(&(domain.to_owned(), name.to_owned()));
        of(domain).or_else(|| of(ROOT))
    }

    /// The names that a test of a domain may use.
    fn names(&self, domain: &str) -> impl Iterator<Item = &str> {
        let keys = self.0.keys();
        keys.filter(move |(of, _)| [domain, ROOT].contains(&of.as_str()))
            .map(|(_, name)| name.as_str())
    }

    /// The fixtures of a domain that have the name of one of all domains: which one is meant could not be told from a test.
    pub(super) fn ambiguous(&self) -> impl Iterator<Item = Problem> {
        let of_domains = self.0.iter().filter(|((domain, _), _)| domain != ROOT);
        of_domains
            .filter(|((_, name), _)| self.0.contains_key(&(ROOT.to_owned(), name.clone())))
            .map(|((_, name), file)| {
                let span = file.raw.fixture.span(&file.source);
                Problem::at(
                    &file.source,
                    span,
                    format!("all domains have a fixture `{name}` already"),
                )
                .hint(format!("it stands at `{SHARED}/{name}.yaml`"))
            })
    }
}

/// Fixtures by domain, version and name: every test of that version uses the same ones, compiled once.
pub(super) type Made = BTreeMap<(String, Version, String), Arc<Fixture>>;

/// Every fixture that is made at the peer, those that others use included.
pub(super) fn peer_shape(fixtures: &[Arc<Fixture>]) -> Shape {
    let mut made = Vec::new();
    Fixture::each(fixtures, &mut |fixture| {
        made.push((fixture.name.clone(), shape_of(&fixture.bind)));
    });
    Shape::object(made)
}

pub(super) fn shape_of(bind: &Template) -> Shape {
    match bind.fields() {
        Some(fields) => Shape::object(fields.into_iter().map(|field| (field, Shape::Any))),
        None => Shape::Any,
    }
}

/// A fixture for a test, and those that it uses itself, each compiled once.
pub(super) fn fixture(
    wanted: &Spot<String>,
    from: &Arc<Source>,
    registry: &Registry,
    files: &FixtureFiles,
    home: &Arc<Capability>,
    made: &mut Made,
    path: &mut Vec<String>,
) -> Result<Arc<Fixture>, Problem> {
    let domain = home.reference.id.domain();
    let key = (
        domain.to_owned(),
        home.reference.version.clone(),
        wanted.value.clone(),
    );
    if let Some(fixture) = made.get(&key) {
        return Ok(Arc::clone(fixture));
    }
    if path.contains(&wanted.value) {
        return Err(Problem::at(
            from,
            wanted.span(from),
            format!(
                "the fixture `{}` needs itself: {} → {}",
                wanted.value,
                path.join(" → "),
                wanted.value
            ),
        ));
    }
    let file = files.get(domain, &wanted.value).ok_or_else(|| {
        Problem::at(
            from,
            wanted.span(from),
            format!("there is no fixture `{}`", wanted.value),
        )
        .did_you_mean(near_miss(&wanted.value, files.names(domain)))
        .hint(format!("a fixture stands at `{domain}/{SHARED}/<fixture>.yaml`"))
    })?;
    path.push(wanted.value.clone());
    let (source, raw) = (&file.source, &file.raw);
    let fixtures = raw
        .uses
        .iter()
        .map(|next| fixture(next, source, registry, files, home, made, path))
        .collect::<Result<Vec<_>, _>>()?;
    path.pop();
    let mut compiler = Compiler {
        source,
        registry,
        home,
        names: scope::base(domain, registry),
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
    let fixture = Arc::new(Fixture {
        name: raw.fixture.value.clone(),
        title: raw.title.clone(),
        share,
        fixtures,
        given: raw.given.iter().map(|key| key.value.clone()).collect(),
        steps,
        bind,
    });
    made.insert(key, Arc::clone(&fixture));
    Ok(fixture)
}
