//! The tools that a provider offers, as far as its manifest, its listing and its answers tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::transport::ListedTool;

/// The state of a tool of which something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Availability {
    /// It has answered, or is named or listed.
    Offered,
    /// It is neither named nor listed, or answered that it is not there.
    Missing,
}

/// The known tools of a provider. A tool of which nothing is known is taken as offered until it says otherwise.
#[derive(Debug)]
pub(super) struct ToolAvailability {
    named: BTreeSet<String>,
    known: Mutex<BTreeMap<String, Availability>>,
    answered: AtomicBool,
}

impl ToolAvailability {
    /// The tools that the manifest names and the provider lists. `known_tools` are those of the registry, each with whether the provider
    /// claims anything of its domain: a tool of another domain is called only where the provider says that it has it.
    pub(super) fn new(
        named: BTreeSet<String>,
        listing: Option<&[ListedTool]>,
        known_tools: impl IntoIterator<Item = (String, bool)>,
    ) -> Self {
        let known = known_tools
            .into_iter()
            .filter_map(|(tool, of_its_domains)| {
                let listed = listing.map(|listing| listing.iter().any(|listed| listed.name == tool));
                match (named.contains(&tool), listed) {
                    (true, _) | (_, Some(true)) => Some((tool, Availability::Offered)),
                    (false, Some(false)) => Some((tool, Availability::Missing)),
                    (false, None) => (!of_its_domains).then_some((tool, Availability::Missing)),
                }
            })
            .collect();
        Self {
            named,
            known: Mutex::new(known),
            answered: AtomicBool::new(false),
        }
    }

    /// Returns true if a tool may be called: it is offered, or nothing is known of it.
    pub(super) fn may_call(&self, tool: &str) -> bool {
        self.known.lock().get(tool) != Some(&Availability::Missing)
    }

    /// Returns true if the provider says that it has a tool, or has answered by it. Unlike [`ToolAvailability::may_call`], nothing is
    /// guessed.
    pub(super) fn is_offered(&self, tool: &str) -> bool {
        self.known.lock().get(tool) == Some(&Availability::Offered)
    }

    /// Returns true if the manifest names a tool.
    pub(super) fn is_named(&self, tool: &str) -> bool {
        self.named.contains(tool)
    }

    /// Returns true if any tool of the provider has answered in this run.
    pub(super) fn any_answered(&self) -> bool {
        self.answered.load(Ordering::SeqCst)
    }

    /// Notes that a tool answered.
    pub(super) fn note_answer(&self, tool: &str) {
        self.answered.store(true, Ordering::SeqCst);
        self.set(tool, Availability::Offered);
    }

    /// Notes that a tool is not there although the provider answers elsewhere.
    pub(super) fn note_missing(&self, tool: &str) {
        self.set(tool, Availability::Missing);
    }

    fn set(&self, tool: &str, availability: Availability) {
        self.known.lock().insert(tool.to_owned(), availability);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_of_a_domain_without_a_claim_is_offered_only_where_the_provider_says_so() {
        let known = || {
            [
                ("create".to_owned(), true),
                ("list".to_owned(), true),
                ("move".to_owned(), false),
            ]
        };
        let silent = ToolAvailability::new(BTreeSet::from(["create".to_owned()]), None, known());
        assert!(silent.may_call("create") && silent.may_call("list") && !silent.may_call("move"));
        assert!(silent.is_offered("create") && !silent.is_offered("list") && !silent.is_offered("move"));
        let named = ToolAvailability::new(BTreeSet::from(["move".to_owned()]), None, known());
        assert!(named.may_call("move") && named.is_offered("move"));
    }
}
