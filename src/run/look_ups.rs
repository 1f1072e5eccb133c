//! The questions to one entry for what its tests made, as far as they were in vain.

use std::sync::atomic::{AtomicU32, Ordering};

/// The number of questions in a row without an answer after which no more are asked.
const MOST_IN_VAIN: u32 = 3;

/// The questions to one entry that were not answered.
#[derive(Debug, Default)]
pub(super) struct LookUps {
    /// Those in a row.
    in_vain: AtomicU32,
}

impl LookUps {
    /// Returns true if so many questions were in vain that no more are asked.
    pub(super) fn are_in_vain(&self) -> bool {
        self.in_vain.load(Ordering::SeqCst) >= MOST_IN_VAIN
    }

    /// Notes the end of a question.
    pub(super) fn note(&self, answered: bool) {
        if answered {
            self.in_vain.store(0, Ordering::SeqCst);
        } else {
            self.in_vain.fetch_add(1, Ordering::SeqCst);
        }
    }
}
