//! Events from many tasks, put in order by one.

use tokio::sync::mpsc;

use crate::event::{Outgoing, RunEvent, RunEventKind};
use crate::model::Clock;

/// The most events that wait: a slow listener slows the run instead of filling memory.
const WAITING: usize = 1024;

/// The end of the channel that tasks hold.
#[derive(Debug, Clone)]
pub(super) struct Emitter(mpsc::Sender<RunEventKind>);

impl Emitter {
    /// A channel and its receiver.
    pub(super) fn new() -> (Self, mpsc::Receiver<RunEventKind>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Sends an event. A listener that is gone is no error of the sender.
    pub(super) async fn emit(&self, kind: RunEventKind) {
        let _ = self.0.send(kind).await;
    }
}

/// Numbers events and hands them on, without secrets.
pub(super) struct Dispatcher<'a, F> {
    next: u64,
    clock: &'a dyn Clock,
    outgoing: Outgoing,
    listener: F,
}

impl<'a, F: FnMut(RunEvent)> Dispatcher<'a, F> {
    /// A dispatcher whose first event has the number 0.
    pub(super) fn new(clock: &'a dyn Clock, outgoing: Outgoing, listener: F) -> Self {
        Self {
            next: 0,
            clock,
            outgoing,
            listener,
        }
    }

    /// Numbers an event, and calls the listener with it.
    pub(super) fn notify(&mut self, kind: RunEventKind) {
        let event = RunEvent {
            seq: self.next,
            at: self.clock.now(),
            kind: self.outgoing.event(kind),
        };
        // Events that no record keeps take no number, so that a record has no gap.
        if event.kind.recorded() {
            self.next += 1;
        }
        (self.listener)(event);
    }
}
