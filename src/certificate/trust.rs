//! The trust file: trusted keys with the providers and the time for which they are trusted, and revoked keys and runs.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

use super::keys::PublicKey;
use crate::diagnostic::{Problem, Problems, Source, Spot, check_format, read_yaml};
use crate::plan::NameFilter;

/// The name and version of the format.
pub const TRUST_FORMAT: &str = "proofhouse.trust/1";

/// The role of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A provider, which certifies its own runs.
    Provider,
    /// A registry, which ran the tests itself.
    Registry,
}

/// A trusted key.
#[derive(Debug)]
pub struct TrustedKey {
    /// Its name for people.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// Its role.
    pub role: Role,
    /// The providers that it may certify.
    pub providers: NameFilter,
    /// The start of the time in which it is trusted.
    pub from: DateTime<Utc>,
    /// The end of the time in which it is trusted. The moment itself is not included.
    pub until: DateTime<Utc>,
}

/// A revoked key or run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// The id of a key or of a run.
    pub id: String,
    /// The reason.
    pub reason: String,
}

/// The content of a trust file.
#[derive(Debug)]
pub struct Trust {
    /// The keys.
    pub keys: Vec<TrustedKey>,
    /// The revoked keys.
    pub revoked_keys: Vec<Revoked>,
    /// The revoked runs: their certificates are void.
    pub revoked_runs: Vec<Revoked>,
}

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
    id: String,
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
        let revoked = |list: Vec<RawRevocation>| {
            let entries = list.into_iter();
            let revoked = entries.map(|RawRevocation { id, reason }| Revoked { id, reason });
            revoked.collect()
        };
        problems.or(Self {
            keys,
            revoked_keys: revoked(raw.revoked.keys),
            revoked_runs: revoked(raw.revoked.runs),
        })
    }
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
