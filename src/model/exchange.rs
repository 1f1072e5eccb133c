//! One call as it went over the wire, for people to read and to repeat.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::weight;

/// The most characters of a body that a record keeps. Checks always see the whole body.
pub const RECORDED_BODY_CAP: usize = 16 * 1024;

/// A call and its answer, with every secret replaced. Headers are those that matter, in the order in which they were sent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Exchange {
    /// The tool that was called.
    pub tool: String,
    /// The URL that was posted to, or the command of a stdio provider.
    pub target: String,
    /// Request headers; the value of a credential is the environment variable that holds it, as `$NAME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_headers: Vec<(String, String)>,
    /// The input object as it was sent.
    pub input: Value,
    /// The HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Response headers that bear on the verdict: content type, date, retry-after, location.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_headers: Vec<(String, String)>,
    /// The body as text, clipped to [`RECORDED_BODY_CAP`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The error on the wire, if there is no answer to judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Milliseconds spent waiting, over all attempts.
    pub ms: u64,
    /// The number of times that the request was sent.
    pub attempts: u32,
    /// True if the call went through a dialect. The target is then the base of the requests in `steps`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub by_dialect: bool,
    /// The requests that a dialect made of the call, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<MappedStep>,
}

impl Exchange {
    /// The bytes that it takes, about.
    pub fn weight(&self) -> usize {
        let of_body = |body: &Option<String>| body.as_ref().map_or(0, String::len);
        let steps = self.steps.iter();
        let steps = steps.map(|step| weight(&step.sent).saturating_add(of_body(&step.body)));
        let own = weight(&self.input).saturating_add(of_body(&self.body));
        steps.fold(own, usize::saturating_add)
    }
}

/// The layer that gave an answer, if a provider is called through a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The provider: what was judged came from its server.
    #[default]
    Provider,
    /// The dialect alone: nothing of the answer came from the provider.
    Dialect,
}

/// One request that a dialect made of a call, and what came back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MappedStep {
    /// The step of the dialect.
    pub step: String,
    /// The request, in one line: `POST notes`, or the name of a tool.
    pub request: String,
    /// Request headers that the dialect wrote, with every secret replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_headers: Vec<(String, String)>,
    /// The body or the arguments that were sent.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub sent: Value,
    /// The status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The response body as text, clipped to [`RECORDED_BODY_CAP`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The reading of the response by the dialect: the rule that matched, or why none did.
    pub read_as: String,
    /// True if the answer was kept from an earlier call of the run, so that nothing was sent.
    #[serde(default, skip_serializing_if = "is_false")]
    pub kept: bool,
    /// Milliseconds spent waiting.
    pub ms: u64,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// Cuts a text to at most `cap` characters, and adds the number of all characters if it was longer.
pub fn clip(text: &str, cap: usize) -> String {
    match text.char_indices().nth(cap) {
        None => text.to_owned(),
        Some((at, _)) => format!(
            "{}… ({} characters in all)",
            text.get(..at).unwrap_or_default(),
            text.chars().count()
        ),
    }
}
