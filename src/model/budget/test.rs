//! The share of one test in the budget of its provider's turn, which its calls find wherever they are made.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::limits::humane;
use super::turn::{TurnBudget, milliseconds};

tokio::task_local! {
    static CURRENT: Arc<TestBudget>;
}

/// The longest that calls which take things back may pause, whatever is left of the turn.
const PAUSES_TO_TAKE_BACK: Duration = Duration::from_secs(30);

/// The budget of one test.
#[derive(Debug)]
pub struct TestBudget {
    turn: Arc<TurnBudget>,
    pauses: Duration,
    /// True if its pauses are those of the turn as well.
    of_turn: bool,
    /// Milliseconds.
    paused: AtomicU64,
    refused: OnceLock<String>,
}

impl TestBudget {
    /// The budget of a test in this turn.
    pub fn new(turn: &Arc<TurnBudget>) -> Arc<Self> {
        Self::of(turn, turn.limits().test_pauses, true)
    }

    /// The budget for taking back what tests made: a little, and also after the turn has used up its own.
    pub fn to_take_back(turn: &Arc<TurnBudget>) -> Arc<Self> {
        Self::of(turn, PAUSES_TO_TAKE_BACK, false)
    }

    fn of(turn: &Arc<TurnBudget>, pauses: Duration, of_turn: bool) -> Arc<Self> {
        Arc::new(Self {
            turn: Arc::clone(turn),
            pauses,
            of_turn,
            paused: AtomicU64::new(0),
            refused: OnceLock::new(),
        })
    }

    /// Makes it the budget of all calls in a future.
    pub async fn scope<F: Future>(self: &Arc<Self>, calls: F) -> F::Output {
        CURRENT.scope(Arc::clone(self), calls).await
    }

    /// The budget of the test that makes this call; None outside of tests.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// The budget of the turn.
    pub fn turn(&self) -> &Arc<TurnBudget> {
        &self.turn
    }

    /// Spends a pause that the provider asks for. `of_all` is the part of it in which no other call was waiting already. Returns false if
    /// so much is not left, of the test or of the turn: the call is not to wait.
    pub fn pause(&self, pause: Duration, of_all: Duration) -> bool {
        let most = milliseconds(self.pauses);
        let before = self.paused.fetch_add(milliseconds(pause), Ordering::Relaxed);
        if before.saturating_add(milliseconds(pause)) > most {
            let words = format!(
                "the provider asked for more than {} of pauses (Retry-After) in this test",
                humane(self.pauses)
            );
            self.refused.get_or_init(|| words);
            return false;
        }
        if self.of_turn && !self.turn.spend_pause(of_all) {
            if let Some(words) = self.turn.ran_out() {
                self.refused.get_or_init(|| words);
            }
            return false;
        }
        true
    }

    /// The words for a pause that was refused.
    pub fn refused_pause(&self) -> Option<&str> {
        self.refused.get().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::super::BudgetLimits;
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test]
    async fn a_pause_is_spent_by_the_test_and_once_by_the_turn() {
        let turn = TurnBudget::new(BudgetLimits {
            pauses: seconds(10),
            test_pauses: seconds(6),
            ..BudgetLimits::default()
        });
        let (one, other) = (TestBudget::new(&turn), TestBudget::new(&turn));
        assert!(one.pause(seconds(6), seconds(6)) && other.pause(seconds(6), seconds(0)));
        assert!(!one.pause(seconds(1), seconds(1)));
        assert_eq!(turn.ran_out(), None);
        assert!(one.refused_pause().unwrap().contains("in this test"));
        let third = TestBudget::new(&turn);
        assert!(!third.pause(seconds(5), seconds(5)));
        assert!(third.refused_pause().unwrap().contains("in its turn"));
        assert!(turn.ran_out().is_some());
        assert!(TestBudget::to_take_back(&turn).pause(seconds(5), seconds(5)));
    }

    #[tokio::test]
    async fn a_call_finds_the_budget_of_its_test() {
        let test = TestBudget::new(&TurnBudget::new(BudgetLimits::default()));
        assert!(TestBudget::current().is_none());
        let found = test.scope(async { TestBudget::current() }).await;
        assert!(found.is_some_and(|found| Arc::ptr_eq(&found, &test)));
    }
}
