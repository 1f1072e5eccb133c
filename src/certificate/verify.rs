//! Verifies a certificate: one check for each of its claims, without a network.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::envelope::{Envelope, PAYLOAD_TYPE};
use super::expected::{Expected, Requirements};
use super::statement::{
    Assurance, AttestedResult, EXTENSION_VERSION, Extension, PREDICATE_TYPE, STATEMENT_TYPE, Statement,
};
use super::trust::{Role, Trust, TrustedKey};
use crate::model::{CapabilityRef, hex};
use crate::summary::{ProofLevel, RuleState};

/// A check of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The file is an envelope.
    Envelope,
    /// It holds a statement of in-toto.
    PayloadType,
    /// A key that is trusted signed these very bytes, and none that is said to have signed did not.
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
}

impl Check {
    /// All checks, in the order in which they are made.
    pub const ALL: [Self; 15] = [
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
    /// True if a registry vouches for it.
    pub third_party: bool,
}

impl Verification {
    /// True if every check holds.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|checked| checked.holds == Some(true))
    }
}

/// The finding of a check: Ok with what holds, or Err with what does not.
type Found = Result<String, String>;

/// Verifies the text of a certificate, an envelope as JSON, at the time `now`.
///
/// `registry` returns the contract of a capability, or None if it has none. A certificate that does not hold is data, not an error:
/// [`Verification::checks`] lists every check with its result.
///
/// # Examples
///
/// ```
/// use proofhouse::certificate::{Check, Envelope, PrivateKey, Trust, trust_file, verify};
/// use proofhouse::diagnostic::Source;
///
/// let key = PrivateKey::from_seed(&[7; 32]);
/// let (from, until) = ("2026-01-01".parse()?, "2027-01-01".parse()?);
/// let trust = trust_file("Bookio", &key.public(), &["bookio:*".to_owned()], from, until);
/// let trust = Trust::read(&Source::new("trust.yaml", trust))?;
///
/// let mut envelope = Envelope::around(b"{}".to_vec());
/// envelope.sign(&key);
/// let found = verify(&envelope.to_json(), &trust, &|_| None, "2026-06-01T12:00:00Z".parse()?);
///
/// // The signature holds, but the payload is no statement about test results.
/// assert!(!found.holds());
/// let wrong = found.checks.iter().find(|checked| checked.holds == Some(false));
/// assert_eq!(wrong.map(|checked| checked.check), Some(Check::Statement));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(
    text: &str,
    trust: &Trust,
    registry: &dyn Fn(&CapabilityRef) -> Option<Expected>,
    now: DateTime<Utc>,
) -> Verification {
    let mut log = Log::default();
    let Some(envelope) = log.envelope(text) else {
        return log.end(None, &[]);
    };
    // Nothing of the payload is believed, or read, before its signature holds.
    let Some(signers) = log.signers(&envelope, trust) else {
        return log.end(None, &[]);
    };
    let Some((statement, about)) = log.statement(&envelope.payload) else {
        return log.end(None, &signers);
    };
    log.note(Check::Key, may_speak(&signers, &about));
    log.note(Check::Expiry, expiry(&about, now));
    log.note(Check::Revocation, revocation(trust, &signers, &about));
    log.note(Check::Subject, subject(&statement, &about));
    let expected = about
        .capability
        .parse()
        .ok()
        .and_then(|capability| registry(&capability));
    match expected {
        None => {
            let unknown = Err(format!("the registry has no contract `{}`", about.capability));
            log.note(Check::Contract, unknown);
        }
        Some(expected) => {
            log.note(
                Check::Contract,
                same(&statement, "contract", &expected.contract_digest),
            );
            match held_to(&statement, &about, &expected) {
                Ok(requirements) => {
                    log.note(Check::Suite, suite(&statement, &expected, requirements));
                    log.note(Check::Edition, Ok(requirements.name()));
                    log.note(
                        Check::Requirements,
                        same_requirements(&statement, &about, &expected, requirements),
                    );
                    log.note(Check::Tests, tests(&statement, &about, &expected, requirements));
                }
                Err(unknown) => log.note(Check::Edition, Err(unknown)),
            }
        }
    }
    log.note(Check::Level, level(&about));
    log.note(Check::Result, result(&statement));
    log.end(Some(about), &signers)
}

#[derive(Default)]
struct Log(Vec<Checked>);

impl Log {
    fn note(&mut self, check: Check, found: Found) {
        let holds = found.is_ok();
        self.0.push(Checked {
            check,
            holds: Some(holds),
            note: found.unwrap_or_else(|wrong| wrong),
        });
    }

