//! What the children of one provider have in common, those that were started again after one ended among them.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::transport::client_options::ServerRequests;

/// The most remarks about one provider that wait to be told.
const MOST_REMARKS: usize = 10;

/// What the children of one provider have in common.
#[derive(Default)]
pub(super) struct Common {
    /// True once a line that is no message was blamed on a call: it is told once.
    blamed: AtomicBool,
    remarks: Mutex<Vec<String>>,
    /// The answer to what a child asks of its client.
    pub(super) policy: ServerRequests,
}

impl Common {
    pub(super) fn new(policy: ServerRequests) -> Self {
        Self {
            policy,
            ..Self::default()
        }
    }

    /// True for the first line that is no message, which is blamed on a call.
    pub(super) fn is_first_blame(&self) -> bool {
        !self.blamed.swap(true, Ordering::SeqCst)
    }

    /// Keeps something to be told.
    pub(super) fn remark(&self, text: String) {
        let mut remarks = self.remarks.lock();
        if remarks.len() < MOST_REMARKS {
            remarks.push(text);
        }
    }

    /// What is to be told, and was not yet.
    pub(super) fn take_remarks(&self) -> Vec<String> {
        std::mem::take(&mut self.remarks.lock())
    }
}
