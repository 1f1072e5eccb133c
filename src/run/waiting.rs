//! Waits for what other tests of the provider hold.

use std::time::Duration;

use tokio::time::Instant;

use super::executor::TestExecutor;
use super::lease::Taken;
use super::send::turn_is_over;
use super::step_error::StepError;
use crate::model::Untested;

impl TestExecutor<'_> {
    /// Waits until a test has given something back since `releases` were counted. Returns false where that is of no use: no other test
    /// holds anything, all of them wait themselves, or it takes too long. In the last two cases the test runs again when the others have
    /// ended.
    pub(super) async fn wait_for_release(
        &mut self,
        releases: u64,
        deadline: Instant,
    ) -> Result<bool, StepError> {
        let leases = self.entry().provider().leases();
        let holder = self.holder();
        let limit = deadline.saturating_duration_since(Instant::now());
        let waited = self
            .wait_for(limit, "other tests held every slot for too long", || {
                if leases.releases() != releases {
                    return Some(Ok(true));
                }
                (leases.hope(holder) != Taken::Wait).then_some(Ok(false))
            })
            .await;
        let given_back = match waited {
            Err(StepError::Skip(..)) => false,
            waited => waited?,
        };
        if !given_back && leases.held_by_others(holder) > 0 {
            self.evidence_mut().note_crowded();
        }
        Ok(given_back)
    }

    /// Looks again whenever another test releases a lease, until `look` has found something or decided that there is nothing. Skips the
    /// test when the limit has passed.
    pub(super) async fn wait_for<T>(
        &self,
        limit: Duration,
        late: &str,
        look: impl Fn() -> Option<Result<T, StepError>>,
    ) -> Result<T, StepError> {
        let leases = self.entry().provider().leases();
        let deadline = Instant::now() + limit;
        let mut waiting = None;
        loop {
            // Registered before the look, so that no change falls between the look and the wait.
            let mut changed = std::pin::pin!(leases.changed());
            changed.as_mut().enable();
            if let Some(found) = look() {
                return found;
            }
            waiting.get_or_insert_with(|| leases.wait(self.holder()));
            tokio::select! {
                () = changed => {}
                () = self.entry().context().stop().when_requested() => return Err(StepError::Interrupted),
                () = self.entry().budget().when_over() => return Err(turn_is_over(self.entry())),
                () = tokio::time::sleep_until(deadline) => return Err(StepError::Skip(Untested::NoWitness, late.to_owned())),
            }
        }
    }
}
