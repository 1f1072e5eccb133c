//! The use cases of certificates: make one of a stored run, and verify one.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::expected::expected;
use super::files::read_text;
use super::transparency::{check_log, log_text, proof_file};
use super::{AppError, Bundle, History, keys};
use crate::certificate::{
    self, Assurance, Claim, Envelope, Evidence, LARGEST_ENVELOPE, PrivateKey, Refusal, Role, Statement,
    Trust, Verification, countersign, decide,
};
use crate::event;
use crate::model::{CapabilityRef, ProviderId, RunId, Untested, hex};
use crate::report::{run_line, untested_lines};
use crate::store::{self, Wait};
use crate::summary::{ProofLevel, RunSummary, claims, missing_for_next_level};

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
    /// A certificate to countersign: a registry states that it verified it, and that its own run proves the same.
    pub countersign: Option<PathBuf>,
    /// The private key of the transparency log that the certificate is added to.
    pub log_key: Option<PathBuf>,
    /// The trust file: it says who may have signed the certificate to countersign, and for what time the key that signs is trusted.
    pub trust: Option<PathBuf>,
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
    /// The text of the proof that it is in the log. None if it was not added.
    pub proof: Option<String>,
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
    data: &Path,
    request: &CertifyRequest,
    now: DateTime<Utc>,
) -> Result<Certified, AppError> {
    certify_claim(
        bundle,
        data,
        request,
        &ProvenRun::load(history, &request.run)?,
        now,
    )
}

/// A stored run whose claims are certified.
#[derive(Debug)]
pub struct ProvenRun {
    summary: RunSummary,
    from_files: bool,
    digest: String,
}

impl ProvenRun {
    /// Loads a run once, for all certificates of it.
    ///
    /// # Errors
    ///
    /// There is no such run, or somebody else made it.
    pub fn load(history: &History, run: &str) -> Result<Self, AppError> {
        let run = history.find(run)?;
        let overview = history.store.overview(&run).wait()?;
        if let Some(publisher) = overview.publisher {
            return Err(AppError::CertifyPublished { run, publisher });
        }
        Ok(Self {
            summary: store::load(history.store.as_ref(), &run).wait()?,
            from_files: overview.from_files,
            digest: record_digest(history, &run)?,
        })
    }

    /// Its claims: all, or those of one provider, in the order of the run.
    pub fn claims(&self, provider: Option<&ProviderId>) -> Vec<(ProviderId, CapabilityRef)> {
        let providers = self.summary.providers.iter();
        let wanted = providers.filter(|one| provider.is_none_or(|wanted| one.id == *wanted));
        let claims = wanted.flat_map(|one| {
            one.claims.iter().map(|claim| {
                let capability = CapabilityRef {
                    id: claim.capability.clone(),
                    version: claim.version.clone(),
                };
                (one.id.clone(), capability)
            })
        });
        claims.collect()
    }
}

/// Checks one claim of a run by the rules of certificates, and signs what is proven of it.
///
/// # Errors
///
/// The key cannot be used, or the provider or the capability is ambiguous.
pub fn certify_claim(
    bundle: &Bundle,
    data: &Path,
    request: &CertifyRequest,
    run: &ProvenRun,
    now: DateTime<Utc>,
) -> Result<Certified, AppError> {
    let key = keys::private_key(&request.key)?;
    let summary = &run.summary;
    let trust = request.trust.as_deref().map(keys::read_trust).transpose()?;
    let mut refusals = Vec::new();
    let countersigned = match (&request.countersign, &trust) {
        (Some(path), Some(trust)) => match certificate_to_countersign(bundle, path, trust, &key, now)? {
            Ok(countersigned) => Some(countersigned),
            // Nothing of it is used, not even the provider that it names.
            Err(refusals) => return Ok(Certified::Refused(refusals)),
        },
        (Some(_), None) => return Err(AppError::CountersignWithoutTrust),
        (None, _) => None,
    };
    let of_other = countersigned
        .as_ref()
        .and_then(|other| other.statement.predicate.proofhouse.as_ref());
    let provider = match (&request.provider, of_other) {
        (Some(provider), _) => provider.clone(),
        (None, Some(other)) => other.provider.parse().map_err(AppError::CertificateId)?,
        (None, None) => the_provider(summary)?,
    };
    let capability = match (&request.capability, of_other) {
        (Some(capability), _) => capability.clone(),
        (None, Some(other)) => other.capability.parse().map_err(AppError::CertificateId)?,
        (None, None) => the_capability(summary, &provider)?,
    };
    let expected =
        expected(bundle, &capability).ok_or_else(|| AppError::UncertifiableCapability(capability.clone()))?;
    let other_ends = of_other.map(|other| other.not_after - now);
    let valid = other_ends.map_or(request.valid, |ends| request.valid.min(ends));
    let assurance = match assurance(
        trust.as_ref(),
        &key,
        &provider,
        (now, valid),
        countersigned.is_some(),
    ) {
        Ok(assurance) => assurance,
        Err(refusal) => {
            refusals.push(refusal);
            if countersigned.is_some() {
                Assurance::RegistryRun
            } else {
                Assurance::SelfAttested
            }
        }
    };
    if assurance == Assurance::RegistryRun && run.from_files {
        refusals.push(Refusal::FromFiles);
    }
    let evidence = Evidence {
        record_digest: run.digest.clone(),
        now,
        max_age: request.max_age,
        valid,
        assurance,
    };
    let claim = Claim {
        provider: &provider,
        expected: &expected,
    };
    let statement = match decide(summary, claim, &evidence) {
        Ok(statement) => statement,
        Err(others) => {
            refusals.extend(others);
            return Ok(Certified::Refused(refusals));
        }
    };
    let statement = match countersigned {
        None => statement,
        Some(other) => match countersign(statement.clone(), summary, &other.statement, &other.text) {
            Ok(statement) => statement,
            Err(others) => {
                refusals.extend(others);
                statement
            }
        },
    };
    if !refusals.is_empty() {
        return Ok(Certified::Refused(refusals));
    }
    let about = statement.predicate.proofhouse.as_ref();
    let about = about.ok_or_else(|| bug("a certificate without its own fields"))?;
    let about = about.clone();
    let short = certificate::svr(&statement, &about, &key.public()).map_err(bug)?;
    let envelope = Envelope::around(statement.to_bytes().map_err(bug)?);
    let text = signed(envelope, &key);
    let proof = match &request.log_key {
        Some(log_key) => Some(log_text(data, &text, &about, log_key, now)?.to_string()),
        None => None,
    };
    Ok(Certified::Signed(Box::new(Signed {
        text,
        proof,
        svr: signed(Envelope::around(short), &key),
        missing: missing(summary, &provider, &capability),
        statement,
    })))
}

