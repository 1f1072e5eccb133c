//! One child: its streams, its end, and who waits for what.

use std::collections::HashMap;
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::common::Common;
use super::group::Group;
use super::lines::{Lines, Next};
use super::stderr_tail::StderrTail;
use crate::transport::error::TransportError;
use crate::transport::head::Heading;
use crate::transport::mcp::{ENVELOPE, Incoming, RpcReply, parse_messages, reply_to_server, shown_id};
use crate::transport::parse_answer::{NoAnswer, doubled, json};
use crate::transport::record::Recorder;
use crate::transport::types::Limits;

/// The time that a child has to exit after it closed its standard output, so that its status can be told.
const EXITING: Duration = Duration::from_millis(500);

/// The time that a child has to exit after its standard input was closed, and again after it was asked to terminate, before it is killed
/// (MCP 2025-06-18, "Lifecycle", shutdown over stdio).
const GRACE: Duration = Duration::from_secs(1);

/// The time that the rest of its standard error is waited for after its end.
const REST: Duration = Duration::from_millis(200);

/// The number of messages that may wait for a child to read them.
const QUEUE: usize = 64;

/// The most bytes of messages that answer nothing, between two replies.
const MOST_UNANSWERED: usize = 16 * 1024 * 1024;

/// The bytes of standard error after which it is read slowly, and the pause between two reads from then on.
const FLOOD: usize = 1024 * 1024;
const BETWEEN_READS: Duration = Duration::from_millis(10);

/// The end of a child, or the reason why one of its replies did not come.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) error: TransportError,
    /// The bytes to show: a line that is no message, or the last words.
    pub(super) body: Vec<u8>,
}

/// A running child. It is ended and reaped when this is dropped.
pub(super) struct Child {
    shared: Arc<Shared>,
    input: mpsc::Sender<Vec<u8>>,
    /// Tells the task that owns the process to end it.
    stop: Mutex<Option<oneshot::Sender<()>>>,
    /// Closed when the process has ended.
    gone: watch::Receiver<()>,
}

struct Shared {
    limits: Limits,
    recorder: Arc<Recorder>,
    stderr: StderrTail,
    common: Arc<Common>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The callers that wait for a reply, by the id of their request.
    waiting: HashMap<i64, oneshot::Sender<Result<RpcReply, Ended>>>,
    /// The first and the last id that this child was asked with.
    asked: Option<(i64, i64)>,
    ended: Option<Ended>,
    /// The bytes of standard output since the last reply that somebody waited for.
    unanswered: usize,
}

