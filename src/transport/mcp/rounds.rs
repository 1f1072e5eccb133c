//! Calls that take more than one request: a server that first wants an input, and one that answers with a task to be asked for.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::caller::{McpTransport, Spent};
use super::line::{ResponseMeta, Wire};
use super::manner::Manner;
use super::message::{Message, Reply as RpcReply, RpcError, Writer, set_param};
use super::server_requests;
use super::session::SessionError;
use crate::transport::error::TransportError;

/// The most times that a server may want an input for one call.
const MOST_ROUNDS: usize = 10;

/// The time between two questions about a task where the server names none, and the bounds of what it may name.
const POLL: Duration = Duration::from_millis(500);
const SHORTEST_POLL: Duration = Duration::from_millis(20);
const LONGEST_POLL: Duration = Duration::from_secs(5);

/// The time that the cancelling of a task may take.
const CANCELLING: Duration = Duration::from_secs(2);

/// The parameters that a round adds to a request.
type Extra = Vec<(&'static str, Value)>;

/// What a result is.
enum Form {
    /// The end of the call.
    Complete,
    /// A demand for an input.
    Input,
    /// A task, by its id.
    Task(String),
}

impl Form {
    fn of(result: &Value) -> Self {
        let kind = result.get("resultType").and_then(Value::as_str);
        let task = match kind {
            Some("input_required") => return Self::Input,
            Some("task") => result.get("taskId"),
            // As 2025-11-25 has it; a result of a tool has content, whatever else stands in it.
            None if result.get("content").is_none() => result.get("task").and_then(|task| task.get("taskId")),
            _ => None,
        };
        match task.and_then(Value::as_str) {
            Some(task) => Self::Task(task.to_owned()),
            None => Self::Complete,
        }
    }
}

impl<W: Wire> McpTransport<W> {
    /// Calls a tool in the manner that its listing wants, to the end of all rounds.
    pub(super) async fn call_tool(
        &self,
        tool: &str,
        input: &Value,
        trace: &str,
        limit: Duration,
        spent: &mut Spent,
    ) -> Result<(RpcReply, ResponseMeta), SessionError> {
        let manner = self.manner(tool, limit).await?;
        let mirrored = manner.headers(input);
        let task = manner
            .as_task
            .then(|| json!({ "ttl": u64::try_from(limit.as_millis()).unwrap_or(u64::MAX) }));
        let write = |id| {
            let mut message = Writer::call_tool(id, tool, input, Some(trace));
            message.mirrored.clone_from(&mirrored);
            if let Some(task) = &task {
                set_param(&mut message, "task", task.clone());
            }
            message
        };
        self.converse(&write, limit, spent).await
    }

    /// Sends a request, and gives the server what it wants for it, until there is an answer.
    pub(super) async fn converse(
        &self,
        write: &(impl Fn(i64) -> Message + Sync),
        limit: Duration,
        spent: &mut Spent,
    ) -> Result<(RpcReply, ResponseMeta), SessionError> {
        let mut extra: Extra = Vec::new();
        let mut left = limit;
        for _ in 0..MOST_ROUNDS {
            let with_extra = |id| {
                let mut message = write(id);
                for (name, value) in &extra {
                    set_param(&mut message, name, value.clone());
                }
                message
            };
            let (reply, meta) = self.request(&with_extra, left, spent).await?;
            let Ok(result) = &reply else {
                return Ok((reply, meta));
            };
            match Form::of(result) {
                Form::Complete => return Ok((reply, meta)),
                Form::Task(task) => {
                    let result = result.clone();
                    return self.follow(&task, &result, meta, limit, spent).await;
                }
                Form::Input => match self.responses(result) {
                    Ok(responses) => extra = responses,
                    Err(error) => return Err(SessionError { error, meta }),
                },
            }
            left = limit.saturating_sub(spent.waited);
            if left.is_zero() {
                return Err(Self::timed_out(limit, meta));
            }
        }
        let what = format!("wanted an input more than {MOST_ROUNDS} times for one call");
        Err(SessionError {
            error: TransportError::Protocol(what),
            meta: ResponseMeta::default(),
        })
    }

    /// The parameters with what a server wants, as far as it is given anything.
    fn responses(&self, result: &Value) -> Result<Extra, TransportError> {
        let wanted = result.get("inputRequests").and_then(Value::as_object);
        let mut responses = Map::new();
        for (name, request) in wanted.into_iter().flat_map(Map::iter) {
            let method = request.get("method").and_then(Value::as_str).unwrap_or_default();
            let params = request.get("params").unwrap_or(&Value::Null);
            let response =
                server_requests::result(self.options.server_requests, method, params).map_err(|_| {
                    let method = self.redact(method.chars().take(60).collect());
                    TransportError::Protocol(format!("wanted `{method}` of a client that does not offer it"))
                })?;
            responses.insert(name.clone(), response);
        }
        let mut extra = Vec::new();
        if wanted.is_some() {
            extra.push(("inputResponses", Value::Object(responses)));
        }
        extra.extend(
            result
                .get("requestState")
                .map(|state| ("requestState", state.clone())),
        );
        if extra.is_empty() {
            return Err(TransportError::Protocol(
                "wanted an input and did not say which".to_owned(),
            ));
        }
        Ok(extra)
    }

    /// Asks for a task until it has ended. One that takes too long is cancelled.
    async fn follow(
        &self,
        task: &str,
        begun: &Value,
        mut meta: ResponseMeta,
        limit: Duration,
        spent: &mut Spent,
    ) -> Result<(RpcReply, ResponseMeta), SessionError> {
        let begun = begun.get("task").unwrap_or(begun);
        let mut pause = poll(begun).unwrap_or(POLL);
        loop {
            let left = limit.saturating_sub(spent.waited);
            if left <= pause {
                self.task_request(
                    "tasks/cancel",
                    json!({ "taskId": task }),
                    CANCELLING,
                    &mut Spent::default(),
                )
                .await
                .ok();
                return Err(Self::timed_out(limit, meta));
            }
            sleep(pause).await;
            spent.waited = spent.waited.saturating_add(pause);
            let left = left.saturating_sub(pause);
            let (reply, of_reply) = self
                .task_request("tasks/get", json!({ "taskId": task }), left, spent)
                .await?;
            meta = of_reply;
            let state = match reply {
                Ok(state) => state,
                error @ Err(_) => return Ok((error, meta)),
            };
            pause = poll(&state).unwrap_or(pause);
            match state.get("status").and_then(Value::as_str) {
                Some("completed" | "failed") => {
                    if let Some(result) = state.get("result") {
                        return Ok((Ok(result.clone()), meta));
                    }
                    if let Some(error) = state.get("error") {
                        return Ok((Err(failure(error)), meta));
                    }
                    return self
                        .task_request("tasks/result", json!({ "taskId": task }), left, spent)
                        .await;
                }
                Some("cancelled") => {
                    let error = TransportError::Protocol("cancelled the task that it had begun".to_owned());
                    return Err(SessionError { error, meta });
                }
                // As 2025-11-25 has it: what is wanted comes on the way of the result.
                Some("input_required") if state.get("inputRequests").is_none() => {
                    return self
                        .task_request("tasks/result", json!({ "taskId": task }), left, spent)
                        .await;
                }
                Some("input_required") => {
                    let responses = match self.responses(&state) {
                        Ok(responses) => responses,
                        Err(error) => return Err(SessionError { error, meta }),
                    };
                    let mut params = json!({ "taskId": task });
                    if let Value::Object(params) = &mut params {
                        params.extend(
                            responses
                                .into_iter()
                                .map(|(name, value)| (name.to_owned(), value)),
                        );
                    }
                    let (reply, of_reply) = self.task_request("tasks/update", params, left, spent).await?;
                    if reply.is_err() {
                        return Ok((reply, of_reply));
                    }
                }
                Some("working" | "submitted") => {}
                _ => {
                    let error = TransportError::Protocol("answered tasks/get without a status".to_owned());
                    return Err(SessionError { error, meta });
                }
            }
        }
    }

    async fn task_request(
        &self,
        method: &'static str,
        params: Value,
        limit: Duration,
        spent: &mut Spent,
    ) -> Result<(RpcReply, ResponseMeta), SessionError> {
        let name = params.get("taskId").and_then(Value::as_str).map(str::to_owned);
        let write = |id| Writer::other(id, method, params.clone(), name.as_deref());
        // It is the call that is counted, not the questions about it.
        let attempts = spent.attempts;
        let asked = self.request(&write, limit, spent).await;
        spent.attempts = attempts;
        asked
    }

    /// How a tool wants to be called. Its listing is read once, where the server is one of those that want anything.
    async fn manner(&self, tool: &str, limit: Duration) -> Result<Manner, SessionError> {
        let session = self.session(limit).await?;
        let has_tasks = session
            .peer
            .capabilities
            .pointer("/tasks/requests/tools/call")
            .is_some();
        let mirrors = session.stateless && self.wire.mirrors();
        if !has_tasks && !mirrors {
            return Ok(Manner::default());
        }
        if self.listed.lock().is_none() && !self.looked_up.swap(true, Ordering::SeqCst) {
            // Without a listing, the call itself will say what is wrong.
            self.listing(limit).await.ok();
        }
        let listed = self.listed.lock();
        let listed = listed.as_ref().and_then(|listed| listed.get(tool));
        let mut manner = listed.cloned().unwrap_or_default();
        manner.as_task = manner.as_task && has_tasks;
        Ok(manner)
    }
}

/// The time that a server wants between two questions about a task.
fn poll(task: &Value) -> Option<Duration> {
    let named = task.get("pollIntervalMs").or_else(|| task.get("pollInterval"))?;
    let named = Duration::from_millis(named.as_u64()?);
    Some(named.clamp(SHORTEST_POLL, LONGEST_POLL))
}

/// The error with which a task failed.
fn failure(error: &Value) -> RpcError {
    RpcError {
        code: error.get("code").and_then(Value::as_i64).unwrap_or_default(),
        message: error
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or("(without a message)")
            .to_owned(),
        data: error.get("data").cloned(),
    }
}
