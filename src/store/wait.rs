//! Waiting for the answer of a store where nothing may be awaited: on a thread of its own, or on one that may block.

use std::cell::Cell;
use std::future::Future;

use tokio::runtime::Handle;

thread_local! {
    /// True while this thread waits: what blocks may then be done on it at once, without a hop to another thread and back.
    static WAITS: Cell<bool> = const { Cell::new(false) };
}

/// An answer that may be waited for without a runtime.
pub trait Wait: Future + Sized {
    /// Blocks this thread until the answer is there. It needs no runtime, and may be called inside of one.
    fn wait(self) -> Self::Output {
        let _waiting = Waiting::begin();
        // Within a task of tokio an answer would else be put off once the task has had its turn, which never ends here.
        pollster::block_on(tokio::task::unconstrained(self))
    }
}

impl<F: Future> Wait for F {}

/// Does what blocks: here if this thread waits anyway, else on a thread that is made for it.
pub(super) async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let runtime = Handle::try_current();
    match (WAITS.get(), runtime) {
        (false, Ok(runtime)) => match runtime.spawn_blocking(act).await {
            Ok(answer) => Some(answer),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => None,
            },
        },
        _ => Some(act()),
    }
}

/// Marks this thread as one that waits, as long as it lives.
struct Waiting {
    before: bool,
}

impl Waiting {
    fn begin() -> Self {
        Self {
            before: WAITS.replace(true),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITS.set(self.before);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn here() -> impl Future<Output = Option<std::thread::ThreadId>> {
        blocking(|| thread::current().id())
    }

    #[test]
    fn who_waits_without_a_runtime_does_it_alone() {
        assert_eq!(here().wait(), Some(thread::current().id()));
    }

    #[tokio::test]
    async fn a_task_hands_over_what_blocks_and_may_wait_all_the_same() {
        assert_ne!(here().await, Some(thread::current().id()));
        // More often than a task may go on without a pause.
        for _ in 0..1_000 {
            assert_eq!(here().wait(), Some(thread::current().id()));
        }
        assert_ne!(here().await, Some(thread::current().id()));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn an_answer_from_another_thread_wakes_the_waiting_one() {
        for _ in 0..500 {
            let asked = tokio::task::spawn_blocking(|| 7);
            assert_eq!(asked.wait().unwrap(), 7);
        }
    }
}
