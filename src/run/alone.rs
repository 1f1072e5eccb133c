//! The tests that have a provider alone: exclusive ones, and those that move its test clock.

use tokio::sync::RwLockWriteGuard;

use super::entry_state::EntryState;
use crate::plan::PlannedTest;

/// Returns true if a test moves the clock of this provider.
pub(super) fn moves_clock(entry: &EntryState, planned: &PlannedTest) -> bool {
    entry.test_clock().is_some() && planned.test.moves_clock()
}

/// Keeps tests that call a provider as a peer away while a test has it alone. None for a test that does not need that.
pub(super) async fn keep_alone<'s>(
    entry: &'s EntryState,
    planned: &PlannedTest,
) -> Option<RwLockWriteGuard<'s, ()>> {
    match planned.test.exclusive || moves_clock(entry, planned) {
        true => Some(entry.provider().lock_alone().await),
        false => None,
    }
}
