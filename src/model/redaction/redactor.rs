//! The redactor: every spelling of every secret in one automaton, and its use on texts and JSON.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use parking_lot::RwLock;
use serde_json::Value;

use super::spelling::{Spelling, spellings};
use super::unescape::Unescaped;
use crate::model::Secret;

/// The text that stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// The number of times that escapes are undone: an escaped text is often escaped once more by the text that quotes it.
const LEVELS: usize = 3;

/// Replaces known secrets in texts that are about to leave the harness, however they are spelled.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<Secret>,
    spellings: Vec<Spelling>,
    /// None without a secret.
    automaton: Option<AhoCorasick>,
    /// Secrets that come to be known later.
    vaults: Vec<Vault>,
}

/// Secrets that come to be known while a run is at work, such as tokens that are renewed. Every redactor that was given the vault replaces
/// them from then on.
#[derive(Clone, Default)]
pub struct Vault(Arc<RwLock<Held>>);

#[derive(Default)]
struct Held {
    secrets: VecDeque<Secret>,
    redactor: Arc<Redactor>,
}

impl Vault {
    /// The number of secrets that are kept. A token that was renewed so often ago is in no text any more.
    const MOST: usize = 64;

    /// Adds a secret, or says that it is still one. The oldest goes where there are very many.
    pub fn add(&self, secret: Secret) {
        let mut held = self.0.write();
        if let Some(at) = held.secrets.iter().position(|known| *known == secret) {
            held.secrets.remove(at);
            held.secrets.push_back(secret);
            return;
        }
        if held.secrets.len() >= Self::MOST {
            held.secrets.pop_front();
        }
        held.secrets.push_back(secret);
        held.redactor = Arc::new(Redactor::new(held.secrets.iter().cloned()));
    }

    fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.0.read().redactor)
    }
}

/// It names no secret.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault of {}", self.0.read().secrets.len())
    }
}

impl Redactor {
    /// The length in bytes of the shortest secret that is replaced: shorter ones would blank out ordinary words.
    pub const SHORTEST: usize = 4;

    /// A redactor of these secrets. Those that are too short are ignored.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut texts: Vec<String> = secrets
            .into_iter()
            .flat_map(|secret| parts(secret.expose()))
            .filter(|text| text.len() >= Self::SHORTEST)
            .collect();
        if texts.is_empty() {
            return Self::default();
        }
        texts.sort();
        texts.dedup();
        let spellings: Vec<_> = texts.iter().flat_map(|text| spellings(text)).collect();
        // Letters may have changed their case on the way, and hexadecimal has either. The only limit is that of memory.
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(spellings.iter().map(|spelling| &spelling.head))
            .ok()
            .filter(|_| !spellings.is_empty());
        Self {
            secrets: texts.into_iter().map(Secret::new).collect(),
            spellings,
            automaton,
            vaults: Vec::new(),
        }
    }

    /// The redactor, which also replaces what a vault holds by then.
    #[must_use]
    pub fn with_vault(mut self, vault: Vault) -> Self {
        self.vaults.push(vault);
        self
    }

    /// A redactor of the secrets of all of these.
    pub fn of_all<'r>(redactors: impl IntoIterator<Item = &'r Self>) -> Self {
        let mut secrets = Vec::new();
        let mut vaults: Vec<Vault> = Vec::new();
        for redactor in redactors {
            secrets.extend(redactor.secrets.iter().cloned());
            for vault in &redactor.vaults {
                if !vaults.iter().any(|known| Arc::ptr_eq(&known.0, &vault.0)) {
                    vaults.push(vault.clone());
                }
            }
        }
        Self {
            vaults,
            ..Self::new(secrets)
        }
    }

    /// The text with every known secret replaced.
    pub fn redact(&self, text: String) -> String {
        let text = self.without_own(text);
        self.vaults
            .iter()
            .fold(text, |text, vault| vault.redactor().redact(text))
    }

    /// The text without the secrets that were known from the start.
    fn without_own(&self, text: String) -> String {
        let Some(automaton) = &self.automaton else {
            return text;
        };
        let mut found = self.found_in(automaton, text.as_bytes());
        let mut levels: Vec<Unescaped> = Vec::new();
        for _ in 0..LEVELS {
            let last = levels
                .last()
                .map_or(text.as_bytes(), |level| level.bytes.as_slice());
            let Some(level) = Unescaped::of(last) else {
                break;
            };
            levels.push(level);
            let Some(level) = levels.last() else {
                break;
            };
            for range in self.found_in(automaton, &level.bytes) {
                let source = levels
                    .iter()
                    .rev()
                    .try_fold(range, |range, level| level.source_of(&range));
                found.extend(source);
            }
        }
        match found.is_empty() {
            true => text,
            false => replaced(&text, found),
        }
    }

    /// A JSON value with every known secret replaced in its texts, keys and numbers.
    pub fn redact_json(&self, value: &Value) -> Value {
        if self.automaton.is_none() && self.vaults.is_empty() {
            return value.clone();
        }
        match value {
            Value::String(text) => Value::String(self.redact(text.clone())),
            Value::Array(items) => items.iter().map(|item| self.redact_json(item)).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (self.redact(key.clone()), self.redact_json(value)))
                .collect(),
            Value::Number(number) => {
                let text = number.to_string();
                let redacted = self.redact(text.clone());
                match redacted == text {
                    true => value.clone(),
                    false => Value::String(redacted),
                }
            }
            Value::Bool(_) | Value::Null => value.clone(),
        }
    }

    /// The places of secrets in a text, whole characters of base64 included.
    fn found_in(&self, automaton: &AhoCorasick, text: &[u8]) -> Vec<Range<usize>> {
        automaton
            .find_overlapping_iter(text)
            .filter_map(|found| {
                let spelling = self.spellings.get(found.pattern().as_usize())?;
                Some(spelling.range(text, found.range()))
            })
            .collect()
    }
}

