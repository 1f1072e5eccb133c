//! Loads every suite file, in order, and keeps the tests by capability.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::capability::{Capability, Registry};
use crate::diagnostic::{Problem, Problems, Source, Spot, read_yaml};
use crate::model::{CapabilityId, CapabilityRef, TestId, TestName, Version, hex};

use super::compile::Compiler;
use super::fixture::{FixtureFile, FixtureFiles, Made, ROOT, SHARED, fixture, peer_shape, shape_of};
use super::lint;
use super::raw::{RawFixture, RawTest};
use super::scope;
use super::test::Test;

/// Every test, by the capability and version that it proves.
#[derive(Debug, Default)]
pub struct Suites {
    tests: BTreeMap<CapabilityRef, Vec<Arc<Test>>>,
    digests: BTreeMap<CapabilityRef, String>,
    given: BTreeSet<String>,
}

/// Where a file stands: `<domain>/<tool>/<test>.yaml`, `<domain>/_shared/<fixture>.yaml`, or `_shared/<fixture>.yaml`.
struct Location {
    /// [`ROOT`] for a fixture of all domains.
    domain: String,
    folder: String,
    stem: String,
}

impl Location {
    fn of(source: &Arc<Source>) -> Result<Self, Problem> {
        let wrong = || {
            Problem::of(
                source,
                "a suite file stands at `<domain>/<tool>/<test>.yaml`, `<domain>/_shared/<fixture>.yaml` or `_shared/<fixture>.yaml`",
            )
        };
        let mut parts = source.name().rsplit('/');
        let stem = parts
            .next()
            .and_then(|file| file.strip_suffix(".yaml"))
            .ok_or_else(wrong)?;
        let (Some(folder), Some(domain)) = (parts.next(), parts.next()) else {
            return Err(wrong());
        };
        if folder == ROOT || (domain == ROOT && folder != SHARED) {
            return Err(wrong());
        }
        Ok(Self {
            domain: domain.to_owned(),
            folder: folder.to_owned(),
            stem: stem.to_owned(),
        })
    }

    /// A name in the file must be the one that its place says.
    fn agree(source: &Arc<Source>, found: &Spot<String>, what: &str, place: &str) -> Result<(), Problem> {
        if found.value == place {
            return Ok(());
        }
        Err(Problem::at(
            source,
            found.span(source),
            format!(
                "the {what} is `{}`, but the file stands at `{place}`",
                found.value
            ),
        )
        .hint("rename the one or the other"))
    }
}

impl Suites {
    /// Loads all files; each is named by its path.
    ///
    /// # Errors
    ///
    /// Every mistake of every file.
    pub fn load(sources: &[Arc<Source>], registry: &Registry) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        let mut fixtures = FixtureFiles::default();
        let mut tests = Vec::new();
        for source in sources {
            let read = Location::of(source).and_then(|location| {
                if location.folder == SHARED {
                    let raw: RawFixture = read_yaml(source)?;
                    Location::agree(source, &raw.fixture, "fixture", &location.stem)?;
                    fixtures.0.insert(
                        (location.domain, location.stem),
                        FixtureFile {
                            source: Arc::clone(source),
                            raw,
                        },
                    );
                } else {
                    let raw: RawTest = read_yaml(source)?;
                    Location::agree(source, &raw.test, "test", &location.stem)?;
                    let capability = format!("{}.{}", location.domain, location.folder);
                    Location::agree(source, &raw.capability, "capability", &capability)?;
                    tests.push((Arc::clone(source), raw));
                }
                Ok(())
            });
            if let Err(problem) = read {
                problems.push(problem);
            }
        }
        fixtures.ambiguous().for_each(|problem| problems.push(problem));
        let mut suites = Self::default();
        let mut hashers: BTreeMap<CapabilityRef, Sha256> = BTreeMap::new();
        let mut reported = BTreeSet::new();
        let mut made = Made::new();
        for (source, raw) in &tests {
            match compile_test(source, raw, registry, &fixtures, &mut made) {
                Ok(compiled) => {
                    for test in compiled {
                        let reference = test.id.capability.clone();
                        let hasher = hashers.entry(reference.clone()).or_default();
                        frame(hasher, &test, source, &fixtures);
                        suites.tests.entry(reference).or_default().push(Arc::new(test));
                    }
                }
                // Every test that uses a broken fixture meets the same mistake; once is enough.
                Err(problem) if !reported.insert(problem.to_string()) => {}
                Err(problem) => problems.push(problem),
            }
        }
        suites.given = fixtures
            .0
            .values()
            .flat_map(|file| &file.raw.given)
            .map(|key| key.value.clone())
            .collect();
        suites.digests = hashers
            .into_iter()
            .map(|(reference, hasher)| (reference, hex(&hasher.finalize())))
            .collect();
        problems.or(suites)
    }

    /// The tests of a capability at a version, by name.
    pub fn tests(&self, capability: &CapabilityRef) -> &[Arc<Test>] {
        self.tests.get(capability).map_or(&[], Vec::as_slice)
    }

    /// Every test, by capability, version and name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Test>> {
        self.tests.values().flatten()
    }

    /// SHA-256 of the files that prove a capability, their fixtures included, in hex.
    pub fn digest(&self, capability: &CapabilityRef) -> Option<&str> {
        self.digests.get(capability).map(String::as_str)
    }

    /// The rules that some test verifies, by capability and version.
    pub fn verified(&self) -> BTreeMap<CapabilityRef, BTreeSet<String>> {
        self.tests
            .iter()
            .map(|(reference, tests)| {
                (
                    reference.clone(),
                    tests
                        .iter()
                        .flat_map(|test| test.verifies.iter().cloned())
                        .collect(),
                )
            })
            .collect()
    }

    /// The keys that a manifest may give under `fixtures`.
    pub fn given(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(String::as_str)
    }
}