impl Child {
    /// Starts a child. In a process group of its own: an interrupt at the terminal is for us, who still have things to take back
    /// through it.
    pub(super) fn start(
        mut command: Command,
        limits: Limits,
        recorder: Arc<Recorder>,
        common: Arc<Common>,
    ) -> io::Result<Self> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut process = command.spawn()?;
        let missing = || io::Error::other("it has no standard streams");
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = process.stderr.take().ok_or_else(missing)?;
        let shared = Arc::new(Shared {
            limits,
            recorder,
            stderr: StderrTail::default(),
            common,
            state: Mutex::default(),
        });
        let (input, messages) = mpsc::channel(QUEUE);
        let (stop, stopped) = oneshot::channel();
        let (going, gone) = watch::channel(());
        let owner = Owner {
            group: Group::of(&process),
            process,
            shared: Arc::clone(&shared),
            _going: going,
        };
        // Weak: the queue closes with the child's last owner, not with the task that reads its answers.
        tokio::spawn(owner.run((stdin, stdout, stderr), messages, input.downgrade(), stopped));
        Ok(Self {
            shared,
            input,
            stop: Mutex::new(Some(stop)),
            gone,
        })
    }

    /// Registers for the reply to a request; `None` where the child has ended.
    pub(super) fn expect(&self, id: i64) -> Option<oneshot::Receiver<Result<RpcReply, Ended>>> {
        let mut state = self.shared.state();
        if state.ended.is_some() {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        state.waiting.insert(id, sender);
        state.asked = Some(
            state
                .asked
                .map_or((id, id), |(first, last)| (first.min(id), last.max(id))),
        );
        Some(receiver)
    }

    /// Hands a message to the child. Where it has ended, whoever waits for a reply is told.
    pub(super) async fn write(&self, mut message: Vec<u8>) {
        message.push(b'\n');
        let _ = self.input.send(message).await;
    }

    /// Asks the child to end, and waits until it has, by force if it must be.
    pub(super) async fn end(&self) {
        drop(self.stop.lock().take());
        let mut gone = self.gone.clone();
        while gone.changed().await.is_ok() {}
    }

    /// The end of the child, if it has ended.
    pub(super) fn ended(&self) -> Option<Ended> {
        self.shared.state().ended.clone()
    }

    /// The end of its standard error.
    pub(super) fn stderr_tail(&self) -> Vec<u8> {
        self.shared.stderr.all()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn redact(&self, text: String) -> String {
        self.recorder.redact(text)
    }

    /// Tells everyone who waits, and everyone who comes, that no more replies will.
    fn end(&self, ended: &Ended) {
        let mut state = self.state();
        state.ended = Some(ended.clone());
        for (_, waiting) in state.waiting.drain() {
            let _ = waiting.send(Err(ended.clone()));
        }
    }

    /// Takes a line of standard output in. An error is one that no single call can be blamed for.
    fn take_line(&self, line: &[u8], input: &mpsc::WeakSender<Vec<u8>>) -> Result<(), TransportError> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        let redact = |text| self.redact(text);
        let messages = json(Heading::NONE, line, self.limits.body_depth, ENVELOPE, &redact)
            .and_then(|value| parse_messages(value).map_err(NoAnswer::Is));
        let messages = match messages {
            Ok(messages) => messages,
            Err(NoAnswer::TransportError(error)) => return self.unreadable(line, error),
            Err(NoAnswer::Doubled(key)) => {
                return self.unreadable(line, TransportError::NotAnAnswer(doubled(&key)));
            }
            Err(NoAnswer::Is(what)) => {
                let what = format!("wrote {what} to standard output, where only messages belong");
                self.blame(TransportError::Protocol(what), line);
                return Ok(());
            }
        };
        for message in messages {
            match message {
                Incoming::Reply { id, reply } => self.reply(&id, reply, line),
                Incoming::Request { id, method, params } => {
                    let reply = reply_to_server(self.common.policy, &id, &method, &params);
                    let mut bytes = reply.to_string().into_bytes();
                    bytes.push(b'\n');
                    // A child that asks more than it reads gets no answer.
                    let _ = input.upgrade().map(|input| input.try_send(bytes));
                }
                Incoming::Notification => {}
            }
        }
        Ok(())
    }

    /// Blames a line that is no message on the call that waits longest, once for all children of the provider; where it was told before,
    /// or where nobody waits, it is a remark. Its writer goes on: other calls have done nothing wrong.
    fn blame(&self, error: TransportError, line: &[u8]) {
        let first = {
            let mut state = self.state();
            let first = state.waiting.keys().min().copied();
            first
                .filter(|_| self.common.is_first_blame())
                .and_then(|first| state.waiting.remove(&first))
        };
        match first {
            Some(waiting) => {
                let body = line.to_vec();
                let _ = waiting.send(Err(Ended { error, body }));
            }
            None => {
                let words = error.to_string();
                let words = words.trim_start_matches("broke the protocol: ");
                self.common.remark(format!("it {words}"));
            }
        }
    }

    fn reply(&self, id: &Value, reply: RpcReply, line: &[u8]) {
        let mut state = self.state();
        let asked = id.as_i64().filter(|id| {
            state
                .asked
                .is_some_and(|(first, last)| (first..=last).contains(id))
        });
        // A number as text is known for what it was meant to be, so that the blame is its own call's.
        let meant = id.as_str().and_then(|text| text.parse::<i64>().ok());
        if let Some(waiting) = meant.and_then(|id| state.waiting.remove(&id)) {
            let error = TransportError::Protocol(
                "a reply with the id of the request as a text, which was a number".to_owned(),
            );
            let body = line.to_vec();
            let _ = waiting.send(Err(Ended { error, body }));
            return;
        }
        let error = match (asked, reply) {
            // Without anyone who waits: the reply came after the time limit, which was told.
            (Some(id), reply) => {
                if let Some(waiting) = state.waiting.remove(&id) {
                    state.unanswered = 0;
                    let _ = waiting.send(Ok(reply));
                }
                return;
            }
            (None, Err(error)) if id.is_null() => {
                format!("the JSON-RPC error {} without the id of a request", error.code)
            }
            (None, _) => {
                let shown = shown_id(id);
                format!("a reply with the id {shown}, which is that of no request")
            }
        };
        // It was to be somebody's reply: without this, that call would wait for nothing.
        let first = state.waiting.keys().min().copied();
        let waiting = first.and_then(|first| state.waiting.remove(&first));
        drop(state);
        if let Some(waiting) = waiting {
            let error = TransportError::Protocol(error);
            let body = line.to_vec();
            let _ = waiting.send(Err(Ended { error, body }));
        }
    }

    /// Counts what was written since the last reply. Messages that answer nothing may not go on for ever.
    fn count_unanswered(&self, bytes: usize) -> Result<(), TransportError> {
        let mut state = self.state();
        state.unanswered = state.unanswered.saturating_add(bytes);
        if state.unanswered > MOST_UNANSWERED {
            return Err(TransportError::Protocol(format!(
                "wrote more than {} MiB to standard output without a reply",
                MOST_UNANSWERED / 1024 / 1024
            )));
        }
        Ok(())
    }

    /// A message that is too deep, or that says one thing twice, still says whose it is, where it can be read at all.
    fn unreadable(&self, line: &[u8], error: TransportError) -> Result<(), TransportError> {
        #[derive(Deserialize)]
        struct Addressed {
            id: i64,
        }
        let of = serde_json::from_slice::<Addressed>(line).ok();
        let waiting = of.and_then(|of| self.state().waiting.remove(&of.id));
        match waiting {
            Some(waiting) => {
                let ended = Ended {
                    error,
                    body: line.to_vec(),
                };
                let _ = waiting.send(Err(ended));
                Ok(())
            }
            None => Err(error),
        }
    }
}

