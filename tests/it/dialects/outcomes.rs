//! The outcomes of the tests of a provider that was proven through the library.

use proofhouse::model::Outcome;
use proofhouse::summary::RunSummary;

use crate::support::proving::{ended, name};

/// The calls of the second version that a dialect maps.
pub(super) const V0_2_0: [&str; 5] = [
    "list_services@0.2.0",
    "check_availability@0.2.0",
    "create_booking@0.2.0",
    "cancel_booking@0.2.0",
    "list_bookings_for_customer@0.2.0",
];

/// Tests of the second version that a provider without alternatives can pass.
pub(super) const OF_BOTH_VERSIONS: [&str; 5] = [
    "*/happy_path",
    "*/answers_in_full",
    "*/rejects_unknown_booking",
    "*/rejects_unknown_service",
    "*/repeat_after_cancel",
];

/// The tests of a provider that ended so, as people write them, in order.
pub(super) fn names(summary: &RunSummary, id: &str, outcome: Outcome) -> Vec<String> {
    let mut names: Vec<_> = ended(summary, id, outcome).into_iter().map(name).collect();
    names.sort();
    names
}
