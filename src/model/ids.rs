//! Names, each in its own type, each valid by construction. Copies of one that a run hands on by the thousand share their text.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Version;

/// An error of a text that is not a valid name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: {expected}")]
pub struct IdError {
    /// The text as it was given.
    pub text: String,
    /// The kind of name that was asked for, with its article.
    pub what: &'static str,
    /// The form that the name must have.
    pub expected: &'static str,
}

fn is_slug(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_snake(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|first| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

macro_rules! text_form {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

/// A provider, `platform:tenant`: `bookio:salon-aurora`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId {
    text: Arc<str>,
    colon: usize,
}

impl ProviderId {
    /// The platform, which several tenants share: `bookio`.
    pub fn platform(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The tenant of the platform: `salon-aurora`.
    pub fn tenant(&self) -> &str {
        &self.text[self.colon + 1..]
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for ProviderId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let colon = text
            .find(':')
            .filter(|&at| is_slug(&text[..at]) && is_slug(&text[at + 1..]));
        match colon {
            Some(colon) => Ok(Self {
                text: text.into(),
                colon,
            }),
            None => Err(IdError {
                text: text.to_owned(),
                what: "a provider id",
                expected: "`platform:tenant`, lower-case letters, digits and dashes on both sides",
            }),
        }
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

text_form!(ProviderId);

/// A capability, `domain.tool`: `notes.add_note`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapabilityId {
    text: Arc<str>,
    dot: usize,
}

impl CapabilityId {
    /// The domain, whose capabilities belong together: `notes`.
    pub fn domain(&self) -> &str {
        &self.text[..self.dot]
    }

    /// The tool, the name that a provider is called with: `add_note`.
    pub fn tool(&self) -> &str {
        &self.text[self.dot + 1..]
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Another tool of the same domain. A `tool` that already names its domain is taken as it is.
    pub fn sibling(&self, tool: &str) -> Result<Self, IdError> {
        if tool.contains('.') {
            tool.parse()
        } else {
            format!("{}.{tool}", self.domain()).parse()
        }
    }
}

impl FromStr for CapabilityId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let dot = text
            .find('.')
            .filter(|&at| is_snake(&text[..at]) && is_snake(&text[at + 1..]));
        match dot {
            Some(dot) => Ok(Self {
                text: text.into(),
                dot,
            }),
            None => Err(IdError {
                text: text.to_owned(),
                what: "a capability id",
                expected: "`domain.tool` in snake_case, for example `notes.add_note`",
            }),
        }
    }
}

impl fmt::Display for CapabilityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

text_form!(CapabilityId);

/// A capability at one version, `notes.add_note@0.1.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapabilityRef {
    /// The capability.
    pub id: CapabilityId,
    /// Its version.
    pub version: Version,
}

impl FromStr for CapabilityRef {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError {
            text: text.to_owned(),
            what: "a capability at a version",
            expected: "`domain.tool@version`, for example `notes.add_note@0.1.0`",
        };
        let (id, version) = text.split_once('@').ok_or_else(wrong)?;
        Ok(Self {
            id: id.parse().map_err(|_| wrong())?,
            version: version.parse().map_err(|_| wrong())?,
        })
    }
}

impl fmt::Display for CapabilityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.id, self.version))
    }
}

text_form!(CapabilityRef);

/// The last part of a test's id, unique within its capability: `happy_path`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestName(Arc<str>);

impl TestName {
    /// The row under which a wrong answer to a set-up call is reported against the tool that gave it.
    pub fn set_up() -> Self {
        Self("set_up".into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TestName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if is_snake(text) {
            Ok(Self(text.into()))
        } else {
            Err(IdError {
                text: text.to_owned(),
                what: "a test name",
                expected: "snake_case, starting with a letter, for example `happy_path`",
            })
        }
    }
}

impl fmt::Display for TestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

text_form!(TestName);

/// A test in full: `notes.add_note@0.1.0/happy_path`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestId {
    /// The capability at the version that the test proves.
    pub capability: CapabilityRef,
    /// The test's name within the capability.
    pub name: TestName,
}

