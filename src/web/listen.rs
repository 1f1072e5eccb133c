//! Accepts connections within bounds, so that a visitor who asks slowly, or opens many connections, shuts nobody else out.
//!
//! It owns the connections and their number. It refuses to look into requests: they go to the router as they are.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use parking_lot::Mutex;
use tokio::net::TcpListener;

use super::respond;

/// The time for the head of a request to arrive, from the opening of the connection or the end of the response before.
const HEAD: Duration = Duration::from_secs(15);
/// The time from the head of a request to that of its response; the body of the request has to arrive within it.
const ANSWER: Duration = Duration::from_secs(60);
/// The pause after a connection could not be accepted for a reason of ours, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);
/// The largest number of connections, however many files the process may open.
const MOST: u64 = 1_024;

/// The largest numbers of connections at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Of all visitors.
    pub(super) total: usize,
    /// Of one address. A proxy is one address, so it gets half of all.
    pub(super) an_address: usize,
}

impl Bounds {
    /// The bounds for the number of files that this process may open: half of them are left to the store and to scheduled runs.
    pub(super) fn of_this_process() -> Self {
        #[cfg(unix)]
        let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        #[cfg(not(unix))]
        let files = None;
        Self::of(files.unwrap_or(2 * MOST))
    }

    fn of(files: u64) -> Self {
        let total = usize::try_from((files / 2).clamp(4, MOST)).unwrap_or(4);
        Self {
            total,
            an_address: total / 2,
        }
    }
}

/// The connections that are open, by address.
struct Places {
    bounds: Bounds,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// The place of one connection. It is free again when this is dropped.
struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    /// A place for a connection. None if its address, or all together, have as many as they may have.
    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut taken = self.taken.lock();
        let all: usize = taken.values().sum();
        let own = taken.get(&address).copied().unwrap_or_default();
        if all >= self.bounds.total || own >= self.bounds.an_address {
            return None;
        }
        taken.insert(address, own + 1);
        Some(Place {
            places: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

/// Serves connections until `stop` is done, and then for `grace` those that have a request under way.
pub(super) async fn serve_connections(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> io::Result<()> {
    let places = Arc::new(Places {
        bounds,
        taken: Mutex::default(),
    });
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if !of_the_visitor(&error) {
                    tokio::time::sleep(PAUSE).await;
                }
                continue;
            }
        };
        // Without a place the connection is closed here, by dropping it.
        let Some(place) = places.take(peer.ip()) else {
            continue;
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Whatever ends it is of the visitor: errors of the site are responses.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    // A browser that watches a run keeps its connection open, so the site does not wait for all connections to end.
    let _ = tokio::time::timeout(grace, graceful.shutdown()).await;
    Ok(())
}

/// Returns true if a connection ended before it was accepted.
fn of_the_visitor(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

/// Middleware that answers in the place of a request whose body does not arrive, or whose answer takes too long.
pub(super) async fn within_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(ANSWER, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let reason = "The request did not arrive, or the answer was not ready, in time.";
        respond::error_page(StatusCode::REQUEST_TIMEOUT, reason)
    })
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    #[test]
    fn half_of_the_files_are_left_to_others_and_half_of_the_places_to_other_addresses() {
        let of = |files| {
            let bounds = Bounds::of(files);
            (bounds.total, bounds.an_address)
        };
        assert_eq!((of(200), of(1 << 20), of(1)), ((100, 50), (1_024, 512), (4, 2)));
        assert!(Bounds::of_this_process().total >= 4);
    }

    #[test]
    fn a_place_is_free_again_when_its_connection_ends() {
        let bounds = Bounds {
            total: 3,
            an_address: 2,
        };
        let places = Arc::new(Places {
            bounds,
            taken: Mutex::default(),
        });
        let [one, two] = [[127, 0, 0, 1], [127, 0, 0, 2]].map(IpAddr::from);
        let first = places.take(one).unwrap();
        let _second = places.take(one).unwrap();
        assert!(places.take(one).is_none(), "the address has its share");
        let _third = places.take(two).unwrap();
        assert!(places.take(two).is_none(), "all are taken");
        drop(first);
        assert!(places.take(two).is_some());
        assert_eq!(places.taken.lock().len(), 2);
    }

    /// Connections that send half a request keep their places for a bounded time only, and others are served meanwhile.
    #[tokio::test(start_paused = true)]
    async fn half_a_request_is_not_waited_for_for_ever() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "here"));
        let bounds = Bounds {
            total: 8,
            an_address: 4,
        };
        let stop = std::future::pending();
        tokio::spawn(serve_connections(listener, router, bounds, stop, Duration::ZERO));
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").await.unwrap();
        let mut whole = TcpStream::connect(address).await.unwrap();
        whole
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        whole.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("here"), "{answer}");
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(2 * HEAD, half.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "half a request kept its place");
    }
}
