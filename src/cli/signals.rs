//! Ctrl-C and its like, turned into a request to stop.

use crate::app::Stop;

/// Listens from now on: the first signal stops asking, the second abandons what is left to be taken back.
pub(super) fn listen(stop: &Stop, quiet: bool) {
    let stop = stop.clone();
    tokio::spawn(async move {
        let mut told = quiet;
        loop {
            signal().await;
            if !told {
                told = true;
                anstream::eprintln!("stopping: taking back what was made; Ctrl-C again abandons it");
            }
            stop.request();
        }
    });
}

#[cfg(unix)]
/// Waits for the next such signal.
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
/// Waits for the next such signal.
pub(super) async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
