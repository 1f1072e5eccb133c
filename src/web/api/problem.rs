//! What went wrong, as `application/problem+json`: RFC 9457, with `about:blank` as the type, so that the status says the kind.

use std::fmt::Display;
use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{AppError, Kind};
use crate::web::{trouble, words};

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    reasons: Vec<String>,
    wait: Option<Duration>,
    trouble: Option<String>,
}

/// A problem as it is sent, RFC 9457.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemView {
    /// The kind of problem in words.
    title: &'static str,
    /// The status of the response.
    status: u16,
    /// What is wrong, for a person.
    detail: String,
    /// Each of the reasons, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
}

impl Problem {
    /// The request makes no sense.
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, detail)
    }

    /// Something that was named is not there.
    pub(super) fn unknown(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::NOT_FOUND, detail)
    }

    /// Another kind.
    pub(super) fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            reasons: Vec::new(),
            wait: None,
            trouble: None,
        }
    }

    /// With everything that led to it.
    pub(super) fn because(self, reasons: Vec<String>) -> Self {
        Self { reasons, ..self }
    }

    /// Somebody asks too often.
    pub(super) fn too_many(wait: Duration) -> Self {
        Self {
            wait: Some(wait),
            ..Self::of(StatusCode::TOO_MANY_REQUESTS, "too many requests: wait a little")
        }
    }

    /// Its status.
    #[cfg(test)]
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The harness is at fault; why is told to whoever runs the site only, as paths of files may stand in it.
    pub(super) fn internal(why: &dyn Display) -> Self {
        Self {
            trouble: Some(why.to_string()),
            ..Self::of(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be made")
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error.kind() {
            Kind::Usage => Self::unknown(error.to_string()),
            Kind::Files | Kind::Record | Kind::Bug => Self::internal(&error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let view = ProblemView {
            title: self.status.canonical_reason().unwrap_or("problem"),
            status: self.status.as_u16(),
            detail: words::said(&self.detail),
            reasons: self.reasons.iter().map(|reason| words::said(reason)).collect(),
        };
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let wait = self
            .wait
            .map(|wait| [(header::RETRY_AFTER, wait.as_secs().to_string())]);
        let response = (self.status, kind, wait, Json(view)).into_response();
        match self.trouble {
            Some(trouble) => trouble::note(response, &trouble),
            None => response,
        }
    }
}
