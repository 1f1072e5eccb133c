//! The names of tests in a table.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{CapabilityId, TestId, TestResult, Version};

/// The name of a test without the domain of its capability: `create_booking@0.1.0/happy_path`.
pub(super) fn short_name(test: &TestId) -> String {
    let capability = &test.capability;
    format!("{}@{}/{}", capability.id.tool(), capability.version, test.name)
}

/// Names tests in a table, as short as the run allows: without the capability where all rows have the same one.
pub(super) struct Labels {
    capabilities: BTreeMap<CapabilityId, BTreeSet<Version>>,
    ambiguous_tools: BTreeSet<String>,
}

impl Labels {
    pub(super) fn of(results: &[TestResult]) -> Self {
        let mut capabilities: BTreeMap<CapabilityId, BTreeSet<Version>> = BTreeMap::new();
        for result in results {
            if !capabilities
                .get(&result.capability)
                .is_some_and(|versions| versions.contains(&result.version))
            {
                capabilities
                    .entry(result.capability.clone())
                    .or_default()
                    .insert(result.version.clone());
            }
        }
        let (mut seen, mut ambiguous_tools) = (BTreeSet::new(), BTreeSet::new());
        for tool in capabilities.keys().map(CapabilityId::tool) {
            if !seen.insert(tool) {
                ambiguous_tools.insert(tool.to_owned());
            }
        }
        Self {
            capabilities,
            ambiguous_tools,
        }
    }

    /// The one capability that all rows are of.
    pub(super) fn title(&self) -> Option<String> {
        let (id, versions) = self.capabilities.first_key_value()?;
        let only = self.capabilities.len() == 1 && versions.len() == 1;
        versions
            .first()
            .filter(|_| only)
            .map(|version| format!("{id} v{version}"))
    }

    pub(super) fn label(&self, result: &TestResult) -> String {
        let id = &result.capability;
        let versions = self.capabilities.get(id).map_or(0, BTreeSet::len);
        if self.capabilities.len() == 1 && versions == 1 {
            return result.test.to_string();
        }
        let tool = if self.ambiguous_tools.contains(id.tool()) {
            id.as_str()
        } else {
            id.tool()
        };
        let version = if versions > 1 {
            format!("@{}", result.version)
        } else {
            String::new()
        };
        format!("{tool}{version}/{}", result.test)
    }
}
