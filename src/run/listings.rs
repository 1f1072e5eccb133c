//! What the answers to one test said is free, and whether one of them says otherwise than one before.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// A stretch of time.
type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// What one answer lists.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// The starts that it shows as free, each with its end: the first and the last instant of each thing in it that is not said to be
    /// unavailable.
    free: BTreeMap<DateTime<Utc>, DateTime<Utc>>,
    /// The first and the last start of all, free or not.
    span: Option<Stretch>,
}

impl Listed {
    /// Reads an answer through.
    pub(super) fn of(output: &Value) -> Self {
        let (mut free, mut all) = (BTreeMap::new(), BTreeSet::new());
        collect(output, &mut free, &mut all);
        Self {
            free,
            span: all.first().copied().zip(all.last().copied()),
        }
    }

    /// Returns true if it shows this start as free.
    pub(super) fn frees(&self, start: &DateTime<Utc>) -> bool {
        self.free.contains_key(start)
    }

    /// Returns true if it shows the same starts as free as another does.
    pub(super) fn frees_the_same(&self, other: &Self) -> bool {
        self.free.keys().eq(other.free.keys())
    }

    /// The starts that it shows as free.
    pub(super) fn starts(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.free.keys().copied()
    }
}

/// A tool with an input, as a number: of two that differ the questions do, and the tests of a provider ask very many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question(u64);

impl Question {
    /// The question to a tool with this input.
    pub(super) fn new(tool: &str, input: &Value) -> Self {
        let mut hasher = DefaultHasher::new();
        (tool, input).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// What one answer said is free.
#[derive(Debug)]
struct Said {
    question: Question,
    tool: String,
    input: Arc<Value>,
    listed: Arc<Listed>,
}

impl Said {
    /// Returns true if it answers this question.
    fn answers(&self, question: Question, tool: &str, input: &Value) -> bool {
        self.question == question && self.tool == tool && *self.input == *input
    }
}

/// What the answers to one test said is free.
#[derive(Debug, Default)]
pub(super) struct Listings {
    /// The last answer to each question.
    said: Vec<Said>,
    /// What came with refusals as taken.
    offers: Vec<Said>,
    /// Everything that was ever said to be free.
    offered: BTreeSet<DateTime<Utc>>,
    moved: bool,
}

impl Listings {
    /// Begins a row: what was seen before it says nothing of its end.
    pub(super) fn begin_row(&mut self) {
        self.moved = false;
        self.offers.clear();
    }

    /// Returns true if an answer said otherwise than one before, and the test had no part in that.
    pub(super) fn have_moved(&self) -> bool {
        self.moved
    }

    /// Returns true if an answer said that this start is free.
    pub(super) fn have_offered(&self, start: DateTime<Utc>) -> bool {
        self.offered.contains(&start)
    }

    /// Notes what a refusal names instead.
    pub(super) fn note_offer(&mut self, input: &Arc<Value>, output: &Value) {
        let listed = Listed::of(output);
        self.offered.extend(listed.starts());
        self.offers.push(Said {
            question: Question::new("", input),
            tool: String::new(),
            input: Arc::clone(input),
            listed: Arc::new(listed),
        });
    }

    /// Notes a listing. `standing` are the times that the test has, `freed` those that it gave back.
    pub(super) fn note(
        &mut self,
        (question, tool): (Question, &str),
        input: &Arc<Value>,
        listed: &Arc<Listed>,
        standing: &[Stretch],
        freed: &[Stretch],
    ) {
        let gone = |known: &Said| {
            let mut gone = known.listed.free.iter().filter(|(start, _)| !listed.frees(start));
            gone.any(|slot| !meets(slot, standing))
        };
        let come = |known: &Said| {
            let mut come = listed.free.iter().filter(|(start, _)| !known.listed.frees(start));
            come.any(|slot| !meets(slot, freed))
        };
        let known = self
            .said
            .iter()
            .position(|known| known.answers(question, tool, input));
        let known = known.and_then(|at| self.said.get_mut(at));
        // Searches look at one and the same answer again and again.
        let is_same = known
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(&known.listed, listed));
        let moved = !is_same && known.as_ref().is_some_and(|known| gone(known) || come(known));
        // What a refusal named is looked for where the listing goes.
        let within = |start: &DateTime<Utc>| {
            listed
                .span
                .is_some_and(|(first, last)| first <= *start && *start <= last)
        };
        let withdrawn = |offer: &Said| {
            agree(&offer.input, input)
                && offer
                    .listed
                    .free
                    .iter()
                    .any(|slot| within(slot.0) && !listed.frees(slot.0) && !meets(slot, standing))
        };
        self.moved = self.moved || moved || self.offers.iter().any(withdrawn);
        if is_same {
            return;
        }
        self.offered.extend(listed.starts());
        match known {
            Some(known) => known.listed = Arc::clone(listed),
            None => self.said.push(Said {
                question,
                tool: tool.to_owned(),
                input: Arc::clone(input),
                listed: Arc::clone(listed),
            }),
        }
    }
}

/// Returns true if a slot meets one of these times.
fn meets((start, end): (&DateTime<Utc>, &DateTime<Utc>), times: &[Stretch]) -> bool {
    let mut times = times.iter();
    times.any(|(from, to)| start == from || (start < to && from < end))
}

/// Returns true if two objects have a field in common, and none with different values.
fn agree(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return false;
    };
    let mut common = one
        .iter()
        .filter_map(|(key, value)| Some((value, other.get(key)?)));
    let mut any = false;
    common.all(|(one, other)| {
        any = true;
        one == other
    }) && any
}

