//! The reasons why there is no token.

use crate::model::{Redactor, one_line};

/// The most characters of a text of a server that are shown.
const LONGEST: usize = 300;

/// The reason why an authorization server gives no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OauthError {
    /// An address to which nothing may be sent.
    #[error("the {what} `{url}` is neither https nor on this machine")]
    Insecure {
        /// What the address is of.
        what: &'static str,
        /// The address.
        url: String,
    },
    /// An address of this machine, named by a server that is elsewhere.
    #[error("the {what} `{url}` is on this machine, and the server that names it is not")]
    Inside {
        /// What the address is of.
        what: &'static str,
        /// The address.
        url: String,
    },
    /// There was no answer that could be read.
    #[error("the {what} at {url} {reason}")]
    Unreadable {
        /// What was asked for.
        what: &'static str,
        /// The address.
        url: String,
        /// What came instead.
        reason: String,
    },
    /// A document says what cannot be.
    #[error("the {what} at {url} {reason}")]
    Wrong {
        /// The document.
        what: &'static str,
        /// The address.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The authorization server refuses, by a code of its protocol.
    #[error("the authorization server refuses {what}: {code}{}", told(.description.as_deref()))]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// Its code.
        code: String,
        /// Its words.
        description: Option<String>,
    },
    /// Nothing names an authorization server.
    #[error("{url} names no authorization server: {reason}")]
    Undiscovered {
        /// The server whose tokens are wanted.
        url: String,
        /// What was looked for.
        reason: String,
    },
    /// The authorization server cannot do what is needed.
    #[error("the authorization server {issuer} {reason}")]
    Unfit {
        /// The authorization server.
        issuer: String,
        /// What it lacks.
        reason: String,
    },
    /// The private key cannot sign.
    #[error("the private key {0}")]
    Key(String),
    /// What came back to the callback is not what was waited for.
    #[error("{0}")]
    Callback(String),
    /// The server gives what it has to anybody.
    #[error("it asks nobody for a token: {0}")]
    Ungated(String),
    /// Something else on our own side.
    #[error("{0}")]
    Own(String),
}

fn told(description: Option<&str>) -> String {
    description.map_or_else(String::new, |text| format!(" ({text})"))
}

impl OauthError {
    /// A refusal, with the words of the server on one line.
    pub(super) fn refused(what: &'static str, code: &str, description: Option<&str>) -> Self {
        Self::Refused {
            what,
            code: one_line(code, 80),
            description: description.map(|text| one_line(text, LONGEST)),
        }
    }

    pub(super) fn wrong(what: &'static str, url: &reqwest::Url, reason: impl Into<String>) -> Self {
        Self::Wrong {
            what,
            url: url.to_string(),
            reason: one_line(&reason.into(), LONGEST),
        }
    }

    pub(super) fn unreadable(what: &'static str, url: &reqwest::Url, reason: impl Into<String>) -> Self {
        Self::Unreadable {
            what,
            url: url.to_string(),
            reason: one_line(&reason.into(), LONGEST),
        }
    }

    /// The words of the error without a secret.
    pub fn told(&self, redactor: &Redactor) -> String {
        redactor.redact(self.to_string())
    }

    /// Returns true if the server needs no token, so that nothing guards it.
    pub fn asks_nobody(&self) -> bool {
        matches!(self, Self::Ungated(_))
    }

    /// Returns true if the server says that what was shown to get a token is worth nothing any more.
    pub fn is_invalid_grant(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "invalid_grant")
    }
}
