//! What a test saw that bears on whose fault its failure is: answers that did not come, slots that were refused as taken, the days that
//! it looked at, and what it took there itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::listings::{Listed, Listings, Question, instants};
use super::span::Span;
use crate::capability::Capability;
use crate::model::Answer;

/// The reason for which the failure of a test is not held against its provider yet: the test runs again first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// An answer did not come, or not in time, while other tests were at work on the same origin.
    Late,
    /// The same, as the connection or the server broke off before the answer: whoever does so again over a fresh connection is not slow.
    Cut,
    /// A slot that the test did not take was refused as taken, and is listed no more: somebody else has it.
    Taken,
    /// A slot that the test did not take was refused as taken, and is listed. Somebody may have had it for a moment.
    Listed,
    /// A day at which the test looked, or on which it holds a slot, is not as it was: somebody else books there.
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
    /// The two together.
    question: Question,
    /// What was listed, shared by the tests that the same answer was shown.
    pub(super) listed: Arc<Listed>,
}

/// What a test saw.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// What is said of the answers that did not come, or not in time, each with the doubt that it raises.
    late: Vec<(String, Doubt)>,
    raced: bool,
    crowded: bool,
    refused: BTreeSet<DateTime<Utc>>,
    /// The calls that were refused so.
    refusals: Vec<(Arc<Capability>, Arc<Value>)>,
    /// The times that the test was told are its own.
    own: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// Those of them that it has not given back.
    standing: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// Those that it gave back.
    freed: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// The times that it asked for in calls whose answers nobody read.
    lost: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    looks: Vec<Look>,
    listings: Listings,
}

impl Evidence {
    /// Begins a row, whose end says nothing of the rows before it. What was looked at and taken is remembered.
    pub(super) fn begin_row(&mut self) {
        self.late.clear();
        self.raced = false;
        self.crowded = false;
        self.refused.clear();
        self.refusals.clear();
        self.listings.begin_row();
    }

    /// Notes that an answer did not come, or not in time, which raises this doubt. `said` are the words of the finding.
    pub(super) fn note_late(&mut self, said: String, doubt: Doubt) {
        self.late.push((said, doubt));
    }

    /// The doubt about the first answer that did not come, or not in time.
    pub(super) fn lateness(&self) -> Option<Doubt> {
        self.late.first().map(|(_, doubt)| *doubt)
    }

    /// The doubt about an error with this message; None where it is not that an answer did not come, or not in time.
    pub(super) fn explains(&self, message: &str) -> Option<Doubt> {
        let mut late = self.late.iter();
        late.find(|(said, _)| message.contains(said))
            .map(|(_, doubt)| *doubt)
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

    /// Notes an answer: what it lists, what it gave to the test, or refused as taken.
    pub(super) fn note_answer(&mut self, tool: &Arc<Capability>, input: &Arc<Value>, answer: &Answer) {
        if !tool.is_read() {
            if answer.code().is_some_and(says_taken) {
                self.refusals.push((Arc::clone(tool), Arc::clone(input)));
            }
            self.note_change(input, answer);
        } else if answer.is_success() {
            let question = Question::new(tool.tool(), input);
            self.note_listing(question, tool, input, &Arc::new(Listed::of(&answer.output)));
        }
    }

    /// Notes what a call that changes something gave to the test, or refused as taken.
    fn note_change(&mut self, input: &Arc<Value>, answer: &Answer) {
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
            self.standing.push((*first, end));
        } else if answer.code().is_some_and(says_taken) {
            self.refused.extend(asked);
            self.listings.note_offer(input, &answer.output);
        }
    }

    /// Notes a listing: what is listed otherwise than before, and the test did not take or give back, is somebody else's doing.
    fn note_listing(
        &mut self,
        question: Question,
        tool: &Capability,
        input: &Arc<Value>,
        listed: &Arc<Listed>,
    ) {
        let asked = (question, tool.tool());
        self.listings
            .note(asked, input, listed, &self.standing, &self.freed);
    }

    /// Returns true if something was listed otherwise than before, which the test had not taken and not given back. What it gave back
    /// and is not listed may have been taken since, or it was never free again.
    pub(super) fn has_moved(&self) -> bool {
        self.listings.have_moved()
    }

    /// Notes a call whose answer nobody read: what it asked for may be the test's own.
    pub(super) fn note_lost(&mut self, input: &Value) {
        let mut asked = BTreeSet::new();
        instants(input, &mut asked);
        if let (Some(first), Some(last)) = (asked.first(), asked.last()) {
            self.own.push((*first, *last));
            self.standing.push((*first, *last));
            self.lost.push((*first, *last));
        }
    }

    /// Notes that the test gave something back. Which of the times was free from then on, nobody says.
    pub(super) fn note_freed(&mut self) {
        self.freed.append(&mut self.standing);
    }