/// Collects what is free, each start with its end, and all starts, free or not.
fn collect(
    value: &Value,
    free: &mut BTreeMap<DateTime<Utc>, DateTime<Utc>>,
    all: &mut BTreeSet<DateTime<Utc>>,
) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, free, all)),
        Value::Object(fields) => {
            let mut times: Vec<_> = fields.values().filter_map(instant).collect();
            times.sort_unstable();
            let is_free = fields.get("available") != Some(&Value::Bool(false));
            if let (Some(start), Some(end)) = (times.first(), times.last()) {
                all.insert(*start);
                if is_free {
                    free.insert(*start, *end);
                }
            }
            if is_free {
                fields.values().for_each(|field| collect(field, free, all));
            }
        }
        _ => {}
    }
}

/// Collects all instants in a value.
pub(super) fn instants(value: &Value, found: &mut BTreeSet<DateTime<Utc>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| instants(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| instants(field, found)),
        _ => found.extend(instant(value)),
    }
}

/// The instant that a text names.
pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let parsed = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(parsed.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DAY: [&str; 4] = [
        "2030-01-01T09:00:00Z",
        "2030-01-01T09:30:00Z",
        "2030-01-01T10:00:00Z",
        "2030-01-01T10:30:00Z",
    ];

    fn at(text: &str) -> DateTime<Utc> {
        instant(&json!(text)).unwrap()
    }

    /// A listing of the slots between these, of which some are free.
    fn listing(free: &[usize]) -> Value {
        let slots = (0..3)
            .map(|at| json!({ "start_at": DAY[at], "end_at": DAY[at + 1], "available": free.contains(&at) }));
        json!({ "ok": true, "date": "2030-01-01", "slots": slots.collect::<Vec<_>>() })
    }

    fn slot(of: usize) -> Stretch {
        (at(DAY[of]), at(DAY[of + 1]))
    }

    fn moved(before: &[usize], after: &[usize], standing: &[Stretch], freed: &[Stretch]) -> bool {
        let (mut listings, input) = (Listings::default(), Arc::new(json!({ "date": "2030-01-01" })));
        let question = (Question::new("slots", &input), "slots");
        listings.note(
            question,
            &input,
            &Arc::new(Listed::of(&listing(before))),
            &[],
            &[],
        );
        listings.note(
            question,
            &input,
            &Arc::new(Listed::of(&listing(after))),
            standing,
            freed,
        );
        listings.have_moved()
    }

    #[test]
    fn the_starts_of_what_is_available_are_free_and_no_ends() {
        let listed = json!({ "ok": true, "date": "2030-01-01", "slots": [
            { "start_at": DAY[0], "end_at": DAY[2], "available": true },
            { "start_at": DAY[1], "end_at": DAY[3], "available": false },
            { "start_at": "2030-01-01T12:00:00+01:00", "end_at": "2030-01-01T13:00:00+01:00" },
        ] });
        let free: Vec<_> = Listed::of(&listed).starts().collect();
        assert_eq!(free, [at(DAY[0]), at("2030-01-01T11:00:00Z")]);
    }

    #[test]
    fn a_listing_moves_by_what_the_test_did_not_do() {
        assert!(!moved(&[0, 1, 2], &[0, 1, 2], &[], &[]));
        assert!(!moved(&[0, 1, 2], &[0, 2], &[slot(1)], &[]), "the test has it");
        assert!(moved(&[0, 1, 2], &[0], &[slot(1)], &[]), "and not the other");
        assert!(moved(&[0, 1, 2], &[0, 2], &[], &[slot(1)]), "it was given back");
        assert!(
            !moved(&[0, 2], &[0, 1, 2], &[], &[slot(1)]),
            "that it is free again"
        );
        assert!(moved(&[0, 2], &[0, 1, 2], &[], &[]), "somebody gave it back");
    }

    #[test]
    fn what_a_refusal_names_and_is_not_listed_was_withdrawn() {
        for (service, free, ends) in [
            ("a", &[0, 1, 2][..], false),
            ("a", &[0, 2], true),
            ("b", &[0, 2], false),
        ] {
            let mut listings = Listings::default();
            let named =
                json!({ "ok": false, "available_alternatives": [{ "start_at": DAY[1], "end_at": DAY[2] }] });
            let asked = json!({ "service_id": "a", "start_at": DAY[0] });
            listings.note_offer(&Arc::new(asked), &named);
            assert!(listings.have_offered(at(DAY[1])));
            let day = json!({ "service_id": service, "date": "2030-01-01" });
            listings.note(
                (Question::new("slots", &day), "slots"),
                &Arc::new(day.clone()),
                &Arc::new(Listed::of(&listing(free))),
                &[],
                &[],
            );
            assert_eq!(listings.have_moved(), ends, "{service} {free:?}");
        }
    }
}
