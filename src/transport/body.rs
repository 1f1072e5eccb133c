//! The reading of a body: as much as the cap allows and not a byte more.

use reqwest::Response;

use super::wire;

/// What was received of a body.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// The bytes that came, at most the cap.
    pub(super) bytes: Vec<u8>,
    /// How it ended. `None` until it has.
    pub(super) end: Option<End>,
}

/// How a body ended.
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
                Ok(Some(chunk)) if self.bytes.len() + chunk.len() > cap => {
                    self.bytes.extend_from_slice(&chunk[..cap - self.bytes.len()]);
                    break Some(End::TooLarge);
                }
                Ok(Some(chunk)) => self.bytes.extend_from_slice(&chunk),
                Ok(None) => break Some(End::Whole),
                Err(error) => break Some(End::Lost(wire::lost_body(&error, self.bytes.len()))),
            }
        };
    }
}
