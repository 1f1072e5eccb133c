//! Errors of the API as `application/problem+json` (RFC 9457). The type is `about:blank`, so the status tells the kind.

use std::fmt::Display;
use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::AppError;
use crate::web::error::WebError;
use crate::web::work::{self, WorkError};
use crate::web::{server_error, text};

/// The reason why a request has no result.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    reasons: Vec<String>,
    wait: Option<Duration>,
    server_error: Option<String>,
}

/// The body of a problem (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemView {
    /// The kind of problem in words.
    title: &'static str,
    /// The status of the response.
    status: u16,
    /// The error, for a person.
    detail: String,
    /// Each of the reasons, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
}

impl Problem {
    /// The request cannot be parsed (status 400).
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, detail)
    }

    /// The request names something that does not exist (status 404).
    pub(super) fn unknown(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::NOT_FOUND, detail)
    }

    /// A problem with this status.
    pub(super) fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            reasons: Vec::new(),
            wait: None,
            server_error: None,
        }
    }

    /// With each single reason.
    pub(super) fn because(self, reasons: Vec<String>) -> Self {
        Self { reasons, ..self }
    }

    /// With a `Retry-After` header of this many seconds.
    pub(super) fn retry_after(self, wait: Duration) -> Self {
        Self {
            wait: Some(wait),
            ..self
        }
    }

    /// An error of the site. The response hides the reason, which may contain paths of files; the operator is notified.
    pub(super) fn internal(error: &dyn Display) -> Self {
        Self {
            server_error: Some(error.to_string()),
            ..Self::of(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be made")
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        WebError::from(error).into()
    }
}

impl From<WorkError> for Problem {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Busy => {
                Self::of(StatusCode::SERVICE_UNAVAILABLE, error.to_string()).retry_after(work::COME_AGAIN)
            }
            WorkError::Failed(error) => Self::internal(&error),
        }
    }
}

impl From<WebError> for Problem {
    fn from(error: WebError) -> Self {
        if let WebError::LargeRun(_) = &error {
            Self::of(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
        } else if error.is_of_request() {
            Self::unknown(error.to_string())
        } else {
            Self::internal(&error)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let view = ProblemView {
            title: self.status.canonical_reason().unwrap_or("problem"),
            status: self.status.as_u16(),
            detail: text::cleaned(&self.detail),
            reasons: self.reasons.iter().map(|reason| text::cleaned(reason)).collect(),
        };
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let wait = self
            .wait
            .map(|wait| [(header::RETRY_AFTER, wait.as_secs().to_string())]);
        let response = (self.status, kind, wait, Json(view)).into_response();
        match self.server_error {
            Some(error) => server_error::attach(response, &error),
            None => response,
        }
    }
}
