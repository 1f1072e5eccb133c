//! What a test saw that bears on whose fault its failure is: answers that did not come, slots that were refused as taken, the days that
//! it looked at, and what it took there itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::span::Span;
use crate::capability::Capability;
use crate::model::Answer;

/// The reason for which the failure of a test is not held against its provider yet: the test runs again first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// An answer did not come, or not in time, while other tests were at work on the same origin.
    Late,
    /// A slot that the test did not take was refused as taken, and is listed no more: somebody else has it.
    Taken,
    /// A slot that the test did not take was refused as taken, and is listed. Somebody may have had it for a moment.
    Listed,
    /// A day on which the test holds a slot is not as it was: somebody else books there.
    Moved,
    /// The same after a race, which may end otherwise when it runs again without anybody's doing: it counts where others were seen.
    MovedInRace,
    /// The slots that the test needs were held by other tests of the run.
    Crowded,
}

/// A day that a test looked at.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// The tool that was asked.
    pub(super) tool: Arc<Capability>,
    /// Its input.
    pub(super) input: Arc<Value>,
    /// The starts that were listed as free, shared by the tests that the same answer was shown.
    pub(super) free: Arc<BTreeSet<DateTime<Utc>>>,
}

/// What a test saw.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// What is said of the answers that did not come, or not in time.
    late: Vec<String>,
    raced: bool,
    crowded: bool,
    refused: BTreeSet<DateTime<Utc>>,
    /// The times that the test was told are its own.
    own: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// Those that it gave back.
    freed: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    looks: Vec<Look>,
}

impl Evidence {
    /// Begins a row, whose end says nothing of the rows before it. What was looked at and taken is remembered.
    pub(super) fn begin_row(&mut self) {
        self.late.clear();
        self.raced = false;
        self.crowded = false;
        self.refused.clear();
    }

    /// Notes that an answer did not come, or not in time. `said` are the words of the finding.
    pub(super) fn note_late(&mut self, said: String) {
        self.late.push(said);
    }

    /// Returns true if an answer did not come, or not in time.
    pub(super) fn is_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Returns true if an error with this message is that an answer did not come, or not in time, and no wrong answer.
    pub(super) fn explains(&self, message: &str) -> bool {
        self.late.iter().any(|said| message.contains(said))
    }

    /// Notes that other tests held what this one needs.
    pub(super) fn note_crowded(&mut self) {
        self.crowded = true;
    }

    /// Returns true if other tests held what this one needs.
    pub(super) fn is_crowded(&self) -> bool {
        self.crowded
    }

    /// Notes a race, which one and the same provider may end now so, now so.
    pub(super) fn note_race(&mut self) {
        self.raced = true;
    }

    /// Returns true if calls raced.
    pub(super) fn has_raced(&self) -> bool {
        self.raced
    }

    /// Notes an answer: what it gave to the test, or refused as taken.
    pub(super) fn note_answer(&mut self, input: &Value, answer: &Answer) {
        let mut asked = BTreeSet::new();
        instants(input, &mut asked);
        let (Some(first), Some(last)) = (asked.first(), asked.last()) else {
            return;
        };
        if answer.is_success() {
            let mut told = BTreeSet::new();
            instants(&answer.output, &mut told);
            let end = told.last().map_or(*last, |end| (*end).max(*last));
            self.own.push((*first, end));
        } else if answer.code().is_some_and(says_taken) {
            self.refused.extend(asked);
        }
    }

    /// Notes a call whose answer nobody read: what it asked for may be the test's own.
    pub(super) fn note_lost(&mut self, input: &Value) {
        let mut asked = BTreeSet::new();
        instants(input, &mut asked);
        if let (Some(first), Some(last)) = (asked.first(), asked.last()) {
            self.own.push((*first, *last));
        }
    }

    /// Notes that the test gave something back. Which of the times was free from then on, nobody says.
    pub(super) fn note_freed(&mut self) {
        self.freed.extend_from_slice(&self.own);
    }

    /// Returns true if a start was refused as taken that the test had given back: somebody else may have been quicker, or it was never
    /// free again.
    pub(super) fn refused_freed(&self) -> bool {
        let mut refused = self.refused.iter();
        refused.any(|start| {
            self.freed
                .iter()
                .any(|(from, to)| from <= start && (start < to || start == from))
        })
    }

    /// Notes a day that was looked at, for something to hold.
    pub(super) fn note_look(
        &mut self,
        tool: &Arc<Capability>,
        input: &Arc<Value>,
        free: &Arc<BTreeSet<DateTime<Utc>>>,
    ) {
        self.looks
            .retain(|look| look.input != *input || !Arc::ptr_eq(&look.tool, tool));
        self.looks.push(Look {
            tool: Arc::clone(tool),
            input: Arc::clone(input),
            free: Arc::clone(free),
        });
    }