/// The task that owns the process.
struct Owner {
    group: Group,
    process: tokio::process::Child,
    shared: Arc<Shared>,
    /// Dropped at the end.
    _going: watch::Sender<()>,
}

type Streams = (ChildStdin, ChildStdout, ChildStderr);

impl Owner {
    async fn run(
        mut self,
        (stdin, stdout, stderr): Streams,
        messages: mpsc::Receiver<Vec<u8>>,
        input: mpsc::WeakSender<Vec<u8>>,
        stopped: oneshot::Receiver<()>,
    ) {
        let writing = tokio::spawn(write(stdin, messages));
        let listening = tokio::spawn(keep_stderr(stderr, Arc::clone(&self.shared)));
        let mut status = None;
        let over = {
            let mut reading = pin!(read(stdout, &self.shared, &input));
            tokio::select! {
                over = &mut reading => Some(over),
                exit = self.process.wait() => {
                    status = Some(exit);
                    // Processes that it has started may hold its output open for ever. Its own output is still there to be read.
                    self.group.kill();
                    let rest = timeout(REST, reading).await;
                    Some(rest.unwrap_or(Over::Silent { unfinished: false }))
                }
                _ = stopped => None,
            }
        };
        // Closes standard input, which asks the child to go.
        writing.abort();
        match over {
            None => {
                status = timeout(GRACE, self.process.wait()).await.ok();
                if status.is_none() {
                    self.group.terminate();
                    status = timeout(GRACE, self.process.wait()).await.ok();
                }
            }
            Some(Over::Fault(ended)) => self.shared.end(&ended),
            Some(Over::Silent { unfinished }) => {
                if status.is_none() {
                    status = timeout(EXITING, self.process.wait()).await.ok();
                }
                self.group.kill();
                let _ = timeout(REST, listening).await;
                let how = status.as_ref().and_then(|status| status.as_ref().ok());
                self.shared.end(&self.obituary(how, unfinished));
            }
        }
        self.group.kill();
        if status.is_none() {
            let _ = self.process.kill().await;
        }
        self.group.forget();
    }

    fn obituary(&self, status: Option<&ExitStatus>, unfinished: bool) -> Ended {
        let how = status.map_or_else(|| "closed its standard output".to_owned(), how);
        let cut = if unfinished {
            " in the middle of a line"
        } else {
            ""
        };
        let words = self.shared.stderr.quoted(&|text| self.shared.redact(text));
        Ended {
            error: TransportError::Lost(format!("the command {how}{cut}{words}")),
            body: self.shared.stderr.all(),
        }
    }
}

fn how(status: &ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(status) {
        return format!("was killed by signal {signal}");
    }
    match status.code() {
        Some(code) => format!("exited with status {code}"),
        None => "ended".to_owned(),
    }
}

/// The reason why no more is read.
enum Over {
    /// A line that is no message.
    Fault(Ended),
    /// Nothing more will come.
    Silent { unfinished: bool },
}

async fn read(stdout: ChildStdout, shared: &Shared, input: &mpsc::WeakSender<Vec<u8>>) -> Over {
    let mut lines = Lines::new(stdout);
    let cap = shared.limits.body_bytes;
    loop {
        let (error, body) = match lines.next(cap).await {
            Ok(Next::Line(line)) => {
                let taken = shared.take_line(&line, input);
                match taken.and_then(|()| shared.count_unanswered(line.len())) {
                    Ok(()) => continue,
                    Err(error) => (error, line),
                }
            }
            Ok(Next::TooLarge(start)) => (TransportError::TooLarge(cap), start),
            Ok(Next::End(rest)) => {
                let unfinished = !rest.trim_ascii().is_empty();
                return Over::Silent { unfinished };
            }
            Err(_) => return Over::Silent { unfinished: false },
        };
        return Over::Fault(Ended { error, body });
    }
}

/// Writes messages until the queue closes or nobody reads them. Here and not where they come from: a caller that stops waiting must
/// not leave half a line behind.
async fn write(mut stdin: ChildStdin, mut messages: mpsc::Receiver<Vec<u8>>) {
    while let Some(message) = messages.recv().await {
        if stdin.write_all(&message).await.is_err() || stdin.flush().await.is_err() {
            break;
        }
    }
}

/// Reads standard error for as long as it lasts, so that a child never waits for room in it. One that floods it is read slowly.
async fn keep_stderr(mut stderr: impl AsyncRead + Unpin, shared: Arc<Shared>) {
    let mut buffer = vec![0; 8 * 1024];
    let mut all = 0_usize;
    while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
        shared.stderr.add(buffer.get(..read).unwrap_or_default());
        all = all.saturating_add(read);
        if all > FLOOD {
            tokio::time::sleep(BETWEEN_READS).await;
        }
    }
}
