//! Follows a schedule: waits for its starts, runs, and says which starts had no run.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::connect::Source;
use super::run::{Record, RunEnd, RunRequest, prepare};
use super::schedule::Schedule;
use super::schedule_record::{ScheduleRecord, SeenStarts};
use super::schedule_starts::{MissedStarts, WhyMissed};
use super::{AppError, Bundle, History};
use crate::event::Selection;
use crate::model::{BudgetLimits, Clock, RunId, SystemClock, Verdict};
use crate::run::Stop;

/// The time limit of one call.
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// The number of providers and of tests of one provider to run at once, and of tests at one origin. They are low, because nobody waits
/// for the end.
const JOBS: usize = 4;
const LANES: usize = 1;
const PER_ORIGIN: usize = 1;
/// The longest time of a run. After it no test makes another call, and what was made is taken back.
const LONGEST_RUN: Duration = Duration::from_secs(6 * 60 * 60);
/// The time for a run that was stopped to take back what it made. After it that is abandoned, and `cleanup` takes it back.
const TAKING_BACK: Duration = Duration::from_secs(60);
/// The longest sleep before the clock is looked at again.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// An event of the schedule.
#[derive(Debug)]
pub enum ScheduleEvent {
    /// The next times of the schedule, told once.
    Times(Vec<DateTime<Utc>>),
    /// The time of the next start.
    Next(DateTime<Utc>),
    /// Starts that had no run.
    Missed(MissedStarts),
    /// A run that ended and is stored, with its verdict.
    Ran(RunId, Verdict),
    /// The reason why there was no run, or why it is not stored.
    Failed(String),
    /// The reason why starts that are missed while nobody follows the schedule will not be known, or are not.
    Unknown(String),
}

/// The starts that were seen so far, told to whoever watches and kept in the record.
struct Seen<'a, W> {
    schedule: &'a Schedule,
    record: &'a ScheduleRecord,
    watch: &'a W,
    missed: Option<MissedStarts>,
}

impl<'a, W: Fn(ScheduleEvent)> Seen<'a, W> {
    /// Goes on from the record: what has come since it was written had no run.
    fn resume(schedule: &'a Schedule, record: &'a ScheduleRecord, now: DateTime<Utc>, watch: &'a W) -> Self {
        let mut seen = Self {
            schedule,
            record,
            watch,
            missed: None,
        };
        match record.read() {
            // Another expression has other starts, and nobody knows since when.
            Ok(Some(known)) if known.cron == schedule.starts.text() => {
                seen.missed = known.missed;
                seen.until(known.until, now, WhyMissed::Down);
            }
            Ok(_) => seen.keep(now),
            Err(error) => {
                watch(ScheduleEvent::Unknown(error.to_string()));
                seen.keep(now);
            }
        }
        seen
    }

    /// Tells and notes that the starts after `from` until `to` had no run, if there are any.
    fn until(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, why: WhyMissed) {
        if let Some(missed) = self.schedule.starts.missed(from, to, why) {
            self.missed = Some(missed);
            (self.watch)(ScheduleEvent::Missed(missed));
        }
        self.keep(to);
    }

    fn keep(&self, until: DateTime<Utc>) {
        let seen = SeenStarts {
            cron: self.schedule.starts.text().to_owned(),
            until,
            missed: self.missed,
        };
        if let Err(error) = self.record.keep(&seen) {
            (self.watch)(ScheduleEvent::Unknown(error.to_string()));
        }
    }
}

impl Schedule {
    /// Runs at every scheduled time until `stop` is requested, one run at a time: a start during a long run is skipped, and told, and so
    /// are those that came since the record was written last. `watch` receives every event.
    pub async fn follow(
        &self,
        record: &ScheduleRecord,
        bundle: &Bundle,
        history: &History,
        stop: &Stop,
        environment: &(dyn Fn(&str) -> Option<String> + Sync),
        watch: impl Fn(ScheduleEvent) + Sync,
    ) {
        watch(ScheduleEvent::Times(self.next_times(Utc::now())));
        let mut seen = Seen::resume(self, record, Utc::now(), &watch);
        while let Some((set, next)) = self.starts.next(Utc::now(), self.jitter) {
            watch(ScheduleEvent::Next(next));
            tokio::select! {
                came = wait_until(next, &SystemClock) => if !came { continue },
                () = stop.when_requested() => return,
            }
            // A machine that stood still comes late.
            let began = Utc::now();
            seen.until(set, began, WhyMissed::Busy);
            match self.once(bundle, history, stop, environment).await {
                Ok(ran) => watch(ran),
                Err(error) => watch(ScheduleEvent::Failed(error.to_string())),
            }
            seen.until(began, Utc::now(), WhyMissed::Busy);
            if stop.requested() {
                return;
            }
        }
    }

