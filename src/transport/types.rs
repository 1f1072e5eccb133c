//! The trait of a transport, and what goes in and out.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::error::TransportError;
use super::whole::{Peer, Question, Whole};
use crate::model::{Answer, Exchange, Layer, MappedStep, Reading, Redactor};

/// Caps and waits that no provider can exceed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The time that one request may take, from writing it to the last byte of its answer.
    pub call: Duration,
    /// The largest body that is read, in bytes.
    pub body_bytes: usize,
    /// The deepest nesting of objects and arrays in a body.
    pub body_depth: usize,
    /// The number of times that a call waits when the provider asks for patience.
    pub pauses: u32,
    /// The longest of these waits.
    pub longest_pause: Duration,
    /// Only addresses of the public internet are asked, without a proxy, and no command is started.
    pub public_only: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(10),
            body_bytes: 1024 * 1024,
            body_depth: 64,
            pauses: 8,
            longest_pause: Duration::from_secs(30),
            public_only: false,
        }
    }
}

/// One call of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The tool's name.
    pub tool: &'a str,
    /// The input object.
    pub input: &'a Value,
    /// The time limit, where it is shorter than [`Limits::call`].
    pub limit: Duration,
    /// How the answer is read.
    pub reading: &'a Reading,
}

/// The result of a call.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The answer, or what was there instead of one.
    pub answer: Result<Answer, TransportError>,
    /// Time spent waiting for the provider, over all attempts, without the pauses it asked for.
    pub waited: Duration,
    /// The number of times that the request was sent; zero where no connection came about.
    pub attempts: u32,
    /// The HTTP status of the last attempt, where there was one, whatever was judged of it.
    pub status: Option<u16>,
    /// The provider's clock when it answered, where it sent a `Date`, with our own at the same moment.
    pub clock: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Response headers that bear on the verdict, with every secret replaced.
    pub headers: Vec<(String, String)>,
    /// The start of a body that is no answer, as text with every secret replaced.
    pub text: Option<String>,
    /// The requests that a dialect made for the call; None where the provider speaks the contract itself.
    pub mapped: Option<Box<Mapped>>,
    /// The trace that the call was sent with (`traceparent`).
    pub trace: Option<String>,
    /// What is to be told of the way to the provider, each once.
    pub notes: Vec<String>,
}

/// The requests that a dialect made for one call of a contract.
#[derive(Debug, Clone, Default)]
pub struct Mapped {
    /// The requests in their order, with every secret replaced.
    pub steps: Vec<MappedStep>,
    /// Requests for look-ups that the whole run shares; they are in no test's calls.
    pub aside: u32,
    /// True if the answer holds anything of the provider's.
    pub layer: Layer,
    /// The steps that could not be undone of a call that broke off half done.
    pub left: Vec<String>,
    /// What steps made beside the thing that the call is for.
    pub extras: Vec<Extra>,
    /// True if the request that decides may have taken effect, although there is no answer of the contract.
    pub may_have_acted: bool,
    /// The request that decides, where one was sent.
    pub decided: Option<Decided>,
    /// True if the call has a request that decides and succeeded without it.
    pub undecided: bool,
    /// What the result has to say of the mapping.
    pub notes: Vec<String>,
}

/// Something that a step of a dialect made beside the thing that a call is for: a customer, to book for.
#[derive(Debug, Clone, PartialEq)]
pub struct Extra {
    /// The request that made it, in words.
    pub made: String,
    /// The name under which the dialect removes it, and the input for that; None where it cannot be removed.
    pub cleanup: Option<(String, Value)>,
}

/// The request of a dialect that decides the outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// All of it that the dialect wrote.
    pub request: String,
    /// The key of idempotency in it.
    pub key: Option<String>,
}

/// What came back on a question.
#[derive(Debug)]
pub struct Asked {
    /// The result as it came, or why there is none.
    pub whole: Result<Whole, TransportError>,
    /// What a contract makes of the result of a call.
    pub answer: Option<Result<Answer, TransportError>>,
    /// Time spent waiting.
    pub waited: Duration,
    /// The trace that the call was sent with.
    pub trace: Option<String>,
}

