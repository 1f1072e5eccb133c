//! Uploads of runs by publishers: pieces of the record first, then the end.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, Path, State as Given};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::respond::json_of;
use crate::app::UploadError;
use crate::model::{Clock, RunId, SystemClock, Verdict};
use crate::publish::{TokenRecord, until_tomorrow};
use crate::web::State;
use crate::web::upload_service::{AdmissionError, UploadService};
use crate::web::work::{self, Work};

/// The largest request: a piece as JSON.
pub(super) const LARGEST_PIECE: usize = 2 * 1024 * 1024;

/// The state of an upload.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Upload {
    /// The number of bytes received so far. The next piece begins at this offset.
    bytes: u64,
    /// True if the whole run is stored.
    kept: bool,
}

/// A piece of a run's record: its events as lines of JSON, in order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Piece {
    /// The byte of the record at which it begins.
    offset: u64,
    /// The text. It may end between any two characters, also in the middle of a line.
    piece: String,
}

/// The end of a record.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Whole {
    /// SHA-256 of the whole record, in hex.
    digest: String,
}

/// A run that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TakenRun {
    /// The run.
    run: String,
    /// The verdict, as judged by the registry.
    verdict: Verdict,
    /// True if the run was stored before.
    known: bool,
}

impl From<AdmissionError> for Problem {
    fn from(error: AdmissionError) -> Self {
        match error {
            AdmissionError::NoToken | AdmissionError::Expired(_) => {
                Self::of(StatusCode::UNAUTHORIZED, error.to_string())
            }
            AdmissionError::TooManyRequests(wait) => {
                Self::of(StatusCode::TOO_MANY_REQUESTS, error.to_string()).retry_after(wait)
            }
            AdmissionError::App(error) => error.into(),
        }
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let words = error.to_string();
        match error {
            UploadError::Offset { .. } | UploadError::Conflict => Self::of(StatusCode::CONFLICT, words),
            UploadError::TooMuch(_) => Self::of(StatusCode::PAYLOAD_TOO_LARGE, words),
            UploadError::Malformed(_) => Self::malformed(words),
            UploadError::Refused(refusals) => Self::of(StatusCode::UNPROCESSABLE_ENTITY, words)
                .because(refusals.iter().map(ToString::to_string).collect()),
            UploadError::App(error) => Self::internal(&error),
        }
    }
}

/// The publisher of a request, admitted by the token before anything of the body is read.
pub(super) struct Publisher {
    service: Arc<UploadService>,
    token: TokenRecord,
}

impl FromRequestParts<State> for Publisher {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        let bearer = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(|token| token.trim().to_owned());
        let Some(service) = state.uploads.as_ref().map(Arc::clone) else {
            return Err(Problem::unknown("this registry takes no runs").into_response());
        };
        let admitted = work::run(Work::Page, move || {
            let token = service.admit(bearer.as_deref())?;
            Ok::<_, AdmissionError>(Self { service, token })
        });
        match admitted.await {
            Ok(Ok(publisher)) => Ok(publisher),
            Ok(Err(error)) => Err(Problem::from(error).into_response()),
            Err(error) => Err(Problem::from(error).into_response()),
        }
    }
}

/// Refuses what goes beyond the quotas of a token: with so many `bytes` more, or with another run.
fn within_quota(service: &UploadService, token: &TokenRecord, bytes: usize) -> Result<(), Problem> {
    let now = SystemClock.now();
    match service.tokens().exceeded(token, bytes as u64, now)? {
        None => Ok(()),
        Some(exceeded) => {
            Err(Problem::of(StatusCode::TOO_MANY_REQUESTS, exceeded.to_string())
                .retry_after(until_tomorrow(now)))
        }
    }
}

/// Acts for a publisher. `act` may wait for the disk.
async fn for_publisher<T: Serialize + 'static>(
    state: State,
    publisher: Publisher,
    run: String,
    act: impl FnOnce(&State, &UploadService, &TokenRecord, &RunId) -> Result<T, Problem> + Send + 'static,
) -> Response {
    json_of(Work::Upload, state, move |state| {
        let run: RunId = run
            .parse()
            .map_err(|_| Problem::malformed("the id of a run is expected"))?;
        act(state, &publisher.service, &publisher.token, &run)
    })
    .await
}

/// The body of a request, or the problem with it.
fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    body.map(|Json(body)| body)
        .map_err(|rejection| Problem::of(rejection.status(), rejection.body_text()))
}

pub(super) async fn show(
    Given(state): Given<State>,
    Path(run): Path<String>,
    publisher: Publisher,
) -> Response {
    for_publisher(state, publisher, run, |_, service, token, run| {
        let received = service.receiver().received(token, run)?;
        Ok(Upload {
            bytes: received.bytes,
            kept: received.kept,
        })
    })
    .await
}

pub(super) async fn add(
    Given(state): Given<State>,
    Path(run): Path<String>,
    publisher: Publisher,
    piece: Result<Json<Piece>, JsonRejection>,
) -> Response {
    for_publisher(state, publisher, run, |_, service, token, run| {
        let piece = body(piece)?;
        within_quota(service, token, piece.piece.len())?;
        let receiver = service.receiver();
        let bytes = receiver.add(token, run, piece.offset, &piece.piece, SystemClock.now())?;
        service
            .tokens()
            .count(token, 0, piece.piece.len() as u64, SystemClock.now())?;
        Ok(Upload { bytes, kept: false })
    })
    .await
}

pub(super) async fn finish(
    Given(state): Given<State>,
    Path(run): Path<String>,
    publisher: Publisher,
    whole: Result<Json<Whole>, JsonRejection>,
) -> Response {
    for_publisher(state, publisher, run, |state, service, token, run| {
        let whole = body(whole)?;
        let (receiver, now) = (service.receiver(), SystemClock.now());
        if !receiver.received(token, run)?.kept {
            within_quota(service, token, 0)?;
        }
        let taken = receiver.finish(&state.bundle, token, run, &whole.digest, now)?;
        if !taken.known {
            service.tokens().count(token, 1, 0, now)?;
        }
        Ok(TakenRun {
            run: run.to_string(),
            verdict: taken.verdict,
            known: taken.known,
        })
    })
    .await
}
