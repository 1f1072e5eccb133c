//! Records a run in progress in a store, without ever blocking the run for long.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{RunStore, StoreError, StoreErrorKind, Wait};
use crate::event::{RunEvent, RunEventKind};
use crate::model::{RunId, Verdict};

/// The number of events that may wait for the disk. A slow disk slows the run down instead of filling the memory.
const WAITING: usize = 1_024;
/// The largest number of events in one transaction.
const BATCH: usize = 256;
/// The time that an event waits for others to share its transaction.
const GATHER: Duration = Duration::from_millis(5);
/// The same where somebody waits until events are stored.
const GATHER_SHORTLY: Duration = Duration::from_millis(1);
/// The time limit of a full queue and of the last write. After it, recording is given up.
const PATIENCE: Duration = Duration::from_secs(30);

enum Message {
    Event(Box<RunEvent>),
    /// To be called when all events before it are stored.
    WhenStored(Box<dyn FnOnce() + Send>),
    /// The verdict of the run, after its last event.
    Judged(Verdict),
}

impl Message {
    /// Returns true where somebody waits until it is done.
    fn is_waited_for(&self) -> bool {
        match self {
            Self::Event(_) => false,
            Self::WhenStored(_) | Self::Judged(_) => true,
        }
    }
}

/// Writes the events of one run to a store, on its own thread, several events per transaction.
///
/// While that thread gathers them, an event does not wake it: that would cost more than handing the event over.
///
/// After the first failure it stores nothing more: the record has no gap, and the run goes on. The end of the run is stored together with
/// its verdict, by [`finish`](Self::finish).
#[derive(Debug)]
pub struct Recorder {
    place: String,
    queue: SyncSender<Message>,
    /// The thread that writes.
    writer: Thread,
    /// Behind a mutex only to make the recorder `Sync`.
    done: Mutex<Receiver<()>>,
    failure: Arc<OnceLock<StoreError>>,
    patience: Duration,
}

impl Recorder {
    /// Starts a record of `run`.
    pub fn start(store: Arc<dyn RunStore>, run: RunId) -> Result<Self, StoreError> {
        Self::with_patience(store, run, PATIENCE)
    }

