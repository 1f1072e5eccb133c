//! The statement of a registry about a certificate of a provider: it is about the registry's own run, and holds the certificate, byte for
//! byte, with its digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::descriptor::{Descriptor, constants_digest, place_digest};
use super::envelope::LARGEST_ENVELOPE;
use super::refusal::Refusal;
use super::statement::{Assurance, Extension, Resource, Statement};
use crate::capability::strict_json;
use crate::model::{hex, plural};
use crate::summary::RunSummary;

/// The name of the resource that holds the certificate of the provider.
pub(super) const COUNTERSIGNED: &str = "certificate";

/// The media type of an envelope.
const ENVELOPE_TYPE: &str = "application/vnd.dsse.envelope.v1+json";

/// Adds a certificate of the provider to the registry's own statement about its own run.
///
/// `text` is the file of the certificate and `other` its statement; both were verified. The registry's statement ends no later than the
/// certificate.
///
/// # Errors
///
/// Every difference between the two: another place, dialect, edition or set of tests, or the same run.
pub fn countersign(
    mut own: Statement,
    summary: &RunSummary,
    other: &Statement,
    text: &str,
) -> Result<Statement, Vec<Refusal>> {
    let Some((about, other_about)) = own
        .predicate
        .proofhouse
        .clone()
        .zip(other.predicate.proofhouse.as_ref())
    else {
        return Err(vec![Refusal::Differs(
            "it lacks the fields under `proofhouse`".to_owned(),
        )]);
    };
    let mut wrong = differences((&own, &about), (other, other_about));
    if let Err(elsewhere) = same_place(summary, &about, other, other_about) {
        wrong.push(elsewhere);
    }
    if !wrong.is_empty() {
        return Err(wrong.into_iter().map(Refusal::Differs).collect());
    }
    if let Some(about) = own.predicate.proofhouse.as_mut() {
        about.not_after = about.not_after.min(other_about.not_after);
    }
    own.predicate.configuration.push(Resource {
        media_type: Some(ENVELOPE_TYPE.to_owned()),
        content: Some(STANDARD.encode(text)),
        ..Resource::of(COUNTERSIGNED, hex(&Sha256::digest(text)))
    });
    Ok(own)
}

/// The text of the certificate that a registry's statement holds.
pub(super) fn countersigned_text(resource: &Resource) -> Result<String, String> {
    let content = resource.content.as_deref().unwrap_or_default();
    if content.len() > LARGEST_ENVELOPE {
        return Err(format!(
            "the certificate in it has {}",
            plural(content.len(), "byte")
        ));
    }
    let bytes = STANDARD
        .decode(content)
        .map_err(|_| "the certificate in it is no base64")?;
    if resource.sha256() != Some(hex(&Sha256::digest(&bytes)).as_str()) {
        return Err(
            "the certificate in it has another digest than the registry's statement names".to_owned(),
        );
    }
    String::from_utf8(bytes).map_err(|_| "the certificate in it is no text".to_owned())
}

/// The differences between a registry's statement and the certificate that it countersigns, in words.
pub(super) fn differences(own: (&Statement, &Extension), other: (&Statement, &Extension)) -> Vec<String> {
    let ((own, about), (other, other_about)) = (own, other);
    let mut wrong = Vec::new();
    if about.assurance != Assurance::RegistryRun {
        wrong.push("only a registry countersigns, by a statement that it ran the tests".to_owned());
    }
    if other_about.assurance != Assurance::SelfAttested {
        wrong.push(
            "the certificate is a registry's own: a registry countersigns those of providers".to_owned(),
        );
    }
    if about.provider != other_about.provider {
        wrong.push(format!(
            "the certificate is of {}, the run of {}",
            other_about.provider, about.provider
        ));
    }
    if about.capability != other_about.capability {
        wrong.push(format!(
            "the certificate is of {}, the run of {}",
            other_about.capability, about.capability
        ));
    }
    if about.run == other_about.run {
        wrong.push(format!(
            "both are about run {}: a registry vouches for a run of its own",
            about.run
        ));
    }
    if about.issued_on < other_about.issued_on {
        wrong.push("the certificate is newer than the statement that countersigns it".to_owned());
    }
    let digest = |statement: &Statement, part| {
        statement
            .configured(part)
            .and_then(|part| part.sha256().map(str::to_owned))
    };
    if digest(own, "contract") != digest(other, "contract") {
        wrong.push("the certificate is of another form of the contract".to_owned());
    }
    let same_tests = match (&about.edition, &other_about.edition) {
        (Some(edition), Some(other)) => edition == other,
        _ => digest(own, "requirements") == digest(other, "requirements"),
    };
    if !same_tests {
        wrong.push("the certificate is held to another edition than the run".to_owned());
    }
    if digest(own, "dialect") != digest(other, "dialect") {
        wrong.push("the certificate was made with another dialect than the run".to_owned());
    }
    let transport = |statement: &Statement, about: &Extension| {
        let descriptor = descriptor(statement).ok()?;
        Some(descriptor.entry(&about.capability)?.transport.clone())
    };
    if transport(own, about) != transport(other, other_about) {
        wrong.push("the certificate was made over another transport than the run".to_owned());
    }
    wrong
}

/// The descriptor of the provider that a statement holds.
pub(super) fn descriptor(statement: &Statement) -> Result<Descriptor, String> {
    let content = descriptor_bytes(statement)?;
    let text = std::str::from_utf8(&content).map_err(|_| "the provider's descriptor is no text")?;
    let read = strict_json(text).and_then(serde_json::from_value);
    read.map_err(|error| format!("the provider's descriptor cannot be read: {error}"))
}

/// The bytes of the descriptor of the provider.
pub(super) fn descriptor_bytes(statement: &Statement) -> Result<Vec<u8>, String> {
    statement
        .configured("provider")
        .and_then(|part| part.content.as_deref())
        .and_then(|text| STANDARD.decode(text).ok())
        .ok_or_else(|| "the provider's descriptor is not there".to_owned())
}

/// Checks that the certificate is about the place that the registry asked itself.
fn same_place(
    summary: &RunSummary,
    about: &Extension,
    other: &Statement,
    other_about: &Extension,
) -> Result<(), String> {
    let record = summary.header.providers.iter().find(|record| {
        let mut claims = record.claims.iter();
        record.id.as_str() == about.provider
            && claims.any(|claim| format!("{}@{}", claim.capability, claim.version) == about.capability)
    });
    let record = record.ok_or_else(|| format!("{} is not in the run", about.provider))?;
    let descriptor = descriptor(other)?;
    let entry = descriptor.entry(&other_about.capability);
    let entry = entry.ok_or("the provider's descriptor does not claim it")?;
    let dialect = record.dialect.as_ref();
    let constants = dialect.and_then(|dialect| constants_digest(&descriptor.salt, &dialect.constants));
    if entry.constants_sha256 != constants {
        return Err("the certificate was made with other constants of the dialect than the run".to_owned());
    }
    if entry.place_sha256 == place_digest(&descriptor.salt, &record.endpoint) {
        return Ok(());
    }
    Err(format!(
        "the certificate is about another place than the one that the registry asked, {}",
        record.endpoint.target()
    ))
}
