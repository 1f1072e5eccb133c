//! A command as a connection: the child that is started for it, and the messages that are exchanged with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use indexmap::IndexMap;
use reqwest::header::HeaderValue;
use tokio::process::Command;

use super::child::{Child, Ended};
use super::common::Common;
use super::environment::INHERITED;
use crate::model::{EnvValue, Redactor, Secret};
use crate::transport::client_options::{Revision, ServerRequests};
use crate::transport::error::{ConnectError, TransportError};
use crate::transport::gate::Gate;
use crate::transport::mcp::{Line, LineError, Message, ResponseMeta, RpcReply, Sent, Wire};
use crate::transport::pace::Pace;
use crate::transport::record::Recorder;
use crate::transport::types::Limits;

/// Starts the children of one provider.
pub(in crate::transport) struct StdioWire {
    program: String,
    args: Vec<String>,
    /// What the manifest names, after what the child inherits.
    env: Vec<(String, Secret)>,
    limits: Limits,
    gate: Arc<Gate>,
    recorder: Arc<Recorder>,
    common: Arc<Common>,
    ids: AtomicI64,
}

impl StdioWire {
    /// `lookup` reads our own environment, from which the child's secrets come.
    pub(in crate::transport) fn new(
        program: &str,
        args: &[String],
        env: &IndexMap<String, EnvValue>,
        pace: Option<Pace>,
        policy: ServerRequests,
        limits: Limits,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConnectError> {
        let mut secrets = Vec::new();
        let inherited = INHERITED.iter().filter(|name| !env.contains_key(**name));
        let mut resolved: Vec<_> = inherited
            .filter_map(|name| Some(((*name).to_owned(), Secret::new(lookup(name)?))))
            .collect();
        for (name, value) in env {
            let value = match value {
                EnvValue::Plain(value) => value.clone(),
                EnvValue::FromEnv(from) => {
                    let value = lookup(from).filter(|value| !value.is_empty()).ok_or_else(|| {
                        ConnectError::Variable {
                            name: from.clone(),
                            of: name.clone(),
                        }
                    })?;
                    secrets.push(Secret::new(value.as_str()));
                    value
                }
            };
            resolved.push((name.clone(), Secret::new(value)));
        }
        Ok(Self {
            program: program.to_owned(),
            args: args.to_vec(),
            env: resolved,
            limits,
            gate: Arc::new(Gate::new(pace)),
            recorder: Arc::new(Recorder::new(Redactor::new(secrets), Vec::new())),
            common: Arc::new(Common::new(policy)),
            ids: AtomicI64::new(1),
        })
    }

    /// The recorder of its calls.
    pub(in crate::transport) fn recorder(&self) -> Arc<Recorder> {
        Arc::clone(&self.recorder)
    }

    /// The command as it is started, in the environment that it gets.
    pub(in crate::transport) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        command.env_clear();
        command.envs(self.env.iter().map(|(name, value)| (name, value.expose())));
        command
    }

    /// The command, for people.
    pub(in crate::transport) fn target(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.args);
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

#[async_trait]
impl Wire for StdioWire {
    type Line = StdioLine;

    async fn open(&self) -> Result<StdioLine, TransportError> {
        let command = self.command();
        let common = Arc::clone(&self.common);
        let child =
            Child::start(command, self.limits, Arc::clone(&self.recorder), common).map_err(|error| {
                let reason = match error.kind() {
                    std::io::ErrorKind::NotFound => "it was not found".to_owned(),
                    std::io::ErrorKind::PermissionDenied => "it may not be executed".to_owned(),
                    _ => error.to_string(),
                };
                TransportError::Connect(format!(
                    "the command `{}` cannot be started: {reason}",
                    self.program
                ))
            })?;
        Ok(StdioLine {
            child,
            gate: Arc::clone(&self.gate),
            common: Arc::clone(&self.common),
        })
    }

    fn next_id(&self) -> i64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}

/// A child with which messages are exchanged.
pub(in crate::transport) struct StdioLine {
    child: Child,
    gate: Arc<Gate>,
    common: Arc<Common>,
}

#[async_trait]
impl Line for StdioLine {
    async fn ask(&self, message: &Message, limit: Duration) -> Sent {
        self.gate.pass().await;
        let start = Instant::now();
        let Some(reply) = self.child.expect(message.id.unwrap_or_default()) else {
            return self.not_sent();
        };
        let exchange = async {
            self.child.write(message.bytes()).await;
            reply.await
        };
        let outcome = match tokio::time::timeout(limit, exchange).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Ended {
                error: TransportError::Lost("the command is gone".to_owned()),
                body: Vec::new(),
            }),
            Err(_) => Err(Ended {
                error: TransportError::TimedOut(limit),
                body: self.child.stderr_tail(),
            }),
        };
        sent(outcome, start.elapsed(), 1)
    }

    async fn notify(&self, message: &Message, limit: Duration) -> Sent {
        let start = Instant::now();
        let outcome = match tokio::time::timeout(limit, self.child.write(message.bytes())).await {
            Ok(()) => Ok(Ok(serde_json::Value::Null)),
            Err(_) => Err(Ended {
                error: TransportError::TimedOut(limit),
                body: self.child.stderr_tail(),
            }),
        };
        sent(outcome, start.elapsed(), 1)
    }

    async fn ready(&self, requests: usize, _: &(dyn Fn() -> Message + Sync)) -> bool {
        self.gate.save_up(requests).await
    }

    fn settle(&mut self, _: Revision, _: Option<HeaderValue>) {}

    fn remarks(&self) -> Vec<String> {
        self.common.take_remarks()
    }

    async fn close(&self) {
        self.child.end().await;
    }

    fn is_over(&self) -> bool {
        self.child.ended().is_some()
    }
}

impl StdioLine {
    /// The child had ended before the call.
    fn not_sent(&self) -> Sent {
        let ended = self.child.ended().unwrap_or_else(|| Ended {
            error: TransportError::Lost("the command is gone".to_owned()),
            body: Vec::new(),
        });
        let error = TransportError::NotReady(Box::new(ended.error));
        sent(
            Err(Ended {
                error,
                body: ended.body,
            }),
            Duration::ZERO,
            0,
        )
    }
}

fn sent(outcome: Result<RpcReply, Ended>, waited: Duration, attempts: u32) -> Sent {
    let refusal = match &outcome {
        Ok(Err(error)) => Some(error.clone()),
        _ => None,
    };
    let (reply, body) = match outcome {
        Ok(reply) => (Ok(reply), Vec::new()),
        Err(ended) => (Err(LineError::TransportError(ended.error)), ended.body),
    };
    Sent {
        reply,
        refusal,
        waited,
        attempts,
        meta: ResponseMeta {
            body,
            ..ResponseMeta::default()
        },
        session: None,
    }
}