    fn envelope(&mut self, text: &str) -> Option<Envelope> {
        let envelope = match Envelope::read(text) {
            Ok(envelope) => envelope,
            Err(error) => {
                self.note(Check::Envelope, Err(error.to_string()));
                return None;
            }
        };
        self.note(
            Check::Envelope,
            Ok(format!("signatures: {}", envelope.signatures.len())),
        );
        let right = envelope.payload_type == PAYLOAD_TYPE;
        let found = format!("`{}`", envelope.payload_type);
        self.note(
            Check::PayloadType,
            if right {
                Ok(found)
            } else {
                Err(format!("{found} is not `{PAYLOAD_TYPE}`"))
            },
        );
        right.then_some(envelope)
    }

    /// The trusted keys whose signature holds.
    fn signers<'t>(&mut self, envelope: &Envelope, trust: &'t Trust) -> Option<Vec<&'t TrustedKey>> {
        let bytes = envelope.signed_bytes();
        let (mut signers, mut broken, mut strangers) = (Vec::new(), Vec::new(), 0);
        for signature in &envelope.signatures {
            // The name of the key is a hint only: every key is tried.
            let signer = trust.keys.iter().find(|trusted| {
                signature
                    .sig
                    .as_ref()
                    .is_some_and(|sig| trusted.key.verifies(&bytes, sig))
            });
            let said = trust
                .keys
                .iter()
                .find(|trusted| trusted.key.id() == signature.keyid);
            match (signer, said) {
                (Some(signer), _) => signers.push(signer),
                (None, Some(said)) => broken.push(said.name.clone()),
                (None, None) => strangers += 1,
            }
        }
        let names: Vec<_> = signers.iter().map(|signer| signer.name.as_str()).collect();
        let found = if let Some(name) = broken.first() {
            Err(format!(
                "a signature that is said to be of `{name}` does not hold"
            ))
        } else if signers.is_empty() {
            Err("no key of the trust file signed it".to_owned())
        } else if strangers > 0 {
            Ok(format!(
                "by {}; {strangers} by keys that are not trusted",
                names.join(", ")
            ))
        } else {
            Ok(format!("by {}", names.join(", ")))
        };
        let holds = found.is_ok();
        self.note(Check::Signature, found);
        holds.then_some(signers)
    }

    fn statement(&mut self, payload: &[u8]) -> Option<(Statement, Extension)> {
        match read(payload) {
            Ok((statement, about)) => {
                let what = format!("{} of {} in run {}", about.capability, about.provider, about.run);
                self.note(Check::Statement, Ok(what));
                Some((statement, about))
            }
            Err(wrong) => {
                self.note(Check::Statement, Err(wrong));
                None
            }
        }
    }

    /// Ends the log. A check that could not be made is listed with `holds: None`.
    fn end(mut self, about: Option<Extension>, signers: &[&TrustedKey]) -> Verification {
        let made: BTreeSet<_> = self.0.iter().map(|checked| checked.check).collect();
        let others = Check::ALL.into_iter().filter(|check| !made.contains(check));
        self.0.extend(others.map(|check| Checked {
            check,
            holds: None,
            note: "not looked at, for what is wrong above".to_owned(),
        }));
        self.0.sort_by_key(|checked| checked.check);
        Verification {
            checks: self.0,
            about,
            third_party: signers.iter().any(|signer| signer.role == Role::Registry),
        }
    }
}

fn read(payload: &[u8]) -> Result<(Statement, Extension), String> {
    let statement = Statement::read(payload).map_err(|error| error.to_string())?;
    if statement.kind != STATEMENT_TYPE {
        return Err(format!("`{}` is not `{STATEMENT_TYPE}`", statement.kind));
    }
    if statement.predicate_type != PREDICATE_TYPE {
        return Err(format!(
            "`{}` is not `{PREDICATE_TYPE}`",
            statement.predicate_type
        ));
    }
    let about = statement
        .predicate
        .proofhouse
        .clone()
        .ok_or("it lacks the fields under `proofhouse`")?;
    if about.version > EXTENSION_VERSION {
        return Err(format!(
            "its fields have version {}, this program reads up to {EXTENSION_VERSION}",
            about.version
        ));
    }
    Ok((statement, about))
}

