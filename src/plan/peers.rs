//! The peer of a test: another tenant of the same platform that serves what the test calls there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::{CapabilityRef, Version};
use crate::provider::{EntryId, Target};
use crate::suite::Test;

/// A platform, and a domain at a version that tenants of it claim.
type Service = (String, String, Version);

fn service(target: &Target, claim: &CapabilityRef) -> Service {
    let platform = target.id().platform().to_owned();
    (platform, claim.id.domain().to_owned(), claim.version.clone())
}

/// The providers of a plan by what they serve, each kind in the manifest's order.
pub(super) struct Peers<'t> {
    serving: HashMap<Service, BTreeMap<EntryId, &'t Arc<Target>>>,
}

impl<'t> Peers<'t> {
    pub(super) fn new(targets: &'t [Arc<Target>]) -> Self {
        let mut serving: HashMap<_, BTreeMap<_, _>> = HashMap::new();
        for target in targets {
            for claim in target.claims() {
                serving
                    .entry(service(target, claim))
                    .or_default()
                    .insert(target.entry(), target);
            }
        }
        Self { serving }
    }

    /// The next provider, around the manifest's end, that is another tenant of the same platform and claims something of each domain
    /// of which the test calls a tool there; else of the test's own, for what an entry does not claim its listing may still name. An
    /// entry of the same calendar is the same tenant under another name.
    pub(super) fn peer_of(&self, target: &Target, test: &Test) -> Option<&'t Arc<Target>> {
        let own = &test.id.capability;
        let called: Vec<_> = test
            .tools_at_peer()
            .iter()
            // An entry serves a domain at one version, also where a tool of it was last changed before.
            .map(|tool| match tool.id.domain() == own.id.domain() {
                true => own.clone(),
                false => tool.clone(),
            })
            .collect();
        self.next(target, &called)
            .or_else(|| self.next(target, std::slice::from_ref(own)))
    }

    /// The next other tenant that serves all of these; None where nothing is asked for.
    fn next(&self, target: &Target, tools: &[CapabilityRef]) -> Option<&'t Arc<Target>> {
        let serving = |tool: &CapabilityRef| self.serving.get(&service(target, tool));
        let (first, others) = tools.split_first()?;
        let first = serving(first)?;
        let others = others.iter().map(serving).collect::<Option<Vec<_>>>()?;
        let entry = target.entry();
        let after = first.range((std::ops::Bound::Excluded(entry), std::ops::Bound::Unbounded));
        let mut around = after.chain(first.range(..entry));
        let found = around.find(|(at, other)| {
            other.id() != target.id()
                && other.calendar() != target.calendar()
                && others.iter().all(|serving| serving.contains_key(at))
        });
        found.map(|(_, other)| *other)
    }
}
