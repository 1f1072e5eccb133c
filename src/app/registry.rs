//! The client of another registry: publishes runs there, and asks its gate.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::gate::{GateRequest, GateView};
use super::{AppError, History};
use crate::event;
use crate::model::{AuthSource, Endpoint, RunId, encoded, hex};
use crate::transport::{Auth, Body, Limits, Pool, Raw, Request, Way, is_confidential};

/// The environment variable with the token of a publisher.
pub const TOKEN_VARIABLE: &str = "PROOFHOUSE_TOKEN";

/// The time limit of one request.
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// The number of bytes of a record that are sent in one request.
const PIECE: usize = 512 * 1024;
/// The number of retries of a request whose response was lost.
const TRIES: usize = 4;

/// The answer of a registry to a published run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The run.
    pub run: RunId,
    /// True if the registry had it before.
    pub known: bool,
}

/// A registry at a URL.
pub struct RemoteRegistry {
    raw: Arc<dyn Raw>,
    url: String,
}

impl RemoteRegistry {
    /// The registry at a base URL. `environment` looks up the token, if `publishing` is true.
    ///
    /// # Errors
    ///
    /// The URL is invalid, the token is missing, or it would be sent where others may read it.
    pub fn at(
        url: &str,
        publishing: bool,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, AppError> {
        if publishing && !is_confidential(url) {
            return Err(AppError::OpenChannel { url: url.to_owned() });
        }
        let limits = Limits {
            call: CALL_LIMIT,
            ..Limits::default()
        };
        let pool = Pool::new(limits, concat!("proofhouse/", env!("CARGO_PKG_VERSION")))?;
        let source = AuthSource::Bearer {
            env: TOKEN_VARIABLE.to_owned(),
        };
        let auth = publishing
            .then(|| Auth::resolve(&source, environment))
            .transpose()
            .map_err(AppError::MissingToken)?;
        let endpoint = Endpoint::Http { url: url.to_owned() };
        let way = Way {
            auth: auth.as_slice(),
            ..Way::default()
        };
        let raw = pool.raw(&endpoint, &way).map_err(AppError::RegistryAddress)?;
        Ok(Self {
            raw,
            url: url.to_owned(),
        })
    }

    /// Publishes a stored run, and resumes an earlier attempt.
    ///
    /// # Errors
    ///
    /// There is no such run, the registry cannot be reached, or it refuses the run.
    pub async fn publish(&self, history: &History, run: &str) -> Result<Published, AppError> {
        let run = history.find(run)?;
        let record = record(history, &run)?;
        let digest = hex(&Sha256::digest(&record));
        let path = format!("api/v1/uploads/{run}");
        let mut tries = 0;
        loop {
            let state = self.send_with_retries("GET", &path, None).await?;
            if state["kept"] == true {
                break;
            }
            let from = state["bytes"]
                .as_u64()
                .and_then(|bytes| usize::try_from(bytes).ok())
                .unwrap_or_default();
            match self.send_pieces(&path, &record, from).await {
                Ok(()) => break,
                Err(RequestError::Lost(_)) if tries < TRIES => tries += 1,
                Err(RequestError::Lost(error) | RequestError::Refused(error)) => return Err(error),
            }
        }
        let finish = Some(Body::Json(json!({ "digest": digest })));
        let answer = self
            .send_with_retries("POST", &format!("{path}/finish"), finish)
            .await?;
        Ok(Published {
            run,
            known: answer["known"] == true,
        })
    }

    /// Sends the record from byte `from` on, in pieces.
    async fn send_pieces(&self, path: &str, record: &str, from: usize) -> Result<(), RequestError> {
        let mut at = from;
        while at < record.len() {
            let mut end = (at + PIECE).min(record.len());
            while !record.is_char_boundary(end) {
                end -= 1;
            }
            let Some(piece) = record.get(at..end) else {
                let what = "the registry has another beginning of this run".to_owned();
                return Err(RequestError::Refused(AppError::Registry { what, hint: None }));
            };
            let body = Body::Json(json!({ "offset": at, "piece": piece }));
            self.send_once("POST", path, Some(body)).await?;
            at = end;
        }
        Ok(())
    }

    /// Asks the gate of the registry.
    ///
    /// # Errors
    ///
    /// The registry cannot be reached, does not know the capability, or its response is invalid.
    pub async fn gate(&self, request: &GateRequest) -> Result<GateView, AppError> {
        let mut query = vec![
            ("provider", request.provider.to_string()),
            ("capability", request.capability.clone()),
        ];
        if let Some(age) = request.demand.max_age {
            query.push(("max_age_seconds", age.num_seconds().to_string()));
        }
        if let Some((share, over)) = request.demand.min_pass_rate {
            query.push(("min_pass_rate", share.to_string()));
            query.push(("over_seconds", over.num_seconds().to_string()));
        }
        if let Some(least) = request.demand.min_rules {
            query.push(("min_rules", least.to_string()));
        }
        if let Some(level) = request.demand.level {
            query.push(("level", level.to_string()));
        }
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let answer = self
            .send_with_retries("GET", &format!("api/v1/gate?{}", query.join("&")), None)
            .await?;
        serde_json::from_value(answer).map_err(|error| self.invalid_response(&error))
    }

    /// Sends a request, with retries if its response is lost. All requests of this client are idempotent.
    async fn send_with_retries(
        &self,
        method: &str,
        path: &str,
        body: Option<Body>,
    ) -> Result<Value, AppError> {
        let mut tries = 0;
        loop {
            match self.send_once(method, path, body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(RequestError::Lost(_)) if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(250 << tries)).await;
                }
                Err(RequestError::Lost(error) | RequestError::Refused(error)) => return Err(error),
            }
        }
    }

    async fn send_once(&self, method: &str, path: &str, body: Option<Body>) -> Result<Value, RequestError> {
        let request = Request::Http {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body,
        };
        // Whoever answers may quote the token.
        let redactor = self.raw.redactor();
        let mut answer = self
            .raw
            .send(&request, CALL_LIMIT)
            .await
            .answer
            .map_err(|error| RequestError::Lost(self.unreachable(&error.redacted(redactor))))?;
        answer.body = redactor.redact_json(&answer.body);
        match answer.status {
            Some(200..=299) => Ok(answer.body),
            status => {
                let detail = answer.body["detail"].as_str().map(str::to_owned);
                let reasons = answer.body["reasons"].as_array().cloned().unwrap_or_default();
                let mut what = detail.unwrap_or_else(|| format!("status {}", status.unwrap_or_default()));
                for reason in reasons.iter().filter_map(Value::as_str) {
                    what.push_str("; ");
                    what.push_str(reason);
                }
                let error = AppError::Registry {
                    what: format!("{}: {}", self.url, crate::report::one_line(&what, 2_000)),
                    hint: None,
                };
                match status {
                    Some(500..=599) => Err(RequestError::Lost(error)),
                    _ => Err(RequestError::Refused(error)),
                }
            }
        }
    }

    fn unreachable(&self, error: &dyn std::fmt::Display) -> AppError {
        AppError::Registry {
            what: format!("the registry at {} cannot be asked: {error}", self.url),
            hint: Some("the run is kept: `proofhouse publish RUN --to URL` goes on with it".to_owned()),
        }
    }

    fn invalid_response(&self, error: &serde_json::Error) -> AppError {
        AppError::Registry {
            what: format!("{} does not answer as a registry: {error}", self.url),
            hint: None,
        }
    }
}

/// The reason why a request failed.
enum RequestError {
    /// The response was lost. The request may be repeated.
    Lost(AppError),
    /// The registry refused the request, and would refuse it again.
    Refused(AppError),
}

/// The record of a run: its events as lines of JSON.
fn record(history: &History, run: &RunId) -> Result<String, AppError> {
    let mut text = String::new();
    let mut wrong = None;
    history.replay(run.as_str(), |recorded| match event::encode(recorded) {
        Ok(line) => {
            text.push_str(&line);
            text.push('\n');
        }
        Err(error) => wrong = Some(error),
    })?;
    match wrong {
        Some(error) => Err(AppError::Bug(error.to_string())),
        None => Ok(text),
    }
}
