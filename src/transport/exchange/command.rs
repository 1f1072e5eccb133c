//! A conversation with a command over its standard input and output: a line for each thing that is said.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::{timeout, timeout_at};

use super::words::{Heard, Said, is_reply, messages_in, start};
use crate::transport::error::TransportError;
use crate::transport::record::Recorder;
use crate::transport::stdio::{Group, Lines, Next, StdioWire};
use crate::transport::types::Limits;

/// The time that a command has to end once it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// The most messages that are kept of one answer.
const MOST_MESSAGES: usize = 100;

/// A conversation with a command that was started for it.
pub(super) struct CommandTalk<'e> {
    process: Child,
    group: Group,
    input: Option<ChildStdin>,
    output: Lines<ChildStdout>,
    recorder: Arc<Recorder>,
    limits: &'e Limits,
    /// The ids of what was asked before: an answer to it that comes late is none to what is asked now.
    earlier: Vec<Value>,
}

impl<'e> CommandTalk<'e> {
    pub(super) fn start(wire: &StdioWire, limits: &'e Limits) -> Result<Self, TransportError> {
        let mut command = wire.command();
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let cannot = |why: &str| TransportError::Connect(format!("the command `{}` {why}", wire.target()));
        let mut process = command
            .spawn()
            .map_err(|error| cannot(&format!("cannot be started: {error}")))?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(cannot("has no standard streams"));
        };
        Ok(Self {
            group: Group::of(&process),
            process,
            input: Some(input),
            output: Lines::new(output),
            recorder: wire.recorder(),
            limits,
            earlier: Vec::new(),
        })
    }

    pub(super) async fn say(&mut self, said: &Said) -> Heard {
        let begun = Instant::now();
        let limit = said.limit.min(self.limits.call);
        self.earlier.retain(|id| Some(id) != said.id.as_ref());
        let mut heard = self.exchange(said, limit).await;
        self.earlier.extend(said.id.clone());
        heard.waited = begun.elapsed();
        heard
    }

    async fn exchange(&mut self, said: &Said, limit: Duration) -> Heard {
        let now = tokio::time::Instant::now();
        let deadline = now.checked_add(limit).unwrap_or(now);
        let Some(input) = &mut self.input else {
            return Heard::failed(&TransportError::Lost("the command is gone".to_owned()));
        };
        let line = format!("{}\n", said.text);
        let writing = async {
            input.write_all(line.as_bytes()).await?;
            input.flush().await
        };
        match timeout_at(deadline, writing).await {
            Err(_) => return Heard::failed(&TransportError::TimedOut(limit)),
            Ok(Err(error)) => return Heard::failed(&TransportError::Lost(error.to_string())),
            Ok(Ok(())) => {}
        }
        let mut heard = Heard::default();
        if !said.awaits {
            return heard;
        }
        loop {
            let next = match timeout_at(deadline, self.output.next(self.limits.body_bytes)).await {
                Err(_) => {
                    heard.late = true;
                    heard.trouble = Some(TransportError::TimedOut(limit).to_string());
                    return heard;
                }
                Ok(Err(error)) => {
                    heard.trouble = Some(error.to_string());
                    return heard;
                }
                Ok(Ok(next)) => next,
            };
            match next {
                Next::Line(line) if line.iter().all(u8::is_ascii_whitespace) => {}
                Next::Line(line) => match messages_in(&line, self.limits) {
                    Some(mut messages) => {
                        let earlier =
                            |message: &Value| message.get("id").is_some_and(|id| self.earlier.contains(id));
                        messages.retain(|message| !(is_reply(message) && earlier(message)));
                        let redactor = self.recorder.redactor();
                        for message in messages.iter().take(MOST_MESSAGES) {
                            heard.messages.push(redactor.redact_json(message));
                        }
                        if messages.iter().any(is_reply) || heard.messages.len() > MOST_MESSAGES {
                            return heard;
                        }
                    }
                    None => {
                        let text = self.recorder.redact(start(&line));
                        heard.other.get_or_insert(text);
                    }
                },
                Next::TooLarge(_) => {
                    heard.trouble = Some("the answer is too large".to_owned());
                    return heard;
                }
                Next::End(_) => {
                    heard.trouble = Some("the command closed its standard output".to_owned());
                    return heard;
                }
            }
        }
    }

    /// Closes its standard input and waits so long for its end. Returns false where it had to be killed.
    pub(super) async fn close(mut self, patience: Duration) -> bool {
        self.input = None;
        let ended = timeout(patience, self.process.wait()).await.is_ok();
        if !ended {
            self.group.kill();
            let _ = timeout(GRACE, self.process.wait()).await;
        }
        self.group.forget();
        ended
    }
}