fn may_speak(signers: &[&TrustedKey], about: &Extension) -> Found {
    for signer in signers {
        if !signer.providers.takes(&about.provider) {
            return Err(format!("`{}` may not speak of {}", signer.name, about.provider));
        }
        if about.issued_on < signer.from || about.issued_on >= signer.until {
            return Err(format!(
                "`{}` is trusted from {} to {}, and it was written on {}",
                signer.name,
                signer.from.date_naive(),
                signer.until.date_naive(),
                about.issued_on.date_naive()
            ));
        }
    }
    let registry = signers.iter().any(|signer| signer.role == Role::Registry);
    if about.assurance == Assurance::RegistryRun && !registry {
        return Err("it says that a registry ran the tests, and no registry signed it".to_owned());
    }
    Ok(if registry {
        "a registry vouches for it".to_owned()
    } else {
        "the provider's own word".to_owned()
    })
}

fn expiry(about: &Extension, now: DateTime<Utc>) -> Found {
    if about.started_on > about.finished_on || about.finished_on > about.issued_on {
        Err("it was written before the run had ended".to_owned())
    } else if about.issued_on > now {
        Err(format!("it begins on {}", about.issued_on.to_rfc3339()))
    } else if about.not_after <= now {
        Err(format!("it expired on {}", about.not_after.to_rfc3339()))
    } else {
        Ok(format!("until {}", about.not_after.to_rfc3339()))
    }
}

fn revocation(trust: &Trust, signers: &[&TrustedKey], about: &Extension) -> Found {
    let run = trust.revoked_runs.iter().find(|revoked| revoked.id == about.run);
    if let Some(revoked) = run {
        return Err(format!("run {} was revoked: {}", revoked.id, revoked.reason));
    }
    for signer in signers {
        let id = signer.key.id();
        if let Some(revoked) = trust.revoked_keys.iter().find(|revoked| revoked.id == id) {
            return Err(format!(
                "the key `{}` was revoked: {}",
                signer.name, revoked.reason
            ));
        }
    }
    Ok("neither the run nor a key was".to_owned())
}

fn subject(statement: &Statement, about: &Extension) -> Found {
    let [subject] = statement.subject.as_slice() else {
        return Err(format!(
            "it has {} subjects, one is expected",
            statement.subject.len()
        ));
    };
    let content = statement
        .configured("provider")
        .and_then(|part| part.content.as_deref())
        .and_then(|text| STANDARD.decode(text).ok())
        .ok_or("the provider's descriptor is not there")?;
    if subject.sha256() != Some(hex(&Sha256::digest(&content)).as_str()) {
        return Err("the provider's descriptor has another digest than the subject".to_owned());
    }
    let descriptor: serde_json::Value =
        serde_json::from_slice(&content).map_err(|_| "the provider's descriptor is no JSON")?;
    if descriptor["id"] != about.provider.as_str() || subject.name != format!("provider:{}", about.provider) {
        return Err(format!("the subject is not {}", about.provider));
    }
    Ok(subject.name.clone())
}

fn same(statement: &Statement, part: &str, expected: &str) -> Found {
    match statement.configured(part).and_then(|part| part.sha256()) {
        Some(found) if found == expected => Ok(expected.to_owned()),
        Some(found) => Err(format!("{found} is not the registry's {expected}")),
        None => Err(format!("it names no {part}")),
    }
}

/// The requirements that a certificate was written for: those of the edition that it names. One that names none is of the edition whose
/// tests it requires, and else of the newest.
fn held_to<'e>(
    statement: &Statement,
    about: &Extension,
    expected: &'e Expected,
) -> Result<&'e Requirements, String> {
    if let Some(named) = &about.edition {
        same(statement, "edition", &named.digest)?;
        let unknown = || {
            let known: Vec<_> = expected.editions.iter().map(Requirements::name).collect();
            format!(
                "edition {} with digest {} is none of the registry's: {}",
                named.name,
                named.digest,
                known.join(", ")
            )
        };
        return expected.held_to(Some(named)).ok_or_else(unknown);
    }
    let of_its_tests = |one: &&Requirements| same_requirements(statement, about, expected, one).is_ok();
    let found = expected.editions.iter().rev().find(of_its_tests);
    found
        .or(expected.editions.last())
        .ok_or_else(|| "the registry has no edition of the contract".to_owned())
}

/// The suite of today, or an older or newer one of an edition that is published: an edition fixes which tests decide.
fn suite(statement: &Statement, expected: &Expected, requirements: &Requirements) -> Found {
    let found = same(statement, "suite", &expected.suite_digest);
    let digest = statement.configured("suite").and_then(|part| part.sha256());
    match (&requirements.edition, digest) {
        (Some(edition), Some(digest)) if found.is_err() => Ok(format!(
            "{digest}, another version of it, held to edition {}",
            edition.name
        )),
        _ => found,
    }
}

