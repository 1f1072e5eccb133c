//! Tests that failed, tried again after all others of their provider, one at a time.
//!
//! A wrong answer stays a wrong answer: a late pass changes no outcome, it marks the result as flaky. Only failures are tried
//! again; a provider that cannot be called was called again by its transport already.

use super::alone::keep_alone;
use super::entries::Entries;
use super::entry_state::EntryState;
use super::test::{Ended, run_test};
use crate::model::{Outcome, TestResult};
use crate::plan::PlannedTest;

/// Tries a failed test again, until it passes, there are no more retries, or the run is asked to stop. It was tried again `tried` times before. What the first try found is
/// kept; of the others only how they ended.
pub(super) async fn retry(
    entries: &Entries,
    entry: &EntryState,
    planned: &PlannedTest,
    result: &mut TestResult,
    tried: usize,
) {
    let retries = entry.context().options().retries;
    if retries == 0 {
        return;
    }
    let _turn = entries.turns().enter(entry.id()).await;
    let _place = entry.host().enter().await;
    let _alone = keep_alone(entry, planned).await;
    for number in 1..=retries {
        if entry.must_end() {
            return;
        }
        let attempt = run_test(entries, entry, planned, tried + number).await;
        let ended = match attempt.settle(entry) {
            Ended::Result(ended) => ended,
            Ended::Undecided(ended, error) => {
                add(result, &ended);
                result
                    .notes
                    .push(format!("try {} ended early: {}", number + 1, error.message()));
                continue;
            }
            Ended::Interrupted => return,
        };
        add(result, &ended);
        if ended.outcome == Outcome::Pass {
            result.flaky = true;
            let late = format!("passed on try {} of {}", number + 1, retries + 1);
            result.message = Some(match result.message.take() {
                Some(wrong) => format!("{wrong}\n{late}"),
                None => late,
            });
            return;
        }
        let message = ended.message.as_deref().unwrap_or_default();
        let first = message.lines().next().unwrap_or_default();
        result
            .notes
            .push(format!("try {}, {}: {first}", number + 1, ended.outcome));
    }
}

/// Counts the calls of a retry, and the time spent waiting for them.
fn add(result: &mut TestResult, ended: &TestResult) {
    result.ms = result.ms.saturating_add(ended.ms);
    result.calls = result.calls.saturating_add(ended.calls);
}
