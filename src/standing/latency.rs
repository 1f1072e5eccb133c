//! The latency of a provider.

/// Times of calls, one for each executed test, in milliseconds, by nearest rank: a percentile is always a time that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// The number of times.
    pub count: usize,
    /// Half of the times are at most this.
    pub p50: u64,
    /// 95 of 100 times are at most this.
    pub p95: u64,
    /// The longest time.
    pub longest: u64,
}

impl Latency {
    /// The latency over times in milliseconds, in any order. None if there are no times.
    pub fn of(times: impl IntoIterator<Item = u64>) -> Option<Self> {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        Some(Self {
            count: times.len(),
            p50: percentile(&times, 50)?,
            p95: percentile(&times, 95)?,
            longest: *times.last()?,
        })
    }
}

/// The smallest of the sorted times that at least `percent` of 100 do not exceed.
fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let of = |times: &[u64]| {
            Latency::of(times.iter().copied()).map(|found| (found.p50, found.p95, found.longest))
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some((7, 7, 7)));
        assert_eq!(of(&[40, 10, 30, 20]), Some((20, 40, 40)));
        let hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(of(&hundred), Some((50, 95, 100)));
    }

    proptest! {
        #[test]
        fn a_percentile_was_measured_and_splits_the_times(times in prop::collection::vec(0u64..50, 1..60)) {
            let found = Latency::of(times.iter().copied()).unwrap();
            for (percent, value) in [(50, found.p50), (95, found.p95)] {
                prop_assert!(times.contains(&value));
                let at_most = times.iter().filter(|ms| **ms <= value).count();
                let below = times.iter().filter(|ms| **ms < value).count();
                prop_assert!(at_most * 100 >= times.len() * percent);
                prop_assert!(below * 100 < times.len() * percent);
            }
            prop_assert!(found.p50 <= found.p95 && found.p95 <= found.longest);
        }
    }
}