/// Adds a test's file and the files of its fixtures to a digest, names and lengths first so that nothing can move between them.
fn frame(hasher: &mut Sha256, test: &Test, source: &Source, fixtures: &FixtureFiles) {
    let mut add = |name: &str, text: &str| {
        hasher.update(format!("{}:{name}{}:", name.len(), text.len()));
        hasher.update(text);
    };
    add(test.id.name.as_str(), source.text());
    let domain = test.id.capability.id.domain();
    test.each_fixture(&mut |fixture| {
        if let Some(file) = fixtures.get(domain, &fixture.name) {
            add(&fixture.name, file.source.text());
        }
    });
}

/// A test for each version that it names.
fn compile_test(
    source: &Arc<Source>,
    raw: &RawTest,
    registry: &Registry,
    files: &FixtureFiles,
    made: &mut Made,
) -> Result<Vec<Test>, Problem> {
    let at = |spot: &Spot<String>, message: String| Problem::at(source, spot.span(source), message);
    let name: TestName = raw
        .test
        .value
        .parse()
        .map_err(|error| at(&raw.test, format!("{error}")))?;
    let id: CapabilityId = raw
        .capability
        .value
        .parse()
        .map_err(|error| at(&raw.capability, format!("{error}")))?;
    if raw.versions.is_empty() {
        return Err(at(
            &raw.test,
            "a test names the `versions` for which it holds".to_owned(),
        ));
    }
    if raw.verifies.is_empty() {
        return Err(at(
            &raw.test,
            "a test names at least one rule that it `verifies`".to_owned(),
        ));
    }
    raw.versions
        .iter()
        .map(|version| {
            let parsed: Version = version
                .value
                .parse()
                .map_err(|error| at(version, format!("{error}")))?;
            let home = registry.get(&id, Some(&parsed)).ok_or_else(|| {
                at(version, format!("`{id}` has no published version {parsed}"))
                    .hint("`proofhouse capabilities list` shows what is published")
            })?;
            compile_version(source, raw, registry, files, made, &name, home)
        })
        .collect()
}

fn compile_version(
    source: &Arc<Source>,
    raw: &RawTest,
    registry: &Registry,
    files: &FixtureFiles,
    made: &mut Made,
    name: &TestName,
    home: &Arc<Capability>,
) -> Result<Test, Problem> {
    let domain = home.reference.id.domain();
    let mut compiler = Compiler {
        source,
        registry,
        home,
        names: scope::base(domain, registry),
        fixture: false,
        has_peer: raw.peer.is_some(),
    };
    let mut verifies = Vec::new();
    for rule in &raw.verifies {
        verifies.extend(compiler.rule(Some(rule))?);
    }
    compiler.names.insert("test", scope::test());
    let mut find = |wanted: &[Spot<String>]| {
        wanted
            .iter()
            .map(|wanted| fixture(wanted, source, registry, files, home, made, &mut Vec::new()))
            .collect::<Result<Vec<_>, _>>()
    };
    let (fixtures, tries) = (find(&raw.uses)?, find(&raw.tries)?);
    let each_row = find(&raw.use_each)?;
    let peer = raw.peer.as_deref().map(&mut find).transpose()?;
    for wanted in fixtures.iter().chain(&tries) {
        compiler.names.insert(wanted.name.clone(), shape_of(&wanted.bind));
    }
    if let Some(peer) = &peer {
        compiler.names.insert("peer", peer_shape(peer));
    }
    lint::check_use_each(source, raw, &each_row)?;
    lint::check_peer(source, raw)?;
    let outside = compiler.names.clone();
    let cases = compiler.table(raw, &each_row)?;
    if raw.steps.is_empty() {
        return Err(Problem::at(
            source,
            raw.test.span(source),
            "a test has at least one step",
        ));
    }
    let steps = compiler.steps(&raw.steps)?;
    let wait = raw
        .steps
        .iter()
        .chain(&raw.after)
        .find_map(|step| step.wait.as_ref());
    match (wait, &raw.slow) {
        (Some(wait), None) => {
            return Err(Problem::at(
                source,
                wait.span(source),
                "a test that waits says under `slow` what for",
            ));
        }
        (None, Some(slow)) => {
            return Err(Problem::at(
                source,
                slow.span(source),
                "a test is slow when it has a `wait`, and this one has none",
            ));
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    // What stands after the table reads neither a row nor what was done in one.
    compiler.names = outside;
    Ok(Test {
        id: TestId {
            capability: home.reference.clone(),
            name: name.clone(),
        },
        capability: Arc::clone(home),
        title: raw.title.clone(),
        level: lint::level(source, raw, &home.reference.version)?,
        verifies,
        fixtures,
        tries,
        each_row,
        peer,
        exclusive: raw.exclusive,
        slow: raw.slow.as_ref().map(|slow| slow.value.clone()),
        cases,
        steps,
        after: compiler.steps(&raw.after)?,
        file: source.name().to_owned(),
    })
}
