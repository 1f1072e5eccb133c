//! Advice for agents: the capabilities that match an intent, and the order of the calls that a capability needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::capability::{Capability, Registry};

/// The weight of a word, by the part of the contract that contains it.
const IN_NAME: f64 = 8.0;
const IN_SUMMARY: f64 = 4.0;
const IN_ADVICE: f64 = 2.0;
const IN_SEMANTICS: f64 = 1.0;

/// Stop words, which are ignored.
const EMPTY: [&str; 30] = [
    "a", "an", "and", "any", "are", "at", "be", "by", "can", "do", "for", "from", "how", "i", "in", "is",
    "it", "me", "my", "need", "of", "on", "or", "please", "that", "the", "this", "to", "want", "with",
];

/// Synonyms: a word of everyday language, and the words of contracts for it.
const MEANT: [(&str, &[&str]); 17] = [
    ("book", &["create", "appointment", "booking"]),
    ("reserve", &["create", "appointment", "booking"]),
    ("schedule", &["create", "appointment", "booking"]),
    ("reservation", &["booking", "appointment"]),
    ("visit", &["booking", "appointment"]),
    ("postpone", &["reschedule"]),
    ("move", &["reschedule"]),
    ("change", &["reschedule"]),
    ("free", &["availability", "open"]),
    ("available", &["availability", "open"]),
    ("when", &["availability", "open"]),
    ("offer", &["service", "catalogue"]),
    ("price", &["service"]),
    ("bill", &["invoice"]),
    ("pay", &["invoice"]),
    ("client", &["customer"]),
    ("guest", &["customer"]),
];
/// The share of its weight that a synonym counts.
const ONLY_MEANT: f64 = 0.7;

/// The capabilities, each at its first version, whose contract contains a word of an intent, best first. Rare words weigh more than
/// common ones; ties are sorted by name.
pub fn find_by_intent<'r>(registry: &'r Registry, intent: &str) -> Vec<&'r Arc<Capability>> {
    let mut first: BTreeMap<&str, &Arc<Capability>> = BTreeMap::new();
    // The registry is sorted by version, so the first one comes first.
    for contract in registry.iter() {
        first.entry(contract.reference.id.as_str()).or_insert(contract);
    }
    let weighed: Vec<(_, BTreeMap<String, f64>)> = first
        .into_values()
        .map(|contract| (contract, weights(contract)))
        .collect();
    let mut wanted: BTreeMap<String, f64> = BTreeMap::new();
    for word in words(intent) {
        for (said, meant) in MEANT {
            for meant in meant.iter().filter(|_| said == word) {
                wanted.entry((*meant).to_owned()).or_insert(ONLY_MEANT);
            }
        }
        wanted.insert(word, 1.0);
    }
    let rarity = |word: &String| {
        let having = weighed
            .iter()
            .filter(|(_, weights)| weights.contains_key(word))
            .count();
        #[expect(clippy::cast_precision_loss, reason = "nobody publishes 2^53 contracts")]
        let share = (weighed.len() + 1) as f64 / (having + 1) as f64;
        share.ln()
    };
    let rarities: Vec<(&String, f64)> = wanted
        .iter()
        .map(|(word, share)| (word, share * rarity(word)))
        .collect();
    let mut scored: Vec<_> = weighed
        .iter()
        .map(|(contract, weights)| {
            let scores = rarities
                .iter()
                .map(|(word, rarity)| weights.get(*word).map_or(0.0, |weight| weight * rarity));
            (scores.sum::<f64>(), *contract)
        })
        .filter(|(score, _)| *score > 0.0)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0));
    scored.into_iter().map(|(_, contract)| contract).collect()
}

