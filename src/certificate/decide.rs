//! Decides if a run certifies a provider for a capability, and makes the statement.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::descriptor;
use super::expected::{Expected, Requirements};
use super::refusal::Refusal;
use super::statement::{
    Assurance, AttestedResult, EXTENSION_VERSION, Extension, PREDICATE_TYPE, Predicate, Resource,
    STATEMENT_TYPE, SkippedTest, Statement, longest_validity,
};
use crate::model::{CapabilityRef, Level, Outcome, ProviderId, TestResult, hex};
use crate::summary::{ClaimSummary, RunSummary, claims};

/// The subject of a certificate: a provider and a contract.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The provider.
    pub provider: &'a ProviderId,
    /// The contract, as the registry knows it now.
    pub expected: &'a Expected,
}

/// The facts that a decision needs beside the run.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// SHA-256 of the run's record as it is kept, in hex.
    pub record_digest: String,
    /// The current time.
    pub now: DateTime<Utc>,
    /// The greatest age of a run that still certifies.
    pub max_age: TimeDelta,
    /// The time from `now` until the certificate expires.
    pub valid: TimeDelta,
    /// The party that ran the tests.
    pub assurance: Assurance,
}

/// Decides if a run certifies a provider for a contract, and makes the statement to sign (`docs/certificates.md`).
///
/// # Errors
///
/// Every rule that the run breaks.
pub fn decide(
    summary: &RunSummary,
    claim: Claim<'_>,
    evidence: &Evidence,
) -> Result<Statement, Vec<Refusal>> {
    let mut refusals = of_the_run(summary, evidence);
    if evidence.valid > longest_validity() {
        refusals.push(Refusal::TooLong {
            days: evidence.valid.num_days(),
            most: longest_validity().num_days(),
        });
    }
    let Some(mut rows) = rows_of(summary, claim, &mut refusals) else {
        return Err(refusals);
    };
    refusals.extend(of_the_contract(summary, claim.expected));
    let capability = &claim.expected.capability;
    let mut contracts = summary.header.contracts.iter();
    let record = contracts.find(|contract| contract.capability == *capability);
    let edition = record.and_then(|contract| contract.edition.as_ref());
    let Some(requirements) = claim.expected.held_to(edition) else {
        let name = edition.map_or_else(String::new, |edition| edition.name.clone());
        refusals.push(Refusal::OtherEdition(name));
        return Err(refusals);
    };
    rows.retain(|row| {
        row.level == Level::Should || !row.planned || !requirements.is_pending(&row.id().to_string())
    });
    refusals.extend(of_the_rows(summary, capability, requirements, &rows));
    match (refusals.is_empty(), &summary.footer) {
        (true, Some(footer)) => Ok(statement(
            summary,
            claim,
            requirements,
            evidence,
            &rows,
            footer.finished_at,
        )),
        _ => Err(refusals),
    }
}

/// The refusals because of the run as a whole, for every provider.
fn of_the_run(summary: &RunSummary, evidence: &Evidence) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if let Some(reason) = summary.why_incomplete() {
        refusals.push(Refusal::Incomplete(reason));
    }
    let selection = &summary.header.selection;
    if !selection.tests.is_empty() {
        refusals.push(Refusal::Filtered(format!(
            "--test {}",
            selection.tests.join(" --test ")
        )));
    }
    if selection.read_only {
        refusals.push(Refusal::Filtered("--read-only".to_owned()));
    }
    if let Some(run) = &selection.failed {
        refusals.push(Refusal::Filtered(format!("--failed {run}")));
    }
    if let Some(partition) = &selection.partition {
        refusals.push(Refusal::Filtered(format!("--partition {partition}")));
    }
    if let Some(footer) = &summary.footer {
        let age = evidence.now.signed_duration_since(footer.finished_at);
        if age > evidence.max_age {
            refusals.push(Refusal::Stale {
                days: age.num_days(),
                most: evidence.max_age.num_days(),
            });
        }
        // A minute is what clocks of two machines may differ by.
        if age < TimeDelta::minutes(-1) {
            refusals.push(Refusal::FromTheFuture);
        }
    }
    refusals
}

/// The results that concern a claim: those of the capability, and set-up calls that were answered wrongly.
fn rows_of<'s>(
    summary: &'s RunSummary,
    claim: Claim<'_>,
    refusals: &mut Vec<Refusal>,
) -> Option<Vec<&'s TestResult>> {
    let capability = &claim.expected.capability;
    let named = summary.header.providers.iter();
    let entries = named
        .filter(|record| {
            let mut claims = record.claims.iter();
            record.id == *claim.provider
                && claims.any(|one| one.capability == capability.id && one.version == capability.version)
        })
        .count();
    if entries > 1 {
        refusals.push(Refusal::Ambiguous(claim.provider.clone()));
    }
    let found = summary.provider(claim.provider).filter(|_| entries > 0);
    let Some(provider) = found else {
        refusals.push(Refusal::NotClaimed {
            provider: claim.provider.clone(),
            capability: capability.clone(),
        });
        return None;
    };
    let rows = summary
        .results_of(provider)
        .iter()
        .filter(|row| (row.capability == capability.id && row.version == capability.version) || !row.planned);
    Some(rows.collect())
}

/// The refusals because of the contract that was proven.
fn of_the_contract(summary: &RunSummary, expected: &Expected) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let contracts = summary.header.contracts.iter();
    for contract in contracts.filter(|contract| contract.capability == expected.capability) {
        if contract.digest != expected.contract_digest {
            refusals.push(Refusal::OtherContract {
                found: contract.digest.clone(),
                expected: expected.contract_digest.clone(),
            });
        }
        if contract.suite_digest != expected.suite_digest {
            refusals.push(Refusal::OtherSuite {
                found: contract.suite_digest.clone(),
                expected: expected.suite_digest.clone(),
            });
        }
    }
    refusals
}

