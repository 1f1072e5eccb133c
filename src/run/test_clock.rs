//! The setting of a provider's test clock: as it was found, or moved by the harness.

use std::sync::atomic::{AtomicU64, Ordering};

/// Tells whether a clock was moved, and tells its settings apart.
#[derive(Debug, Default)]
pub(super) struct TestClock {
    /// The number of the move after which it was not put back; 0 while it is as it was found.
    moved: AtomicU64,
    moves: AtomicU64,
}

impl TestClock {
    /// The number of the setting: 0 while the clock is as it was found, and another after each move.
    pub(super) fn setting(&self) -> u64 {
        self.moved.load(Ordering::SeqCst)
    }

    /// Returns true if the clock was moved and not put back.
    pub(super) fn is_moved(&self) -> bool {
        self.setting() != 0
    }

    /// Notes that the clock is about to be moved.
    pub(super) fn note_move(&self) {
        let number = self.moves.fetch_add(1, Ordering::SeqCst) + 1;
        self.moved.store(number, Ordering::SeqCst);
    }

    /// Notes that the clock is as it was found.
    pub(super) fn note_put_back(&self) {
        self.moved.store(0, Ordering::SeqCst);
    }
}
