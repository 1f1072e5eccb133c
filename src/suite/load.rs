//! Loads every suite file and keeps the tests by capability.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::compile_test::compile_test;
use super::files::{Reading, SuiteFiles};
use super::fixture::{Fixtures, MadeFixtures};
use super::former_names::{self, FormerNames};
use super::index::SuiteIndex;
use super::library::Library;
use super::raw::RawTest;
use super::shared::SharedFiles;
use super::test::Test;
use crate::capability::Registry;
use crate::diagnostic::{Problem, Problems, Source};
use crate::model::{CapabilityRef, TestId, TestName, hex};

/// Every test, by the capability and version that it proves.
#[derive(Debug, Default)]
pub struct Suites {
    tests: BTreeMap<CapabilityRef, Vec<Arc<Test>>>,
    digests: BTreeMap<CapabilityRef, String>,
    given: BTreeSet<String>,
    former: FormerNames,
    library: Option<Arc<Library>>,
    warnings: Vec<Problem>,
}

/// A test, and the file that it was compiled from.
struct Loaded<'a> {
    test: Arc<Test>,
    source: &'a Arc<Source>,
    raw: &'a RawTest,
}

impl Suites {
    /// Loads all files; each is named by its path.
    ///
    /// # Errors
    ///
    /// Every mistake of every file.
    pub fn load(sources: &[Arc<Source>], registry: &Registry) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        let mut files = SuiteFiles::default();
        for source in sources {
            if let Err(problem) = files.add(source, Reading::Whole) {
                problems.push(problem);
            }
        }
        let shared = &files.shared;
        shared
            .ambiguous()
            .into_iter()
            .for_each(|problem| problems.push(problem));
        let mut made = MadeFixtures::default();
        let mut fixtures = Fixtures::new(registry, shared, &mut made);
        let mut loaded: BTreeMap<CapabilityRef, Vec<Loaded<'_>>> = BTreeMap::new();
        let mut reported = BTreeSet::new();
        let tests = files
            .tests
            .iter()
            .filter_map(|file| Some((file.source(), file.raw().ok()?)));
        for (source, raw) in tests.flat_map(|(source, raws)| raws.iter().map(move |raw| (source, raw))) {
            match compile_test(source, raw, registry, shared, &mut fixtures) {
                Ok(compiled) => {
                    for test in compiled {
                        let of = loaded.entry(test.id.capability.clone()).or_default();
                        let test = Arc::new(test);
                        of.push(Loaded { test, source, raw });
                    }
                }
                // Every test that uses a broken fixture meets the same mistake; once is enough.
                Err(problem) if !reported.insert(problem.to_string()) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let mut suites = Self::default();
        for (reference, mut tests) in loaded {
            tests.sort_by(|one, other| one.test.id.cmp(&other.test.id));
            check_names(&tests, &mut problems);
            let mut hasher = Sha256::new();
            for test in &tests {
                frame(&mut hasher, test, shared);
            }
            suites.digests.insert(reference.clone(), hex(&hasher.finalize()));
            let tests = tests.into_iter().map(|loaded| loaded.test);
            suites.tests.insert(reference, tests.collect());
        }
        suites.given = shared.given().map(str::to_owned).collect();
        suites.former = FormerNames::of(suites.tests.values().flatten());
        suites.warnings = shared.warnings();
        problems.or(suites)
    }

    /// The suites of files that were loaded whole before, as an index says what came of it. A file is parsed, and a test compiled, when
    /// something is wanted of it that the index does not say.
    ///
    /// # Errors
    ///
    /// A file stands where none may, or the index names a contract that is not published.
    pub fn indexed(
        index: SuiteIndex,
        sources: &[Arc<Source>],
        registry: &Arc<Registry>,
    ) -> Result<Self, Problem> {
        let library = Arc::new(Library::new(sources, registry)?);
        let mut suites = Self {
            given: index.given,
            ..Self::default()
        };
        for suite in index.suites {
            let reference = suite.capability;
            let tests = suite.tests.into_iter();
            let tests = tests.map(|entry| library.test(&reference, entry).map(Arc::new));
            let tests = tests.collect::<Result<_, _>>()?;
            suites.digests.insert(reference.clone(), suite.digest);
            suites.tests.insert(reference, tests);
        }
        suites.former = FormerNames::of(suites.tests.values().flatten());
        suites.library = Some(library);
        Ok(suites)
    }

    /// An index of these suites, by which they need not be loaded whole another time.
    pub fn index(&self) -> SuiteIndex {
        SuiteIndex::of(self.given.clone(), &self.tests, &self.digests)
    }

    /// The files that were parsed so far, by name. None of those that were loaded whole: all of them were.
    pub fn files_parsed(&self) -> Option<Vec<&str>> {
        self.library.as_ref().map(|library| library.files_parsed())
    }

    /// The tests of a capability at a version, by name.
    pub fn tests(&self, capability: &CapabilityRef) -> &[Arc<Test>] {
        self.tests.get(capability).map_or(&[], Vec::as_slice)
    }

    /// Every test, by capability, version and name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Test>> {
        self.tests.values().flatten()
    }