    /// Starts a record of `run` that is given up if the store blocks it for longer than `patience`.
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
            // Dropped before the end is signalled: `finish` takes the failure out of its cell, and a test may remove the files of the store.
            drop((store, seen));
            let _ = ended.send(());
        });
        match spawned {
            Ok(writer) => Ok(Self {
                place,
                queue,
                writer: writer.thread().clone(),
                done: Mutex::new(done),
                failure,
                patience,
            }),
            Err(error) => Err(StoreError::new(place, StoreErrorKind::Database(Box::new(error)))),
        }
    }

    /// Records an event, if its kind is recorded. It waits only while the queue is full.
    pub fn push(&self, event: &RunEvent) {
        if event.kind.recorded() && self.failure.get().is_none() {
            self.send(Message::Event(Box::new(event.clone())));
        }
    }

    /// Calls `done` when all events so far are stored. Where recording was given up, `done` is called, or dropped, without that.
    pub fn when_stored(&self, done: Box<dyn FnOnce() + Send>) {
        if self.failure.get().is_none() {
            self.send(Message::WhenStored(done));
        }
    }

    /// Waits until all events are stored.
    pub fn flush(&self) {
        let (reply, answered) = sync_channel(1);
        let reply = move || {
            let _ = reply.send(());
        };
        if self.failure.get().is_none()
            && self.send(Message::WhenStored(Box::new(reply)))
            && answered.recv_timeout(self.patience) == Err(RecvTimeoutError::Timeout)
        {
            self.fail(StoreErrorKind::Stalled);
        }
    }

    /// The first failure, if there is one.
    pub fn failure(&self) -> Option<&StoreError> {
        self.failure.get()
    }

    /// Waits until all events are stored, and the end of the run with its verdict, both or neither. Returns the first failure.
    pub fn finish(self, verdict: Verdict) -> Result<(), StoreError> {
        if self.failure.get().is_none() {
            self.send(Message::Judged(verdict));
        }
        let Self {
            place,
            queue,
            done,
            failure,
            patience,
            ..
        } = self;
        drop(queue);
        let kind = match done.into_inner().recv_timeout(patience) {
            Ok(()) => {
                return Arc::into_inner(failure)
                    .and_then(OnceLock::into_inner)
                    .map_or(Ok(()), Err);
            }
            Err(RecvTimeoutError::Timeout) => {
                // What is called incomplete from here on must not be stored as complete later.
                let _ = failure.set(StoreError::new(place.clone(), StoreErrorKind::Stalled));
                StoreErrorKind::Stalled
            }
            Err(RecvTimeoutError::Disconnected) => StoreErrorKind::Stopped,
        };
        Err(StoreError::new(place, kind))
    }

    fn send(&self, message: Message) -> bool {
        const PAUSE: Duration = Duration::from_millis(2);
        let began = Instant::now();
        let is_waited_for = message.is_waited_for();
        let mut message = message;
        loop {
            match self.queue.try_send(message) {
                Ok(()) => {
                    if is_waited_for {
                        self.writer.unpark();
                    }
                    return true;
                }
                Err(TrySendError::Disconnected(_)) => {
                    self.fail(StoreErrorKind::Stopped);
                    return false;
                }
                Err(TrySendError::Full(_)) if began.elapsed() >= self.patience => {
                    self.fail(StoreErrorKind::Stalled);
                    return false;
                }
                Err(TrySendError::Full(back)) => {
                    message = back;
                    self.writer.unpark();
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    fn fail(&self, kind: StoreErrorKind) {
        let _ = self.failure.set(StoreError::new(self.place.clone(), kind));
    }
}

/// Writes events until the queue is closed. After a failure it only drains the queue.
fn write_all(store: &dyn RunStore, run: &RunId, waiting: &Receiver<Message>, failure: &OnceLock<StoreError>) {
    let mut open = true;
    // The end of the run waits for its verdict.
    let mut end = None;
    while open {
        let mut events = Vec::new();
        let mut flushed = Vec::new();
        let mut judged = None;
        let Ok(first) = waiting.recv() else { return };
        let began = Instant::now();
        let mut next = Ok(first);
        loop {
            match next {
                Ok(Message::Event(event)) if matches!(event.kind, RunEventKind::RunFinished(_)) => {
                    end = Some(*event)
                }
                Ok(Message::Event(event)) => events.push(*event),
                Ok(Message::WhenStored(done)) => flushed.push(done),
                Ok(Message::Judged(verdict)) => judged = Some(verdict),
                Err(TryRecvError::Empty) => {
                    let patience = match flushed.is_empty() {
                        true => GATHER,
                        false => GATHER_SHORTLY,
                    };
                    let rest = patience.saturating_sub(began.elapsed());
                    match (rest.is_zero(), flushed.is_empty()) {
                        (true, _) => break,
                        // Not in the queue, where each event would end the wait.
                        (false, true) => thread::park_timeout(rest),
                        // Nothing that may come is more urgent.
                        (false, false) => thread::sleep(rest),
                    }
                }
                Err(TryRecvError::Disconnected) => {
                    open = false;
                    break;
                }
            }
            // Nothing follows a verdict.
            if events.len() >= BATCH || judged.is_some() {
                break;
            }
            next = waiting.try_recv();
        }
        if !events.is_empty()
            && failure.get().is_none()
            && let Err(error) = store.append(run, &events).wait()
        {
            let _ = failure.set(error);
        }
        if let Some(verdict) = judged
            && let Some(end) = end.take()
            && failure.get().is_none()
            && let Err(error) = store.finish(run, &[end], verdict).wait()
        {
            let _ = failure.set(error);
        }
        for done in flushed {
            done();
        }
    }
}
