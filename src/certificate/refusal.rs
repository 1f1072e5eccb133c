//! The reasons to refuse a certificate. Each is a rule of `docs/certificates.md`.

use crate::model::{CapabilityRef, Outcome, ProviderId};

/// A reason why a run does not certify a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run did not end, or was not kept.
    #[error("the run is incomplete: {0}")]
    Incomplete(String),
    /// Tests were left out on purpose.
    #[error("the run was filtered by {0}: a certificate is for all tests")]
    Filtered(String),
    /// The provider does not claim the capability in this run.
    #[error("{provider} was not proven against {capability} in this run")]
    NotClaimed {
        /// The provider.
        provider: ProviderId,
        /// The capability at its version.
        capability: CapabilityRef,
    },
    /// Several entries of the manifest have the same name.
    #[error("{0} stands in the run more than once: it cannot be told who was proven")]
    Ambiguous(ProviderId),
    /// The contract has changed since.
    #[error("the contract that was proven is not the registry's: {found}, and not {expected}")]
    OtherContract {
        /// Its digest in the run.
        found: String,
        /// Its digest in the registry.
        expected: String,
    },
    /// The suites have changed since.
    #[error("the suite that was run is not the registry's: {found}, and not {expected}")]
    OtherSuite {
        /// Its digest in the run.
        found: String,
        /// Its digest in the registry.
        expected: String,
    },
    /// A test that the contract asks for has no result.
    #[error("{0} has no result")]
    Missing(String),
    /// A test that decides did not pass.
    #[error("{test} ended in {outcome}")]
    Ended {
        /// The test in full.
        test: String,
        /// Its outcome.
        outcome: Outcome,
    },
    /// It passed after it had failed.
    #[error("{0} is flaky: it failed before it passed")]
    Flaky(String),
    /// A baseline excused a failure.
    #[error("{0} is a known failure of the baseline, and still a failure")]
    Known(String),
    /// Nothing was proven.
    #[error("the claim is unproven: no must-level test of {0} passed")]
    NothingPassed(CapabilityRef),
    /// An essential test neither passed nor failed.
    #[error("the claim is unproven: the essential test {0} was not tested")]
    Unproven(String),
    /// The run was held to another edition.
    #[error("the run was held to edition {0}, which this registry does not have in that form")]
    OtherEdition(String),
    /// The run is too old.
    #[error("the run ended {days} days ago, {most} are allowed")]
    Stale {
        /// Its age in whole days.
        days: i64,
        /// The most that is allowed.
        most: i64,
    },
    /// The run ended in the future, by the clock that certifies.
    #[error("the run ended later than now: one of the clocks is wrong")]
    FromTheFuture,
    /// The certificate would hold for too long.
    #[error("it would hold for {days} days, {most} are allowed")]
    TooLong {
        /// The validity in whole days.
        days: i64,
        /// The most that is allowed.
        most: i64,
    },
    /// The trust file speaks against the key that signs.
    #[error("the key may not sign it: {0}")]
    Key(String),
    /// A registry vouches for what it ran itself.
    #[error("the run was merged from files: a registry vouches for what it ran itself")]
    FromFiles,
    /// A check of the certificate to countersign does not hold.
    #[error("the certificate to countersign does not hold: {0}")]
    Invalid(String),
    /// The certificate to countersign is about something else than the run.
    #[error("the certificate to countersign is not about what this run proves: {0}")]
    Differs(String),
}
