//! Certificates: the decision on a run, the signed statement of it, and its verification without a network.
//!
//! It owns the rules, the statement (in-toto v1 with the test-result predicate), the envelope (DSSE), keys and trust. It refuses to
//! run anything and to look anything up: the caller passes in everything that it needs.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod check;
mod countersign;
mod decide;
mod descriptor;
mod envelope;
mod expected;
mod keys;
mod log_key;
mod refusal;
mod rows;
mod signers;
mod statement;
mod svr;
mod trust;
mod trust_file;
mod verify;
mod view;

pub use check::{Check, Checked, Verification};
pub use countersign::countersign;
pub use decide::{Claim, Evidence, decide};
pub use envelope::{Envelope, EnvelopeError, LARGEST_ENVELOPE, PAYLOAD_TYPE, Signature, pae};
pub use expected::{Expected, ExpectedRule, ExpectedTest, Requirements};
pub use keys::{KeyError, PrivateKey, PublicKey};
pub use log_key::{LogKey, LogKeyError};
pub use refusal::Refusal;
pub use statement::{
    Assurance, AttestedResult, EXTENSION_VERSION, Extension, PREDICATE_TYPE, Predicate, Resource,
    STATEMENT_TYPE, SkippedTest, Statement, StatementError, longest_validity,
};
pub use svr::{SVR_TYPE, svr};
pub use trust::{Role, Trust, TrustedKey};
pub use trust_file::{TRUST_FORMAT, key_id, run_id, trust_file};
pub use verify::verify;
pub use view::VerificationView;

#[cfg(test)]
mod tests;
