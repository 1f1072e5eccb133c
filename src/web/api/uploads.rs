//! Runs that publishers send. Who may is known by a token; how often is limited, also for those who only guess tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State as Given};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asked::answer;
use super::problem::Problem;
use crate::app::{ReceiveError, Receiver, Tokens};
use crate::model::{Clock, RunId, SystemClock, Verdict};
use crate::publish::TokenRecord;
use crate::web::State;

/// How many requests a token may make in a minute.
const REQUESTS: f64 = 300.0;
/// How many requests with wrong tokens are answered in a minute, over all who make them.
const GUESSES: f64 = 60.0;
/// The largest request: a piece as JSON.
pub(super) const LARGEST_PIECE: usize = 2 * 1024 * 1024;

/// What a registry needs to take runs.
pub struct Receiving {
    tokens: Tokens,
    receiver: Receiver,
    spent: Mutex<HashMap<String, Bucket>>,
}

/// What is left of a minute's requests.
struct Bucket {
    left: f64,
    at: Instant,
}

impl Receiving {
    /// Takes runs of those who have a token.
    pub fn new(tokens: Tokens, receiver: Receiver) -> Self {
        Self {
            tokens,
            receiver,
            spent: Mutex::default(),
        }
    }

    /// Whose request it is.
    fn admit(&self, bearer: Option<&str>) -> Result<TokenRecord, Problem> {
        let unauthorized = || Problem::of(StatusCode::UNAUTHORIZED, "a publisher's token is needed");
        let token = match bearer {
            Some(text) => self.tokens.find(text)?,
            None => None,
        };
        match token {
            Some(token) => self.spend(&token.id, REQUESTS).map(|()| token),
            None => self.spend("", GUESSES).and_then(|()| Err(unauthorized())),
        }
    }

    fn spend(&self, whose: &str, per_minute: f64) -> Result<(), Problem> {
        let now = Instant::now();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = spent.entry(whose.to_owned()).or_insert(Bucket {
            left: per_minute,
            at: now,
        });
        let back = now.duration_since(bucket.at).as_secs_f64() / 60.0 * per_minute;
        bucket.left = (bucket.left + back).min(per_minute);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Problem::too_many(Duration::from_secs(1)));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

/// How much of a run is here.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Upload {
    /// How many bytes of its record wait for the rest; the next piece begins there.
    bytes: u64,
    /// Whether the whole run is kept.
    kept: bool,
}

/// A piece of a run's record: its events as lines of JSON, in order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Piece {
    /// At which byte of the record it begins.
    offset: u64,
    /// The text. It may end anywhere between two characters.
    piece: String,
}

/// The end of a record.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Whole {
    /// SHA-256 of the whole record, in hex.
    digest: String,
}

/// A run that was taken.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TakenRun {
    /// The run.
    run: String,
    /// What it says, as the registry has judged it.
    verdict: Verdict,
    /// Whether it was kept before.
    known: bool,
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        let words = error.to_string();
        match error {
            ReceiveError::Offset { .. } | ReceiveError::Conflict => Self::of(StatusCode::CONFLICT, words),
            ReceiveError::TooMuch(_) => Self::of(StatusCode::PAYLOAD_TOO_LARGE, words),
            ReceiveError::Malformed(_) => Self::malformed(words),
            ReceiveError::Refused(refusals) => Self::of(StatusCode::UNPROCESSABLE_ENTITY, words)
                .because(refusals.iter().map(ToString::to_string).collect()),
            ReceiveError::App(error) => Self::internal(&error),
        }
    }
}

/// Does something for the publisher of a request, where waiting for disks is allowed.
async fn publisher<T: Serialize + 'static>(
    state: State,
    headers: &HeaderMap,
    run: String,
    act: impl FnOnce(&State, &Receiver, &TokenRecord, &RunId) -> Result<T, Problem> + Send + 'static,
) -> Response {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|token| token.trim().to_owned());
    answer(state, move |state| {
        let Some(receiving) = state.receiving.as_ref().map(Arc::clone) else {
            return Err(Problem::unknown("this registry takes no runs"));
        };
        let token = receiving.admit(bearer.as_deref())?;
        let run: RunId = run
            .parse()
            .map_err(|_| Problem::malformed("the id of a run is expected"))?;
        act(state, &receiving.receiver, &token, &run)
    })
    .await
}

fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    body.map(|Json(body)| body)
        .map_err(|rejection| Problem::of(rejection.status(), rejection.body_text()))
}

pub(super) async fn show(
    Given(state): Given<State>,
    Path(run): Path<String>,
    headers: HeaderMap,
) -> Response {
    publisher(state, &headers, run, |_, receiver, token, run| {
        let received = receiver.received(token, run)?;
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
    headers: HeaderMap,
    piece: Result<Json<Piece>, JsonRejection>,
) -> Response {
    publisher(state, &headers, run, |_, receiver, token, run| {
        let piece = body(piece)?;
        let bytes = receiver.add(token, run, piece.offset, piece.piece.as_bytes())?;
        Ok(Upload { bytes, kept: false })
    })
    .await
}

pub(super) async fn finish(
    Given(state): Given<State>,
    Path(run): Path<String>,
    headers: HeaderMap,
    whole: Result<Json<Whole>, JsonRejection>,
) -> Response {
    publisher(state, &headers, run, |state, receiver, token, run| {
        let whole = body(whole)?;
        let taken = receiver.finish(&state.bundle, token, run, &whole.digest, SystemClock.now())?;
        Ok(TakenRun {
            run: run.to_string(),
            verdict: taken.verdict,
            known: taken.known,
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::History;

    #[test]
    fn whoever_asks_too_often_is_told_to_wait() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::open(folder.path()).unwrap();
        let (_, text) = tokens
            .make("Bookio", &["bookio:*".to_owned()], SystemClock.now())
            .unwrap();
        let history = History::open(folder.path()).unwrap();
        let receiving = Receiving::new(tokens, Receiver::new(folder.path(), history));
        let guesses = |count: usize| {
            (0..count)
                .map(|_| receiving.admit(Some("phk_guess")).unwrap_err().status())
                .filter(|status| *status == StatusCode::TOO_MANY_REQUESTS)
                .count()
        };
        assert_eq!(guesses(50), 0);
        assert!(guesses(50) > 0);
        assert!(receiving.admit(Some(&text)).is_ok());
    }
}
