//! The trust file: how trusted keys, revocations and logs are written down. An entry that would trust or revoke nothing is a mistake.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

use super::keys::PublicKey;
use super::log_key::LogKey;
use super::trust::{Revoked, Role, Trust, TrustedKey};
use crate::diagnostic::{Problem, Problems, Source, Spot, check_format, read_yaml};
use crate::plan::NameFilter;

/// The name and version of the format.
pub const TRUST_FORMAT: &str = "proofhouse.trust/1";

/// The text of a trust file that trusts one key of a provider, for the providers that the globs name, between two days.
pub fn trust_file(
    name: &str,
    key: &PublicKey,
    providers: &[String],
    from: NaiveDate,
    until: NaiveDate,
) -> String {
    // JSON is YAML: whatever is in a name, it stays one value.
    let name = serde_json::Value::from(name);
    let providers = serde_json::Value::from(providers);
    let pem: String = key
        .to_pem()
        .trim_end()
        .lines()
        .map(|line| format!("      {line}\n"))
        .collect();
    format!(
        "format: {TRUST_FORMAT}\nkeys:\n  - name: {name}\n    public: |\n{pem}    role: provider\n    \
         providers: {providers}\n    from: {from}\n    until: {until}\n"
    )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTrust {
    format: Spot<String>,
    #[serde(default)]
    keys: Vec<RawKey>,
    #[serde(default)]
    revoked: RawRevoked,
    #[serde(default)]
    logs: Vec<Spot<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKey {
    name: Spot<String>,
    public: Spot<String>,
    role: Spot<String>,
    #[serde(default)]
    providers: Vec<Spot<String>>,
    from: Spot<String>,
    until: Spot<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRevoked {
    #[serde(default)]
    keys: Vec<RawRevocation>,
    #[serde(default)]
    runs: Vec<RawRevocation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRevocation {
    id: Spot<String>,
    reason: String,
}

impl Trust {
    /// Reads a trust file.
    ///
    /// # Errors
    ///
    /// Every mistake in its entries; only the first where the form is broken or a key is not known.
    pub fn read(source: &Arc<Source>) -> Result<Self, Problems> {
        let raw: RawTrust = read_yaml(source)?;
        let mut problems = Problems::new();
        check_format(source, &raw.format, TRUST_FORMAT, "a trust file", &mut problems);
        let keys: Vec<_> = raw
            .keys
            .iter()
            .filter_map(|key| trusted(source, key, &mut problems))
            .collect();
        let revoked_keys = revoked(source, raw.revoked.keys, &key_id, KEY_ID, &mut problems);
        let revoked_runs = revoked(source, raw.revoked.runs, &run_id, RUN_ID, &mut problems);
        let logs: Vec<_> = raw
            .logs
            .iter()
            .filter_map(|log| match log.value.parse::<LogKey>() {
                Ok(key) => Some(key),
                Err(error) => {
                    problems.push(Problem::at(source, log.span(source), error.to_string()));
                    None
                }
            })
            .collect();
        problems.or(Self {
            logs,
            keys,
            revoked_keys,
            revoked_runs,
        })
    }
}

/// The form of the ids in a list, in words.
const KEY_ID: (&str, &str) = (
    "is no id of a key",
    "64 hexadecimal digits, as `proofhouse keys show` prints them",
);
const RUN_ID: (&str, &str) = (
    "is no id of a run",
    "such as `20261121-030000-4f2a9c31`, as `proofhouse runs list` prints it",
);

/// The entries of a list that forbids. An id that no key and no run can have would forbid nothing, in silence.
fn revoked(
    source: &Arc<Source>,
    list: Vec<RawRevocation>,
    read: &dyn Fn(&str) -> Option<String>,
    (wrong, form): (&str, &str),
    problems: &mut Problems,
) -> Vec<Revoked> {
    let entries = list.into_iter().filter_map(|RawRevocation { id, reason }| {
        let found = read(id.value.trim());
        if found.is_none() {
            let message = format!("`{}` {wrong}, so nothing would be revoked", id.value);
            problems.push(Problem::at(source, id.span(source), message).label(form.to_owned()));
        }
        Some(Revoked { id: found?, reason })
    });
    entries.collect()
}

/// The id of a key as signatures name it: SHA-256 in lower-case digits. Other tools write it in capitals, with colons between its bytes,
/// or with the name of the hash before it.
pub fn key_id(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let digits = lower
        .strip_prefix("sha256:")
        .or_else(|| lower.strip_prefix("sha-256:"))
        .unwrap_or(&lower);
    let digits = digits.trim().replace(':', "");
    (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

/// The id of a run: the time of its start, and digits that are its own.
pub fn run_id(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let parts: Vec<_> = lower.split('-').collect();
    let [day, time, own] = parts.as_slice() else {
        return None;
    };
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_time =
        NaiveDate::parse_from_str(day, "%Y%m%d").is_ok() && NaiveTime::parse_from_str(time, "%H%M%S").is_ok();
    let is_own = (6..=8).contains(&own.len()) && own.bytes().all(|byte| byte.is_ascii_hexdigit());
    (digits(day, 8) && digits(time, 6) && is_time && is_own).then_some(lower)
}

fn trusted(source: &Arc<Source>, raw: &RawKey, problems: &mut Problems) -> Option<TrustedKey> {
    let mut wrong = |spot: &Spot<String>, message: String, label: &str| {
        problems.push(Problem::at(source, spot.span(source), message).label(label.to_owned()));
    };
    let key = PublicKey::from_pem(&raw.public.value);
    if let Err(error) = &key {
        wrong(
            &raw.public,
            error.to_string(),
            "`proofhouse keys show` prints what belongs here",
        );
    }
    let role = match raw.role.value.as_str() {
        "provider" => Some(Role::Provider),
        "registry" => Some(Role::Registry),
        other => {
            wrong(
                &raw.role,
                format!("`{other}` is no role"),
                "`provider` or `registry`",
            );
            None
        }
    };
    let mut day = |spot: &Spot<String>| {
        let day = NaiveDate::parse_from_str(&spot.value, "%Y-%m-%d").ok();
        if day.is_none() {
            wrong(
                spot,
                format!("`{}` is no day", spot.value),
                "such as `2026-12-24`",
            );
        }
        day.map(|day| day.and_time(NaiveTime::MIN).and_utc())
    };
    let (from, until) = (day(&raw.from), day(&raw.until));
    if let (Some(from), Some(until)) = (from, until)
        && from >= until
    {
        let message = format!("the key `{}` is trusted at no time", raw.name.value);
        wrong(&raw.until, message, "a day after `from`");
    }
    for glob in &raw.providers {
        if let Some(strange) = glob.value.chars().find(|&c| !may_stand_in_a_glob(c)) {
            let message = format!(
                "`{}` is in no id of a provider, so `{}` would name none",
                strange.escape_unicode(),
                glob.value
            );
            let shown = if strange.is_ascii_graphic() {
                format!(
                    "`{strange}` is in no id of a provider, so `{}` would name none",
                    glob.value
                )
            } else {
                message
            };
            wrong(
                glob,
                shown,
                "ids have lower-case letters, digits, dashes and a colon; globs also `*`, `?`, `[…]` and `{…}`",
            );
        }
    }
    let globs: Vec<String> = raw.providers.iter().map(|glob| glob.value.clone()).collect();
    let providers = NameFilter::new(&globs);
    if let (Err(error), Some(first)) = (&providers, raw.providers.first()) {
        wrong(first, error.to_string(), "globs over ids of providers");
    }
    // A provider's key that may speak of everybody would let any provider certify its rival.
    if role == Some(Role::Provider) && globs.is_empty() {
        wrong(
            &raw.role,
            format!("the key `{}` of a provider names no `providers`", raw.name.value),
            "a provider speaks of its own ids: `providers: [\"bookio:*\"]`",
        );
        return None;
    }
    Some(TrustedKey {
        name: raw.name.value.clone(),
        key: key.ok()?,
        role: role?,
        providers: providers.ok()?,
        from: from?,
        until: until?,
    })
}

/// Returns true for the characters of ids and of globs. A capital, a space or a letter of another alphabet that looks like one of these
/// would match no id, in silence.
fn may_stand_in_a_glob(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || "-:*?[]{},!\\".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0c9f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7";

    fn read(keys: &str, runs: &str) -> Result<Trust, String> {
        let text = format!(
            "format: {TRUST_FORMAT}\nrevoked:\n  keys:\n    - {{ id: \"{keys}\", reason: lost }}\n  runs:\n    - {{ id: \"{runs}\", reason: wrong }}\n"
        );
        Trust::read(&Source::new("trust.yaml", text)).map_err(|problems| problems.render(false))
    }

    #[test]
    fn an_id_that_is_revoked_is_the_one_that_signatures_name_however_it_is_written() {
        let bytes: Vec<_> = KEY
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).unwrap())
            .collect();
        for written in [
            KEY.to_owned(),
            KEY.to_uppercase(),
            format!("sha256:{KEY}"),
            format!("SHA256:{}", KEY.to_uppercase()),
            bytes.join(":"),
            format!(" {KEY} "),
        ] {
            let trust = read(&written, "20261121-030000-4F2A9C31").unwrap();
            assert_eq!(trust.revoked_keys[0].id, KEY, "{written}");
            assert_eq!(trust.revoked_runs[0].id, "20261121-030000-4f2a9c31");
        }
    }

    #[test]
    fn an_id_that_would_revoke_nothing_is_refused_with_its_place() {
        let shortened = &KEY[..16];
        for (key, run) in [
            (shortened, "20261121-030000-4f2a9c31"),
            ("", "20261121-030000-4f2a9c31"),
            ("the old key", "20261121-030000-4f2a9c31"),
            (KEY, "latest"),
            (KEY, "20261121-030000"),
            (KEY, "20261321-030000-4f2a9c31"),
            (KEY, "4f2a9c31"),
        ] {
            let wrong = read(key, run).unwrap_err();
            assert!(
                wrong.contains("nothing would be revoked") && wrong.contains("trust.yaml:"),
                "{wrong}"
            );
        }
    }
}
