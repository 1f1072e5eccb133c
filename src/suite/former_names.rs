//! The names that tests had before, so that what was written down under one still means its test.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::raw::{RawRename, RawTest};
use super::test::Test;
use crate::diagnostic::{Problem, Source};
use crate::model::{CapabilityRef, TestId, TestName, Version};

/// The tests of today, by the ids that they had before.
#[derive(Debug, Default)]
pub(super) struct FormerNames(BTreeMap<TestId, TestName>);

impl FormerNames {
    /// Collects the former names of some tests, in the order of the ids.
    pub(super) fn of<'a>(tests: impl Iterator<Item = &'a Arc<Test>>) -> Self {
        let mut names = BTreeMap::new();
        for test in tests {
            for former in test.ids().skip(1) {
                names.insert(former, test.id.name.clone());
            }
        }
        Self(names)
    }

    /// The name that the test has today; None where no test had this one before.
    pub(super) fn current(&self, capability: &CapabilityRef, name: &TestName) -> Option<&TestName> {
        self.0.get(&TestId {
            capability: capability.clone(),
            name: name.clone(),
        })
    }

    /// Every former id with the name of today.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&TestId, &TestName)> {
        self.0.iter()
    }
}

/// Reads the former names of a test.
///
/// # Errors
///
/// One is no name, or its version is none.
pub(super) fn read(source: &Arc<Source>, raw: &RawTest) -> Result<Vec<TestName>, Problem> {
    let read = |rename: &RawRename| {
        let name = &rename.name;
        let at = |error: &dyn std::fmt::Display| Problem::at(source, name.span(source), error.to_string());
        let parsed: TestName = name.value.parse().map_err(|error| at(&error))?;
        let version = &rename.version;
        let version_of: Result<Version, _> = version.value.parse();
        version_of.map_err(|error| Problem::at(source, version.span(source), error.to_string()))?;
        Ok(parsed)
    };
    raw.renamed_from.iter().map(read).collect()
}

/// Checks that a former name means one test only.
///
/// # Errors
///
/// Another test has the name, or had it before.
pub(super) fn check(
    source: &Arc<Source>,
    raw: &RawTest,
    test: &Test,
    others: &[&Test],
) -> Result<(), Problem> {
    let taken: BTreeSet<TestName> = others
        .iter()
        .filter(|other| other.id != test.id)
        .flat_map(|other| other.ids().map(|id| id.name))
        .collect();
    for (former, rename) in test.former_names.iter().zip(&raw.renamed_from) {
        let wrong = |message: String| Err(Problem::at(source, rename.name.span(source), message));
        if *former == test.id.name {
            return wrong(format!("`{former}` is the name that the test has now"));
        }
        if taken.contains(former) {
            return wrong(format!("`{former}` is, or was, the name of another test"));
        }
    }
    Ok(())
}
