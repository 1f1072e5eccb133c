//! Advice for agents: the capabilities that match an intent, and the order of the calls that a capability needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::capability::{Capability, Registry};
use crate::diagnostic::near_miss;

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

/// The shortest word, in letters, that may be a mistyped one.
const LONG_ENOUGH: usize = 5;
/// The share of its weight that a synonym counts.
const ONLY_MEANT: f64 = 0.7;

/// The capabilities, each at its first version, whose contract contains a word of an intent, best first. Rare words weigh more than
/// common ones; ties are sorted by name.
pub fn find_by_intent<'r>(registry: &'r Registry, intent: &str) -> Vec<&'r Arc<Capability>> {
    // The registry is sorted by version, so the first one comes first; the words of all count.
    let mut first: BTreeMap<&str, (&Arc<Capability>, BTreeMap<String, f64>)> = BTreeMap::new();
    for contract in registry.iter() {
        let id = contract.reference.id.as_str();
        let (_, known) = first.entry(id).or_insert_with(|| (contract, BTreeMap::new()));
        for (word, weight) in weights(contract) {
            let highest = known.entry(word).or_default();
            *highest = highest.max(weight);
        }
    }
    let weighed: Vec<(_, BTreeMap<String, f64>)> = first.into_values().collect();
    let known: BTreeSet<&str> = weighed
        .iter()
        .flat_map(|(_, weights)| weights.keys().map(String::as_str))
        .collect();
    let synonyms = Synonyms::of(registry);
    let mut wanted: BTreeMap<String, f64> = BTreeMap::new();
    let said: Vec<String> = words(intent).collect();
    for (at, word) in said.iter().enumerate() {
        let mut meant = synonyms.of_words(said.get(at..).unwrap_or_default());
        // A word that nobody knows may be one that somebody mistyped.
        if meant.is_empty() && !known.contains(word.as_str()) && word.chars().count() >= LONG_ENOUGH {
            let words = known.iter().copied().chain(synonyms.words());
            if let Some(near) = near_miss(word, words) {
                meant = synonyms.of_words(&[near.to_owned()]);
                meant.push(near);
            }
        }
        for meant in meant {
            wanted.entry(meant.to_owned()).or_insert(ONLY_MEANT);
        }
        wanted.insert(word.clone(), 1.0);
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

/// The synonyms that the domains of a registry list: what people say, as words without their endings, and the words of contracts for it.
struct Synonyms<'r>(Vec<(Vec<String>, &'r [String])>);

impl<'r> Synonyms<'r> {
    fn of(registry: &'r Registry) -> Self {
        let listed = registry.synonyms();
        Self(
            listed
                .map(|(said, meant)| (words(said).collect(), meant))
                .collect(),
        )
    }

    /// The words of contracts for what stands at the beginning of these words.
    fn of_words(&self, said: &[String]) -> Vec<&'r str> {
        let begins = |words: &Vec<String>| !words.is_empty() && said.starts_with(words);
        let meant = self.0.iter().filter(|(words, _)| begins(words));
        meant
            .flat_map(|(_, meant)| meant.iter().map(String::as_str))
            .collect()
    }

    /// What people say in one word.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(words, _)| match words.as_slice() {
            [word] => Some(word.as_str()),
            _ => None,
        })
    }
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
    fn an_intent_of_one_noun_in_another_language_or_mistyped_finds_it_too() {
        for (intent, capability) in [
            ("haircut", "booking.create_booking"),
            ("yoga classes", "booking.create_booking"),
            ("call it all off: call off my visit", "booking.cancel_booking"),
            ("Termin stornieren", "booking.cancel_booking"),
            ("annuler une réservation", "booking.cancel_booking"),
            ("zrušit rezervaci", "booking.cancel_booking"),
            ("cancle my bookng", "booking.cancel_booking"),
            ("avalability on Monday", "booking.check_availability"),
        ] {
            let found = best(intent);
            assert!(found.iter().any(|id| id == capability), "{intent}: {found:?}");
        }
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
