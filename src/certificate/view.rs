//! The result of a verification, as `proofhouse.verification/1`. Fields may be added, never removed or renamed.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Extension, Verification};

/// The name and version of the format.
const FORMAT: &str = "proofhouse.verification/1";

/// The result of a verification.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Verification")]
pub struct VerificationView {
    /// The name and version of this format.
    #[schemars(extend("const" = "proofhouse.verification/1"))]
    format: &'static str,
    /// True if every check holds.
    holds: bool,
    /// True if a registry vouches for it.
    third_party: bool,
    /// The content of the certificate. Null if its signature does not hold.
    about: Option<Extension>,
    /// Every check, in order.
    checks: Vec<CheckedView>,
    /// The names of the keys that signed it and may, as the trust file has them.
    signed_by: Vec<String>,
    /// The party, its run and what it vouches for, a line each. Empty if the certificate does not hold.
    vouches: Vec<String>,
    /// The certificate of the provider that a registry countersigns. Null if it countersigns none.
    countersigned: Option<CountersignedView>,
}

/// The certificate of a provider that a registry countersigns.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Countersigned")]
struct CountersignedView {
    /// True if every check holds.
    holds: bool,
    /// The content of the certificate. Null if its signature does not hold.
    about: Option<Extension>,
    /// Every check, in order.
    checks: Vec<CheckedView>,
    /// The names of the keys that signed it and may, as the trust file has them.
    signed_by: Vec<String>,
}

/// A check of a certificate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Check")]
struct CheckedView {
    /// Its name.
    check: &'static str,
    /// True if it holds. Null if an earlier check left nothing to look at.
    holds: Option<bool>,
    /// The finding. It may hold text of whoever wrote the file.
    note: String,
}

impl Verification {
    /// The result as data.
    pub fn view(&self) -> VerificationView {
        VerificationView {
            format: FORMAT,
            holds: self.holds(),
            third_party: self.third_party,
            about: self.about.clone(),
            checks: self.checked_view(),
            signed_by: self.signed_by.clone(),
            vouches: self.vouches(),
            countersigned: self.countersigned.as_ref().map(|inner| CountersignedView {
                holds: inner.holds(),
                about: inner.about.clone(),
                checks: inner.checked_view(),
                signed_by: inner.signed_by.clone(),
            }),
        }
    }

    fn checked_view(&self) -> Vec<CheckedView> {
        let checks = self.checks.iter().map(|checked| CheckedView {
            check: checked.check.as_str(),
            holds: checked.holds,
            note: checked.note.clone(),
        });
        checks.collect()
    }
}
