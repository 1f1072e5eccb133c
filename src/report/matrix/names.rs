//! The names of the tests that kill, as short as the matrix allows.

use std::collections::{BTreeMap, BTreeSet};

use crate::matrix::{Kill, KillMatrix};
use crate::model::{Level, Version};

/// A test of any version, `tool/test`, with the versions that have it.
type Versions = BTreeMap<String, BTreeSet<Version>>;

/// The tests that there are.
pub(super) struct Names(Versions);

impl Names {
    pub(super) fn of(matrix: &KillMatrix) -> Self {
        let mut versions = Versions::new();
        for rule in &matrix.rules {
            for test in &rule.verified_by {
                let name = format!("{}/{test}", rule.capability.id.tool());
                versions
                    .entry(name)
                    .or_default()
                    .insert(rule.capability.version.clone());
            }
        }
        Self(versions)
    }

    /// Each test once, by name: with its version if the test of another version does not kill, and with its level if it is a ruling.
    pub(super) fn list(&self, kills: &[Kill]) -> Vec<String> {
        let mut killing: BTreeMap<String, (BTreeSet<Version>, Level)> = BTreeMap::new();
        for kill in kills {
            let name = format!("{}/{}", kill.test.capability.id.tool(), kill.test.name);
            let (versions, level) = killing
                .entry(name)
                .or_insert_with(|| (BTreeSet::new(), kill.level));
            versions.insert(kill.test.capability.version.clone());
            *level = (*level).min(kill.level);
        }
        killing
            .into_iter()
            .map(|(name, (versions, level))| {
                let everywhere = self.0.get(&name).is_none_or(|all| *all == versions);
                let mut remarks: Vec<String> = Vec::new();
                if !everywhere {
                    remarks.extend(versions.iter().map(|version| format!("v{version}")));
                }
                if level == Level::Should {
                    remarks.push(level.to_string());
                }
                match remarks.is_empty() {
                    true => name,
                    false => format!("{name} ({})", remarks.join(", ")),
                }
            })
            .collect()
    }
}