/// Every word of a contract with its highest weight.
fn weights(contract: &Capability) -> BTreeMap<String, f64> {
    let mut weights = BTreeMap::new();
    for (text, weight) in [
        (contract.reference.id.as_str(), IN_NAME),
        (&contract.summary, IN_SUMMARY),
        (&contract.when_to_use, IN_ADVICE),
        (&contract.semantics, IN_SEMANTICS),
    ] {
        for word in words(text) {
            let known: &mut f64 = weights.entry(word).or_default();
            *known = known.max(weight);
        }
    }
    weights
}

/// The words of a text in lower case, without stop words and without the endings of the plural and the past. The ending `ing` stays,
/// because "book" and "booking" are different words of contracts.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| !word.is_empty() && !EMPTY.contains(&word.as_str()))
        .map(|word| {
            let stem = ["ed", "s"]
                .iter()
                .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() >= 3));
            stem.map_or_else(|| word.clone(), str::to_owned)
        })
}

/// The calls that a capability needs, in order: its prerequisites first, each once, and the capability last.
///
/// Prerequisites that are not published are left out. A circle of prerequisites is cut.
pub fn call_order<'r>(registry: &'r Registry, goal: &'r Arc<Capability>) -> Vec<&'r Arc<Capability>> {
    let mut order = Vec::new();
    visit(registry, goal, &mut BTreeSet::new(), &mut order);
    order
}

fn visit<'r>(
    registry: &'r Registry,
    contract: &'r Arc<Capability>,
    seen: &mut BTreeSet<&'r str>,
    order: &mut Vec<&'r Arc<Capability>>,
) {
    if !seen.insert(contract.reference.id.as_str()) {
        return;
    }
    for tool in &contract.prerequisites {
        if let Some(first) = registry.sibling(contract, tool) {
            visit(registry, first, seen, order);
        }
    }
    order.push(contract);
}

#[cfg(test)]
mod tests {
    use super::super::Bundle;
    use super::*;

    fn best(intent: &str) -> Vec<String> {
        let registry = Bundle::contracts(None).unwrap();
        let found = find_by_intent(&registry, intent);
        found
            .iter()
            .take(3)
            .map(|contract| contract.reference.id.to_string())
            .collect()
    }

    #[test]
    fn an_intent_in_plain_words_finds_the_capability_that_serves_it() {
        for (intent, capability) in [
            ("book a haircut for tomorrow", "booking.create_booking"),
            ("I need to cancel my booking", "booking.cancel_booking"),
            ("which services do you offer?", "booking.list_services"),
            ("when is a slot free on Friday", "booking.check_availability"),
            ("send an invoice for a booking", "billing.create_invoice"),
            (
                "move a booking to another time: reschedule it",
                "booking.reschedule_booking",
            ),
        ] {
            let found = best(intent);
            assert!(found.iter().any(|id| id == capability), "{intent}: {found:?}");
        }
        assert_eq!(best("cancel_booking")[0], "booking.cancel_booking");
    }

    #[test]
    fn an_intent_without_a_word_of_any_contract_finds_nothing() {
        assert_eq!(best("xylophone"), [""; 0]);
        assert_eq!(best("please do it for me"), [""; 0]);
        assert_eq!(best(""), [""; 0]);
    }

    #[test]
    fn what_comes_before_a_call_stands_before_it_once() {
        let registry = Bundle::contracts(None).unwrap();
        for contract in registry.iter() {
            let order = call_order(&registry, contract);
            let at = |tool: &str| order.iter().position(|known| known.tool() == tool);
            assert_eq!(
                order.last().map(|last| &last.reference),
                Some(&contract.reference)
            );
            for known in &order {
                for tool in &known.prerequisites {
                    assert!(at(tool) < at(known.tool()), "{tool} before {}", known.tool());
                }
            }
        }
        let goal = "booking.create_booking@0.1.0".parse().unwrap();
        let order = call_order(&registry, registry.at(&goal).unwrap());
        let tools: Vec<_> = order.iter().map(|contract| contract.tool()).collect();
        assert_eq!(tools, ["list_services", "check_availability", "create_booking"]);
    }
}
