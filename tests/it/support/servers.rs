//! Small HTTP servers over raw TCP, which can do everything that a real server must not, and count what reaches them.
//!
//! Each runs on a thread of its own, so that a test may be asynchronous, blocking, or about another process.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The how-manieth request of this server it is, from 1.
    pub(crate) number: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The tool that is called: the last part of the path.
    pub(crate) fn tool(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Bytes that are handed over to a response that is under way.
pub(crate) type Handed = Arc<tokio::sync::Mutex<UnboundedReceiver<Vec<u8>>>>;

/// What a server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Response {
    /// A whole answer; the connection stays open.
    Json(u16, Value),
    /// A whole answer with these headers, `Content-Length` added; the connection stays open.
    Full {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// These bytes, then the connection closes.
    Raw(Vec<u8>),
    /// These bytes, then nothing, the connection stays open.
    Hang(Vec<u8>),
    /// These bytes, then one more at each interval, for ever.
    Drip(Vec<u8>, Duration),
    /// These bytes, then a chunk again and again: so often, or for ever.
    Flood {
        head: Vec<u8>,
        chunk: Vec<u8>,
        times: Option<usize>,
    },
    /// These bytes, then the connection is reset.
    Reset(Vec<u8>),
    /// These bytes, then whatever is handed over, as it is.
    Follow(Vec<u8>, Handed),
    /// The answer, then the connection closes although the answer did not say so.
    Last(Box<Self>),
    /// The answer, but only after so long.
    Late(Duration, Box<Self>),
}

impl Response {
    /// A text of some kind.
    pub(crate) fn text(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Full {
            status,
            headers: vec![("Content-Type", kind.to_owned())],
            body: body.into(),
        }
    }

    /// The closing of the connection without a word.
    pub(crate) fn close() -> Self {
        Self::Raw(Vec::new())
    }

    /// Adds a header to a whole answer.
    pub(crate) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Json(status, value_of) => {
                Self::text(status, "application/json", value_of.to_string()).with(name, value)
            }
            Self::Full {
                status,
                mut headers,
                body,
            } => {
                headers.push((name, value.into()));
                Self::Full {
                    status,
                    headers,
                    body,
                }
            }
            other => panic!("{other:?} has no headers"),
        }
    }
}

/// How a server treats its connections.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manners {
    /// Closes a connection that has been idle for so long.
    pub(crate) idle: Option<Duration>,
    /// Sends these bytes as soon as a connection is accepted, and closes it without a look at the request.
    pub(crate) greeting: Option<&'static [u8]>,
}

#[derive(Default)]
struct Counts {
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    bytes_sent: AtomicUsize,
}

type Handler = dyn Fn(&Request) -> Response + Send + Sync;

