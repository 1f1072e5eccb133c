//! What leaves a run: every text in its events without secrets, printable, and of a bounded length.
//!
//! Every type is taken apart whole, so that a new field cannot be forgotten. What comes from contracts, suites and manifests stays as it
//! is: ids, places, rules. Undos keep their input exactly, but for secrets, because it is sent again.

use serde_json::Value;

use super::kind::{Leftover, MakingCall, OwedUndo, RunEventKind};
use crate::model::{
    CaseResult, Exchange, Failure, MappedStep, Observed, RECORDED_BODY_CAP, Redactor, TestResult, clean, clip,
};

/// The most characters of a text that an event keeps.
const LONGEST_TEXT: usize = 4_000;

/// The most characters of one text within the input of a call that an event keeps.
const LONGEST_VALUE: usize = 4_000;

/// The last door of a run.
#[derive(Debug, Default)]
pub struct Outgoing {
    redactor: Redactor,
}

impl Outgoing {
    /// A door for the texts of providers that were sent the secrets of this redactor.
    pub fn new(redactor: Redactor) -> Self {
        Self { redactor }
    }

    /// The event as it may leave.
    pub fn event(&self, kind: RunEventKind) -> RunEventKind {
        match kind {
            RunEventKind::TestFinished(result) => RunEventKind::TestFinished(Box::new(self.result(*result))),
            RunEventKind::UndoOwed(owed) => RunEventKind::UndoOwed(Box::new(self.owed(*owed))),
            RunEventKind::LeftOver(left) => RunEventKind::LeftOver(Box::new(self.leftover(*left))),
            RunEventKind::Noted { provider, note } => RunEventKind::Noted {
                provider,
                note: self.text(note),
            },
            // They hold ids, numbers, times, and what the manifest says.
            kind @ (RunEventKind::RunStarted(_)
            | RunEventKind::UndoSettled { .. }
            | RunEventKind::TestStarted { .. }
            | RunEventKind::ProviderFinished { .. }
            | RunEventKind::RunFinished(_)) => kind,
        }
    }

    /// A text for people.
    pub fn text(&self, text: String) -> String {
        clip(&clean(&self.redactor.redact(text)), LONGEST_TEXT)
    }

    fn texts(&self, texts: Vec<String>) -> Vec<String> {
        texts.into_iter().map(|text| self.text(text)).collect()
    }

    fn result(&self, result: TestResult) -> TestResult {
        let TestResult {
            provider,
            capability,
            version,
            test,
            level,
            outcome,
            ms,
            calls,
            when,
            message,
            flaky,
            planned,
            cases,
            layer,
            notes,
            failure,
            untested,
            not_applicable,
            bug,
            era,
        } = result;
        TestResult {
            provider,
            capability,
            version,
            test,
            level,
            outcome,
            ms,
            calls,
            when,
            message: message.map(|message| self.text(message)),
            flaky,
            planned,
            cases: cases.into_iter().map(|case| self.case(case)).collect(),
            layer,
            notes: self.texts(notes),
            failure: failure.map(|failure| Box::new(self.failure(*failure))),
            untested,
            not_applicable,
            bug,
            era: era.map(|era| self.text(era)),
        }
    }

    fn case(&self, case: CaseResult) -> CaseResult {
        let CaseResult {
            case,
            outcome,
            ms,
            calls,
            message,
        } = case;
        CaseResult {
            case,
            outcome,
            ms,
            calls,
            message: message.map(|message| self.text(message)),
        }
    }

    fn failure(&self, failure: Failure) -> Failure {
        let Failure {
            rule,
            step,
            case,
            expected,
            actual,
            check,
            values,
            exchanges,
            recorded,
        } = failure;
        let observed = |Observed { path, value }| Observed {
            path: self.text(path),
            value: self.text(value),
        };
        Failure {
            rule,
            step,
            case,
            expected: expected.map(|text| self.text(text)),
            actual: actual.map(|text| self.text(text)),
            check,
            values: values.into_iter().map(observed).collect(),
            exchanges: exchanges
                .into_iter()
                .map(|exchange| self.exchange(exchange))
                .collect(),
            recorded,
        }
    }

