//! Files that a server gives to everybody, read as they are: bytes, whatever they mean.

use std::time::Duration;

use super::error::TransportError;
use super::parse_answer::whole;
use super::raw::RawHttp;

/// What is asked for: any kind of content.
pub(super) const ACCEPT: &str = "*/*";

/// The files below a URL.
pub struct Files(RawHttp);

impl Files {
    pub(super) fn new(below: RawHttp) -> Self {
        Self(below)
    }

    /// The bytes of a file, whose path is added to the URL.
    ///
    /// # Errors
    ///
    /// The server cannot be asked, or does not answer with the file.
    pub async fn read(&self, path: &str, limit: Duration) -> Result<Vec<u8>, TransportError> {
        let (sent, limit) = self.0.once("GET", path, &[], None, limit).await?;
        let head = sent.last.head?;
        if let Some(error) = head.out_of_patience() {
            return Err(error);
        }
        let bytes = whole(&sent.last.body, self.0.limits(), limit)?;
        if head.status == reqwest::StatusCode::OK {
            return Ok(bytes.to_vec());
        }
        Err(TransportError::Status {
            status: head.status.as_u16(),
            what: format!("no file `{path}`"),
        })
    }
}
