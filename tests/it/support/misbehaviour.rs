//! What a server can do wrong, by name, so that a test of the transport and a test of a whole run mean the same.

use std::time::Duration;

use serde_json::{Value, json};

use super::servers::{Manners, Request, Response, Server};

/// One way to answer wrongly, or to make answering hard.
#[derive(Debug, Clone)]
pub(crate) enum Misbehaviour {
    /// Takes the request and never answers.
    Hangs,
    /// Sends the head and then a byte now and then.
    Drips,
    /// An HTML page with status 200.
    Html,
    /// Nothing, with status 200.
    Empty,
    /// A JSON array.
    Array,
    /// An object without `ok`.
    WithoutOk,
    /// An object that ends too early, with the `Content-Length` of what there is.
    TruncatedJson,
    /// A body shorter than its `Content-Length`.
    ShortBody,
    /// A chunked body that ends before its last chunk.
    BrokenChunks,
    /// A body that is reset halfway.
    ResetMidBody,
    /// A body of 64 MiB that says so.
    Huge,
    /// A body of 64 MiB that ends with the connection and does not say how long it is.
    HugeUnannounced,
    /// A chunked body without an end.
    Endless,
    /// An answer nested a hundred levels deep.
    Deep,
    /// A redirect.
    Redirects(String),
    /// This status with an answer.
    StatusWithAnswer(u16),
    /// This status with an HTML page.
    StatusWithHtml(u16),
    /// This status so often, with this `Retry-After`, and then an answer.
    Impatient {
        status: u16,
        retry_after: Option<&'static str>,
        times: usize,
    },
    /// Closes the connection when it has the request.
    ClosesAfterRequest,
    /// Answers, and closes without having said so.
    ClosesSilently,
    /// Something that is not HTTP.
    Gibberish,
}

/// A correct answer, by the little that the transport knows.
pub(crate) fn good() -> Value {
    json!({ "ok": true, "booking_id": "b-1" })
}

const MIB: usize = 1024 * 1024;
const HTML: &str = "<!DOCTYPE html><html><body>Welcome</body></html>";

impl Misbehaviour {
    /// What it answers.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        let json = "application/json";
        let head =
            |rest: &str| format!("HTTP/1.1 200 OK\r\nContent-Type: {json}\r\n{rest}\r\n\r\n").into_bytes();
        let cut = |rest: &str, body: &str| [head(rest), body.as_bytes().to_vec()].concat();
        match self {
            Self::Hangs => Response::Hang(Vec::new()),
            Self::Drips => Response::Drip(head("Content-Length: 100000"), Duration::from_millis(20)),
            Self::Html => Response::text(200, "text/html", HTML),
            Self::Empty => Response::text(200, json, ""),
            Self::Array => Response::Json(200, json!([good()])),
            Self::WithoutOk => Response::Json(200, json!({ "booking_id": "b-1" })),
            Self::TruncatedJson => Response::text(200, json, r#"{"ok":true,"booking_"#),
            Self::ShortBody => Response::Raw(cut("Content-Length: 500", r#"{"ok":true}"#)),
            Self::BrokenChunks => Response::Raw(cut("Transfer-Encoding: chunked", "b\r\n{\"ok\":true}\r\n")),
            Self::ResetMidBody => Response::Reset(cut("Content-Length: 500", r#"{"ok":true"#)),
            Self::Huge => Response::Flood {
                head: head(&format!("Content-Length: {}", 64 * MIB)),
                chunk: vec![b' '; MIB],
                times: Some(64),
            },
            Self::HugeUnannounced => Response::Last(Box::new(Response::Flood {
                head: head("Connection: close"),
                chunk: vec![b' '; MIB],
                times: Some(64),
            })),
            Self::Endless => Response::Flood {
                head: head("Transfer-Encoding: chunked"),
                chunk: [b"4000\r\n".as_slice(), &[b' '; 0x4000], b"\r\n"].concat(),
                times: None,
            },
            Self::Deep => Response::text(
                200,
                json,
                format!("{{\"ok\":true,\"x\":{}{}}}", "[".repeat(99), "]".repeat(99)),
            ),
            Self::Redirects(to) => Response::text(302, json, "").with("Location", to),
            Self::StatusWithAnswer(status) => {
                Response::Json(*status, json!({ "ok": false, "error": "invalid_input" }))
            }
            Self::StatusWithHtml(status) => Response::text(*status, "text/html", HTML),
            Self::Impatient {
                status,
                retry_after,
                times,
            } if request.number <= *times => {
                let response = Response::text(*status, "text/plain", "slow down");
                match retry_after {
                    Some(value) => response.with("Retry-After", *value),
                    None => response,
                }
            }
            Self::Impatient { .. } => Response::Json(200, good()),
            Self::ClosesAfterRequest => Response::close(),
            Self::ClosesSilently => Response::Last(Box::new(Response::Json(200, good()))),
            Self::Gibberish => Response::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        }
    }

    /// A server that does it at every request.
    pub(crate) fn serve(self) -> Server {
        Server::start(move |request| self.answer(request))
    }
}

/// A server that behaves.
pub(crate) fn well_behaved() -> Server {
    Server::start(|_| Response::Json(200, good()))
}

/// A server that closes connections which were idle for so long, without a word.
pub(crate) fn closing_idle(idle: Duration) -> Server {
    Server::with_manners(
        Manners {
            idle: Some(idle),
            greeting: None,
        },
        |_| Response::Json(200, good()),
    )
}

/// A server that accepts connections only to close them.
pub(crate) fn hanging_up() -> Server {
    greeting(b"")
}

/// A server that speaks first, says this, and closes the connection: no TLS, for whoever expects some.
pub(crate) fn greeting(words: &'static [u8]) -> Server {
    Server::with_manners(
        Manners {
            idle: None,
            greeting: Some(words),
        },
        |_| Response::Json(200, good()),
    )
}