    /// Returns true if a start was refused as taken that the test had given back, or had asked for in a call whose answer nobody read:
    /// somebody else may have been quicker, or it is not as it should be.
    pub(super) fn refused_what_may_be_anybodys(&self) -> bool {
        let within = |spans: &[(DateTime<Utc>, DateTime<Utc>)], start: &DateTime<Utc>| {
            spans
                .iter()
                .any(|(from, to)| from <= start && (start < to || start == from))
        };
        let mut refused = self.refused.iter();
        refused.any(|start| within(&self.freed, start) || within(&self.lost, start))
    }

    /// Returns true if an answer said that this start is free.
    pub(super) fn was_offered(&self, start: DateTime<Utc>) -> bool {
        self.listings.have_offered(start)
    }

    /// Notes a day that was looked at, for something to hold.
    pub(super) fn note_look(&mut self, tool: &Arc<Capability>, input: &Arc<Value>, listed: &Arc<Listed>) {
        // Another test may have asked.
        let question = Question::new(tool.tool(), input);
        self.note_listing(question, tool, input, listed);
        self.looks.retain(|look| {
            look.question != question || look.input != *input || !Arc::ptr_eq(&look.tool, tool)
        });
        self.looks.push(Look {
            question,
            tool: Arc::clone(tool),
            input: Arc::clone(input),
            listed: Arc::clone(listed),
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

    /// The calls that were refused as taken, the last one first.
    pub(super) fn refusals(&self) -> Vec<(Arc<Capability>, Arc<Value>)> {
        self.refusals.iter().rev().cloned().collect()
    }

    /// Returns true if a failure that comes now may not be the provider's.
    pub(super) fn is_doubtful(&self) -> bool {
        !self.late.is_empty() || !self.unexplained().is_empty()
    }

    /// The beginnings of the times that the test was told are its own.
    pub(super) fn own_starts(&self) -> Vec<DateTime<Utc>> {
        self.own.iter().map(|(from, _)| *from).collect()
    }

    /// The day on which a start was listed as free.
    pub(super) fn look_with(&self, start: DateTime<Utc>) -> Option<&Look> {
        self.looks.iter().rfind(|look| look.listed.frees(&start))
    }

    /// The days on which one of these spans begins.
    pub(super) fn looks_of(&self, held: &[Span]) -> Vec<Look> {
        let of_held = |look: &&Look| held.iter().any(|span| look.listed.frees(&span.from()));
        self.looks.iter().filter(of_held).cloned().collect()
    }
}

/// Returns true if an error code says that somebody else has what was asked for.
fn says_taken(code: &str) -> bool {
    code == "taken" || code.ends_with("_taken")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::listings::instant;
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

    fn asking(start: &str) -> Arc<Value> {
        Arc::new(json!({ "service_id": "a", "start_at": start }))
    }

    fn refused(with: &str) -> Answer {
        answer(json!({ "ok": false, "error": with }))
    }

    /// A provider that books and does not remember refuses the same call with the slot that it gave away itself; or somebody else had
    /// taken it before the first call came.
    #[test]
    fn what_a_call_asked_for_whose_answer_was_lost_may_be_anybodys() {
        let mut evidence = Evidence::default();
        evidence.note_change(&asking(NINE), &refused("slot_taken"));
        assert_eq!(evidence.unexplained().len(), 1);
        assert!(!evidence.refused_what_may_be_anybodys());
        evidence.note_lost(&asking(NINE));
        assert!(evidence.unexplained().is_empty());
        assert!(evidence.refused_what_may_be_anybodys());
    }

    #[test]
    fn what_was_given_back_and_is_refused_may_be_anybodys() {
        let booked = answer(json!({ "ok": true, "start_at": NINE, "end_at": TEN }));
        let mut evidence = Evidence::default();
        evidence.note_change(&asking(NINE), &booked);
        evidence.note_change(&asking(HALF_PAST), &refused("slot_taken"));
        assert!(!evidence.refused_what_may_be_anybodys());
        evidence.note_freed();
        assert!(evidence.refused_what_may_be_anybodys());
    }

    #[test]
    fn a_refusal_as_taken_is_explained_by_what_the_test_took_itself() {
        let mut evidence = Evidence::default();
        let booked = answer(json!({ "ok": true, "start_at": NINE, "end_at": TEN }));
        evidence.note_change(&asking("2030-01-01T10:00:00+01:00"), &booked);
        for start in [NINE, HALF_PAST] {
            evidence.note_change(&asking(start), &refused("slot_taken"));
        }
        assert!(!evidence.is_doubtful());
        evidence.note_change(&asking(TEN), &refused("invalid_input"));
        assert!(!evidence.is_doubtful());
        evidence.note_change(&asking(TEN), &refused("slot_taken"));
        assert_eq!(evidence.unexplained(), [at(TEN)]);
        evidence.begin_row();
        assert!(!evidence.is_doubtful());
    }
}
