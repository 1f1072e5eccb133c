//! What verification found, as `proofhouse.verification/1`. Fields may be added, never removed or renamed.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Extension, Verification};

/// The name and version of the format.
const FORMAT: &str = "proofhouse.verification/1";

/// What verification found.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Verification")]
pub struct VerificationView {
    /// The name and version of this format.
    #[schemars(extend("const" = "proofhouse.verification/1"))]
    format: &'static str,
    /// Whether every check holds.
    holds: bool,
    /// Whether a registry vouches for it.
    third_party: bool,
    /// What the certificate says; null where its signature does not hold.
    about: Option<Extension>,
    /// Every check, in order.
    checks: Vec<CheckedView>,
}

/// A check of a certificate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Check")]
struct CheckedView {
    /// Its name.
    check: &'static str,
    /// Whether it holds; null where an earlier one left nothing to look at.
    holds: Option<bool>,
    /// What was found; whoever made the file may have written some of it.
    note: String,
}

impl Verification {
    /// What was found, as data.
    pub fn view(&self) -> VerificationView {
        let checks = self.checks.iter().map(|checked| CheckedView {
            check: checked.check.as_str(),
            holds: checked.holds,
            note: checked.note.clone(),
        });
        VerificationView {
            format: FORMAT,
            holds: self.holds(),
            third_party: self.third_party,
            about: self.about.clone(),
            checks: checks.collect(),
        }
    }
}
