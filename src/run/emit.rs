//! Events from many tasks, put in order by one.

use tokio::sync::{mpsc, oneshot};

use crate::event::{Outgoing, RunEvent, RunEventKind};
use crate::model::Clock;

/// The most events that wait: a slow listener slows the run instead of filling memory.
const WAITING: usize = 1024;

/// Hears the events of a run, in order.
pub trait Listener {
    /// Hears an event.
    fn hear(&mut self, event: RunEvent);

    /// Calls `done` when all that was heard so far is kept, or will never be. Who keeps nothing has kept all.
    fn when_kept(&mut self, done: Box<dyn FnOnce() + Send>) {
        done();
    }
}

impl<F: FnMut(RunEvent)> Listener for F {
    fn hear(&mut self, event: RunEvent) {
        self(event);
    }
}

/// What a task sends.
#[derive(Debug)]
pub(super) enum Sent {
    /// Something happened.
    Event(RunEventKind),
    /// The task waits until all before it is kept.
    Kept(oneshot::Sender<()>),
}

/// The end of the channel that tasks hold.
#[derive(Debug, Clone)]
pub(super) struct Emitter(mpsc::Sender<Sent>);

impl Emitter {
    /// A channel and its receiver.
    pub(super) fn new() -> (Self, mpsc::Receiver<Sent>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Sends an event. A listener that is gone is no error of the sender.
    pub(super) async fn emit(&self, kind: RunEventKind) {
        let _ = self.0.send(Sent::Event(kind)).await;
    }

    /// Waits until everything that was sent before is kept, or will never be.
    pub(super) async fn kept(&self) {
        let (done, kept) = oneshot::channel();
        if self.0.send(Sent::Kept(done)).await.is_ok() {
            let _ = kept.await;
        }
    }
}

/// Numbers events and hands them on, without secrets.
pub(super) struct Dispatcher<'a, L> {
    next: u64,
    clock: &'a dyn Clock,
    outgoing: Outgoing,
    listener: L,
}

impl<'a, L: Listener> Dispatcher<'a, L> {
    /// A dispatcher whose first event has the number 0.
    pub(super) fn new(clock: &'a dyn Clock, outgoing: Outgoing, listener: L) -> Self {
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
        self.listener.hear(event);
    }

    /// Tells a task when all that was heard so far is kept.
    pub(super) fn tell_when_kept(&mut self, task: oneshot::Sender<()>) {
        self.listener.when_kept(Box::new(move || {
            // A task that was given up waits no more.
            let _ = task.send(());
        }));
    }
}
