//! The short form of a certificate, for readers who need only the result: a Simple Verification Result of in-toto
//! (`spec/predicates/svr.md`). It follows from a certificate and adds nothing.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::keys::PublicKey;
use super::statement::{AttestedResult, Extension, Resource, STATEMENT_TYPE, Statement, StatementError};

/// The type of the predicate.
pub const SVR_TYPE: &str = "https://in-toto.io/attestation/svr/v0.1";

/// The version of the verifier. It rises when the meaning of a verification changes.
const VERIFIER_VERSION: u32 = 1;

#[derive(Serialize)]
struct Svr<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: &'a [Resource],
    #[serde(rename = "predicateType")]
    predicate_type: &'static str,
    predicate: Predicate<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'a> {
    verifier: Verifier,
    time_created: DateTime<Utc>,
    properties: Vec<String>,
    proofhouse: Bounds<'a>,
}

#[derive(Serialize)]
struct Verifier {
    id: String,
}

/// Our own fields, for which the predicate has no place.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bounds<'a> {
    provider: &'a str,
    run: &'a str,
    not_after: DateTime<Utc>,
}

/// The bytes of the short form of a statement, to be signed with this key. The property of a capability's must-level tests is always
/// there, that of its should-level tests where there is no warning.
///
/// # Errors
///
/// Never: everything in it is text or a time.
pub fn svr(statement: &Statement, about: &Extension, key: &PublicKey) -> Result<Vec<u8>, StatementError> {
    let mut properties = vec![format!("PROOFHOUSE_MUST:{}", about.capability)];
    if statement.predicate.result == AttestedResult::Passed {
        properties.push(format!("PROOFHOUSE_SHOULD:{}", about.capability));
    }
    let svr = Svr {
        kind: STATEMENT_TYPE,
        subject: &statement.subject,
        predicate_type: SVR_TYPE,
        predicate: Predicate {
            verifier: Verifier {
                id: format!("urn:proofhouse:verifier:{VERIFIER_VERSION}:{}", key.id()),
            },
            time_created: about.issued_on,
            properties,
            proofhouse: Bounds {
                provider: &about.provider,
                run: &about.run,
                not_after: about.not_after,
            },
        },
    };
    serde_json::to_vec(&svr).map_err(|error| StatementError::Malformed(error.to_string()))
}
