//! The budget of one turn: what is spent of it, and the end of it.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::limits::{BudgetLimits, Resource};

/// The time after the end of a turn in which things are still taken back.
const TO_TAKE_BACK: Duration = Duration::from_secs(60);

/// The shortest wait before the time that is left is looked at again.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);

/// The budget of one provider's turn, shared by all of its tests.
#[derive(Debug)]
pub struct TurnBudget {
    limits: BudgetLimits,
    clock: Mutex<WorkClock>,
    /// Milliseconds for which the provider had its calls wait.
    paused: AtomicU64,
    steps: AtomicU64,
    bytes: AtomicU64,
    ran_out: OnceLock<(Resource, Instant)>,
    changed: Notify,
}

/// Counts the time in which at least one test is at work.
#[derive(Debug, Default)]
struct WorkClock {
    at_work: usize,
    since: Option<Instant>,
    before: Duration,
}

impl WorkClock {
    fn spent(&self) -> Duration {
        let now = self.since.map(|since| since.elapsed()).unwrap_or_default();
        self.before.saturating_add(now)
    }
}

/// Keeps the clock of a turn running until it is dropped.
#[derive(Debug)]
pub struct Working(Arc<TurnBudget>);

impl Drop for Working {
    fn drop(&mut self) {
        let mut clock = self.0.clock.lock();
        clock.at_work = clock.at_work.saturating_sub(1);
        if clock.at_work == 0 {
            clock.before = clock.spent();
            clock.since = None;
        }
    }
}

impl TurnBudget {
    /// A budget of which nothing is spent.
    pub fn new(limits: BudgetLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            clock: Mutex::default(),
            paused: AtomicU64::new(0),
            steps: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            ran_out: OnceLock::new(),
            changed: Notify::new(),
        })
    }

    /// Its limits.
    pub fn limits(&self) -> &BudgetLimits {
        &self.limits
    }

    /// Runs the clock of the turn until the guard is dropped.
    pub fn work(self: &Arc<Self>) -> Working {
        let mut clock = self.clock.lock();
        clock.at_work = clock.at_work.saturating_add(1);
        clock.since.get_or_insert_with(Instant::now);
        drop(clock);
        Working(Arc::clone(self))
    }

    /// The words for what has run out; None while there is something left of everything.
    pub fn ran_out(&self) -> Option<String> {
        if self.left().is_zero() {
            self.end(Resource::Time);
        }
        let (resource, _) = self.ran_out.get()?;
        Some(self.limits.exceeded(*resource))
    }

    /// Waits until something has run out.
    pub async fn when_over(&self) {
        loop {
            // Registered before the look, so that no change falls between the two.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.ran_out().is_some() {
                return;
            }
            tokio::select! {
                () = changed => {}
                () = sleep(self.left().max(SHORTEST_WAIT)) => {}
            }
        }
    }

    /// Waits until something has run out, and then as long as things may still be taken back.
    pub async fn when_nothing_is_taken_back(&self) {
        self.when_over().await;
        if let Some((_, since)) = self.ran_out.get() {
            let until = since.checked_add(TO_TAKE_BACK).unwrap_or(*since);
            tokio::time::sleep_until(until).await;
        }
    }

    /// The steps of expressions that are left.
    pub fn steps_left(&self) -> u64 {
        self.limits
            .steps
            .saturating_sub(self.steps.load(Ordering::Relaxed))
    }

    /// Spends steps of expressions.
    pub fn spend_steps(&self, steps: u64) {
        self.spend(&self.steps, steps, self.limits.steps, Resource::Steps);
    }

    /// Spends bytes of the record.
    pub fn spend_bytes(&self, bytes: u64) {
        self.spend(&self.bytes, bytes, self.limits.bytes, Resource::Bytes);
    }

    /// Spends a pause of all calls. Returns false, and ends the turn, if so much is not left.
    pub(super) fn spend_pause(&self, pause: Duration) -> bool {
        let (pause, most) = (milliseconds(pause), milliseconds(self.limits.pauses));
        self.spend(&self.paused, pause, most, Resource::Pauses)
    }

    fn spend(&self, spent: &AtomicU64, more: u64, most: u64, resource: Resource) -> bool {
        let before = spent.fetch_add(more, Ordering::Relaxed);
        let within = before.saturating_add(more) <= most;
        if !within {
            self.end(resource);
        }
        within
    }

    fn end(&self, resource: Resource) {
        if self.ran_out.set((resource, Instant::now())).is_ok() {
            self.changed.notify_waiters();
        }
    }

    fn left(&self) -> Duration {
        self.limits.time.saturating_sub(self.clock.lock().spent())
    }
}

/// A time in whole milliseconds.
pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_the_time_in_which_a_test_is_at_work_counts() {
        let turn = TurnBudget::new(BudgetLimits::within(Duration::from_secs(30)));
        let working = turn.work();
        sleep(Duration::from_secs(20)).await;
        drop(working);
        sleep(Duration::from_secs(600)).await;
        assert_eq!(turn.ran_out(), None);
        let (_one, _other) = (turn.work(), turn.work());
        let start = Instant::now();
        turn.when_over().await;
        assert!(
            start.elapsed() <= Duration::from_secs(11),
            "{:?}",
            start.elapsed()
        );
        let why = turn.ran_out().unwrap();
        assert_eq!(
            why,
            "the provider's turn took longer than 30 seconds (--provider-timeout)"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_ran_out_first_is_told_and_whoever_waits_is_woken() {
        let turn = TurnBudget::new(BudgetLimits {
            steps: 10,
            bytes: 10,
            ..BudgetLimits::default()
        });
        let waiting = tokio::spawn({
            let turn = Arc::clone(&turn);
            async move { turn.when_over().await }
        });
        turn.spend_bytes(10);
        turn.spend_steps(4);
        assert_eq!((turn.ran_out(), turn.steps_left()), (None, 6));
        turn.spend_steps(7);
        turn.spend_bytes(1);
        waiting.await.unwrap();
        assert!(turn.ran_out().unwrap().contains("more than 10 steps"));
    }
}
