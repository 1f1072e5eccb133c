//! A plan dealt into parts, alike wherever it is dealt.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::Plan;
use crate::model::{Partition, TestId, hex};

impl Plan {
    /// One part of this plan. Tests are dealt one by one, provider after provider, each provider's in the order of their digests: no part
    /// has more than one test more than another, and like tests are spread. Every part keeps every provider and claim.
    #[must_use]
    pub fn part(mut self, part: Partition) -> Self {
        let mut dealt = 0;
        for provider in &mut self.providers {
            let mut order: Vec<usize> = (0..provider.tests.len()).collect();
            order.sort_by_key(|at| provider.tests.get(*at).map(|planned| digest(&planned.test.id)));
            let mine: BTreeSet<usize> = order
                .into_iter()
                .zip(dealt..)
                .filter(|(_, turn)| turn % part.of == part.number - 1)
                .map(|(at, _)| at)
                .collect();
            dealt += provider.tests.len();
            let mut at = 0..;
            provider
                .tests
                .retain(|_| at.next().is_some_and(|at| mine.contains(&at)));
        }
        self.digest = hex(&Sha256::digest(format!("part {part} of {}", self.digest)));
        self
    }
}

fn digest(test: &TestId) -> [u8; 32] {
    Sha256::digest(test.to_string()).into()
}
