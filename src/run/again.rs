//! Runs a test again whose failure may not be the provider's: the load that the run makes, or what somebody else took, may be all that
//! was wrong. A wrong answer alone is never a reason.

use super::alone::keep_alone;
use super::entries::Entries;
use super::entry_state::EntryState;
use super::evidence::Doubt;
use super::test::{Attempt, Ended, run_test};
use crate::model::{Outcome, TestResult, Untested};
use crate::plan::PlannedTest;

/// The number of times that a test draws other slots because somebody else had taken those that it drew.
const OTHER_SLOTS: usize = 3;

/// Runs a test, again with other slots as long as somebody else takes those that it drew. What is left of the doubts is lateness.
pub(super) async fn run_with_free_slots(
    entries: &Entries,
    entry: &EntryState,
    planned: &PlannedTest,
    tried: usize,
) -> Attempt {
    let mut attempt = run_test(entries, entry, planned, tried).await;
    let first = attempt.message();
    let mut again = 0;
    while let Some(doubt @ (Doubt::Taken | Doubt::Listed | Doubt::Moved | Doubt::MovedInRace)) =
        attempt.doubt()
    {
        // Where nobody else was ever seen, what cannot be told apart from a wrong answer gets one more chance.
        let chances = match doubt {
            Doubt::Taken => OTHER_SLOTS,
            _ if entry.provider().has_others() => OTHER_SLOTS,
            Doubt::MovedInRace => 0,
            _ => 1,
        };
        if again >= chances || entry.must_end() {
            break;
        }
        again += 1;
        entry.forget_answers();
        let next = run_test(entries, entry, planned, tried + again).await;
        // A calendar that has no room for another look is no reason to forget what was seen in it.
        if doubt != Doubt::Taken && !next.was_executed() {
            break;
        }
        attempt = next.after(attempt);
    }
    if again == 0 {
        return attempt;
    }
    match attempt.doubt() {
        Some(Doubt::Taken) => attempt.acquit(&format!(
            "somebody else took the slots of this test while it ran, {} times: run again when nobody else books at this provider",
            again + 1
        )),
        _ => {
            // The same test held with other slots, so somebody was there.
            if attempt.passed() {
                entry.provider().note_others();
            }
            attempt.note_pass(&format!(
                "ran again with other slots: somebody else books at this provider ({first})"
            ));
        }
    }
    attempt
}

/// Runs a test again that failed before anybody else was seen at its provider, if somebody was seen since.
pub(super) async fn run_among_others(
    entries: &Entries,
    entry: &EntryState,
    planned: &PlannedTest,
    failed: Attempt,
) -> Attempt {
    if !entry.provider().has_others() {
        return failed;
    }
    run_when_others_ended(entries, entry, planned, failed).await
}

/// Runs a test again whose slots were held by other tests, when those of its provider have ended.
pub(super) async fn run_when_others_ended(
    entries: &Entries,
    entry: &EntryState,
    planned: &PlannedTest,
    before: Attempt,
) -> Attempt {
    if entry.must_end() {
        return before;
    }
    let _turn = entries.turns().enter(entry.id()).await;
    let _place = entry.host().enter().await;
    let _alone = keep_alone(entry, planned).await;
    // What was listed while they were at work is old.
    entry.forget_answers();
    let next = run_with_free_slots(entries, entry, planned, before.tries() + 1).await;
    // A calendar that has no room for another look is no reason to forget what was seen in it. That somebody else was there again and
    // again is one.
    if before.was_executed() && !next.was_executed() && next.doubt() != Some(Doubt::Taken) {
        return before;
    }
    next.after(before)
}

/// Runs a test again that was late, alone on its origin. What fails twice is the failure.
pub(super) async fn run_alone(
    entries: &Entries,
    entry: &EntryState,
    planned: &PlannedTest,
    mut late: Attempt,
) -> Attempt {
    if entry.must_end() {
        return late;
    }
    if entry.late_tests().run_in_vain() {
        late.note("did not run again: the tests before it were late as well when they ran alone");
        return late;
    }
    let _turn = entries.turns().enter(entry.id()).await;
    let _place = entry.host().enter_alone().await;
    let _alone = keep_alone(entry, planned).await;
    if entry.must_end() {
        return late;
    }
    entry.forget_answers();
    let message = late.message();
    let next = run_with_free_slots(entries, entry, planned, late.tries() + 1).await;
    let mut attempt = next.after(late);
    if matches!(attempt.doubt(), Some(Doubt::Late | Doubt::Cut)) {
        entry.late_tests().note_late_again();
        attempt.note("ran twice, the second time alone on its host");
    } else {
        entry.late_tests().note_in_time();
        attempt.note_pass(&format!(
            "slow under load: it held when it ran again, alone on its host ({message})"
        ));
    }
    attempt
}

impl Attempt {
    /// Makes the result say that nobody can be held to it.
    fn acquit(&mut self, why: &str) {
        self.forget_set_ups();
        if let Some(result) = self.result_mut() {
            result.outcome = Outcome::Blocked;
            result.untested = Some(Untested::Blocked);
            result.message = Some(why.to_owned());
            result.failure = None;
        }
    }

    /// Adds a note to the result.
    fn note(&mut self, note: &str) {
        if let Some(result) = self.result_mut() {
            result.notes.push(note.to_owned());
        }
    }

    /// Adds a note to a result that holds.
    fn note_pass(&mut self, note: &str) {
        if self.passed() {
            self.note(note);
        }
    }

    /// Returns true if the test passed or failed.
    fn was_executed(&self) -> bool {
        self.result().is_some_and(|result| result.outcome.executed())
    }

    fn passed(&self) -> bool {
        let result = self.result();
        result.is_some_and(|result| result.outcome == Outcome::Pass)
    }

    fn result(&self) -> Option<&TestResult> {
        match self.ended() {
            Ended::Result(result) | Ended::Undecided(result, _) => Some(result),
            Ended::Interrupted => None,
        }
    }

    fn result_mut(&mut self) -> Option<&mut TestResult> {
        match self.ended_mut() {
            Ended::Result(result) | Ended::Undecided(result, _) => Some(result),
            Ended::Interrupted => None,
        }
    }

    /// The first line of the message.
    fn message(&self) -> String {
        let message = self.result().and_then(|result| result.message.as_deref());
        message
            .and_then(|message| message.lines().next())
            .unwrap_or_default()
            .to_owned()
    }
}
