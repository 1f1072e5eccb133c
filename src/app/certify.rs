//! The use cases of certificates: make one of a stored run, and verify one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::editions::editions;
use super::files::{read_source, read_text};
use super::{AppError, Bundle, History, keys};
use crate::certificate::{
    self, Assurance, Claim, Envelope, Evidence, Expected, LARGEST_ENVELOPE, PrivateKey, Refusal,
    Requirements, Statement, Trust, Verification, decide,
};
use crate::event;
use crate::model::{CapabilityRef, Edition, Level, ProviderId, RunId, TestId, TestName, Untested, hex};
use crate::report::{run_line, untested_lines};
use crate::store;
use crate::summary::{ProofLevel, RunSummary, claims, missing_for_next_level};

/// The largest trust file that is read, in bytes.
pub(super) const LARGEST_TRUST: u64 = 4 * 1024 * 1024;

/// A request for a certificate.
#[derive(Debug, Clone)]
pub struct CertifyRequest {
    /// The run: its id, the beginning of its id, or `latest`.
    pub run: String,
    /// The provider. May be None if the run has one provider.
    pub provider: Option<ProviderId>,
    /// The capability. May be None if the provider claims one.
    pub capability: Option<CapabilityRef>,
    /// The file of the private key.
    pub key: PathBuf,
    /// The validity of the certificate.
    pub valid: TimeDelta,
    /// The maximum age of the run.
    pub max_age: TimeDelta,
    /// A certificate to countersign: a registry adds its signature if its own run proves the same.
    pub countersign: Option<PathBuf>,
}

/// The answer to a request for a certificate.
#[derive(Debug)]
pub enum Certified {
    /// A certificate.
    Signed(Box<Signed>),
    /// Every rule that the run breaks.
    Refused(Vec<Refusal>),
}

/// A certificate with its statement.
#[derive(Debug)]
pub struct Signed {
    /// The text of its file.
    pub text: String,
    /// The signed statement.
    pub statement: Statement,
    /// The text of the file of its short form, a Simple Verification Result.
    pub svr: String,
    /// The next level with what the run lacks for it. None at the highest level, and where the record does not name the rules.
    pub missing: Option<MissingForLevel>,
}

/// A level that a run does not reach, and what it lacks for it.
#[derive(Debug)]
pub struct MissingForLevel {
    /// The level.
    pub level: ProofLevel,
    /// The rules that were not tested, a line for each reason.
    pub lines: Vec<String>,
    /// The command of a run that tests them. None where no option of a run does.
    pub command: Option<String>,
}

/// Checks a stored run by the rules of certificates, and signs what it proves.
///
/// # Errors
///
/// There is no such run, the key cannot be used, or the provider or the capability is ambiguous.
pub fn certify(
    bundle: &Bundle,
    history: &History,
    request: &CertifyRequest,
    now: DateTime<Utc>,
) -> Result<Certified, AppError> {
    let key = keys::private_key(&request.key)?;
    let run = history.find(&request.run)?;
    if let Some(publisher) = history.store.overview(&run)?.publisher {
        return Err(AppError::CertifyPublished { run, publisher });
    }
    let summary = store::load(history.store.as_ref(), &run)?;
    let countersigned = request.countersign.as_deref().map(read_certificate).transpose()?;
    let of_other = countersigned
        .as_ref()
        .and_then(|(_, other)| other.predicate.proofhouse.as_ref());
    let provider = match (&request.provider, of_other) {
        (Some(provider), _) => provider.clone(),
        (None, Some(other)) => other.provider.parse().map_err(AppError::CertificateId)?,
        (None, None) => the_provider(&summary)?,
    };
    let capability = match (&request.capability, of_other) {
        (Some(capability), _) => capability.clone(),
        (None, Some(other)) => other.capability.parse().map_err(AppError::CertificateId)?,
        (None, None) => the_capability(&summary, &provider)?,
    };
    let expected =
        expected(bundle, &capability).ok_or_else(|| AppError::UncertifiableCapability(capability.clone()))?;
    let evidence = Evidence {
        record_digest: record_digest(history, &run)?,
        now,
        max_age: request.max_age,
        valid: request.valid,
        assurance: Assurance::SelfAttested,
    };
    let claim = Claim {
        provider: &provider,
        expected: &expected,
    };
    let statement = match decide(&summary, claim, &evidence) {
        Ok(statement) => statement,
        Err(refusals) => return Ok(Certified::Refused(refusals)),
    };
    let about = statement.predicate.proofhouse.as_ref();
    let about = about.ok_or_else(|| bug("a certificate without its own fields"))?;
    // The short form is about the run of the key that signs now, also when countersigning.
    let short = certificate::svr(&statement, about, &key.public()).map_err(bug)?;
    let (envelope, statement) = match countersigned {
        None => (Envelope::around(statement.to_bytes().map_err(bug)?), statement),
        Some((envelope, other)) => {
            same_claim(&other, &statement)?;
            (envelope, other)
        }
    };
    Ok(Certified::Signed(Box::new(Signed {
        text: signed(envelope, &key),
        svr: signed(Envelope::around(short), &key),
        missing: missing(&summary, &provider, &capability),
        statement,
    })))
}

