//! The errors of folding a stream of events that is not the record of a run.

use crate::model::{ProviderId, TestId};

/// A stream of events that contradicts itself. A stream that merely stops early is no error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The stream is empty, or does not start with its header.
    #[error("the events of the run do not start with its header")]
    NoHeader,
    /// A header that is not the first event.
    #[error("event {seq} is a second header")]
    SecondHeader {
        /// The number of the event.
        seq: u64,
    },
    /// An event is missing, or out of order.
    #[error("event {expected} is missing: event {found} follows event {}", expected.saturating_sub(1))]
    Gap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// Something follows the last event.
    #[error("event {seq} follows the end of the run")]
    AfterEnd {
        /// The number of the event.
        seq: u64,
    },
    /// A result of a provider that the header does not name.
    #[error("event {seq} is of `{provider}`, which the run's header does not name")]
    Stranger {
        /// The number of the event.
        seq: u64,
        /// The provider.
        provider: ProviderId,
    },
    /// Two results of one test.
    #[error("`{provider}` has two results of {test}")]
    Duplicate {
        /// The provider.
        provider: ProviderId,
        /// The test.
        test: Box<TestId>,
    },
    /// A run that ended by itself without the results that were planned.
    #[error("{planned} tests were planned and {found} ended, in a run that was not interrupted")]
    Miscounted {
        /// The number of tests that the header says were planned.
        planned: usize,
        /// The number of planned results in the stream.
        found: usize,
    },
}
