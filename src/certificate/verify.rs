//! Verifies a certificate: one check for each of its claims, without a network.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::check::{Check, Checked, Found, Verification};
use super::countersign::{COUNTERSIGNED, countersigned_text, descriptor, descriptor_bytes, differences};
use super::envelope::{Envelope, PAYLOAD_TYPE};
use super::expected::Expected;
use super::rows;
use super::signers::Signers;
use super::statement::{
    Assurance, EXTENSION_VERSION, Extension, PREDICATE_TYPE, STATEMENT_TYPE, Statement, in_days,
    longest_validity,
};
use super::trust::Trust;
use crate::model::{CapabilityRef, IdError, ProviderId, RunId, hex};

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
    let verifier = Verifier { trust, registry, now };
    verifier.verify(text).0
}

/// The inputs of a verification.
struct Verifier<'v> {
    trust: &'v Trust,
    registry: &'v dyn Fn(&CapabilityRef) -> Option<Expected>,
    now: DateTime<Utc>,
}

/// A statement whose signature holds.
pub(super) type Signed = (Statement, Extension);

impl Verifier<'_> {
    fn verify(&self, text: &str) -> (Verification, Option<Signed>, bool) {
        let mut log = Log::default();
        let Some(envelope) = log.envelope(text) else {
            return (log.end(None), None, false);
        };
        // Nothing of the payload is believed, or read, before its signature holds.
        let signers = Signers::of(&envelope, self.trust);
        log.note(Check::Signature, signers.found());
        if signers.is_empty() {
            return (log.end(None), None, signers.are_unknown());
        }
        let Some((statement, about)) = log.statement(&envelope.payload) else {
            return (log.end(None), None, false);
        };
        let accepted = signers.accepted(self.trust, &about);
        log.signed_by = accepted.keys.iter().map(|key| key.name.clone()).collect();
        log.third_party = about.assurance == Assurance::RegistryRun && !accepted.keys.is_empty();
        log.note(Check::Key, accepted.key);
        log.note(Check::Revocation, accepted.revocation);
        log.note(Check::Expiry, expiry(&about, self.now));
        log.note(Check::Subject, subject(&statement, &about));
        self.contract(&mut log, &statement, &about);
        log.note(Check::Result, rows::result(&statement));
        let countersigned = self.countersigned(&mut log, &statement, &about);
        log.note(Check::Countersigned, countersigned);
        let signed = (statement, about.clone());
        (log.end(Some(about)), Some(signed), false)
    }

    /// The checks that need the contract.
    fn contract(&self, log: &mut Log, statement: &Statement, about: &Extension) {
        let capability = about.capability.parse().ok();
        let Some(expected) = capability.and_then(|capability| (self.registry)(&capability)) else {
            let unknown = Err(format!("the registry has no contract `{}`", about.capability));
            log.note(Check::Contract, unknown);
            log.note(Check::Level, rows::level(statement, about, None));
            return;
        };
        log.note(
            Check::Contract,
            rows::same(statement, "contract", &expected.contract_digest),
        );
        match rows::held_to(statement, about, &expected) {
            Ok(requirements) => {
                log.note(Check::Suite, rows::suite(statement, &expected, requirements));
                log.note(Check::Edition, Ok(requirements.name()));
                log.note(
                    Check::Requirements,
                    rows::same_requirements(statement, about, &expected, requirements),
                );
                log.note(
                    Check::Tests,
                    rows::tests(statement, about, &expected, requirements),
                );
                log.note(
                    Check::Level,
                    rows::level(statement, about, Some((&expected, requirements))),
                );
            }
            Err(unknown) => {
                log.note(Check::Edition, Err(unknown));
                log.note(Check::Level, rows::level(statement, about, None));
            }
        }
    }

    /// Verifies the certificate that a registry's statement names, in the same way and as of the same time.
    fn countersigned(&self, log: &mut Log, statement: &Statement, about: &Extension) -> Found {
        let Some(resource) = statement.configured(COUNTERSIGNED) else {
            return Ok("it countersigns no other certificate".to_owned());
        };
        let text = countersigned_text(resource)?;
        let (inner, signed, unknown) = self.verify(&text);
        let found = match (&signed, inner.holds()) {
            // Nothing is read of what no trusted key signed. The registry stands for its own run all the same.
            (None, _) if unknown => Ok(
                "the provider's own certificate is signed by no key of the trust file: only the registry's word counts".to_owned(),
            ),
            (Some(other), true) => match differences((statement, about), (&other.0, &other.1)).first() {
                Some(difference) => Err(difference.clone()),
                None => Ok(format!("the provider's certificate of its own run {} holds", other.1.run)),
            },
            _ => {
                let wrong = inner.checks.iter().find(|checked| checked.holds != Some(true));
                let wrong = wrong.map(|wrong| format!("{}: {}", wrong.check, wrong.note));
                Err(format!(
                    "the provider's certificate does not hold: {}",
                    wrong.unwrap_or_default()
                ))
            }
        };
        log.countersigned = Some(Box::new(inner));
        found
    }
}