    /// The starts that were refused as taken, although the test had not taken them.
    pub(super) fn unexplained(&self) -> Vec<DateTime<Utc>> {
        let own = |start: &DateTime<Utc>| {
            let mut own = self.own.iter();
            own.any(|(from, to)| start == from || (from < start && start < to))
        };
        self.refused.iter().filter(|start| !own(start)).copied().collect()
    }

    /// Returns true if a failure that comes now may not be the provider's.
    pub(super) fn is_doubtful(&self) -> bool {
        self.is_late() || !self.unexplained().is_empty()
    }

    /// The beginnings of the times that the test was told are its own.
    pub(super) fn own_starts(&self) -> Vec<DateTime<Utc>> {
        self.own.iter().map(|(from, _)| *from).collect()
    }

    /// The day on which a start was listed as free.
    pub(super) fn look_with(&self, start: DateTime<Utc>) -> Option<&Look> {
        self.looks.iter().rfind(|look| look.free.contains(&start))
    }

    /// The days on which one of these spans begins.
    pub(super) fn looks_of(&self, held: &[Span]) -> Vec<Look> {
        let of_held = |look: &&Look| held.iter().any(|span| look.free.contains(&span.from()));
        self.looks.iter().filter(of_held).cloned().collect()
    }
}

/// Returns true if an error code says that somebody else has what was asked for.
fn says_taken(code: &str) -> bool {
    code == "taken" || code.ends_with("_taken")
}

/// The starts that a listing shows as free: the first instant of each thing in it that is not said to be unavailable.
pub(super) fn free_starts(output: &Value) -> BTreeSet<DateTime<Utc>> {
    let mut found = BTreeSet::new();
    collect_free(output, &mut found);
    found
}

fn collect_free(value: &Value, found: &mut BTreeSet<DateTime<Utc>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_free(item, found)),
        Value::Object(fields) if fields.get("available") != Some(&Value::Bool(false)) => {
            found.extend(fields.values().filter_map(instant).min());
            fields.values().for_each(|field| collect_free(field, found));
        }
        _ => {}
    }
}

fn instants(value: &Value, found: &mut BTreeSet<DateTime<Utc>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| instants(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| instants(field, found)),
        _ => found.extend(instant(value)),
    }
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let parsed = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(parsed.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    /// A provider that books and does not remember refuses the same call with the slot that it gave away itself.
    #[test]
    fn what_a_call_asked_for_whose_answer_was_lost_may_be_its_own() {
        let input = json!({ "service_id": "a", "start_at": "2027-03-02T09:00:00Z" });
        let refusal = answer(json!({ "ok": false, "error": "slot_taken" }));
        let mut evidence = Evidence::default();
        evidence.note_answer(&input, &refusal);
        assert_eq!(evidence.unexplained().len(), 1);
        evidence.note_lost(&input);
        assert!(evidence.unexplained().is_empty());
    }

    use super::*;
    use crate::model::{Facts, Reading};

    fn answer(output: Value) -> Answer {
        Reading::default().answer(Facts::of_output(output))
    }

    fn at(text: &str) -> DateTime<Utc> {
        instant(&json!(text)).unwrap()
    }

    const NINE: &str = "2030-01-01T09:00:00Z";
    const HALF_PAST: &str = "2030-01-01T09:30:00Z";
    const TEN: &str = "2030-01-01T10:00:00Z";

    #[test]
    fn the_starts_of_what_is_available_are_free_and_no_ends() {
        let listed = json!({ "ok": true, "date": "2030-01-01", "slots": [
            { "start_at": NINE, "end_at": TEN, "available": true },
            { "start_at": HALF_PAST, "end_at": "2030-01-01T10:30:00Z", "available": false },
            { "start_at": "2030-01-01T12:00:00+01:00", "end_at": "2030-01-01T13:00:00+01:00" },
        ] });
        let free: Vec<_> = free_starts(&listed).into_iter().collect();
        assert_eq!(free, [at(NINE), at("2030-01-01T11:00:00Z")]);
    }

    #[test]
    fn a_refusal_as_taken_is_explained_by_what_the_test_took_itself() {
        let mut evidence = Evidence::default();
        let refusal = answer(json!({ "ok": false, "error": "slot_taken" }));
        let booked = answer(json!({ "ok": true, "start_at": NINE, "end_at": TEN }));
        evidence.note_answer(&json!({ "start_at": "2030-01-01T10:00:00+01:00" }), &booked);
        for start in [NINE, HALF_PAST] {
            evidence.note_answer(&json!({ "start_at": start }), &refusal);
        }
        assert!(!evidence.is_doubtful());
        evidence.note_answer(
            &json!({ "start_at": TEN }),
            &answer(json!({ "ok": false, "error": "invalid_input" })),
        );
        assert!(!evidence.is_doubtful());
        evidence.note_answer(&json!({ "start_at": TEN }), &refusal);
        assert_eq!(evidence.unexplained(), [at(TEN)]);
        evidence.begin_row();
        assert!(!evidence.is_doubtful());
    }
}
