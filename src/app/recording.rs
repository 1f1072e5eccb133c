//! Records a run while others hear it.

use crate::event::RunEvent;
use crate::run::Listener;
use crate::store::Recorder;

/// Hears a run, and records each event before anybody else hears of it.
pub(super) struct Recording<'r, F> {
    /// None where nothing is recorded.
    pub(super) recorder: Option<&'r Recorder>,
    /// Whoever else hears it.
    pub(super) hear: F,
}

impl<F: FnMut(RunEvent)> Listener for Recording<'_, F> {
    fn hear(&mut self, event: RunEvent) {
        if let Some(recorder) = self.recorder {
            recorder.push(&event);
        }
        (self.hear)(event);
    }

    fn when_kept(&mut self, done: Box<dyn FnOnce() + Send>) {
        match self.recorder {
            Some(recorder) => recorder.when_stored(done),
            None => done(),
        }
    }
}
