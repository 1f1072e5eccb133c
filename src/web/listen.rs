//! Accepts connections within bounds, so that a visitor who asks slowly, or opens many connections, shuts nobody else out.
//!
//! It owns the connections and their number. It refuses to look into requests: they go to the router as they are.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use super::client::{Peer, TrustedProxies};
use super::places::{Places, network_of};
use super::respond;
use super::timed_stream::TimedStream;

/// The time for the head of a request to arrive, from the opening of the connection or the end of the response before.
const HEAD: Duration = Duration::from_secs(15);
/// The time from the head of a request to that of its response; the body of the request has to arrive within it.
const ANSWER: Duration = Duration::from_secs(60);
/// The largest head of a request in bytes, and the most that is read or written ahead.
const LARGEST_HEAD: usize = 32 * 1024;
/// The pause after a connection could not be accepted for a reason of ours, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);
/// The largest number of connections, however many files the process may open.
const MOST: u64 = 1_024;

/// The largest numbers of connections at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Of all visitors.
    pub(super) total: usize,
    /// Of one address, unless it is a trusted proxy's: whoever asks through that has so many requests instead.
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

/// Serves connections until `stop` is done, and then for `grace` those that have a request under way.
pub(super) async fn serve_connections(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    proxies: &TrustedProxies,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> io::Result<()> {
    let places = Places::new(bounds.total);
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
        let most = match proxies.trust(peer.ip()) {
            true => bounds.total,
            false => bounds.an_address,
        };
        let Some(place) = places.take(network_of(peer.ip()), most) else {
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            service.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(TimedStream::new(stream)), service);
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
        tokio::spawn(async move {
            let proxies = TrustedProxies::default();
            serve_connections(listener, router, bounds, &proxies, stop, Duration::ZERO).await
        });
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

    /// A site with one large page, which takes bodies of a bounded size.
    async fn site() -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route(
                "/",
                get(async || "here").post(async |body: String| body.len().to_string()),
            )
            .route("/large", get(async || vec![b'x'; 16 << 20]))
            .layer(axum::middleware::from_fn(within_time));
        let bounds = Bounds {
            total: 16,
            an_address: 8,
        };
        let stop = std::future::pending();
        tokio::spawn(async move {
            let proxies = TrustedProxies::default();
            serve_connections(listener, router, bounds, &proxies, stop, Duration::ZERO).await
        });
        address
    }

    /// What the site sends back for these bytes until it ends the connection.
    async fn told(address: std::net::SocketAddr, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The site may end the connection before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(300), stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "the connection was kept");
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn a_visitor_who_takes_nothing_of_a_large_page_loses_his_connection() {
        let address = site().await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        let mut first = [0; 1];
        slow.read_exact(&mut first).await.unwrap();
        tokio::time::sleep(Duration::from_secs(60)).await;
        let mut rest = Vec::new();
        let _ = slow.read_to_end(&mut rest).await;
        assert!(rest.len() < 16 << 20, "all of the page waited for him");
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_without_an_end_heads_without_measure_and_requests_ahead_of_answers_end_in_bounds() {
        let address = site().await;
        let answer = told(
            address,
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        let answer = told(
            address,
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\nhello",
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let endless = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            chunk.repeat(64)
        );
        let answer = told(address, endless.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 413") || answer.is_empty(),
            "{answer}"
        );
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(200_000));
        let answer = told(address, head.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 431") || answer.is_empty(),
            "{answer}"
        );
        let mut many = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500);
        many.push_str("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert_eq!(told(address, many.as_bytes()).await.matches("here").count(), 501);
    }
}
