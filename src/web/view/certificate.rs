//! Certificates as JSON.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{AppError, ShownCertificate};
use crate::certificate::VerificationView;
use crate::model::{Clock, SystemClock};
use crate::web::State;
use crate::web::error::WebError;

/// A certificate in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CertificateEntry")]
pub(in crate::web) struct CertificateEntry {
    /// The certificate: the beginning of the SHA-256 of its file, in hex.
    certificate: String,
    /// True if it is valid now.
    holds: bool,
    /// True if a registry has signed it.
    third_party: bool,
    /// The provider, `platform:tenant`; null if its signature is invalid.
    provider: Option<String>,
    /// The capability at its version, `domain.tool@version`; null if its signature is invalid.
    capability: Option<String>,
    /// The end of its validity; null if its signature is invalid.
    not_after: Option<DateTime<Utc>>,
}

/// A certificate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Certificate")]
pub(in crate::web) struct CertificateView {
    /// The certificate: the beginning of the SHA-256 of its file, in hex.
    certificate: String,
    /// The result of the verification now.
    verification: VerificationView,
    /// The text of the signed file. Clients can verify it with their own trust file.
    file: String,
}

/// Every certificate that the site shows, verified now.
pub(in crate::web) fn all_certificates(state: &State) -> Result<Vec<ShownCertificate>, AppError> {
    match &state.certificates {
        Some(certificates) => {
            if let Some(mistake) = certificates.reread_trust() {
                (state.notify)(&mistake);
            }
            certificates.all(&state.bundle, SystemClock.now())
        }
        None => Ok(Vec::new()),
    }
}

/// The certificate of this id.
pub(in crate::web) fn find_certificate(state: &State, id: &str) -> Result<ShownCertificate, WebError> {
    let found = all_certificates(state)?.into_iter().find(|one| one.id == id);
    found.ok_or(WebError::UnknownCertificate)
}

/// The list of certificates.
pub(in crate::web) fn certificates(state: &State) -> Result<Vec<CertificateEntry>, AppError> {
    let entry = |one: ShownCertificate| {
        let about = one.found.about.as_ref();
        CertificateEntry {
            holds: one.found.holds(),
            third_party: one.found.third_party,
            provider: about.map(|about| about.provider.clone()),
            capability: about.map(|about| about.capability.clone()),
            not_after: about.map(|about| about.not_after),
            certificate: one.id,
        }
    };
    Ok(all_certificates(state)?.into_iter().map(entry).collect())
}

/// One certificate.
pub(in crate::web) fn certificate(state: &State, id: &str) -> Result<CertificateView, WebError> {
    let found = find_certificate(state, id)?;
    Ok(CertificateView {
        verification: found.found.view(),
        certificate: found.id,
        file: found.text,
    })
}
