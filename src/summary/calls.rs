//! The calls of failures: those that a summary holds, and those that it leaves in the record of its run.
//!
//! A run of thousands of providers may fail everywhere, and each failure shows some calls. Beyond a bound they are read when they are
//! shown, one failure at a time.

use std::fmt;
use std::sync::Arc;

use crate::model::{Exchange, Failure};

/// The record of a run, from which the calls of a failure can be read again.
pub trait CallRecord: Send + Sync {
    /// The calls of the failure in the event of this number. None where it cannot be read any more.
    fn calls(&self, seq: u64) -> Vec<Exchange>;
}

/// The record with the calls that a summary does not hold. It says nothing of the run itself, so two of them are equal.
#[derive(Clone, Default)]
pub struct RecordedCalls(Option<Arc<dyn CallRecord>>);

impl RecordedCalls {
    /// The calls in a record.
    pub fn in_record(record: Arc<dyn CallRecord>) -> Self {
        Self(Some(record))
    }

    /// The record, where there is one.
    pub(super) fn record(&self) -> Option<&dyn CallRecord> {
        self.0.as_deref()
    }
}

impl fmt::Debug for RecordedCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RecordedCalls").field(&self.0.is_some()).finish()
    }
}

impl PartialEq for RecordedCalls {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The calls of failures that a summary holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeptCalls {
    /// All of them.
    #[default]
    All,
    /// So many bytes of them; the others are in the record of the run.
    Bytes(usize),
    /// None: nobody will look at them.
    None,
}

impl KeptCalls {
    /// Takes the calls out of a failure that go beyond it. `seq` is the number of the event that holds them.
    pub(super) fn limit(&mut self, failure: &mut Failure, seq: u64) {
        match self {
            Self::All => {}
            Self::None => failure.exchanges = Vec::new(),
            Self::Bytes(left) => {
                let bytes = failure.exchanges.iter().map(Exchange::weight);
                let bytes = bytes.fold(0, usize::saturating_add);
                if bytes <= *left {
                    *left -= bytes;
                } else if !failure.exchanges.is_empty() {
                    failure.exchanges = Vec::new();
                    failure.recorded = Some(seq);
                }
            }
        }
    }
}
