//! The errors of a transport: a provider that cannot be reached at all, and a call without an answer.

use std::time::Duration;

use crate::model::Redactor;

/// The reason why a provider cannot even be tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// A variable of our environment that a command needs is not there.
    #[error(
        "the environment variable `{name}`, which `{of}` of the command is taken from, is not set or is empty"
    )]
    Variable {
        /// The variable.
        name: String,
        /// The variable of the command that it is for.
        of: String,
    },
    /// The URL holds a user or a password, which would be shown wherever it is.
    #[error("the URL holds a credential")]
    UrlCredential,
    /// The URL has a fragment, which no request can carry.
    #[error("the URL has a fragment (`#…`), which is never sent: leave it out")]
    Fragment,
    /// The URL is not one.
    #[error("`{url}` is not an http or https URL")]
    Url {
        /// As it was given.
        url: String,
    },
    /// The credential holds a line break or another character that no header may hold.
    #[error("the value of the environment variable `{env}` cannot stand in a header")]
    Credential {
        /// The variable.
        env: String,
    },
    /// The credential's header has an impossible name.
    #[error("`{name}` is not the name of a header")]
    HeaderName {
        /// As it was given.
        name: String,
    },
    /// It is not on the public internet, and nothing else may be asked.
    #[error("`{target}` is not on the public internet, and only what is may be asked")]
    Private {
        /// The URL or the command.
        target: String,
    },
    /// There is no way to a token.
    #[error("{0}")]
    Token(String),
    /// The client could not be built, for example because this machine has no root certificates.
    #[error("cannot set up connections: {reason}")]
    Client {
        /// The message of the library.
        reason: String,
    },
}

/// The reason why there is no answer. The text says what is wrong, for someone who never saw the harness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection: refused, unknown host, TLS.
    #[error("could not connect: {0}")]
    Connect(String),
    /// 401 or 403 without an answer.
    #[error("the provider answered {0} (not authorised)")]
    Unauthorized(u16),
    /// The same, of a provider that says how it is asked.
    #[error("the provider answered {status} (not authorised): {advice}")]
    WantsLogin {
        /// The status.
        status: u16,
        /// What to do about it.
        advice: String,
    },
    /// 429 until patience ran out.
    #[error("the provider kept answering 429 (too many requests)")]
    RateLimited,
    /// 503 with Retry-After until patience ran out.
    #[error("the provider kept answering 503 (unavailable) with Retry-After")]
    Unavailable,
    /// 404 or 405 without an answer, or an unknown tool over MCP.
    #[error("the provider answered {0} for this tool")]
    NoSuchTool(String),
    /// A redirect, which is never followed.
    #[error("answered with a redirect ({status}) to {location}")]
    Redirect {
        /// The status.
        status: u16,
        /// The address it points to, or the text that stood there.
        location: String,
    },
    /// Any other status without an answer.
    #[error("answered with status {status} and {what}")]
    Status {
        /// The status.
        status: u16,
        /// The body in words.
        what: String,
    },
    /// The body is no JSON object with `ok`.
    #[error("answered with {0} instead of a JSON object with `ok`")]
    NotAnAnswer(String),
    /// The body is larger than the cap.
    #[error("answered with a body over {0} bytes")]
    TooLarge(usize),
    /// The body is nested deeper than the cap.
    #[error("answered with JSON nested deeper than {0} levels")]
    TooDeep(usize),
    /// No whole answer within the time limit.
    #[error("did not answer within {}", humane(.0))]
    TimedOut(Duration),
    /// The connection ended after the request was sent.
    #[error("closed the connection before the answer was complete: {0}")]
    Lost(String),
    /// The protocol around the answer is broken, for example a JSON-RPC error.
    #[error("broke the protocol: {0}")]
    Protocol(String),
    /// Nothing was asked, for this reason.
    #[error("{0}")]
    NotAsked(String),
    /// The dialect says that this cannot be asked through it. Nobody is to blame.
    #[error("{0}")]
    Gap(String),
    /// The provider answered what no rule of its dialect knows.
    #[error("answered what its dialect does not know: {0}")]
    Unmapped(String),
    /// A rule of the dialect says that the answer is wrong, in these words.
    #[error("answered wrongly: {0}")]
    Faulty(String),
    /// A step before the call went wrong, such as MCP's handshake or the start of a command; the call was never sent.
    #[error("was not ready for the call: {0}")]
    NotReady(Box<Self>),
}