/// The party that the key speaks for. Refuses a key that the trust file knows otherwise, or not until the end of the certificate.
fn assurance(
    trust: Option<&Trust>,
    key: &PrivateKey,
    provider: &ProviderId,
    (now, valid): (DateTime<Utc>, TimeDelta),
    countersigns: bool,
) -> Result<Assurance, Refusal> {
    // An end that no date can have is refused for its length.
    let not_after = now.checked_add_signed(valid).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let role = match trust {
        Some(trust) => trust
            .role(&key.public(), provider, now, not_after)
            .map_err(Refusal::Key)?,
        None => None,
    };
    match role {
        Some(Role::Provider) if countersigns => Err(Refusal::Key(
            "the trust file says that it is a provider's, and a registry countersigns".to_owned(),
        )),
        Some(Role::Registry) => Ok(Assurance::RegistryRun),
        _ if countersigns => Ok(Assurance::RegistryRun),
        _ => Ok(Assurance::SelfAttested),
    }
}

/// A certificate that a registry may countersign.
struct Countersigned {
    /// The text of its file.
    text: String,
    /// Its statement.
    statement: Statement,
}

/// Reads and verifies a certificate to countersign. An invalid one is a refusal that names every check that does not hold.
fn certificate_to_countersign(
    bundle: &Bundle,
    path: &Path,
    trust: &Trust,
    key: &PrivateKey,
    now: DateTime<Utc>,
) -> Result<Result<Countersigned, Vec<Refusal>>, AppError> {
    let text = read_text(path, LARGEST_ENVELOPE as u64)?;
    let envelope = Envelope::read(&text).map_err(|error| AppError::unreadable(path, &error))?;
    let registry = |capability: &CapabilityRef| expected(bundle, capability);
    let found = certificate::verify(&text, trust, &registry, now);
    let wrong = found.checks.iter().filter(|checked| checked.holds == Some(false));
    let wrong = wrong.map(|wrong| Refusal::Invalid(format!("{}: {}", wrong.check, wrong.note)));
    let mut refusals: Vec<_> = wrong.collect();
    let bytes = envelope.signed_bytes();
    let signatures = envelope
        .signatures
        .iter()
        .filter_map(|signature| signature.sig.as_ref());
    if signatures
        .into_iter()
        .any(|sig| key.public().verifies(&bytes, sig))
    {
        let own = "this key signed it: a registry vouches for the certificate of another";
        refusals.push(Refusal::Invalid(own.to_owned()));
    }
    if !refusals.is_empty() {
        return Ok(Err(refusals));
    }
    let statement = Statement::read(&envelope.payload).map_err(|error| AppError::unreadable(path, &error))?;
    Ok(Ok(Countersigned { text, statement }))
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

/// Verifies a certificate with a trust file and the contracts of a bundle, as of a time.
///
/// # Errors
///
/// A file cannot be read, or the trust file is wrong. An invalid certificate is an answer, not an error.
pub fn verify_certificate(
    bundle: &Bundle,
    file: &Path,
    trust: &Path,
    proof: Option<&Path>,
    at: DateTime<Utc>,
) -> Result<Verification, AppError> {
    let trust = keys::read_trust(trust)?;
    // One byte above the limit, so that the verification itself reports a certificate that is too large.
    let text = read_text(file, LARGEST_ENVELOPE as u64 + 1)?;
    let registry = |capability: &CapabilityRef| expected(bundle, capability);
    let mut found = certificate::verify(&text, &trust, &registry, at);
    check_log(
        &mut found,
        &trust,
        &text,
        &proof.map_or_else(|| proof_file(file), Path::to_owned),
    );
    Ok(found)
}

/// The SHA-256 of the record of a run, in hex. The record is its events as lines of JSON, in order.
pub(super) fn record_digest(history: &History, run: &RunId) -> Result<String, AppError> {
    let mut hash = Sha256::new();
    let mut wrong = None;
    let each = |recorded| match event::encode(&recorded) {
        Ok(line) => {
            hash.update(line);
            hash.update("\n");
            true
        }
        Err(error) => {
            wrong = Some(error);
            false
        }
    };
    store::replay(history.store.as_ref(), run, each).wait()?;
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
