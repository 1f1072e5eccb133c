//! Politeness: the pauses that a provider asks for hold for all calls to it, and no more calls go out than it allows.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

/// The gate before one provider, shared by all lanes of a run.
#[derive(Debug)]
pub(super) struct Gate {
    /// The end of the longest pause that was asked for.
    open_at: Mutex<Option<Instant>>,
    turns: Option<Turns>,
}

/// Calls at even distances: a burst would empty the allowance of a second at once and be refused by a strict counter.
#[derive(Debug)]
struct Turns {
    apart: Duration,
    next: Mutex<Option<Instant>>,
}

impl Gate {
    /// The longest distance between two calls, against a rate so small that it is a slip of the pen.
    const LONGEST: Duration = Duration::from_secs(3600);

    /// An open gate that lets so many calls through in a second, any number without.
    pub(super) fn new(max_per_second: Option<f64>) -> Self {
        let turns = max_per_second.filter(|rate| *rate > 0.0).map(|rate| Turns {
            apart: Duration::try_from_secs_f64(rate.recip())
                .unwrap_or(Self::LONGEST)
                .min(Self::LONGEST),
            next: Mutex::new(None),
        });
        Self {
            open_at: Mutex::new(None),
            turns,
        }
    }

    /// Returns true if calls are kept apart from each other.
    pub(super) fn spaces(&self) -> bool {
        self.turns.is_some()
    }

    /// Waits until a call may be sent.
    pub(super) async fn pass(&self) {
        loop {
            while let Some(at) = self.closed_until() {
                sleep_until(at).await;
            }
            let Some(turns) = &self.turns else { return };
            turns.wait().await;
            // While this call waited for its turn another may have been told to pause.
            if self.closed_until().is_none() {
                return;
            }
        }
    }

    /// Closes the gate for so long from now; a longer pause that holds already stays.
    pub(super) fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut open_at = self.open_at.lock();
        *open_at = Some(open_at.map_or(until, |at| at.max(until)));
    }

    fn closed_until(&self) -> Option<Instant> {
        let mut open_at = self.open_at.lock();
        let at = (*open_at)?;
        if at > Instant::now() {
            return Some(at);
        }
        *open_at = None;
        None
    }
}

impl Turns {
    async fn wait(&self) {
        let now = Instant::now();
        let at = {
            let mut next = self.next.lock();
            let at = next.map_or(now, |next| next.max(now));
            *next = Some(at + self.apart);
            at
        };
        if at > now {
            sleep_until(at).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    async fn passed_at(gate: &Arc<Gate>, calls: usize) -> Vec<u128> {
        let start = Instant::now();
        let lanes: Vec<_> = (0..calls)
            .map(|_| {
                let gate = Arc::clone(gate);
                tokio::spawn(async move {
                    gate.pass().await;
                    start.elapsed().as_millis()
                })
            })
            .collect();
        let mut at = Vec::new();
        for lane in lanes {
            at.push(lane.await.unwrap());
        }
        at.sort_unstable();
        at
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_spaced_evenly_without_a_burst() {
        let gate = Arc::new(Gate::new(Some(20.0)));
        assert_eq!(passed_at(&gate, 5).await, [0, 50, 100, 150, 200]);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(
            passed_at(&gate, 3).await,
            [0, 50, 100],
            "an idle time must not be saved up"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_all_calls_and_the_longest_one_counts() {
        let gate = Arc::new(Gate::new(None));
        gate.pause(Duration::from_secs(3));
        gate.pause(Duration::from_secs(1));
        assert_eq!(passed_at(&gate, 2).await, [3_000, 3_000]);
        assert_eq!(passed_at(&gate, 2).await, [0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_also_holds_a_call_that_waits_for_its_turn() {
        let gate = Arc::new(Gate::new(Some(1.0)));
        gate.pass().await;
        let waiting = {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { passed_at(&gate, 1).await })
        };
        tokio::time::sleep(Duration::from_millis(500)).await;
        gate.pause(Duration::from_secs(5));
        assert_eq!(waiting.await.unwrap(), [5_500]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_that_means_nothing_limits_nothing_or_stays_bounded() {
        assert_eq!(passed_at(&Arc::new(Gate::new(Some(0.0))), 3).await, [0, 0, 0]);
        assert_eq!(
            passed_at(&Arc::new(Gate::new(Some(1e-300))), 2).await,
            [0, 3_600_000]
        );
    }
}
