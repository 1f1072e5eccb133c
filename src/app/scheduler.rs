//! Follows a schedule on threads of its own, with less of the processor than the site that it runs beside.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Bundle, History, Schedule, ScheduleEvent, ScheduleRecord};
use crate::run::Stop;

/// The threads of the runs.
const THREADS: usize = 2;
/// The time for a run in progress to take back what it made when the process ends.
const GRACE: Duration = Duration::from_secs(10);
/// How much less of the processor the threads of the runs get than others, where it is scarce.
#[cfg(unix)]
const NICER: i32 = 10;

/// A schedule that is followed. Whatever providers do to its runs, the runtime of the caller does not wait for them.
pub struct Scheduler {
    stop: Stop,
    ended: oneshot::Receiver<()>,
}

impl Scheduler {
    /// Starts to follow a schedule from where `record` left off. `watch` receives every event.
    ///
    /// # Errors
    ///
    /// The system has no more threads.
    pub fn start(
        (schedule, record): (Schedule, ScheduleRecord),
        bundle: Arc<Bundle>,
        history: History,
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        watch: impl Fn(ScheduleEvent) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let stop = Stop::new();
        let (end, ended) = oneshot::channel();
        let asked = stop.clone();
        thread::Builder::new()
            .name("schedule".to_owned())
            .spawn(move || {
                // Threads inherit it from the one that starts them.
                #[cfg(unix)]
                let _ = rustix::process::nice(NICER);
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(THREADS)
                    .thread_name("schedule")
                    .enable_all()
                    .build();
                match runtime {
                    Ok(runtime) => {
                        let followed =
                            schedule.follow(&record, &bundle, &history, &asked, &environment, &watch);
                        runtime.block_on(followed);
                        // What still blocks a thread must not keep the process alive.
                        runtime.shutdown_background();
                    }
                    Err(error) => watch(ScheduleEvent::Failed(error.to_string())),
                }
                let _ = end.send(());
            })?;
        Ok(Self { stop, ended })
    }

    /// Stops the schedule. A run in progress takes back what it made, for a bounded time. Returns true if it ended within it; if not,
    /// the run has no end, and `cleanup` takes back what is left.
    pub async fn end(self) -> bool {
        self.stop.request();
        tokio::time::timeout(GRACE, self.ended).await.is_ok()
    }
}
