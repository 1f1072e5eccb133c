//! An index of suites: everything that a plan, a gate or a list asks of tests, without their steps.
//!
//! It owns the format of the index. It refuses to read suites: what it says was found when they were loaded whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::facts::{Facts, is_false};
use super::test::Test;
use crate::model::{CapabilityRef, Level, TestName};

/// The format that this version writes and reads.
const FORMAT: &str = "proofhouse.suite-index/1";

/// An index of suites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteIndex {
    /// The keys that a manifest may give under `fixtures`.
    pub(super) given: BTreeSet<String>,
    /// The suites, by capability and version.
    pub(super) suites: Vec<IndexedSuite>,
}

/// The tests of a capability at a version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndexedSuite {
    pub(super) capability: CapabilityRef,
    /// SHA-256 of its files, in hex.
    pub(super) digest: String,
    /// The tests, by name.
    pub(super) tests: Vec<IndexedTest>,
}

/// A test without its steps. The fields are those of [`Test`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndexedTest {
    pub(super) name: TestName,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) former_names: Vec<TestName>,
    pub(super) title: String,
    pub(super) level: Level,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) essential: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) optional: Option<String>,
    pub(super) verifies: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) exclusive: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) slow: Option<String>,
    pub(super) file: String,
    pub(super) facts: Facts,
}

/// The text of an index.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexText {
    /// The version of this format.
    format: String,
    /// A hash of the files that it was made from.
    fingerprint: String,
    given: BTreeSet<String>,
    suites: Vec<IndexedSuite>,
}

impl SuiteIndex {
    pub(super) fn of(
        given: BTreeSet<String>,
        tests: &BTreeMap<CapabilityRef, Vec<Arc<Test>>>,
        digests: &BTreeMap<CapabilityRef, String>,
    ) -> Self {
        let suite = |(capability, tests): (&CapabilityRef, &Vec<Arc<Test>>)| IndexedSuite {
            capability: capability.clone(),
            digest: digests.get(capability).cloned().unwrap_or_default(),
            tests: tests.iter().map(|test| entry(test)).collect(),
        };
        Self {
            given,
            suites: tests.iter().map(suite).collect(),
        }
    }

    /// Reads the text of an index. None where it is of another format, or was made from other files than those with this fingerprint.
    pub fn read(text: &str, fingerprint: &str) -> Option<Self> {
        let read: IndexText = serde_json::from_str(text).ok()?;
        (read.format == FORMAT && read.fingerprint == fingerprint).then_some(Self {
            given: read.given,
            suites: read.suites,
        })
    }

    /// The text of the index of files with this fingerprint: JSON with a line for each test.
    ///
    /// # Errors
    ///
    /// It cannot be written as JSON.
    pub fn text(&self, fingerprint: &str) -> Result<String, serde_json::Error> {
        let mut suites = Vec::new();
        for suite in &self.suites {
            let tests = suite.tests.iter().map(serde_json::to_string);
            let tests = tests.collect::<Result<Vec<_>, _>>()?.join(",\n");
            let (capability, digest) = (&suite.capability, &suite.digest);
            suites.push(
                format!(r#"{{"capability":"{capability}","digest":"{digest}","tests":["#)
                    + "\n"
                    + &tests
                    + "\n]}",
            );
        }
        let given = serde_json::to_string(&self.given)?;
        let head =
            format!(r#"{{"format":"{FORMAT}","fingerprint":"{fingerprint}","given":{given},"suites":["#);
        Ok(format!("{head}\n{}\n]}}\n", suites.join(",\n")))
    }
}

fn entry(test: &Test) -> IndexedTest {
    IndexedTest {
        name: test.id.name.clone(),
        former_names: test.former_names.clone(),
        title: test.title.clone(),
        level: test.level,
        essential: test.essential,
        optional: test.optional.clone(),
        verifies: test.verifies.clone(),
        exclusive: test.exclusive,
        slow: test.slow.clone(),
        file: test.file.clone(),
        facts: test.facts.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index as the first version of the format wrote it.
    const FIRST: &str = r#"{"format":"proofhouse.suite-index/1","fingerprint":"0123","given":["service"],"suites":[
{"capability":"parcels.order_pickup@0.1.0","digest":"abcd","tests":[
{"name":"happy_path","title":"A pickup is ordered","level":"must","essential":true,"verifies":["reserves"],"file":"suites/parcels/order_pickup/happy_path.yaml","facts":{"is_read_only":false,"calls":3,"creations":1}},
{"name":"waits","former_names":["naps"],"title":"A pickup ends","level":"should","optional":"ends","verifies":["ends"],"exclusive":true,"slow":"the end","file":"suites/parcels/order_pickup/waits.yaml","facts":{"is_read_only":false,"waits":true,"moves_clock":true,"takes_clock":true,"tools_at_peer":["parcels.order_pickup@0.1.0"],"calls":1,"creations":0}}
]}
]}
"#;

    #[test]
    fn an_index_of_the_first_format_is_read_and_written_again() {
        let index = SuiteIndex::read(FIRST, "0123").unwrap();
        assert_eq!(index.text("0123").unwrap(), FIRST);
    }

    #[test]
    fn an_index_of_other_files_or_of_another_format_says_nothing() {
        assert_eq!(SuiteIndex::read(FIRST, "0124"), None);
        assert_eq!(
            SuiteIndex::read(&FIRST.replace("index/1", "index/2"), "0123"),
            None
        );
        assert_eq!(SuiteIndex::read("", "0123"), None);
    }
}