    /// The name that a test has today, by one that it has or had. A name that no test had is given back as it is.
    pub fn current_name<'a>(&'a self, capability: &CapabilityRef, name: &'a TestName) -> &'a TestName {
        self.former.current(capability, name).unwrap_or(name)
    }

    /// The id that a test has today, by one that it has or had. An id that no test had is given back as it is.
    pub fn current_id(&self, id: &TestId) -> TestId {
        TestId {
            capability: id.capability.clone(),
            name: self.current_name(&id.capability, &id.name).clone(),
        }
    }

    /// Every id that a test had before, with the name that the test has today.
    pub fn former_ids(&self) -> impl Iterator<Item = (&TestId, &TestName)> {
        self.former.iter()
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

    /// What is no mistake and should be known to the author of a suite: expressions that are slow where a provider sends long lists.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The keys that a manifest may give under `fixtures`.
    pub fn given(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(String::as_str)
    }
}

/// Every name, of today and before, means one test of a capability.
fn check_names(tests: &[Loaded<'_>], problems: &mut Problems) {
    let all: Vec<&Test> = tests.iter().map(|loaded| loaded.test.as_ref()).collect();
    for (first, second) in tests.iter().zip(tests.iter().skip(1)) {
        if first.test.id == second.test.id {
            let Loaded { test, source, raw } = second;
            let message = format!("`{}` is a test of {} already", test.id, first.source.name());
            problems.push(Problem::at(source, raw.test.span(source), message));
        }
    }
    for Loaded { test, source, raw } in tests.iter().filter(|loaded| !loaded.raw.renamed_from.is_empty()) {
        if let Err(problem) = former_names::check(source, raw, test, &all) {
            problems.push(problem);
        }
    }
}

/// Adds a test's file and the files of what it uses to a digest, names and lengths first so that nothing can move between them.
fn frame(hasher: &mut Sha256, loaded: &Loaded<'_>, shared: &SharedFiles) {
    let Loaded { test, source, raw } = loaded;
    let domain = test.id.capability.id.domain();
    let mut steps: Vec<_> = raw.steps.iter().chain(&raw.after).collect();
    let mut add = |name: &str, text: &str| {
        hasher.update(format!("{}:{name}{}:", name.len(), text.len()));
        hasher.update(text);
    };
    add(test.id.name.as_str(), source.text());
    test.body().each_fixture(&mut |fixture| {
        if let Some(file) = shared.fixture(domain, &fixture.definition) {
            add(&fixture.name, file.source().text());
            steps.extend(file.raw().into_iter().flat_map(|raw| &raw.steps));
        }
    });
    for (name, source) in shared.expectations_of(domain, steps) {
        add(name, source.text());
    }
}