    /// A call keeps what was said to the letter, for it is the evidence.
    fn exchange(&self, exchange: Exchange) -> Exchange {
        let Exchange {
            tool,
            target,
            request_headers,
            input,
            status,
            response_headers,
            body,
            trouble,
            ms,
            attempts,
            by_dialect,
            steps,
        } = exchange;
        Exchange {
            tool,
            target: self.redactor.redact(target),
            request_headers: self.headers(request_headers),
            input: self.value(&input),
            status,
            response_headers: self.headers(response_headers),
            body: body.map(|body| self.body(body)),
            trouble: trouble.map(|trouble| self.text(trouble)),
            ms,
            attempts,
            by_dialect,
            steps: steps.into_iter().map(|step| self.step(step)).collect(),
        }
    }

    fn step(&self, step: MappedStep) -> MappedStep {
        let MappedStep {
            step,
            request,
            request_headers,
            sent,
            status,
            body,
            read_as,
            kept,
            ms,
        } = step;
        MappedStep {
            step,
            request: self.text(request),
            request_headers: self.headers(request_headers),
            sent: self.value(&sent),
            status,
            body: body.map(|body| self.body(body)),
            read_as: self.text(read_as),
            kept,
            ms,
        }
    }

    fn headers(&self, headers: Vec<(String, String)>) -> Vec<(String, String)> {
        let header = |(name, value)| (self.redactor.redact(name), self.text(value));
        headers.into_iter().map(header).collect()
    }

    fn body(&self, body: String) -> String {
        clip_again(self.redactor.redact(body), RECORDED_BODY_CAP)
    }

    /// A value that was sent, with the longest of its texts clipped.
    fn value(&self, value: &Value) -> Value {
        clipped(self.redactor.redact_json(value))
    }

    fn owed(&self, owed: OwedUndo) -> OwedUndo {
        let OwedUndo {
            id,
            provider,
            version,
            test,
            tool,
            input,
            made,
            kept_by,
            call,
        } = owed;
        OwedUndo {
            id,
            provider,
            version,
            test,
            tool,
            input: input.map(|input| self.redactor.redact_json(&input)),
            made: self.text(made),
            kept_by,
            call: call.map(|call| MakingCall {
                input: self.redactor.redact_json(&call.input),
                ..call
            }),
        }
    }

    fn leftover(&self, left: Leftover) -> Leftover {
        let Leftover {
            id,
            provider,
            test,
            made,
            tool,
            input,
            reason,
        } = left;
        Leftover {
            id,
            provider,
            test,
            made: self.text(made),
            tool,
            input: input.map(|input| self.redactor.redact_json(&input)),
            reason: self.text(reason),
        }
    }
}

/// A text that may have been clipped to the same cap before: the note of that stays.
fn clip_again(text: String, cap: usize) -> String {
    const NOTE: usize = 64;
    match text.chars().nth(cap.saturating_add(NOTE)) {
        Some(_) => clip(&text, cap),
        None => text,
    }
}

fn clipped(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clip_again(text, LONGEST_VALUE)),
        Value::Array(items) => items.into_iter().map(clipped).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (clip_again(key, LONGEST_VALUE), clipped(value)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Secret;

    #[test]
    fn no_text_of_an_event_keeps_a_secret_a_control_character_or_its_length() {
        let outgoing = Outgoing::new(Redactor::new([Secret::new("hunter22")]));
        let hostile = || format!("hunter22\u{1b}{}", "x".repeat(100_000));
        let kind = RunEventKind::Noted {
            provider: "a:b".parse().unwrap(),
            note: hostile(),
        };
        let RunEventKind::Noted { note, .. } = outgoing.event(kind) else {
            panic!("another kind of event")
        };
        assert!(
            note.starts_with("[redacted]\\u{1b}xxx") && note.len() < 5_000,
            "{note}"
        );
        let left = Leftover {
            id: 1,
            provider: "a:b".parse().unwrap(),
            test: "t".to_owned(),
            made: hostile(),
            tool: "cancel".to_owned(),
            input: Some(json!({ "hunter22": ["hunter22"] })),
            reason: hostile(),
        };
        let left = outgoing.leftover(left);
        assert_eq!(left.input, Some(json!({ "[redacted]": ["[redacted]"] })));
        assert!(left.made.len() + left.reason.len() < 10_000);
        let exchange = Exchange {
            input: json!({ "a": "y".repeat(100_000) }),
            body: Some(hostile()),
            ..Exchange::default()
        };
        let exchange = outgoing.exchange(exchange);
        assert!(exchange.input.to_string().len() < 5_000);
        assert!(exchange.body.unwrap().starts_with("[redacted]\u{1b}x"));
    }
}