fn same_requirements(
    statement: &Statement,
    about: &Extension,
    expected: &Expected,
    requirements: &Requirements,
) -> Found {
    let passed = statement.predicate.passed_tests.iter();
    let named = passed
        .chain(about.skipped_tests.iter().map(|test| &test.name))
        .collect();
    // Signed before a test was renamed, it still requires the same tests.
    let by_its_names = expected.digest_by(requirements, &named);
    let by_its_names = same(statement, "requirements", &by_its_names);
    by_its_names.or_else(|_| same(statement, "requirements", &requirements.digest()))?;
    if about.required != requirements.must.len() {
        return Err(format!(
            "it counts {} required tests, there are {}",
            about.required,
            requirements.must.len()
        ));
    }
    Ok(format!("{} tests", about.required))
}

/// The level follows from the rules that the certificate lists. Before version 2 there were none.
fn level(about: &Extension) -> Found {
    let untested = || {
        about
            .rules
            .iter()
            .filter(|rule| rule.state == RuleState::NotTested)
    };
    if let Some(broken) = about.rules.iter().find(|rule| rule.state == RuleState::Broken) {
        return Err(format!("the rule {} is broken", broken.id));
    }
    match (about.level, untested().next()) {
        (None, _) if about.rules.is_empty() => Ok("it names none".to_owned()),
        (None, _) => Err("it lists rules and names no level".to_owned()),
        (Some(level), _) if about.rules.is_empty() => Err(format!("it says {level} and lists no rules")),
        (Some(ProofLevel::Full), Some(untested)) => Err(format!(
            "it says full, and the rule {} was not tested",
            untested.id
        )),
        (Some(level), _) => Ok(format!(
            "{level}, {} of {} rules proven, {} not tested",
            about.proven_rules(),
            about.total_rules(),
            untested().count()
        )),
    }
}

fn tests(
    statement: &Statement,
    about: &Extension,
    expected: &Expected,
    requirements: &Requirements,
) -> Found {
    let today = |id| expected.today(id);
    let passed: BTreeSet<_> = statement.predicate.passed_tests.iter().map(today).collect();
    let skipped = about.skipped_tests.iter().map(|test| &test.name);
    let skipped: BTreeSet<_> = skipped.map(today).collect();
    if let Some(test) = about
        .skipped_tests
        .iter()
        .find(|test| test.reason.trim().is_empty())
    {
        return Err(format!("{} was left out without a reason", test.name));
    }
    let missing = requirements
        .must
        .iter()
        .find(|id| !passed.contains(id) && !skipped.contains(id));
    if let Some(missing) = missing {
        return Err(format!("{missing} neither passed nor was left out for a reason"));
    }
    if let Some(both) = passed.intersection(&skipped).next() {
        return Err(format!("{both} passed and was left out"));
    }
    let known = |id: &&&String| expected.must.contains(**id) || expected.should.contains(**id);
    let warned = statement.predicate.warned_tests.iter();
    let warned = warned.map(today).collect::<BTreeSet<_>>();
    let mut all = passed.union(&skipped).chain(&warned);
    if let Some(stranger) = all.find(|id| !known(id)) {
        return Err(format!("{stranger} is no test of the contract"));
    }
    if let Some(unproven) = requirements.essential.iter().find(|id| !passed.contains(id)) {
        return Err(format!("the essential test {unproven} did not pass"));
    }
    let executed = requirements.must.iter().filter(|id| passed.contains(id)).count();
    if executed == 0 {
        return Err("no required test was executed".to_owned());
    }
    let left = requirements.must.len() - executed;
    Ok(format!(
        "{executed} of {} required tests passed, {left} not tested",
        requirements.must.len()
    ))
}

fn result(statement: &Statement) -> Found {
    let predicate = &statement.predicate;
    let follows = match (
        predicate.failed_tests.is_empty(),
        predicate.warned_tests.is_empty(),
    ) {
        (false, _) => AttestedResult::Failed,
        (true, false) => AttestedResult::Warned,
        (true, true) => AttestedResult::Passed,
    };
    if predicate.result != follows {
        return Err(format!(
            "it says {:?}, its lists say {follows:?}",
            predicate.result
        ));
    }
    match follows {
        AttestedResult::Failed => Err("tests failed".to_owned()),
        AttestedResult::Warned => Ok(format!("passed, with {} warnings", predicate.warned_tests.len())),
        AttestedResult::Passed => Ok("passed".to_owned()),
    }
}
