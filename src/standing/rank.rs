//! Ranks the providers of a capability.

use chrono::{DateTime, Utc};

use super::{ClaimHistory, CurrentStanding, Latency, Rate, Standing};
use crate::model::ProviderId;

/// A provider among those that claim one capability.
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    /// The provider.
    pub provider: ProviderId,
    /// Its standing.
    pub standing: Standing,
    /// True if no run of the registry itself decided the standing.
    pub self_attested: bool,
    /// The share of its must-level tests that passed.
    pub rate: Rate,
    /// Its latency. None if no test was executed.
    pub latency: Option<Latency>,
}

impl Contender {
    /// A provider by its history and its standing now; rate and latency are those of the runs since an instant.
    pub fn of(history: &ClaimHistory, now: &CurrentStanding, since: DateTime<Utc>) -> Self {
        Self {
            provider: history.claim.provider.clone(),
            standing: now.standing,
            self_attested: now.is_self_attested(),
            rate: history.rate_since(since),
            latency: history.latency_since(since),
        }
    }
}

/// Sorts, best first: by standing, what the registry saw itself before what is self-attested, then by rate, then by median latency; names decide between equals, so that the order is fixed.
pub fn rank(contenders: &mut [Contender]) {
    contenders.sort_by(|left, right| {
        let waits = |contender: &Contender| contender.latency.map_or(u64::MAX, |latency| latency.p50);
        left.standing
            .cmp(&right.standing)
            .then_with(|| left.self_attested.cmp(&right.self_attested))
            .then_with(|| right.rate.compare(left.rate))
            .then_with(|| waits(left).cmp(&waits(right)))
            .then_with(|| left.provider.cmp(&right.provider))
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contender(name: &str, standing: Standing, passed: u64, ms: &[u64]) -> Contender {
        Contender {
            provider: name.parse().unwrap(),
            standing,
            self_attested: name.ends_with("attested"),
            rate: Rate {
                passed,
                executed: 100,
            },
            latency: Latency::of(ms.iter().copied()),
        }
    }

    #[test]
    fn conformance_goes_before_success_and_success_before_speed() {
        use Standing::{Conformant, NotConformant, Unknown, Unproven};
        let mut all = [
            contender("a:unproven", Unproven, 100, &[1]),
            contender("a:fast", NotConformant, 100, &[1]),
            contender("a:unknown", Unknown, 100, &[1]),
            contender("a:slow", Conformant, 99, &[50]),
            contender("a:twin", Conformant, 99, &[10]),
            contender("a:quick", Conformant, 99, &[10]),
            contender("a:steady", Conformant, 100, &[90]),
            contender("a:silent", Conformant, 99, &[]),
            contender("a:attested", Conformant, 100, &[1]),
        ];
        rank(&mut all);
        let names: Vec<_> = all.iter().map(|contender| contender.provider.tenant()).collect();
        assert_eq!(
            names,
            [
                "steady", "quick", "twin", "slow", "silent", "attested", "unproven", "unknown", "fast"
            ]
        );
    }

    proptest! {
        #[test]
        fn the_order_in_which_they_come_says_nothing(seed: u64, passed in prop::collection::vec(0u64..4, 0..9)) {
            let mut all: Vec<_> = passed
                .iter()
                .enumerate()
                .map(|(at, passed)| contender(&format!("a:p{at}"), Standing::Conformant, *passed, &[*passed]))
                .collect();
            let mut mixed = all.clone();
            fastrand::Rng::with_seed(seed).shuffle(&mut mixed);
            rank(&mut all);
            rank(&mut mixed);
            prop_assert_eq!(all, mixed);
        }
    }
}
