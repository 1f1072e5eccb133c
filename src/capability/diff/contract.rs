//! Two contracts: their schemas, their rules, how they are used, their prose.

use super::schema;
use super::types::{Change, Diff, Direction, Effect, Part};
use crate::capability::{Capability, Rule, RuleKind, Undo};

/// Compares two contracts.
pub fn diff(before: &Capability, after: &Capability) -> Diff {
    let mut changes = Vec::new();
    for (part, old, new) in [
        (Part::Input, &before.input, &after.input),
        (Part::Output, &before.output, &after.output),
    ] {
        let found = schema::compare(&old.json, &new.json);
        changes.extend(found.into_iter().map(|change| {
            let (caller, provider) = sides(part, change.direction);
            Change {
                part,
                place: change.pointer,
                words: change.words,
                caller,
                provider,
            }
        }));
    }
    rules(before, after, &mut changes);
    take_back(before, after, &mut changes);
    prerequisites(before, after, &mut changes);
    answers(before, after, &mut changes);
    prose(before, after, &mut changes);
    Diff {
        before: before.reference.clone(),
        after: after.reference.clone(),
        changes,
    }
}

/// The effects of a change of a schema on a caller and on a provider. A narrower schema breaks the side that sends, a wider one the
/// side that receives: a caller sends inputs and receives outputs, a provider the other way round.
fn sides(part: Part, direction: Direction) -> (Effect, Effect) {
    let (sender, receiver) = match direction {
        Direction::Narrowed => (Effect::Breaking, Effect::Widening),
        Direction::Widened => (Effect::Widening, Effect::Breaking),
        Direction::Either => (Effect::Breaking, Effect::Breaking),
        Direction::Words => (Effect::WordsOnly, Effect::WordsOnly),
    };
    match part {
        Part::Output => (receiver, sender),
        _ => (sender, receiver),
    }
}

fn rules(before: &Capability, after: &Capability, changes: &mut Vec<Change>) {
    let mut push = |id: &str, words: &str, (caller, provider): (Effect, Effect)| {
        changes.push(Change {
            part: Part::Rules,
            place: id.to_owned(),
            words: words.to_owned(),
            caller,
            provider,
        });
    };
    for new in after.rules() {
        let Some(old) = before.rule(new.id) else {
            let effects = if binds(new) {
                (Effect::Widening, Effect::Breaking)
            } else {
                (Effect::WordsOnly, Effect::WordsOnly)
            };
            push(new.id, &format!("{} is new", kind(new)), effects);
            continue;
        };
        match (binds(old), binds(new)) {
            (false, true) => push(
                new.id,
                &format!("{}, was {}", kind(new), kind(old)),
                (Effect::Widening, Effect::Breaking),
            ),
            (true, false) => push(
                new.id,
                &format!("{}, was {}", kind(new), kind(old)),
                (Effect::Breaking, Effect::Widening),
            ),
            _ if old.words == new.words => {}
            // Only people can tell if other words say another thing.
            (true, true) => push(
                new.id,
                &format!("{} in other words, which may say another thing", kind(new)),
                (Effect::Breaking, Effect::Breaking),
            ),
            (false, false) => push(
                new.id,
                &format!("{} in other words", kind(new)),
                (Effect::WordsOnly, Effect::WordsOnly),
            ),
        }
    }
    for old in before.rules().filter(|old| after.rule(old.id).is_none()) {
        let effects = if binds(old) {
            (Effect::Breaking, Effect::Widening)
        } else {
            (Effect::WordsOnly, Effect::WordsOnly)
        };
        push(old.id, &format!("{} is gone", kind(old)), effects);
    }
}

/// Returns true if a provider must keep the rule: a ruling is a reading only.
fn binds(rule: Rule<'_>) -> bool {
    rule.kind != RuleKind::Ruling
}