/// The rules that the run lacks for the next level of a claim, and the command of a run that tests them.
fn missing(
    summary: &RunSummary,
    provider: &ProviderId,
    capability: &CapabilityRef,
) -> Option<MissingForLevel> {
    let mut claim = claims(summary).into_iter().find(|claim| {
        claim.provider == *provider
            && claim.capability == capability.id
            && claim.version == capability.version
    })?;
    let (level, rules) = missing_for_next_level(summary, &claim)?;
    let slow = |reason| matches!(reason, Untested::Slow | Untested::NoClock);
    let waits = rules.iter().filter_map(|rule| rule.reason).any(slow);
    let can_be_tested = rules
        .iter()
        .filter_map(|rule| rule.reason)
        .any(|reason| reason.remedy().is_some());
    let mut header = summary.header.clone();
    header.selection.slow |= waits;
    claim.rules = rules;
    Some(MissingForLevel {
        level,
        lines: untested_lines(&[claim]),
        command: can_be_tested.then(|| run_line(&header)),
    })
}

fn signed(mut envelope: Envelope, key: &PrivateKey) -> String {
    envelope.sign(key);
    envelope.to_json()
}

/// Checks that a certificate to countersign has the same provider, contract, suite and requirements as the registry's own run.
fn same_claim(other: &Statement, own: &Statement) -> Result<(), AppError> {
    let about = |statement: &Statement| {
        let about = statement.predicate.proofhouse.as_ref();
        about.map(|about| (about.provider.clone(), about.capability.clone()))
    };
    let same = about(other) == about(own)
        && ["contract", "suite", "requirements"].iter().all(|part| {
            other.configured(part).and_then(|part| part.sha256())
                == own.configured(part).and_then(|part| part.sha256())
        });
    if same {
        return Ok(());
    }
    Err(AppError::UnrelatedCertificate)
}

/// The digests and tests that a certificate of a contract must have. None if the bundle does not publish it.
pub fn expected(bundle: &Bundle, capability: &CapabilityRef) -> Option<Expected> {
    let contract = bundle.registry.at(capability)?;
    let tests = bundle.suites.tests(capability);
    let of = |level: Level| {
        let tests = tests.iter().filter(move |test| test.level == level);
        tests.map(|test| test.id.to_string()).collect()
    };
    Some(Expected {
        capability: capability.clone(),
        contract_digest: contract.digest.clone(),
        suite_digest: bundle.suites.digest(capability).unwrap_or_default().to_owned(),
        must: of(Level::Must),
        should: of(Level::Should),
        editions: editions(bundle, capability)
            .iter()
            .map(|edition| requirements(capability, edition))
            .collect(),
        former: tests
            .iter()
            .flat_map(|test| {
                test.ids()
                    .skip(1)
                    .map(move |id| (id.to_string(), test.id.to_string()))
            })
            .collect(),
    })
}

fn requirements(capability: &CapabilityRef, edition: &Edition) -> Requirements {
    let in_full = |names: &BTreeSet<TestName>| {
        let names = names.iter().map(|name| TestId {
            capability: capability.clone(),
            name: name.clone(),
        });
        names.map(|id| id.to_string()).collect()
    };
    Requirements {
        edition: edition.record.clone(),
        must: in_full(&edition.required),
        essential: in_full(&edition.essential),
    }
}

/// Verifies a certificate with a trust file and the contracts of a bundle, as of a time.
///
/// # Errors
///
/// A file cannot be read, or the trust file is wrong. An invalid certificate is an answer, not an error.
pub fn verify_certificate(
    bundle: &Bundle,
    file: &Path,
    trust: &Path,
    at: DateTime<Utc>,
) -> Result<Verification, AppError> {
    let trust = Trust::read(&read_source(trust, LARGEST_TRUST)?)?;
    // One byte above the limit, so that the verification itself reports a certificate that is too large.
    let text = read_text(file, LARGEST_ENVELOPE as u64 + 1)?;
    let registry = |capability: &CapabilityRef| expected(bundle, capability);
    Ok(certificate::verify(&text, &trust, &registry, at))
}

fn read_certificate(path: &Path) -> Result<(Envelope, Statement), AppError> {
    let text = read_text(path, LARGEST_ENVELOPE as u64)?;
    let envelope = Envelope::read(&text).map_err(|error| AppError::unreadable(path, &error))?;
    let statement = Statement::read(&envelope.payload).map_err(|error| AppError::unreadable(path, &error))?;
    Ok((envelope, statement))
}

/// The SHA-256 of the record of a run, in hex. The record is its events as lines of JSON, in order.
pub(super) fn record_digest(history: &History, run: &RunId) -> Result<String, AppError> {
    let mut hash = Sha256::new();
    let mut wrong = None;
    history
        .store
        .replay(run, &mut |recorded| match event::encode(&recorded) {
            Ok(line) => {
                hash.update(line);
                hash.update("\n");
                true
            }
            Err(error) => {
                wrong = Some(error);
                false
            }
        })?;
    match wrong {
        Some(error) => Err(bug(error)),
        None => Ok(hex(&hash.finalize())),
    }
}

fn the_provider(summary: &RunSummary) -> Result<ProviderId, AppError> {
    match summary.providers.as_slice() {
        [one] => Ok(one.id.clone()),
        several => Err(AppError::AmbiguousProvider {
            count: several.len(),
            example: several.first().map(|provider| provider.id.clone()),
        }),
    }
}

fn the_capability(summary: &RunSummary, provider: &ProviderId) -> Result<CapabilityRef, AppError> {
    let claims = summary
        .provider(provider)
        .map(|provider| provider.claims.as_slice())
        .unwrap_or_default();
    let named = |claim: &crate::event::ClaimRecord| CapabilityRef {
        id: claim.capability.clone(),
        version: claim.version.clone(),
    };
    match claims {
        [one] => Ok(named(one)),
        several => Err(AppError::AmbiguousCapability {
            provider: provider.clone(),
            count: several.len(),
            example: several.first().map(named),
        }),
    }
}

fn bug(error: impl std::fmt::Display) -> AppError {
    AppError::Bug(error.to_string())
}