fn humane(duration: &Duration) -> String {
    if duration.as_millis().is_multiple_of(1000) {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

/// The meaning of an error for the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The provider could not be asked: outcome `error`.
    NotAsked,
    /// The provider answered wrongly: outcome `fail`.
    Wrong,
    /// The tool is not there; what that means depends on what else is known of the provider.
    NoSuchTool,
    /// It cannot be asked through the provider's dialect: outcome `skip`.
    Gap,
}

impl TransportError {
    /// The error with every secret replaced in its words.
    #[must_use]
    pub fn redacted(self, redactor: &Redactor) -> Self {
        let redact = |text| redactor.redact(text);
        match self {
            Self::Connect(text) => Self::Connect(redact(text)),
            Self::WantsLogin { status, advice } => Self::WantsLogin {
                status,
                advice: redact(advice),
            },
            Self::NoSuchTool(text) => Self::NoSuchTool(redact(text)),
            Self::Redirect { status, location } => Self::Redirect {
                status,
                location: redact(location),
            },
            Self::Status { status, what } => Self::Status {
                status,
                what: redact(what),
            },
            Self::NotAnAnswer(text) => Self::NotAnAnswer(redact(text)),
            Self::Lost(text) => Self::Lost(redact(text)),
            Self::Protocol(text) => Self::Protocol(redact(text)),
            Self::NotAsked(text) => Self::NotAsked(redact(text)),
            Self::Gap(text) => Self::Gap(redact(text)),
            Self::Unmapped(text) => Self::Unmapped(redact(text)),
            Self::Faulty(text) => Self::Faulty(redact(text)),
            Self::NotReady(error) => Self::NotReady(Box::new(error.redacted(redactor))),
            without_text @ (Self::Unauthorized(_)
            | Self::RateLimited
            | Self::Unavailable
            | Self::TooLarge(_)
            | Self::TooDeep(_)
            | Self::TimedOut(_)) => without_text,
        }
    }

    /// The meaning of the error for the provider.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Connect(_)
            | Self::Unauthorized(_)
            | Self::WantsLogin { .. }
            | Self::RateLimited
            | Self::NotAsked(_) => ErrorKind::NotAsked,
            Self::NoSuchTool(_) => ErrorKind::NoSuchTool,
            Self::Gap(_) => ErrorKind::Gap,
            Self::NotReady(error) => error.kind(),
            Self::Unavailable
            | Self::Redirect { .. }
            | Self::Status { .. }
            | Self::NotAnAnswer(_)
            | Self::TooLarge(_)
            | Self::TooDeep(_)
            | Self::TimedOut(_)
            | Self::Lost(_)
            | Self::Unmapped(_)
            | Self::Faulty(_)
            | Self::Protocol(_) => ErrorKind::Wrong,
        }
    }

    /// Returns true if the provider was asked: it answered, if wrongly.
    pub fn was_asked(&self) -> bool {
        self.kind() == ErrorKind::Wrong
    }

    /// Returns true if the load that the provider was under may be all that is wrong: no answer in time, or a server, or one before it,
    /// that turned the call away.
    pub fn may_be_load(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::Lost(_) | Self::Connect(_) | Self::RateLimited | Self::Unavailable => {
                true
            }
            Self::Status { status, .. } => (502..=504).contains(status),
            Self::NotReady(error) => error.may_be_load(),
            _ => false,
        }
    }

    /// Returns true if the connection, or the server behind a gateway, broke off before the answer: somebody was there, and not merely slow.
    pub fn broke_off(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Status { status, .. } => *status == 502,
            Self::NotReady(error) => error.broke_off(),
            _ => false,
        }
    }

    /// Returns true if the request may have taken effect although there is no answer to it.
    pub fn may_have_acted(&self) -> bool {
        self.kind() == ErrorKind::Wrong
            && !matches!(
                self,
                Self::Unavailable | Self::Redirect { .. } | Self::NotReady(_)
            )
    }
}