/// It names no secret.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor of {}", self.secrets.len())
    }
}

/// What of a credential would give it away alone: all of it, without the white space around it, and what stands behind the name of a
/// scheme, as in `Token abc`.
fn parts(secret: &str) -> Vec<String> {
    let trimmed = secret.trim();
    let mut parts = vec![secret.to_owned(), trimmed.to_owned()];
    if let Some((scheme, rest)) = trimmed.split_once(' ')
        && scheme.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !rest.trim().contains(char::is_whitespace)
    {
        parts.push(rest.trim().to_owned());
    }
    parts
}

/// The text with each of these ranges replaced, those that overlap by one mark.
fn replaced(text: &str, mut ranges: Vec<Range<usize>>) -> String {
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    let mut replaced = String::with_capacity(text.len());
    let mut from = 0;
    for range in merged {
        // An escape may spell a part of a character.
        let start = text.floor_char_boundary(range.start).max(from);
        replaced.push_str(&text[from..start]);
        replaced.push_str(REDACTED);
        from = text.ceil_char_boundary(range.end);
    }
    replaced.push_str(&text[from..]);
    replaced
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets.iter().map(|secret| Secret::new(*secret)))
    }

    fn redacted(secret: &str, text: &str) -> String {
        redactor(&[secret]).redact(text.to_owned())
    }

    #[test]
    fn every_occurrence_of_a_secret_is_replaced_and_the_longer_secret_whole() {
        let redactor = redactor(&["tok-1", "tok-1-long", "ab"]);
        assert_eq!(
            redactor.redact("a tok-1-long b tok-1 ab".to_owned()),
            "a [redacted] b [redacted] ab"
        );
        let body = json!({ "echo": ["Bearer tok-1"], "n": 1, "tok-1": null });
        assert_eq!(
            redactor.redact_json(&body),
            json!({ "echo": ["Bearer [redacted]"], "n": 1, "[redacted]": null })
        );
    }

    #[test]
    fn a_secret_that_comes_to_be_known_later_is_replaced_by_every_redactor_of_its_vault() {
        let vault = Vault::default();
        let own = redactor(&["tok-1"]).with_vault(vault.clone());
        let of_run = Redactor::of_all([&own, &own, &redactor(&["tok-2"])]);
        let text = || "tok-1 tok-2 late-3".to_owned();
        assert_eq!(of_run.redact(text()), "[redacted] [redacted] late-3");
        vault.add(Secret::new("late-3"));
        assert_eq!(of_run.redact(text()), "[redacted] [redacted] [redacted]");
        assert_eq!(own.redact(text()), "[redacted] tok-2 [redacted]");
        assert_eq!(
            Redactor::default()
                .with_vault(vault.clone())
                .redact_json(&json!(["late-3"])),
            json!([REDACTED])
        );
        vault.add(Secret::new("kept-4"));
        for number in 0..Vault::MOST {
            vault.add(Secret::new(format!("later-{number}.")));
            vault.add(Secret::new("kept-4"));
        }
        assert_eq!(own.redact("later-1. kept-4".to_owned()), "[redacted] [redacted]");
        assert_eq!(own.redact("late-3".to_owned()), "late-3");
    }

    #[test]
    fn secrets_that_overlap_are_replaced_together() {
        let redactor = redactor(&["abcdef", "defghi"]);
        assert_eq!(redactor.redact("xabcdefghix".to_owned()), "x[redacted]x");
        assert_eq!(redactor.redact("abcdefabcdef".to_owned()), "[redacted][redacted]");
    }

    #[test]
    fn a_secret_is_found_in_any_case_and_below_escapes() {
        for text in [
            "HUNTER22/x",
            "hunter22%2Fx",
            "%68unter22%2fx",
            "hunter22%252Fx",
            "hunter22\\/x",
            "\\u0068unter22/x",
            "hunter22\\u002Fx",
            "hunter22\\\\u002fx",
            "hunter22\\u{2f}x",
            "h&#117;nter22&#x2F;x",
            "68756e74657232322f78",
            "68756E74657232322F78",
        ] {
            assert_eq!(
                redacted("hunter22/x", &format!("<{text}>")),
                "<[redacted]>",
                "{text}"
            );
        }
    }

    #[test]
    fn a_number_that_is_a_secret_is_replaced() {
        assert_eq!(
            redactor(&["123456"]).redact_json(&json!([123456, 7, -123456])),
            json!([REDACTED, 7, "-[redacted]"])
        );
    }

    #[test]
    fn the_start_of_a_secret_at_a_cut_is_replaced() {
        assert_eq!(
            redacted("hunter22-secret", "key hunter2… (90 characters in all)"),
            "key [redacted]… (90 characters in all)"
        );
        assert_eq!(redacted("hunter22-secret", "key hun…"), "key hun…");
        assert_eq!(redacted("hunter22-secret", "hunter2 and"), "hunter2 and");
    }

    #[test]
    fn the_name_of_a_scheme_is_no_part_of_a_secret() {
        assert_eq!(
            redacted("Token abc123", "abc123 for Token"),
            "[redacted] for Token"
        );
        assert_eq!(redacted(" padded-1 \n", "padded-1"), "[redacted]");
    }

    #[test]
    fn short_secrets_and_other_texts_stay() {
        assert_eq!(redacted("abc", "abc"), "abc");
        assert_eq!(
            redacted("hunter22", "50% of \\ & <&amp;> hunter21"),
            "50% of \\ & <&amp;> hunter21"
        );
        assert_eq!(Redactor::default().redact("x".to_owned()), "x");
    }

    #[test]
    fn a_part_of_a_character_never_breaks_a_text() {
        assert_eq!(redacted("naïveté", "na%C3%AFvet%C3%A9!"), "[redacted]!");
        assert_eq!(redacted("naïveté", "naïvet%C3%A9é"), "[redacted]é");
    }

    proptest! {
        #[test]
        fn base64_of_a_text_around_a_secret_does_not_hold_it(before in "[ -~]{0,9}", secret in "[!-~]{6,40}", after in "[ -~]{0,9}") {
            let text = format!("{before}{secret}{after}");
            let redactor = redactor(&[secret.as_str()]);
            for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                let redacted = redactor.redact(encoded.clone());
                prop_assert!(redacted.contains(REDACTED), "{encoded} of {text}: {redacted}");
                let left: usize = redacted.split(REDACTED).map(str::len).sum();
                // Three bytes are four characters; one more byte at each side may be lost or left.
                prop_assert!(left <= (before.len() + after.len()).div_ceil(3) * 4 + 8, "{redacted}");
            }
        }

        #[test]
        fn any_text_can_be_redacted(text in ".{0,60}", secret in ".{4,9}") {
            let redacted = redactor(&[secret.as_str()]).redact(format!("{text}{secret}{text}"));
            prop_assert!(redacted.contains(REDACTED));
        }
    }
}