/// The refusals because of the results.
fn of_the_rows(
    summary: &RunSummary,
    capability: &CapabilityRef,
    requirements: &Requirements,
    rows: &[&TestResult],
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let missing = requirements
        .must
        .iter()
        .filter(|id| !rows.iter().any(|row| row.id().to_string() == **id));
    refusals.extend(missing.map(|id| Refusal::Missing(id.clone())));
    for row in rows {
        let test = row.id().to_string();
        if row.flaky {
            refusals.push(Refusal::Flaky(test));
        } else if summary.known_as(row).is_some() {
            refusals.push(Refusal::Known(test));
        } else if row.level == Level::Must && !matches!(row.outcome, Outcome::Pass | Outcome::Skip) {
            refusals.push(Refusal::Ended {
                test,
                outcome: row.outcome,
            });
        }
    }
    let must = rows.iter().filter(|row| row.planned && row.level == Level::Must);
    let executed: BTreeSet<_> = must
        .clone()
        .filter(|row| row.outcome.executed())
        .map(|row| row.id().to_string())
        .collect();
    // A test without a result was named above.
    let untested = requirements.essential.iter().filter(|id| {
        let has_result = rows.iter().any(|row| row.id().to_string() == **id);
        has_result && !executed.contains(*id)
    });
    refusals.extend(untested.map(|id| Refusal::Unproven(id.clone())));
    if !must.clone().any(|row| row.outcome == Outcome::Pass) {
        refusals.push(Refusal::NothingPassed(capability.clone()));
    }
    refusals
}

/// The rules of the claim and their states. None if the record does not name them.
fn proof(summary: &RunSummary, claim: Claim<'_>) -> Option<ClaimSummary> {
    let capability = &claim.expected.capability;
    claims(summary).into_iter().find(|judged| {
        judged.provider == *claim.provider
            && judged.capability == capability.id
            && judged.version == capability.version
    })
}

fn statement(
    summary: &RunSummary,
    claim: Claim<'_>,
    requirements: &Requirements,
    evidence: &Evidence,
    rows: &[&TestResult],
    finished_on: DateTime<Utc>,
) -> Statement {
    let header = &summary.header;
    let expected = claim.expected;
    let ended = |outcome: Outcome| {
        let rows = rows.iter().filter(move |row| row.outcome == outcome);
        let mut ids: Vec<String> = rows.map(|row| row.id().to_string()).collect();
        ids.sort();
        ids
    };
    let warned: Vec<String> = ended(Outcome::Fail);
    let mut skipped: Vec<SkippedTest> = rows
        .iter()
        .filter(|row| row.outcome == Outcome::Skip)
        .map(|row| SkippedTest {
            name: row.id().to_string(),
            reason: row.message.clone().unwrap_or_default(),
        })
        .collect();
    skipped.sort_by(|one, other| one.name.cmp(&other.name));
    let descriptor = descriptor::bytes(summary, claim.provider);
    let descriptor_digest = hex(&Sha256::digest(&descriptor));
    let capability = expected.capability.to_string();
    let mut configuration = vec![
        Resource::of("contract", expected.contract_digest.clone()).uri(format!("registry:{capability}")),
        Resource::of("suite", expected.suite_digest.clone()),
        Resource::of("requirements", requirements.digest()),
        Resource {
            content: Some(STANDARD.encode(&descriptor)),
            ..Resource::of("provider", descriptor_digest.clone())
        },
        Resource::of("harness", hex(&Sha256::digest(&header.harness)))
            .uri(format!("pkg:cargo/{}", header.harness.replace(' ', "@"))),
        Resource::of("evidence", evidence.record_digest.clone()),
    ];
    configuration.extend(requirements.edition.iter().map(|edition| {
        Resource::of("edition", edition.digest.clone()).uri(format!("registry:{capability}/{}", edition.name))
    }));
    let dialects = header
        .providers
        .iter()
        .filter(|record| record.id == *claim.provider);
    configuration.extend(
        dialects
            .filter_map(|record| record.dialect.as_ref())
            .map(|dialect| {
                Resource::of("dialect", dialect.digest.clone()).uri(format!("dialect:{}", dialect.name))
            }),
    );
    let proof = proof(summary, claim);
    Statement {
        kind: STATEMENT_TYPE.to_owned(),
        subject: vec![Resource::of(
            format!("provider:{}", claim.provider),
            descriptor_digest,
        )],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            result: if warned.is_empty() {
                AttestedResult::Passed
            } else {
                AttestedResult::Warned
            },
            configuration,
            passed_tests: ended(Outcome::Pass),
            warned_tests: warned,
            failed_tests: Vec::new(),
            proofhouse: Some(Extension {
                version: EXTENSION_VERSION,
                provider: claim.provider.to_string(),
                capability,
                run: header.run.as_str().to_owned(),
                started_on: header.started_at,
                finished_on,
                issued_on: evidence.now,
                not_after: evidence
                    .now
                    .checked_add_signed(evidence.valid)
                    .unwrap_or(DateTime::<Utc>::MAX_UTC),
                assurance: evidence.assurance,
                edition: requirements.edition.clone(),
                level: proof.as_ref().and_then(|proof| proof.level),
                rules: proof.map(|proof| proof.rules).unwrap_or_default(),
                skipped_tests: skipped,
                required: requirements.must.len(),
                calls: rows.iter().map(|row| u64::from(row.calls)).sum(),
                seed: header.seed,
            }),
        },
    }
}
