//! The reading of a body: as much as the cap allows and not a byte more.

use std::time::{Duration, Instant};

use reqwest::Response;

use super::head::Head;
use super::request_error;

/// The time after the listener's last event in which the end of a body is waited for, so that its connection can be used again.
const CLOSING: Duration = Duration::from_millis(10);

/// The number of bytes of a streamed body that are kept for people to read.
const KEPT_BYTES: usize = 64 * 1024;

/// The most bytes of a stream that are read for one answer, whatever stands in it.
const MOST_STREAMED: usize = 16 * 1024 * 1024;

/// Takes bodies piece by piece, those that are streams of messages.
pub(super) trait Listener: Send {
    /// Returns true if it takes the body below this head; others are read whole.
    fn takes(&mut self, head: &Head) -> bool;

    /// A piece of it. With an end, no more is read.
    fn piece(&mut self, bytes: &[u8]) -> Option<End>;
}

/// Reads every body whole.
#[derive(Clone, Copy)]
pub(super) struct WholeBodies;

impl Listener for WholeBodies {
    fn takes(&mut self, _: &Head) -> bool {
        false
    }

    fn piece(&mut self, _: &[u8]) -> Option<End> {
        None
    }
}

/// The part of a body that was received.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// The bytes that came, at most the cap.
    pub(super) bytes: Vec<u8>,
    /// The end of the body. `None` until it has ended.
    pub(super) end: Option<End>,
    /// The instant at which the listener had all that it wanted, where more of the body followed.
    pub(super) done: Option<Instant>,
}

/// The end of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// All of it came.
    Whole,
    /// There was more than the cap allows; the rest was not read.
    TooLarge,
    /// The connection ended before the body did, for this reason.
    Lost(String),
}

impl Received {
    /// Reads a body. What has come stays in `self` when the caller stops waiting.
    pub(super) async fn read(&mut self, response: &mut Response, cap: usize) {
        // A body that says it is too large need not be read to be believed.
        let announced = response
            .content_length()
            .and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > cap) {
            self.end = Some(End::TooLarge);
            return;
        }
        self.bytes.reserve_exact(announced.unwrap_or(0));
        self.end = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = cap.saturating_sub(self.bytes.len());
                    match chunk.get(..room) {
                        Some(start) if start.len() < chunk.len() => {
                            self.bytes.extend_from_slice(start);
                            break Some(End::TooLarge);
                        }
                        _ => self.bytes.extend_from_slice(&chunk),
                    }
                }
                Ok(None) => break Some(End::Whole),
                Err(error) => break Some(End::Lost(request_error::lost_body(&error, self.bytes.len()))),
            }
        };
    }

    /// Hands a body to a listener until it has what it wants. The start of the body is kept.
    pub(super) async fn listen(&mut self, response: &mut Response, listener: &mut dyn Listener) {
        let mut all = 0_usize;
        let end = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    all = all.saturating_add(chunk.len());
                    let room = KEPT_BYTES.saturating_sub(self.bytes.len());
                    self.bytes.extend(chunk.iter().take(room));
                    if let Some(end) = listener.piece(&chunk) {
                        break end;
                    }
                    if all > MOST_STREAMED {
                        break End::TooLarge;
                    }
                }
                Ok(None) => break End::Whole,
                Err(error) => break End::Lost(request_error::lost_body(&error, self.bytes.len())),
            }
        };
        let whole = end == End::Whole;
        self.end = Some(end);
        self.done = Some(Instant::now());
        if whole {
            // Servers end the stream with the answer. To leave before would cost the connection.
            let rest = async { while let Ok(Some(_)) = response.chunk().await {} };
            let _ = tokio::time::timeout(CLOSING, rest).await;
        }
    }
}
