//! Accepts connections within bounds, so that a caller who asks slowly, or opens many connections, shuts nobody else out for long.
//!
//! It owns the connections and their number. It refuses to look into requests: they go to the router as they are.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// The time for the head of a request to arrive, from the opening of the connection or the end of the answer before. Clients keep
/// connections for later calls, so it is not short.
const HEAD: Duration = Duration::from_secs(30);
/// The pause after a connection could not be accepted for a reason of ours, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);
/// The largest number of connections, however many files the process may open.
const MOST: u64 = 16_384;
/// The number of files that a process may open where nobody knows.
const FEW_FILES: u64 = 1_024;

/// Serves connections until `stop` is done, and then for `grace` those that have a request under way; what `stop` says.
pub(crate) async fn serve_connections<T>(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = T>,
    grace: Duration,
) -> T {
    let places = Arc::new(Semaphore::new(most_connections()));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    let said = loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            said = &mut stop => break said,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                if !of_the_caller(&error) {
                    tokio::time::sleep(PAUSE).await;
                }
                continue;
            }
        };
        // Without a place the connection is closed here, by dropping it.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        // An answer is small and goes out at once: waiting to fill a packet would only slow it down.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Whatever ends it is of the caller: errors of the provider are answers.
            let _ = connection.await;
            drop(place);
        });
    };
    drop(listener);
    // A caller that neither finishes nor hangs up must not keep the provider alive.
    let _ = tokio::time::timeout(grace, graceful.shutdown()).await;
    said
}

/// The most connections at one time: half of the files that this process may open. The other half is left to the store and to mails.
fn most_connections() -> usize {
    #[cfg(unix)]
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    #[cfg(not(unix))]
    let files = None;
    let most = (files.unwrap_or(FEW_FILES) / 2).clamp(8, MOST);
    usize::try_from(most).unwrap_or(8)
}

/// Returns true if a connection ended before it was accepted.
fn of_the_caller(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn half_a_request_is_not_waited_for_for_ever() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "here"));
        let stop = std::future::pending::<()>();
        tokio::spawn(serve_connections(listener, router, stop, Duration::ZERO));
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").await.unwrap();
        let mut whole = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        whole.write_all(request).await.unwrap();
        let mut answer = String::new();
        whole.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("here"), "{answer}");
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(2 * HEAD, half.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "half a request kept its place");
    }
}