/// A tool as a provider lists it; its schemas may be loose.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListedTool {
    /// The tool's name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its input schema.
    pub input_schema: Option<Value>,
    /// Its output schema.
    pub output_schema: Option<Value>,
    /// Its name for people.
    pub title: Option<String>,
    /// What it says of its own behaviour: `readOnlyHint` and others. Nobody has checked it.
    pub annotations: Option<Value>,
    /// How it wants to be called: `taskSupport`.
    pub execution: Option<Value>,
}

impl ListedTool {
    /// The tool with every secret replaced in its texts.
    #[must_use]
    pub fn redacted(self, redactor: &Redactor) -> Self {
        let Self {
            name,
            description,
            input_schema,
            output_schema,
            title,
            annotations,
            execution,
        } = self;
        Self {
            name: redactor.redact(name),
            description: description.map(|text| redactor.redact(text)),
            input_schema: input_schema.map(|schema| redactor.redact_json(&schema)),
            output_schema: output_schema.map(|schema| redactor.redact_json(&schema)),
            title: title.map(|text| redactor.redact(text)),
            annotations: annotations.map(|value| redactor.redact_json(&value)),
            execution: execution.map(|value| redactor.redact_json(&value)),
        }
    }
}

/// A call whose preparation is done: only the part that races other calls is left.
#[async_trait]
pub trait Prepared: Send {
    /// Does the rest. The reply counts all of the call.
    async fn go(self: Box<Self>) -> Reply;
}

/// A way to reach one provider. Shared by all lanes of a run.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Calls a tool. Waits when the provider asks for patience; never repeats a request that may have taken effect.
    async fn call(&self, call: Call<'_>) -> Reply;

    /// Sends a call and closes the connection after the request was written whole, before the answer is read. It is sent once, even
    /// where the provider asks for patience: nobody learns that. `Ok(false)` where no answer can be lost; nothing is sent then.
    ///
    /// # Errors
    ///
    /// The request was not written.
    async fn send_without_answer(&self, _: Call<'_>) -> Result<bool, TransportError> {
        Ok(false)
    }

    /// Does what must come before a call that races others, such as the look-ups of a dialect, and stops before what decides. None
    /// where there is nothing to do first.
    async fn prepare<'c>(&'c self, _: Call<'c>) -> Option<Box<dyn Prepared + 'c>> {
        None
    }

    /// Makes so many calls ready to go out at one time, by [`at_once`](super::at_once): opens connections for them, by asking something
    /// harmless over each, which is neither counted nor judged, and saves up what the pace allows. Returns whether they can go out at one
    /// time: they cannot where the manifest allows fewer.
    async fn ready(&self, calls: usize) -> bool;

    /// The tools that the provider lists. `Ok(None)` where it has no listing.
    async fn list_tools(&self) -> Result<Option<Vec<ListedTool>>, TransportError>;

    /// What is wrong with the listing that was read last, although its tools are known. Each is the end of a sentence about it.
    fn listing_complaints(&self) -> Vec<String> {
        Vec::new()
    }

    /// Asks one question and returns all that came back. None where the binding has no such question.
    async fn ask(&self, _: Question<'_>, _: Duration) -> Option<Asked> {
        None
    }

    /// The server as it has presented itself, once it has.
    fn peer(&self) -> Option<Peer> {
        None
    }

    /// What is worth knowing of the provider once it was tried, and bears on no test.
    fn observations(&self) -> Vec<String> {
        Vec::new()
    }

    /// What is to be told of the way to the provider, and was not yet.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Gives up the connection, so that the next call opens another.
    async fn renew(&self) {}

    /// Takes leave of the provider: ends the session, or the command, in the way that its protocol wants. Nothing is called after.
    async fn close(&self) {}

    /// Replaces the secrets that the provider is sent. What it answers may hold them.
    fn redactor(&self) -> &Redactor;

    /// The record of a call, with every secret replaced.
    fn exchange(&self, call: Call<'_>, reply: &Reply) -> Exchange;
}