#[derive(Default)]
struct Log {
    checks: Vec<Checked>,
    signed_by: Vec<String>,
    third_party: bool,
    countersigned: Option<Box<Verification>>,
}

impl Log {
    fn note(&mut self, check: Check, found: Found) {
        let holds = found.is_ok();
        self.checks.push(Checked {
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
    fn end(mut self, about: Option<Extension>) -> Verification {
        let made: BTreeSet<_> = self.checks.iter().map(|checked| checked.check).collect();
        let others = Check::ALL.into_iter().filter(|check| !made.contains(check));
        self.checks.extend(others.map(|check| Checked {
            check,
            holds: None,
            note: "not looked at, for what is wrong above".to_owned(),
        }));
        self.checks.sort_by_key(|checked| checked.check);
        Verification {
            checks: self.checks,
            about,
            third_party: self.third_party,
            signed_by: self.signed_by,
            countersigned: self.countersigned,
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
    ids(&about)?;
    Ok((statement, about))
}

/// The ids of a certificate have the only form that there is of each: an id that is written otherwise would not be found where it is
/// revoked.
fn ids(about: &Extension) -> Result<(), String> {
    let wrong = |error: IdError| error.to_string();
    about.provider.parse::<ProviderId>().map_err(wrong)?;
    let capability: CapabilityRef = about.capability.parse().map_err(wrong)?;
    if capability.to_string() != about.capability {
        return Err(format!("`{}` is written `{capability}`", about.capability));
    }
    let run: RunId = about.run.parse().map_err(wrong)?;
    if !run.is_made_for(about.started_on) {
        return Err(format!(
            "`{run}` is no id of a run that started on {}",
            about.started_on.to_rfc3339()
        ));
    }
    Ok(())
}

fn expiry(about: &Extension, now: DateTime<Utc>) -> Found {
    if about.started_on > about.finished_on || about.finished_on > about.issued_on {
        Err("it was written before the run had ended".to_owned())
    } else if about.issued_on > now {
        Err(format!("it begins on {}", about.issued_on.to_rfc3339()))
    } else if about.not_after.signed_duration_since(about.issued_on) > longest_validity() {
        Err(format!(
            "it would hold until {}, {} at most",
            about.not_after.to_rfc3339(),
            in_days(longest_validity())
        ))
    } else if about.not_after <= now {
        Err(format!("it expired on {}", about.not_after.to_rfc3339()))
    } else {
        Ok(format!("until {}", about.not_after.to_rfc3339()))
    }
}

fn subject(statement: &Statement, about: &Extension) -> Found {
    let [subject] = statement.subject.as_slice() else {
        return Err(format!(
            "it has {} subjects, one is expected",
            statement.subject.len()
        ));
    };
    let content = descriptor_bytes(statement)?;
    if subject.sha256() != Some(hex(&Sha256::digest(&content)).as_str()) {
        return Err("the provider's descriptor has another digest than the subject".to_owned());
    }
    let descriptor = descriptor(statement)?;
    if descriptor.id != about.provider || subject.name != format!("provider:{}", about.provider) {
        return Err(format!("the subject is not {}", about.provider));
    }
    // The run's id is the salt of the address: with another one, a reader who knows the address could not check it.
    if descriptor.salt != about.run {
        return Err("the provider's descriptor is of another run".to_owned());
    }
    if descriptor.entry(&about.capability).is_none() {
        return Err(format!(
            "the provider's descriptor does not claim {}",
            about.capability
        ));
    }
    Ok(subject.name.clone())
}
