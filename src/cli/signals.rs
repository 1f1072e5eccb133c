//! Termination signals such as Ctrl-C, turned into a request to stop.

use crate::app::Stop;

/// Listens for signals: the first one stops the run and undoes its changes, the second one abandons the undos.
pub(super) fn listen(stop: &Stop, quiet: bool) {
    let stop = stop.clone();
    tokio::spawn(async move {
        let mut announced = quiet;
        loop {
            signal().await;
            if !announced {
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