/// A running server; it ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    counts: Arc<Counts>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers as `handler` says.
    pub(crate) fn start(handler: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        Self::with_manners(Manners::default(), handler)
    }

    /// Starts a server that treats its connections so.
    pub(crate) fn with_manners(
        manners: Manners,
        handler: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let (end, ended) = oneshot::channel();
        let handler: Arc<Handler> = Arc::new(handler);
        let shared = Arc::clone(&counts);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = accept(listener, manners, handler, shared) => {}
                    _ = ended => {}
                }
            });
        });
        Self {
            address,
            counts,
            end: Some(end),
            thread: Some(thread),
        }
    }

    /// The base URL, without a trailing slash.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.counts.requests.lock().unwrap().clone()
    }

    /// How many requests came so far.
    pub(crate) fn count(&self) -> usize {
        self.counts.requests.lock().unwrap().len()
    }

    /// How many connections were accepted so far.
    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }

    /// How many bytes the other side took so far.
    pub(crate) fn bytes_sent(&self) -> usize {
        self.counts.bytes_sent.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A URL where nobody listens.
pub(crate) fn dead_url() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

async fn accept(listener: TcpListener, manners: Manners, handler: Arc<Handler>, counts: Arc<Counts>) {
    while let Ok((stream, _)) = listener.accept().await {
        counts.connections.fetch_add(1, Ordering::SeqCst);
        let _ = stream.set_nodelay(true);
        let (handler, counts) = (Arc::clone(&handler), Arc::clone(&counts));
        tokio::spawn(async move {
            let mut connection = Connection {
                stream,
                buffer: Vec::new(),
                counts,
            };
            if let Some(greeting) = manners.greeting {
                connection.send(greeting).await;
                return;
            }
            while connection.turn(manners, &*handler).await.is_some() {}
        });
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    counts: Arc<Counts>,
}

impl Connection {
    /// One request and its answer; `None` when the connection is to close.
    async fn turn(&mut self, manners: Manners, handler: &Handler) -> Option<()> {
        let request = match manners.idle {
            Some(idle) => tokio::time::timeout(idle, self.request()).await.ok()??,
            None => self.request().await?,
        };
        let response = handler(&request);
        self.answer(response).await
    }

    async fn request(&mut self) -> Option<Request> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let mut lines = head.lines();
        let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .map_or(0, |(_, value)| value.parse().unwrap());
        let whole = end + 4 + length;
        while self.buffer.len() < whole {
            self.more().await?;
        }
        let body = self.buffer[end + 4..whole].to_vec();
        self.buffer.drain(..whole);
        let mut requests = self.counts.requests.lock().unwrap();
        let request = Request {
            method: first.next().unwrap_or_default(),
            path: first.next().unwrap_or_default(),
            headers,
            body,
            number: requests.len() + 1,
        };
        requests.push(request.clone());
        Some(request)
    }

    async fn more(&mut self) -> Option<()> {
        let read = self.stream.read_buf(&mut self.buffer).await.ok()?;
        (read > 0).then_some(())
    }

    async fn answer(&mut self, response: Response) -> Option<()> {
        match response {
            Response::Json(status, value) => {
                self.send(&full(
                    status,
                    &[("Content-Type", "application/json".to_owned())],
                    value.to_string(),
                ))
                .await
            }
            Response::Full {
                status,
                headers,
                body,
            } => self.send(&full(status, &headers, body)).await,
            Response::Raw(bytes) => {
                self.send(&bytes).await?;
                let _ = self.stream.shutdown().await;
                None
            }
            Response::Hang(bytes) => {
                self.send(&bytes).await?;
                self.until_gone().await
            }
            Response::Drip(bytes, every) => {
                self.send(&bytes).await?;
                loop {
                    tokio::time::sleep(every).await;
                    self.send(b" ").await?;
                }
            }
            Response::Flood { head, chunk, times } => {
                self.send(&head).await?;
                let mut left = times;
                while left != Some(0) {
                    self.send(&chunk).await?;
                    left = left.map(|left| left - 1);
                }
                Some(())
            }
            Response::Reset(bytes) => {
                self.send(&bytes).await?;
                // Time for the bytes to be read: a reset discards what is still under way.
                tokio::time::sleep(Duration::from_millis(50)).await;
                let _ = self.stream.set_zero_linger();
                None
            }
            Response::Late(wait, response) => {
                tokio::time::sleep(wait).await;
                Box::pin(self.answer(*response)).await
            }
            Response::Follow(bytes, handed) => {
                self.send(&bytes).await?;
                let mut handed = handed.lock().await;
                while let Some(bytes) = handed.recv().await {
                    self.send(&bytes).await?;
                }
                None
            }
            Response::Last(response) => {
                Box::pin(self.answer(*response)).await?;
                None
            }
        }
    }

    /// Waits until the other side gives up.
    async fn until_gone(&mut self) -> Option<()> {
        while self.more().await.is_some() {}
        None
    }

    async fn send(&mut self, bytes: &[u8]) -> Option<()> {
        // In pieces, so that what is counted has really been taken.
        for piece in bytes.chunks(16 * 1024) {
            self.stream.write_all(piece).await.ok()?;
            self.counts.bytes_sent.fetch_add(piece.len(), Ordering::SeqCst);
        }
        Some(())
    }
}

fn full(status: u16, headers: &[(&'static str, String)], body: impl Into<Vec<u8>>) -> Vec<u8> {
    let body = body.into();
    let mut bytes = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    bytes
}
