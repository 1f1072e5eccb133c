//! The record of a call: what went over the wire, without a secret and without more than people read.

use super::trace::TRACEPARENT;
use super::types::{Call, Reply};
use crate::model::{Exchange, RECORDED_BODY_CAP, Redactor, clip};

/// The number of bytes of a body that are looked at to make a record of it. More than is kept, so that a secret at the cut is found whole.
const READ: usize = RECORDED_BODY_CAP * 5;

/// The parts of a record that do not change between the calls to a provider.
#[derive(Debug)]
pub(super) struct Recorder {
    redactor: Redactor,
    /// Request headers as a record shows them.
    request_headers: Vec<(String, String)>,
}

impl Recorder {
    pub(super) fn new(redactor: Redactor, request_headers: Vec<(String, String)>) -> Self {
        Self {
            redactor,
            request_headers,
        }
    }

    /// The text without secrets.
    pub(super) fn redact(&self, text: String) -> String {
        self.redactor.redact(text)
    }

    /// What replaces secrets.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The start of a body that is no answer; `None` where nothing came.
    pub(super) fn text(&self, body: &[u8]) -> Option<String> {
        if body.is_empty() {
            return None;
        }
        let text = String::from_utf8_lossy(body.get(..READ).unwrap_or(body)).into_owned();
        let text = self.redactor.redact(text);
        let Some((at, _)) = text.char_indices().nth(RECORDED_BODY_CAP) else {
            return Some(text);
        };
        Some(format!(
            "{}… ({} bytes were read)",
            text.get(..at).unwrap_or_default(),
            body.len()
        ))
    }

    /// The record of a call.
    pub(super) fn exchange(&self, target: String, call: Call<'_>, reply: &Reply) -> Exchange {
        let (body, error) = match &reply.answer {
            Ok(answer) => {
                let output = self.redactor.redact_json(&answer.output).to_string();
                (Some(clip(&output, RECORDED_BODY_CAP)), None)
            }
            Err(error) => (reply.text.clone(), Some(error.to_string())),
        };
        let mut request_headers = self.request_headers.clone();
        request_headers.extend(
            reply
                .trace
                .iter()
                .map(|trace| (TRACEPARENT.to_owned(), trace.clone())),
        );
        Exchange {
            tool: call.tool.to_owned(),
            target: self.redactor.redact(target),
            request_headers,
            input: self.redactor.redact_json(call.input),
            status: reply.status,
            response_headers: reply.headers.clone(),
            body,
            trouble: error,
            ms: u64::try_from(reply.waited.as_millis()).unwrap_or(u64::MAX),
            attempts: reply.attempts,
            by_dialect: false,
            steps: reply
                .mapped
                .as_ref()
                .map_or_else(Vec::new, |mapped| mapped.steps.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    #[test]
    fn a_body_is_clipped_after_its_secrets_are_gone() {
        let recorder = Recorder::new(Redactor::new([Secret::new("tok-12345")]), Vec::new());
        let body = format!("{}tok-12345 and more", "x".repeat(RECORDED_BODY_CAP - 4));
        let text = recorder.text(body.as_bytes()).unwrap();
        assert!(
            text.ends_with("xxx[red… (16398 bytes were read)"),
            "{}",
            &text[text.len() - 60..]
        );
        assert_eq!(recorder.text(b""), None);
        assert_eq!(recorder.text(b"caf\xe9").as_deref(), Some("caf\u{fffd}"));
    }
}
