//! The calendars behind the entries of a plan. Entries of one id have one calendar, and so have those of one address.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::ProviderId;
use crate::plan::Plan;
use crate::provider::{EntryId, Target};

/// The entries of a plan by their calendar.
pub(super) struct Calendars {
    /// The number of each entry's calendar.
    numbers: BTreeMap<EntryId, usize>,
    ids: HashMap<EntryId, ProviderId>,
    /// The number of each calendar, by what its entries have in common.
    by_address: HashMap<String, Vec<EntryId>>,
    /// A number that no calendar has.
    next: usize,
}

impl Calendars {
    /// The calendars of all entries that a plan proves or calls as peers.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut calendars = Self {
            numbers: BTreeMap::new(),
            ids: HashMap::new(),
            by_address: HashMap::new(),
            next: 0,
        };
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for target in plan.targets() {
            calendars.add(target, &mut by_name);
        }
        calendars
    }

    fn add(&mut self, target: &Arc<Target>, by_name: &mut HashMap<String, usize>) {
        let entry = target.entry();
        if self.numbers.contains_key(&entry) {
            return;
        }
        let (id, address) = (target.id(), target.calendar());
        let names = [format!("id {id}"), format!("at {address}")];
        let known: Vec<usize> = names
            .iter()
            .filter_map(|name| by_name.get(name).copied())
            .collect();
        let number = known.iter().copied().min().unwrap_or(self.next);
        self.next = self.next.max(number + 1);
        // Two calendars that were apart are one, since this entry belongs to both.
        if known.iter().any(|other| *other != number) {
            for joined in self.numbers.values_mut().chain(by_name.values_mut()) {
                if known.contains(joined) {
                    *joined = number;
                }
            }
        }
        by_name.extend(names.map(|name| (name, number)));
        self.numbers.insert(entry, number);
        self.ids.insert(entry, id.clone());
        self.by_address.entry(address).or_default().push(entry);
    }

    /// The number of an entry's calendar, which others have as well. None for one that is not in the plan.
    pub(super) fn number(&self, entry: EntryId) -> Option<usize> {
        self.numbers.get(&entry).copied()
    }

    /// The other ids under which the address of an entry stands in the manifest.
    pub(super) fn other_ids(&self, target: &Target) -> Vec<&ProviderId> {
        let entries = self.by_address.get(&target.calendar());
        let ids = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| self.ids.get(entry));
        let mut ids: Vec<_> = ids.filter(|id| *id != target.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}
