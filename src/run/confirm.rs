//! Failures that are looked at again over a fresh connection, before anybody is told of them.

use super::alone::keep_alone;
use super::entries::Entries;
use super::entry_state::EntryState;
use super::test::{Ended, run_test};
use crate::model::{Outcome, TestResult, Untested};
use crate::plan::PlannedTest;

/// Runs a failed test again over a fresh connection, where the run asks for that. What is not seen again is no failure, nor is a call that
/// takes its time, `late`, unless others were made at that time. A provider that cannot be asked any more has not taken back what it
/// answered.
pub(super) async fn confirm(
    entries: &Entries,
    entry: &EntryState,
    planned: &PlannedTest,
    result: &mut TestResult,
    (tried, late): (usize, bool),
) {
    if !entry.context().options().confirm || entry.must_end() {
        return;
    }
    if late && !planned.test.races() {
        let first = first_line(result.message.as_deref());
        withhold(
            result,
            format!("too slow to be tried, which is nothing wrong: {first}"),
        );
        return;
    }
    let _turn = entries.turns().enter(entry.id()).await;
    let _place = entry.host().enter().await;
    let _alone = keep_alone(entry, planned).await;
    entry.target().transport().renew().await;
    entry.forget_answers();
    let attempt = run_test(entries, entry, planned, tried.saturating_add(1)).await;
    let ended = match attempt.settle(entry) {
        Ended::Result(ended) | Ended::Undecided(ended, _) => ended,
        Ended::Interrupted => return,
    };
    result.ms = result.ms.saturating_add(ended.ms);
    result.calls = result.calls.saturating_add(ended.calls);
    match ended.outcome {
        Outcome::Fail => result.notes.push("seen again over a fresh connection".to_owned()),
        Outcome::Error => {
            let why = first_line(ended.message.as_deref());
            result
                .notes
                .push(format!("tried again over a fresh connection: {why}"));
        }
        Outcome::Pass | Outcome::Skip | Outcome::Blocked => {
            let first = first_line(result.message.as_deref());
            withhold(
                result,
                format!(
                    "seen once and not again over a fresh connection, so nobody is accused of it: {first}"
                ),
            );
            result.cases = ended.cases;
        }
    }
}

fn withhold(result: &mut TestResult, why: String) {
    result.outcome = Outcome::Skip;
    result.untested = Some(Untested::NotReached);
    result.message = Some(why);
    result.failure = None;
}

fn first_line(message: Option<&str>) -> String {
    let line = message.and_then(|message| message.lines().next());
    line.unwrap_or_default().to_owned()
}