impl FromStr for TestId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError {
            text: text.to_owned(),
            what: "a test in full",
            expected: "`domain.tool@version/test`, for example `notes.add_note@0.1.0/happy_path`",
        };
        let (capability, name) = text.rsplit_once('/').ok_or_else(wrong)?;
        Ok(Self {
            capability: capability.parse().map_err(|_| wrong())?,
            name: name.parse().map_err(|_| wrong())?,
        })
    }
}

impl fmt::Display for TestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.capability, self.name))
    }
}

text_form!(TestId);

/// A run: the moment it started and a few random digits, `20261121-093012-4f2a9c01`. Sorts by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

impl RunId {
    /// Makes the id of a run that starts at `started` (seconds are enough) with `entropy` in its last eight digits.
    pub fn new(started: chrono::DateTime<chrono::Utc>, entropy: u64) -> Self {
        Self(format!(
            "{}-{:08x}",
            started.format("%Y%m%d-%H%M%S"),
            entropy & 0xffff_ffff
        ))
    }

    /// Returns true if [`new`](Self::new) may have made the id for a run that started then. Others may have chosen any id, such as one
    /// that means something else in a command.
    pub fn is_made_for(&self, started: chrono::DateTime<chrono::Utc>) -> bool {
        let digits = self.0.strip_prefix(&started.format("%Y%m%d-%H%M%S-").to_string());
        digits.is_some_and(|digits| {
            digits.len() == 8
                && digits
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The random digits alone, short enough for the name of a customer.
    pub fn short(&self) -> &str {
        self.0.rsplit('-').next().unwrap_or(&self.0)
    }
}

impl FromStr for RunId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let ok = !text.is_empty()
            && text.len() <= 64
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if ok {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError {
                text: text.to_owned(),
                what: "a run id",
                expected: "digits and letters with dashes, as `proofhouse runs list` prints them",
            })
        }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

text_form!(RunId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_id_has_a_platform_and_a_tenant() {
        let id: ProviderId = "bookio:salon-aurora".parse().unwrap();
        assert_eq!((id.platform(), id.tenant()), ("bookio", "salon-aurora"));
        for wrong in ["bookio", ":x", "x:", "Bookio:x", "a:b:c", "a:-b", "a b:c"] {
            assert!(wrong.parse::<ProviderId>().is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn a_capability_id_has_a_domain_and_a_tool() {
        let id: CapabilityId = "booking.create_booking".parse().unwrap();
        assert_eq!((id.domain(), id.tool()), ("booking", "create_booking"));
        assert_eq!(
            id.sibling("list_services").unwrap().as_str(),
            "booking.list_services"
        );
        assert_eq!(id.sibling("crm.get_invoice").unwrap().as_str(), "crm.get_invoice");
        for wrong in ["booking", "booking.", ".x", "Booking.x", "a.b.c", "a.b-c"] {
            assert!(wrong.parse::<CapabilityId>().is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn a_capability_at_a_version_reads_back_as_it_prints() {
        let at: CapabilityRef = "booking.create_booking@v0.1.0".parse().unwrap();
        assert_eq!(at.to_string(), "booking.create_booking@0.1.0");
        assert!("booking.create_booking".parse::<CapabilityRef>().is_err());
    }

    #[test]
    fn a_test_in_full_reads_back_as_it_prints() {
        let test: TestId = "booking.create_booking@v0.1.0/happy_path".parse().unwrap();
        assert_eq!(test.to_string(), "booking.create_booking@0.1.0/happy_path");
        for wrong in [
            "create_booking/happy_path",
            "a.b@0.1.0",
            "a.b@0.1.0/Happy",
            "a.b@0.1.0/x/y",
        ] {
            assert!(wrong.parse::<TestId>().is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn run_ids_sort_by_the_moment_they_started() {
        let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        assert!(RunId::new(at(1_000), 0xffff) < RunId::new(at(1_001), 0));
        assert_eq!(RunId::new(at(0), 0xabcdef).short(), "00abcdef");
    }
}
