//! The suite files of an index, each parsed when something is wanted of it.

use std::sync::Arc;

use parking_lot::Mutex;

use super::body::Body;
use super::compile_test::compile_version;
use super::files::{Reading, SuiteFiles};
use super::fixture::{Fixtures, MadeFixtures};
use super::index::IndexedTest;
use super::test::{LazyBody, Test};
use crate::capability::{Capability, Registry};
use crate::diagnostic::{Problem, Source};
use crate::model::{CapabilityRef, TestId};

/// Files that were loaded whole before, and what was compiled of them since.
#[derive(Debug)]
pub(super) struct Library {
    files: SuiteFiles,
    registry: Arc<Registry>,
    fixtures: Mutex<MadeFixtures>,
}

impl Library {
    /// Sorts the files by kind. Nothing is parsed yet.
    ///
    /// # Errors
    ///
    /// A file stands where none may.
    pub(super) fn new(sources: &[Arc<Source>], registry: &Arc<Registry>) -> Result<Self, Problem> {
        let mut files = SuiteFiles::default();
        for source in sources {
            files.add(source, Reading::Place)?;
        }
        Ok(Self {
            files,
            registry: Arc::clone(registry),
            fixtures: Mutex::default(),
        })
    }

    /// The test of an entry, whose body is compiled when it is first needed.
    ///
    /// # Errors
    ///
    /// The contract is not published.
    pub(super) fn test(self: &Arc<Self>, of: &CapabilityRef, entry: IndexedTest) -> Result<Test, Problem> {
        let home = self.registry.at(of).ok_or_else(|| {
            let source = Source::new(entry.file.as_str(), "");
            Problem::of(&source, format!("`{of}` is not published"))
        })?;
        let id = TestId {
            capability: of.clone(),
            name: entry.name,
        };
        let body = {
            let (library, home) = (Arc::clone(self), Arc::clone(home));
            let (name, file) = (id.name.clone(), entry.file.clone());
            LazyBody::new(move || library.body(&home, name.as_str(), &file))
        };
        Ok(Test {
            id,
            former_names: entry.former_names,
            capability: Arc::clone(home),
            title: entry.title,
            level: entry.level,
            essential: entry.essential,
            optional: entry.optional,
            verifies: entry.verifies,
            exclusive: entry.exclusive,
            slow: entry.slow,
            file: entry.file,
            facts: entry.facts,
            body,
        })
    }

    fn body(&self, home: &Arc<Capability>, test: &str, file: &str) -> Result<Body, Problem> {
        let missing = || Problem::of(&Source::new(file, ""), format!("the file has no test `{test}`"));
        let mut files = self.files.tests.iter();
        let file = files
            .find(|known| known.source().name() == file)
            .ok_or_else(missing)?;
        let raw = file.raw()?.iter().find(|raw| raw.test.value == test);
        let raw = raw.ok_or_else(missing)?;
        let shared = &self.files.shared;
        let mut made = self.fixtures.lock();
        let mut fixtures = Fixtures::new(&self.registry, shared, &mut made);
        let compiled = compile_version(file.source(), raw, &self.registry, shared, &mut fixtures, home)?;
        Ok(compiled.body)
    }

    /// The files that were parsed, by name.
    pub(super) fn files_parsed(&self) -> Vec<&str> {
        self.files.parsed()
    }
}
