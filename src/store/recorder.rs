//! From a running run to a store, without ever stopping the run.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{RunStore, StoreError, StoreErrorKind};
use crate::event::RunEvent;
use crate::model::RunId;

/// The number of events that may wait for the disk. A slow disk slows the run down instead of filling the memory.
const WAITING: usize = 1_024;
/// The largest number of events in one transaction.
const BATCH: usize = 256;
/// The time that an event waits for others to share its transaction.
const GATHER: Duration = Duration::from_millis(5);
/// The time limit of a full queue and of the last write. After it, recording is given up.
const PATIENCE: Duration = Duration::from_secs(30);

enum Message {
    Event(Box<RunEvent>),
    Flush(SyncSender<()>),
}

/// Writes the events of one run to a store, from a thread of its own, those that come together in one transaction.
///
/// After the first failure it keeps nothing more, so that the record stops where it is still whole, and the run goes on.
#[derive(Debug)]
pub struct Recorder {
    place: String,
    queue: SyncSender<Message>,
    /// In a mutex only so that the recorder may be shared.
    done: Mutex<Receiver<()>>,
    failure: Arc<OnceLock<StoreError>>,
    patience: Duration,
}

impl Recorder {
    /// Starts a record of `run`.
    pub fn start(store: Arc<dyn RunStore>, run: RunId) -> Result<Self, StoreError> {
        Self::with_patience(store, run, PATIENCE)
    }

    /// Starts a record of `run` that is given up once the store keeps it waiting for `patience`.
    pub fn with_patience(
        store: Arc<dyn RunStore>,
        run: RunId,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let (queue, waiting) = sync_channel(WAITING);
        let (ended, done) = sync_channel(1);
        let failure = Arc::new(OnceLock::new());
        let place = format!("run {run}");
        let seen = Arc::clone(&failure);
        let spawned = thread::Builder::new().name("recorder".to_owned()).spawn(move || {
            write_all(store.as_ref(), &run, &waiting, &seen);
            // Whoever waits for the end takes the failure out of its cell, and may want the store's files closed.
            drop((store, seen));
            let _ = ended.send(());
        });
        match spawned {
            Ok(_) => Ok(Self {
                place,
                queue,
                done: Mutex::new(done),
                failure,
                patience,
            }),
            Err(error) => Err(StoreError::new(place, StoreErrorKind::Database(Box::new(error)))),
        }
    }

    /// Takes the next event; those that no record keeps are left out. It waits only while the queue is full.
    pub fn push(&self, event: &RunEvent) {
        if event.kind.recorded() && self.failure.get().is_none() {
            self.send(Message::Event(Box::new(event.clone())));
        }
    }

    /// Waits until everything that was pushed is kept.
    pub fn flush(&self) {
        let (reply, answered) = sync_channel(1);
        if self.failure.get().is_none()
            && self.send(Message::Flush(reply))
            && answered.recv_timeout(self.patience) == Err(RecvTimeoutError::Timeout)
        {
            self.fail(StoreErrorKind::Stalled);
        }
    }

    /// The first failure, if there is one.
    pub fn failure(&self) -> Option<&StoreError> {
        self.failure.get()
    }

    /// Waits until everything is kept, and tells whether it is.
    pub fn finish(self) -> Result<(), StoreError> {
        let Self {
            place,
            queue,
            done,
            failure,
            patience,
        } = self;
        drop(queue);
        let kind = match done.into_inner().recv_timeout(patience) {
            Ok(()) => {
                return Arc::into_inner(failure)
                    .and_then(OnceLock::into_inner)
                    .map_or(Ok(()), Err);
            }
            Err(RecvTimeoutError::Timeout) => StoreErrorKind::Stalled,
            Err(RecvTimeoutError::Disconnected) => StoreErrorKind::Stopped,
        };
        Err(StoreError::new(place, kind))
    }

    fn send(&self, message: Message) -> bool {
        const PAUSE: Duration = Duration::from_millis(2);
        let deadline = Instant::now() + self.patience;
        let mut message = message;
        loop {
            match self.queue.try_send(message) {
                Ok(()) => return true,
                Err(TrySendError::Disconnected(_)) => {
                    self.fail(StoreErrorKind::Stopped);
                    return false;
                }
                Err(TrySendError::Full(_)) if Instant::now() >= deadline => {
                    self.fail(StoreErrorKind::Stalled);
                    return false;
                }
                Err(TrySendError::Full(back)) => {
                    message = back;
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    fn fail(&self, kind: StoreErrorKind) {
        let _ = self.failure.set(StoreError::new(self.place.clone(), kind));
    }
}

/// Takes whatever waits, until nobody sends any more. Once something failed it only empties the queue.
fn write_all(store: &dyn RunStore, run: &RunId, waiting: &Receiver<Message>, failure: &OnceLock<StoreError>) {
    let mut open = true;
    while open {
        let mut events = Vec::new();
        let mut flushed = Vec::new();
        let Ok(first) = waiting.recv() else { return };
        let deadline = Instant::now() + GATHER;
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Event(event) => events.push(*event),
                Message::Flush(reply) => flushed.push(reply),
            }
            if events.len() < BATCH {
                let patience = match flushed.is_empty() {
                    true => deadline.saturating_duration_since(Instant::now()),
                    false => Duration::ZERO,
                };
                match waiting.recv_timeout(patience) {
                    Ok(message) => next = Some(message),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => open = false,
                }
            }
        }
        if !events.is_empty()
            && failure.get().is_none()
            && let Err(error) = store.append(run, &events)
        {
            let _ = failure.set(error);
        }
        for reply in flushed {
            let _ = reply.send(());
        }
    }
}
