//! Politeness: the pauses that a provider asks for hold for all calls to it, and no more calls go out than it allows.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

use super::pace::Pace;

tokio::task_local! {
    /// Set for calls that are made at one time.
    static AT_ONCE: ();
}

/// Makes calls that are meant to go out at one time: they need not keep the distance of others, as far as it was saved up for them by
/// [`Transport::ready`](super::Transport::ready).
pub async fn at_once<F: Future>(calls: F) -> F::Output {
    AT_ONCE.scope((), calls).await
}

/// The gate before one provider, shared by all lanes of a run.
#[derive(Debug)]
pub(super) struct Gate {
    /// The end of the longest pause that was asked for.
    open_at: Mutex<Option<Instant>>,
    turns: Option<Turns>,
}

/// Calls at even distances. A burst of calls takes the place of those that would have gone out one by one just before and after it, so
/// that no stretch of time sees more of them than the limit allows.
#[derive(Debug)]
struct Turns {
    pace: Pace,
    state: Mutex<TurnState>,
}

#[derive(Debug, Default)]
struct TurnState {
    next: Option<Instant>,
    /// The number of calls that may go out at once.
    saved: usize,
}

impl Gate {
    /// An open gate that lets calls through at a pace, any number without.
    pub(super) fn new(pace: Option<Pace>) -> Self {
        Self {
            open_at: Mutex::new(None),
            turns: pace.map(|pace| Turns {
                pace,
                state: Mutex::default(),
            }),
        }
    }

    /// Returns true if so many calls may go out at one time.
    pub(super) fn bears(&self, calls: usize) -> bool {
        self.turns
            .as_ref()
            .is_none_or(|turns| calls <= turns.pace.at_once())
    }

    /// Waits until so many calls may go out at one time, by [`at_once`]. Others are kept away meanwhile, and as long again. Returns false
    /// at once where the pace never bears so many.
    pub(super) async fn save_up(&self, calls: usize) -> bool {
        if !self.bears(calls) {
            return false;
        }
        if let Some(turns) = &self.turns {
            turns.save_up(calls).await;
        }
        true
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
        let until = later(Instant::now(), wait);
        let mut open_at = self.open_at.lock();
        *open_at = Some(open_at.map_or(until, |at| at.max(until)));
    }

    /// The time by which a pause of this length from now would keep it closed longer than it is.
    pub(super) fn longer_closed_by(&self, wait: Duration) -> Duration {
        let closed = self
            .closed_until()
            .map(|at| at.saturating_duration_since(Instant::now()));
        wait.saturating_sub(closed.unwrap_or_default())
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
            let mut state = self.state.lock();
            if state.saved > 0 && AT_ONCE.try_with(|()| ()).is_ok() {
                state.saved = state.saved.saturating_sub(1);
                return;
            }
            let at = state.next.map_or(now, |next| next.max(now));
            state.next = Some(later(at, self.pace.apart()));
            at
        };
        if at > now {
            sleep_until(at).await;
        }
    }

    async fn save_up(&self, calls: usize) {
        let now = Instant::now();
        let all = self
            .pace
            .apart()
            .saturating_mul(u32::try_from(calls).unwrap_or(u32::MAX));
        let at = {
            let mut state = self.state.lock();
            // Nothing went out since the last turn, and that is saved up as well.
            let idle = state
                .next
                .map_or(now, |next| later(next, all.saturating_sub(self.pace.apart())));
            let at = idle.max(now);
            state.next = Some(later(at, all));
            at
        };
        sleep_until(at).await;
        let mut state = self.state.lock();
        state.saved = state.saved.saturating_add(calls);
    }
}

/// An instant later by a time; the same one where no clock reaches so far.
fn later(instant: Instant, by: Duration) -> Instant {
    instant.checked_add(by).unwrap_or(instant)
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
        let gate = Arc::new(Gate::new(Pace::per_second(20.0)));
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
        let gate = Arc::new(Gate::new(Pace::per_second(1.0)));
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
        assert_eq!(
            passed_at(&Arc::new(Gate::new(Pace::per_second(0.0))), 3).await,
            [0, 0, 0]
        );
        assert_eq!(
            passed_at(&Arc::new(Gate::new(Pace::per_second(1e-300))), 2).await,
            [0, 3_600_000]
        );
    }

    /// The milliseconds at which racers pass, and those at which a call of another test does that waits beside them.
    async fn raced_at(gate: &Arc<Gate>, racers: usize) -> (Vec<u128>, Vec<u128>) {
        let start = Instant::now();
        let passed = || async {
            gate.pass().await;
            start.elapsed().as_millis()
        };
        assert!(gate.save_up(racers).await);
        let other = {
            let gate = Arc::clone(gate);
            tokio::spawn(async move {
                gate.pass().await;
                start.elapsed().as_millis()
            })
        };
        tokio::task::yield_now().await;
        let raced = at_once(futures_util::future::join_all((0..racers).map(|_| passed()))).await;
        (raced, vec![other.await.unwrap()])
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_saved_up_within_the_limit_of_a_second() {
        let gate = Arc::new(Gate::new(Pace::per_second(20.0)));
        let rush = passed_at(&gate, 4).await;
        assert_eq!(rush, [0, 50, 100, 150]);
        // Eight calls have the time before them in which seven would have gone out, and the same after them for the eight.
        let (raced, others) = raced_at(&gate, 8).await;
        assert_eq!(raced, [400; 8]);
        assert_eq!(others, [800]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_after_idle_time_goes_out_at_once() {
        let gate = Arc::new(Gate::new(Pace::per_second(20.0)));
        gate.pass().await;
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(raced_at(&gate, 8).await, (vec![0; 8], vec![400]));
    }

    #[tokio::test(start_paused = true)]
    async fn more_calls_than_the_limit_never_go_out_at_once() {
        assert!(!Gate::new(Pace::per_second(5.0)).save_up(8).await);
        assert!(Gate::new(Pace::within(60, 60)).save_up(8).await);
        assert!(Gate::new(None).save_up(1000).await);
    }
}
