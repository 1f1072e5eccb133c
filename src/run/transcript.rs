//! The calls that a test made: those that a failure shows, and how many and how long they were.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::scope::Phase;
use crate::capability::Capability;
use crate::model::Exchange;
use crate::transport::{Call, Reply, Transport};

/// The most calls that a failure shows: the failing one and those before it.
const SHOWN_CALLS: usize = 8;

/// The calls that a test made.
#[derive(Default)]
pub(super) struct Transcript {
    calls: Vec<KeptCall>,
    own_calls: u32,
    own_wait: Duration,
    total_wait: Duration,
}

/// A call that is kept until its row has ended.
struct KeptCall {
    tool: Arc<Capability>,
    input: Arc<Value>,
    reply: Reply,
}

impl Transcript {
    /// Counts the attempts of a call, each of which may have reached the provider.
    pub(super) fn count(&mut self, phase: Phase, attempts: u32) {
        if phase == Phase::Own {
            self.own_calls += attempts;
        }
    }

    /// Counts time that was spent waiting for the provider.
    pub(super) fn add_wait(&mut self, phase: Phase, waited: Duration) {
        self.total_wait += waited;
        if phase == Phase::Own {
            self.own_wait += waited;
        }
    }

    /// Keeps a call.
    pub(super) fn keep(&mut self, tool: &Arc<Capability>, input: &Arc<Value>, reply: Reply) {
        self.calls.push(KeptCall {
            tool: Arc::clone(tool),
            input: Arc::clone(input),
            reply,
        });
    }

    /// The number of calls in the test's own steps, retries of the transport included.
    pub(super) fn own_calls(&self) -> u32 {
        self.own_calls
    }

    /// The time spent waiting in the test's own steps.
    pub(super) fn own_wait(&self) -> Duration {
        self.own_wait
    }

    /// The time spent waiting in all steps, those of fixtures included.
    pub(super) fn total_wait(&self) -> Duration {
        self.total_wait
    }

    /// The place that the next call will have among those that are kept.
    pub(super) fn next_place(&self) -> usize {
        self.calls.len()
    }

    /// Makes one of the kept calls the last one, where a failure shows the call that failed.
    pub(super) fn move_to_end(&mut self, place: usize) {
        if place < self.calls.len() {
            let call = self.calls.remove(place);
            self.calls.push(call);
        }
    }

    /// Forgets the kept calls, of a row that has ended. What was counted stays.
    pub(super) fn forget_calls(&mut self) {
        self.calls.clear();
    }

    /// The records of the last calls, redacted by the transport that made them, the last one last.
    pub(super) fn exchanges(&self, transport: &dyn Transport) -> Vec<Exchange> {
        let skip = self.calls.len().saturating_sub(SHOWN_CALLS);
        self.calls
            .iter()
            .skip(skip)
            .map(|kept| {
                let call = Call {
                    tool: kept.tool.tool(),
                    input: &kept.input,
                    limit: Duration::ZERO,
                    reading: kept.tool.reading(),
                };
                transport.exchange(call, &kept.reply)
            })
            .collect()
    }
}
