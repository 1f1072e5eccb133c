//! Which tools a provider offers, as far as its manifest, its listing and its answers tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::transport::ListedTool;

/// What is known of one tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    /// It has answered, or is named or listed.
    Offered,
    /// It is neither named nor listed, or answered that it is not there.
    Missing,
}

/// What is known of a provider's tools. A tool of which nothing is known is taken as offered until it says otherwise.
#[derive(Debug)]
pub(super) struct Offers {
    named: BTreeSet<String>,
    known: Mutex<BTreeMap<String, Offer>>,
    answered: AtomicBool,
}

impl Offers {
    /// What the manifest names and the provider lists. `known_tools` are those of the registry, each with whether the provider
    /// claims anything of its domain: a tool of another domain is asked only where the provider says that it has it.
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
                    (true, _) | (_, Some(true)) => Some((tool, Offer::Offered)),
                    (false, Some(false)) => Some((tool, Offer::Missing)),
                    (false, None) => (!of_its_domains).then_some((tool, Offer::Missing)),
                }
            })
            .collect();
        Self {
            named,
            known: Mutex::new(known),
            answered: AtomicBool::new(false),
        }
    }

    /// Whether a tool may be asked.
    pub(super) fn offers(&self, tool: &str) -> bool {
        self.known
            .lock()
            .map_or(true, |known| known.get(tool) != Some(&Offer::Missing))
    }

    /// Whether the provider says that it has a tool, or has answered by it. Unlike [`Offers::offers`], nothing is guessed.
    pub(super) fn says(&self, tool: &str) -> bool {
        self.known
            .lock()
            .is_ok_and(|known| known.get(tool) == Some(&Offer::Offered))
    }

    /// Whether the manifest names a tool.
    pub(super) fn names(&self, tool: &str) -> bool {
        self.named.contains(tool)
    }

    /// Whether any tool of the provider has answered in this run.
    pub(super) fn any_answered(&self) -> bool {
        self.answered.load(Ordering::SeqCst)
    }

    /// A tool answered.
    pub(super) fn answered(&self, tool: &str) {
        self.answered.store(true, Ordering::SeqCst);
        self.set(tool, Offer::Offered);
    }

    /// A tool is not there although the provider answers elsewhere.
    pub(super) fn missing(&self, tool: &str) {
        self.set(tool, Offer::Missing);
    }

    fn set(&self, tool: &str, offer: Offer) {
        if let Ok(mut known) = self.known.lock() {
            known.insert(tool.to_owned(), offer);
        }
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
        let silent = Offers::new(BTreeSet::from(["create".to_owned()]), None, known());
        assert!(silent.offers("create") && silent.offers("list") && !silent.offers("move"));
        assert!(silent.says("create") && !silent.says("list") && !silent.says("move"));
        let named = Offers::new(BTreeSet::from(["move".to_owned()]), None, known());
        assert!(named.offers("move") && named.says("move"));
    }
}
