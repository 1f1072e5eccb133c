//! Termination signals such as Ctrl-C, turned into a request to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::Stop;

/// Whether something is at work that has to be taken back after a signal.
#[derive(Clone, Default)]
pub(super) struct Busy(Arc<AtomicBool>);

/// It is at work until this is dropped.
pub(super) struct AtWork(Busy);

impl Busy {
    /// Says that something is at work from now on.
    pub(super) fn begin(&self) -> AtWork {
        self.0.store(true, Ordering::SeqCst);
        AtWork(self.clone())
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::SeqCst);
    }
}

/// Listens as [`listen`] does, and says what a signal does only while something is at work.
pub(super) fn listen_while_busy(stop: &Stop, quiet: bool) -> Busy {
    let busy = Busy::default();
    listening(stop, quiet, busy.clone());
    busy
}

/// Listens for signals: the first one stops the run and undoes its changes, the second one abandons the undos.
pub(super) fn listen(stop: &Stop, quiet: bool) {
    let busy = Busy::default();
    busy.0.store(true, Ordering::SeqCst);
    listening(stop, quiet, busy);
}

fn listening(stop: &Stop, quiet: bool, busy: Busy) {
    let stop = stop.clone();
    tokio::spawn(async move {
        let mut announced = quiet;
        loop {
            signal().await;
            if !announced && busy.0.load(Ordering::SeqCst) {
                announced = true;
                anstream::eprintln!("stopping: taking back what was made; Ctrl-C again abandons it");
            }
            stop.request();
        }
    });
}

#[cfg(unix)]
/// Waits for the next termination signal.
pub(super) async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        _ => std::future::pending().await,
    }
}

#[cfg(not(unix))]
/// Waits for the next termination signal.
pub(super) async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
