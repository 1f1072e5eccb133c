//! The meaning of an answer: that of the first rule that matches.

use std::time::Duration;

use chrono::DateTime;
use serde_json::{Value, json};

use super::step::{Meaning, Rule, Statuses};
use crate::expr::{Bindings, EvalError};
use crate::model::{Clock, RECORDED_BODY_CAP, SteadyClock, clip};
use crate::transport::RawAnswer;

/// The longest pause between two requests that a provider is given (provider contract, "How an answer is judged", 1).
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The number of characters of an answer that a message quotes.
const QUOTED: usize = 200;

/// The answer as rules and later steps read it.
pub(super) fn as_value(answer: &RawAnswer) -> Value {
    json!({
        "status": answer.status,
        "headers": answer.headers,
        "body": answer.body,
        "is_error": answer.is_error,
    })
}

/// The rule that takes an answer: of the step, then of the dialect. None where the answer is unknown to both.
pub(super) fn first<'r>(
    rules: impl IntoIterator<Item = &'r Rule>,
    answer: &RawAnswer,
    bindings: &Bindings,
) -> Result<Option<&'r Rule>, EvalError> {
    let mut bindings = bindings.clone();
    if let Value::Object(facts) = as_value(answer) {
        for (name, value) in facts {
            bindings.bind_json(&name, value);
        }
    }
    for rule in rules {
        let takes = rule.statuses.is_empty()
            || answer
                .status
                .is_some_and(|status| rule.statuses.iter().any(|known| known.takes(status)));
        // A predicate that reads what this answer does not have does not hold.
        let holds = rule
            .when
            .as_ref()
            .is_none_or(|when| when.holds(&bindings).unwrap_or(false));
        if takes && holds {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

impl Statuses {
    fn takes(self, status: u16) -> bool {
        match self {
            Self::One(known) => known == status,
            Self::Class(hundreds) => status / 100 == hundreds,
        }
    }
}

/// The meaning of an answer that no rule takes: 401 and 403 say that nobody was asked.
pub(super) fn unmatched(answer: &RawAnswer) -> Meaning {
    match answer.status {
        Some(status @ (401 | 403)) => {
            Meaning::NotAsked(format!("the provider answered {status} (not authorised)"))
        }
        _ => Meaning::Unknown(format!("no rule of its dialect takes {}", quoted(answer))),
    }
}

/// Returns true if a request may have taken effect that was answered so: a refusal took none, whether a rule knows it or not.
pub(super) fn may_have_acted(meaning: &Meaning, answer: &RawAnswer) -> bool {
    match meaning {
        Meaning::Ok => true,
        Meaning::Error(_) | Meaning::Retry(_) | Meaning::Wait | Meaning::NotAsked(_) | Meaning::Gap(_) => {
            false
        }
        Meaning::Fault(_) | Meaning::Unknown(_) => match answer.status {
            // Whoever stands before the provider does not know what became of the request.
            Some(408 | 502 | 504) => true,
            Some(status) => status < 400 && !answer.is_error,
            None => !answer.is_error,
        },
    }
}

/// The pause that an answer asks for: its `Retry-After`, in seconds or as a date, else a second that doubles each time.
pub(super) fn pause(answer: &RawAnswer, before: u32) -> Duration {
    let said = answer.headers.get("retry-after").and_then(Value::as_str);
    let asked = said.and_then(|text| match text.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let then = DateTime::parse_from_rfc2822(text.trim()).ok()?;
            then.to_utc()
                .signed_duration_since(SteadyClock::as_set().now())
                .to_std()
                .ok()
        }
    });
    let pause = asked.unwrap_or_else(|| Duration::from_secs(1 << before.min(5)));
    pause.min(LONGEST_PAUSE)
}

/// An answer in a sentence.
pub(super) fn quoted(answer: &RawAnswer) -> String {
    let status = answer
        .status
        .map(|status| format!("status {status} and "))
        .unwrap_or_default();
    let body = match &answer.body {
        Value::Null => "an empty body".to_owned(),
        Value::String(text) => format!("the text {:?}", clip(text, QUOTED)),
        json => clip(&json.to_string(), QUOTED),
    };
    format!("{status}{body}")
}

/// An answer as a record shows it.
pub(super) fn recorded(body: &Value) -> Option<String> {
    match body {
        Value::Null => None,
        Value::String(text) => Some(clip(text, RECORDED_BODY_CAP)),
        json => Some(clip(&json.to_string(), RECORDED_BODY_CAP)),
    }
}
