//! The tests of one entry that ran again because they were late.

use std::sync::atomic::{AtomicU32, Ordering};

/// The number of tests in a row that are late alone, too, after which no other of the entry runs again: nothing but the provider is
/// slow.
const MOST_IN_VAIN: u32 = 3;

/// The tests of one entry that ran again because they were late.
#[derive(Debug, Default)]
pub(super) struct LateTests {
    /// Those in a row that were late alone too.
    in_vain: AtomicU32,
}

impl LateTests {
    /// Returns true if so many were late alone that it is of no use to run another again.
    pub(super) fn run_in_vain(&self) -> bool {
        self.in_vain.load(Ordering::SeqCst) >= MOST_IN_VAIN
    }

    /// Notes a test that was late when it ran alone.
    pub(super) fn note_late_again(&self) {
        self.in_vain.fetch_add(1, Ordering::SeqCst);
    }

    /// Notes a test that was answered in time when it ran alone.
    pub(super) fn note_in_time(&self) {
        self.in_vain.store(0, Ordering::SeqCst);
    }
}