    async fn once(
        &self,
        bundle: &Bundle,
        history: &History,
        stop: &Stop,
        environment: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<ScheduleEvent, AppError> {
        let request = RunRequest {
            source: Source::Manifest(self.manifest.clone()),
            selection: Selection::default(),
            jobs: JOBS,
            lanes: LANES,
            per_host: Some(PER_ORIGIN),
            seed: None,
            call_limit: CALL_LIMIT,
            provider_timeout: BudgetLimits::SCHEDULED_TIME,
            fail_fast: false,
            baseline: None,
            public_only: !self.private_addresses,
            again: None,
        };
        // A stop of its own, so that the end of this run is not that of the schedule.
        let own = Stop::new();
        let running = async {
            let prepared = prepare(bundle, &request, &|name| environment(name)).await?;
            prepared.run(Record::Kept(history.clone()), &own, |_| {}).await
        };
        let mut running = pin!(running);
        tokio::select! {
            ended = &mut running => return Ok(Self::told(&ended?)),
            () = stop.when_requested() => {}
            () = tokio::time::sleep(LONGEST_RUN) => {}
        }
        own.request();
        let ended = match tokio::time::timeout(TAKING_BACK, &mut running).await {
            Ok(ended) => ended?,
            Err(_) => {
                own.request();
                running.await?
            }
        };
        Ok(Self::told(&ended))
    }

    /// The event of a run that ended.
    fn told(ended: &RunEnd) -> ScheduleEvent {
        match &ended.not_kept {
            Some(reason) => ScheduleEvent::Failed(reason.clone()),
            None => ScheduleEvent::Ran(ended.summary.header.run.clone(), ended.summary.verdict()),
        }
    }
}

/// Waits for a time of a clock that may be set meanwhile. Returns false if it was set back, so that another time may come first.
async fn wait_until(time: DateTime<Utc>, clock: &dyn Clock) -> bool {
    let mut left = time.signed_duration_since(clock.now());
    while left > TimeDelta::zero() {
        tokio::time::sleep(left.to_std().unwrap_or_default().min(LONGEST_NAP)).await;
        let now_left = time.signed_duration_since(clock.now());
        if now_left > left {
            return false;
        }
        left = now_left;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use super::*;
    use crate::diagnostic::Source;

    fn hourly(cron: &str) -> Schedule {
        let text = format!("format: proofhouse.schedule/1\nproviders: p\ncron: '{cron}'\n");
        Schedule::parse(&Source::new("schedule.yaml", text), Path::new("")).unwrap()
    }

    /// What is told when a schedule is followed from a time on.
    fn told(schedule: &Schedule, record: &ScheduleRecord, now: &str) -> Vec<ScheduleEvent> {
        let events = Mutex::new(Vec::new());
        let watch = |event| events.lock().unwrap().push(event);
        Seen::resume(schedule, record, now.parse().unwrap(), &watch);
        events.into_inner().unwrap()
    }

    #[test]
    fn starts_that_came_while_nobody_followed_are_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let record = ScheduleRecord::of(folder.path(), Path::new("schedule.yaml"));
        let schedule = hourly("0 * * * *");
        assert!(
            told(&schedule, &record, "2026-11-27T04:30:00Z").is_empty(),
            "a new one"
        );
        assert!(told(&schedule, &record, "2026-11-27T04:59:59Z").is_empty());
        let events = told(&schedule, &record, "2026-11-27T08:00:01Z");
        let [ScheduleEvent::Missed(missed)] = events.as_slice() else {
            panic!("{events:?}");
        };
        let hour = |hour: u32| format!("2026-11-27T{hour:02}:00:00Z").parse().unwrap();
        assert_eq!(
            (missed.count, missed.first, missed.last, missed.why),
            (4, hour(5), hour(8), WhyMissed::Down)
        );
        assert!(told(&schedule, &record, "2026-11-27T08:10:00Z").is_empty());
        let kept = record.read().unwrap().unwrap();
        assert_eq!(kept.missed.unwrap().count, 4, "they are still known");
    }

    #[test]
    fn another_expression_and_a_clock_that_was_ahead_have_missed_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let record = ScheduleRecord::of(folder.path(), Path::new("schedule.yaml"));
        assert!(told(&hourly("0 * * * *"), &record, "2026-11-27T04:30:00Z").is_empty());
        assert!(told(&hourly("*/5 * * * *"), &record, "2026-11-27T09:30:00Z").is_empty());
        assert!(told(&hourly("*/5 * * * *"), &record, "2026-11-20T09:30:00Z").is_empty());
        let missed = told(&hourly("*/5 * * * *"), &record, "2026-11-20T09:35:00Z");
        assert!(matches!(missed.as_slice(), [ScheduleEvent::Missed(missed)] if missed.count == 1));
    }

    /// A clock that is set once, after a while.
    struct Jumping(tokio::time::Instant, TimeDelta);

    impl Clock for Jumping {
        fn now(&self) -> DateTime<Utc> {
            let up = TimeDelta::from_std(self.0.elapsed()).unwrap();
            let by = if up > TimeDelta::minutes(5) {
                self.1
            } else {
                TimeDelta::zero()
            };
            DateTime::UNIX_EPOCH + up + by
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_is_awaited_by_a_clock_that_may_be_set() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::hours(3);
        let waited = async |by| {
            let clock = Jumping(tokio::time::Instant::now(), by);
            let came = wait_until(start, &clock).await;
            (came, clock.0.elapsed().as_secs() / 60)
        };
        assert_eq!(waited(TimeDelta::zero()).await, (true, 180));
        assert_eq!(waited(TimeDelta::hours(2)).await, (true, 60));
        assert_eq!(waited(TimeDelta::days(400)).await, (true, 5));
        assert_eq!(waited(TimeDelta::days(-400)).await, (false, 5));
    }
}
