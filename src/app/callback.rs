//! The place on this machine to which a browser comes back after a login. It takes one answer and is closed.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The path of the address.
const PATH: &str = "/callback";

/// The largest request that is read.
const LARGEST: usize = 32 * 1024;

/// The time in which a request must have come.
const REQUEST: Duration = Duration::from_secs(10);

/// The most connections at one time. Browsers open some that they never use.
const MOST: usize = 16;

/// The listener of one login.
#[derive(Debug)]
pub(super) struct CallbackListener {
    listener: TcpListener,
    port: u16,
}

/// A browser that waits for the page that ends its part.
pub(super) struct Visitor {
    stream: TcpStream,
    /// What stands behind `?`.
    pub(super) query: String,
}

impl CallbackListener {
    /// Listens on this machine alone. Port 0 takes any free one.
    pub(super) async fn bind(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// Its address, for the authorization server.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the browser. None where it did not come in time. Whatever asks for something else is turned away.
    pub(super) async fn visitor(self, limit: Duration) -> Option<Visitor> {
        let (came, mut coming) = mpsc::channel(1);
        let mut reading = JoinSet::new();
        let visit = async {
            loop {
                tokio::select! {
                    visitor = coming.recv() => return visitor,
                    connection = self.listener.accept(), if reading.len() < MOST => match connection {
                        Ok((stream, _)) => {
                            let came = came.clone();
                            reading.spawn(async move {
                                if let Ok(Some(visitor)) = timeout(REQUEST, received(stream)).await {
                                    let _ = came.send(visitor).await;
                                }
                            });
                        }
                        // Nothing is wrong with the next one.
                        Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                    },
                    Some(_) = reading.join_next() => {}
                }
            }
        };
        timeout(limit, visit).await.ok().flatten()
    }
}

/// The visitor on a connection; None for one that wants something else.
async fn received(mut stream: TcpStream) -> Option<Visitor> {
    let mut head = Vec::new();
    let mut piece = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut piece).await.ok()?;
        if read == 0 || head.len() + read > LARGEST {
            return None;
        }
        head.extend_from_slice(&piece[..read]);
    }
    let text = String::from_utf8_lossy(&head);
    let mut words = text.lines().next()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if method != "GET" || path != PATH {
        let _ = answer(&mut stream, "404 Not Found", "There is nothing here.").await;
        return None;
    }
    Some(Visitor {
        query: query.to_owned(),
        stream,
    })
}

impl Visitor {
    /// Tells the person how it ended, and ends the connection.
    pub(super) async fn told(mut self, is_good: bool) {
        let (status, text) = match is_good {
            true => ("200 OK", "Proofhouse has what it needs. This page can be closed."),
            false => (
                "400 Bad Request",
                "Proofhouse took nothing from this page. The terminal says why.",
            ),
        };
        let _ = timeout(REQUEST, answer(&mut self.stream, status, text)).await;
    }
}

async fn answer(stream: &mut TcpStream, status: &str, text: &str) -> std::io::Result<()> {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Proofhouse</title><p>{text}</p></html>"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn one_visitor_is_waited_for_and_everything_else_is_turned_away() {
        let listener = CallbackListener::bind(0).await.unwrap();
        let port = listener.port;
        assert_eq!(listener.address(), format!("http://127.0.0.1:{port}/callback"));
        let waiting = tokio::spawn(listener.visitor(Duration::from_secs(20)));
        let silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let icon = asked(port, "GET /favicon.ico HTTP/1.1\r\n\r\n").await;
        assert!(icon.starts_with("HTTP/1.1 404 "), "{icon}");
        let posted = asked(port, "POST /callback?code=1 HTTP/1.1\r\n\r\n").await;
        assert!(posted.starts_with("HTTP/1.1 404 "), "{posted}");
        let page = tokio::spawn(async move {
            asked(
                port,
                "GET /callback?code=1&state=2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            )
            .await
        });
        let visitor = waiting.await.unwrap().unwrap();
        assert_eq!(visitor.query, "code=1&state=2");
        assert!(
            TcpStream::connect(("127.0.0.1", port)).await.is_err(),
            "it is closed"
        );
        visitor.told(true).await;
        let page = page.await.unwrap();
        assert!(
            page.starts_with("HTTP/1.1 200 OK") && !page.contains("code"),
            "{page}"
        );
        drop(silent);
    }

    #[tokio::test]
    async fn the_wait_has_a_limit() {
        let listener = CallbackListener::bind(0).await.unwrap();
        assert!(listener.visitor(Duration::from_millis(50)).await.is_none());
    }
}