fn kind(rule: Rule<'_>) -> &'static str {
    match rule.kind {
        RuleKind::Invariant => "an invariant",
        RuleKind::Promise => "a promise",
        RuleKind::Ruling => "a ruling",
        RuleKind::Implicit => "a rule of every contract",
    }
}

fn take_back(before: &Capability, after: &Capability, changes: &mut Vec<Change>) {
    let mut push = |words: String, caller: Effect, provider: Effect| {
        changes.push(Change {
            part: Part::Use,
            place: "reversibility".to_owned(),
            words,
            caller,
            provider,
        });
    };
    let same_call = |old: &Undo, new: &Undo| old.tool == new.tool && old.input == new.input;
    match (&before.reversibility.undo, &after.reversibility.undo) {
        (None, None) => {}
        (None, Some(new)) => push(
            format!("can be taken back by `{}` now", new.tool),
            Effect::Widening,
            Effect::Breaking,
        ),
        (Some(old), None) => push(
            format!("can no longer be taken back by `{}`", old.tool),
            Effect::Breaking,
            Effect::Widening,
        ),
        (Some(old), Some(new)) if !same_call(old, new) => push(
            format!("is taken back by another call of `{}`", new.tool),
            Effect::Breaking,
            Effect::Breaking,
        ),
        (Some(old), Some(new)) => {
            for code in new
                .already_done
                .iter()
                .filter(|code| !old.already_done.contains(code))
            {
                let words = format!("`{code}` of `{}` also means that it is taken back", new.tool);
                push(words, Effect::Breaking, Effect::Widening);
            }
            for code in old
                .already_done
                .iter()
                .filter(|code| !new.already_done.contains(code))
            {
                let words = format!("`{code}` of `{}` no longer means that it is taken back", new.tool);
                push(words, Effect::Widening, Effect::Breaking);
            }
        }
    }
    if before.reversibility.summary != after.reversibility.summary {
        push("in other words".to_owned(), Effect::WordsOnly, Effect::WordsOnly);
    }
}

/// The shape of the answers, the name on the wire, and the codes of refusals.
fn answers(before: &Capability, after: &Capability, changes: &mut Vec<Change>) {
    let mut push = |place: &str, words: String, caller: Effect, provider: Effect| {
        changes.push(Change {
            part: Part::Use,
            place: place.to_owned(),
            words,
            caller,
            provider,
        });
    };
    let shape = |contract: &Capability| match contract.reading().is_native() {
        true => "native",
        false => "envelope",
    };
    if shape(before) != shape(after) {
        let words = format!("`{}`, was `{}`", shape(after), shape(before));
        push("answers", words, Effect::Breaking, Effect::Breaking);
    }
    if before.tool() != after.tool() {
        let words = format!("`{}` on the wire, was `{}`", after.tool(), before.tool());
        push("tool", words, Effect::Breaking, Effect::Breaking);
    }
    if !(before.reading().is_native() && after.reading().is_native()) {
        return;
    }
    let (old, new) = (before.reading().codes(), after.reading().codes());
    for code in new.iter().filter(|code| !old.contains(code)) {
        let words = format!("a refusal may have the code `{code}` now");
        push("errors", words, Effect::Breaking, Effect::Widening);
    }
    for code in old.iter().filter(|code| !new.contains(code)) {
        let words = format!("no refusal has the code `{code}` any more");
        push("errors", words, Effect::Widening, Effect::Breaking);
    }
}

fn prerequisites(before: &Capability, after: &Capability, changes: &mut Vec<Change>) {
    let (old, new) = (&before.prerequisites, &after.prerequisites);
    let mut push = |words: String, caller: Effect, provider: Effect| {
        changes.push(Change {
            part: Part::Use,
            place: "prerequisites".to_owned(),
            words,
            caller,
            provider,
        });
    };
    for tool in new.iter().filter(|tool| !old.contains(tool)) {
        push(
            format!("`{tool}` is called first now"),
            Effect::Breaking,
            Effect::Widening,
        );
    }
    for tool in old.iter().filter(|tool| !new.contains(tool)) {
        push(
            format!("`{tool}` need no longer be called first"),
            Effect::Widening,
            Effect::Breaking,
        );
    }
}

fn prose(before: &Capability, after: &Capability, changes: &mut Vec<Change>) {
    let mut push = |place: &str, words: String, caller: Effect, provider: Effect| {
        changes.push(Change {
            part: Part::Prose,
            place: place.to_owned(),
            words,
            caller,
            provider,
        });
    };
    if before.category != after.category {
        let words = format!("`{}`, was `{}`", after.category, before.category);
        let (caller, provider) = match (before.is_read(), after.is_read()) {
            // Agents ask their user before they write.
            (true, false) => (Effect::Breaking, Effect::Widening),
            (false, true) => (Effect::Widening, Effect::Breaking),
            _ => (Effect::WordsOnly, Effect::WordsOnly),
        };
        push("category", words, caller, provider);
    }
    for (place, old, new) in [
        ("summary", &before.summary, &after.summary),
        ("semantics", &before.semantics, &after.semantics),
        ("when_to_use", &before.when_to_use, &after.when_to_use),
    ] {
        if old != new {
            let words = "in other words".to_owned();
            push(place, words, Effect::WordsOnly, Effect::WordsOnly);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::sample::Sample;

    /// The changes of the order's contract after an edit of its text: the place, the words, and both effects.
    fn told(from: &str, to: &str) -> Vec<String> {
        let order = |sample: Sample| {
            let registry = sample.load().unwrap_or_else(|wrong| panic!("{wrong}"));
            let id = "parcels.order_pickup".parse().unwrap();
            registry.get(&id, None).unwrap().clone()
        };
        let changed = Sample::new().change("order_pickup/v0.1.0/capability.yaml", from, to);
        diff(&order(Sample::new()), &order(changed.locked()))
            .changes
            .into_iter()
            .map(|change| {
                let sides = [change.caller.as_str(), change.provider.as_str()].join("/");
                format!(
                    "{} {}: {} ({sides})",
                    change.part.as_str(),
                    change.place,
                    change.words
                )
            })
            .collect()
    }

    #[test]
    fn a_contract_does_not_differ_from_itself() {
        assert!(told("summary: Order", "summary: Order").is_empty());
    }

    #[test]
    fn a_rule_that_is_new_breaks_providers_and_one_that_is_gone_breaks_callers() {
        let rule = "  - id: future-day\n    words: ";
        let more = format!("  - id: another\n    words: Another rule.\n{rule}");
        assert_eq!(
            told(rule, &more),
            ["rules another: an invariant is new (widening/breaking)"]
        );
        let renamed = rule.replace("future-day", "later-day");
        assert_eq!(
            told(rule, &renamed),
            [
                "rules later-day: an invariant is new (widening/breaking)",
                "rules future-day: an invariant is gone (breaking/widening)",
            ]
        );
    }

    #[test]
    fn another_call_that_takes_back_breaks_both_and_a_code_less_breaks_providers() {
        assert_eq!(
            told("already_done: [already_gone]", "already_done: []"),
            [
                "use reversibility: `already_gone` of `cancel_pickup` no longer means that it is taken back (widening/breaking)"
            ]
        );
        assert_eq!(
            told("prerequisites: [quote_delivery]", "prerequisites: []"),
            ["use prerequisites: `quote_delivery` need no longer be called first (widening/breaking)"]
        );
    }

    #[test]
    fn another_name_on_the_wire_breaks_both() {
        assert_eq!(
            told("summary: Order", "tool: order-pickup\nsummary: Order"),
            ["use tool: `order-pickup` on the wire, was `order_pickup` (breaking/breaking)"]
        );
    }

    #[test]
    fn prose_in_other_words_breaks_nobody() {
        assert_eq!(
            told("summary: ", "summary: Please note. "),
            ["prose summary: in other words (words only/words only)"]
        );
    }
}
