//! The checks of a certificate, and the result of a verification.

use std::fmt;

use super::statement::{Assurance, Extension};

/// A check of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The file is an envelope.
    Envelope,
    /// It holds a statement of in-toto.
    PayloadType,
    /// A key that is trusted signed these very bytes.
    Signature,
    /// The bytes are a statement about test results, with our own fields.
    Statement,
    /// The key may speak of this provider, and might when it signed.
    Key,
    /// It has begun and has not expired.
    Expiry,
    /// Neither a key nor the run was revoked.
    Revocation,
    /// The provider's descriptor has the digest of the subject, and is the named provider's.
    Subject,
    /// The contract is the registry's.
    Contract,
    /// The suite is the registry's.
    Suite,
    /// The edition is one that the registry has published.
    Edition,
    /// The required tests are those of the edition.
    Requirements,
    /// Each required test passed, or was not tested for a reason, and the essential ones passed.
    Tests,
    /// The level follows from the rules.
    Level,
    /// The result follows from the lists.
    Result,
    /// The certificate that a registry countersigns is the one that it names, about the same, and holds.
    Countersigned,
    /// A transparency log that the trust file names holds it. Made only if the trust file names one.
    Log,
}

impl Check {
    /// All checks that are always made, in the order in which they are made.
    pub const ALL: [Self; 16] = [
        Self::Envelope,
        Self::PayloadType,
        Self::Signature,
        Self::Statement,
        Self::Key,
        Self::Expiry,
        Self::Revocation,
        Self::Subject,
        Self::Contract,
        Self::Suite,
        Self::Edition,
        Self::Requirements,
        Self::Tests,
        Self::Level,
        Self::Result,
        Self::Countersigned,
    ];

    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::PayloadType => "payload-type",
            Self::Signature => "signature",
            Self::Statement => "statement",
            Self::Key => "key",
            Self::Expiry => "expiry",
            Self::Revocation => "revocation",
            Self::Subject => "subject",
            Self::Contract => "contract",
            Self::Suite => "suite",
            Self::Edition => "edition",
            Self::Requirements => "requirements",
            Self::Tests => "tests",
            Self::Level => "level",
            Self::Result => "result",
            Self::Countersigned => "countersigned",
            Self::Log => "log",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The check.
    pub check: Check,
    /// True if it holds. None if an earlier check left nothing to look at.
    pub holds: Option<bool>,
    /// The finding.
    pub note: String,
}

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Every check, in order.
    pub checks: Vec<Checked>,
    /// Our own fields, where the signature holds.
    pub about: Option<Extension>,
    /// True if a registry vouches for it, by a statement of its own.
    pub third_party: bool,
    /// The names of the keys that signed it and may, as the trust file has them.
    pub signed_by: Vec<String>,
    /// The certificate of the provider that a registry countersigns, verified in the same way.
    pub countersigned: Option<Box<Self>>,
}

impl Verification {
    /// True if every check holds.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|checked| checked.holds == Some(true))
    }

    /// Adds a check that was made elsewhere.
    pub fn add(&mut self, check: Check, found: Result<String, String>) {
        self.checks.push(Checked {
            check,
            holds: Some(found.is_ok()),
            note: found.unwrap_or_else(|wrong| wrong),
        });
    }

    /// A check that was made.
    pub fn checked(&self, check: Check) -> Option<&Checked> {
        self.checks.iter().find(|checked| checked.check == check)
    }

    /// The party that vouches, its run and what it vouches for, a line each: the registry first, then the provider. Empty if the
    /// certificate does not hold.
    pub fn vouches(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.holds() {
            lines.extend(self.vouched());
            let countersigned = self.countersigned.as_ref();
            lines.extend(
                countersigned
                    .filter(|inner| inner.holds())
                    .and_then(|inner| inner.vouched()),
            );
        }
        lines
    }

    fn vouched(&self) -> Option<String> {
        let about = self.about.as_ref()?;
        let signers = self.signed_by.join(", ");
        let party = match about.assurance {
            Assurance::RegistryRun => format!("the registry `{signers}`"),
            Assurance::SelfAttested => format!("`{signers}`, by the provider's own word,"),
        };
        let proof = about.proof_in_words();
        Some(format!(
            "{party} vouches for {} of {} in its own run {}{}, until {}",
            about.capability,
            about.provider,
            about.run,
            proof.map_or_else(String::new, |proof| format!(", {proof}")),
            about.not_after.format("%Y-%m-%d %H:%M UTC")
        ))
    }
}

/// The finding of a check: Ok with what holds, or Err with what does not.
pub(super) type Found = Result<String, String>;
