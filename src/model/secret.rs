//! Secrets that do not print, and their removal from what is recorded.

use std::fmt;

/// A text that must not reach a record, a report or a terminal. `Debug` hides it; there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Replaces known secrets in texts that are about to be recorded.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    secrets: Vec<Secret>,
}

impl Redactor {
    /// The length in bytes of the shortest secret that is replaced: shorter ones would blank out ordinary words.
    const SHORTEST: usize = 4;

    /// A redactor of these secrets. Those that are too short are ignored.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut secrets: Vec<_> = secrets
            .into_iter()
            .filter(|secret| secret.expose().len() >= Self::SHORTEST)
            .collect();
        // A secret that contains another must go first, or its rest would stay.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self { secrets }
    }

    /// The text with every known secret replaced.
    pub fn redact(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| {
            if text.contains(secret.expose()) {
                text.replace(secret.expose(), "[redacted]")
            } else {
                text
            }
        })
    }

    /// A JSON value with every known secret replaced in its strings and keys.
    pub fn redact_json(&self, value: &serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            Value::String(text) => Value::String(self.redact(text.clone())),
            Value::Array(items) => items.iter().map(|item| self.redact_json(item)).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (self.redact(key.clone()), self.redact_json(value)))
                .collect(),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }

    #[test]
    fn every_occurrence_of_a_secret_is_replaced_and_the_longer_secret_first() {
        let redactor = Redactor::new([Secret::new("tok-1"), Secret::new("tok-1-long"), Secret::new("ab")]);
        assert_eq!(
            redactor.redact("a tok-1-long b tok-1 ab".to_owned()),
            "a [redacted] b [redacted] ab"
        );
        let body = serde_json::json!({ "echo": ["Bearer tok-1"], "n": 1 });
        assert_eq!(
            redactor.redact_json(&body),
            serde_json::json!({ "echo": ["Bearer [redacted]"], "n": 1 })
        );
    }
}
