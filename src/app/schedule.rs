//! Scheduled runs of a registry: of the providers of a manifest, with low concurrency, and by default on the public internet
//! only.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use croner::Cron;
use serde::Deserialize;

use super::connect::Source;
use super::files::read_source;
use super::run::{Record, RunEnd, RunRequest, prepare};
use super::{AppError, Bundle, History};
use crate::diagnostic::{self, Problem, Problems, Spot, check_format, read_yaml};
use crate::event::Selection;
use crate::model::{BudgetLimits, Clock, RunId, SystemClock, Verdict};
use crate::provider::Manifest;
use crate::run::Stop;

/// The name and version of the format.
const FORMAT: &str = "proofhouse.schedule/1";
/// The largest schedule that is read, in bytes.
const LARGEST: u64 = 64 * 1024;
/// The largest manifest that is read, in bytes.
const LARGEST_MANIFEST: u64 = 8 * 1024 * 1024;
/// The number of next times that are shown.
const SHOWN_TIMES: usize = 5;
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
/// The largest random delay of a start, in minutes.
const LONGEST_JITTER: u32 = 24 * 60;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSchedule {
    format: Spot<String>,
    providers: Spot<String>,
    cron: Spot<String>,
    #[serde(default)]
    jitter_minutes: Option<Spot<u32>>,
    #[serde(default)]
    private_addresses: bool,
}

/// A schedule: the providers of a manifest, and the times at which they are run.
#[derive(Debug)]
pub struct Schedule {
    manifest: PathBuf,
    cron: Cron,
    jitter: TimeDelta,
    private_addresses: bool,
}

/// An event of the schedule.
#[derive(Debug)]
pub enum ScheduleEvent {
    /// The next times of the schedule, told once.
    Times(Vec<DateTime<Utc>>),
    /// The time of the next start.
    Next(DateTime<Utc>),
    /// Starts that had no run: one was still at work, or the machine stood still.
    Missed(MissedStarts),
    /// A run that ended and is stored, with its verdict.
    Ran(RunId, Verdict),
    /// The reason why there was no run, or why it is not stored.
    Failed(String),
}

/// Starts that had no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissedStarts {
    /// The number of starts, [`MissedStarts::MOST`] where there were more.
    pub count: usize,
    /// The first of them.
    pub first: DateTime<Utc>,
    /// The last of those that were counted.
    pub last: DateTime<Utc>,
}

impl MissedStarts {
    /// The most starts that are counted.
    pub const MOST: usize = 10_000;
}

impl Schedule {
    /// Reads a schedule. A relative path of the manifest is relative to the folder of the schedule.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or every mistake in it.
    pub fn read(path: &Path) -> Result<Self, AppError> {
        let source = read_source(path, LARGEST)?;
        Ok(Self::parse(&source, path.parent().unwrap_or(Path::new("")))?)
    }

    /// Parses a schedule. A relative path of the manifest is relative to `folder`.
    ///
    /// # Errors
    ///
    /// Every mistake in it.
    pub fn parse(source: &Arc<diagnostic::Source>, folder: &Path) -> Result<Self, Problems> {
        let raw: RawSchedule = read_yaml(source)?;
        let mut problems = Problems::new();
        check_format(source, &raw.format, FORMAT, "a schedule", &mut problems);
        let cron = read_cron(&raw.cron.value);
        if let Err(error) = &cron {
            let message = format!("`{}` is no cron expression: {error}", raw.cron.value);
            problems.push(
                Problem::at(source, raw.cron.span(source), message)
                    .label("minute, hour, day, month and weekday in UTC, such as `0 3 * * *`"),
            );
        }
        if let Some(problem) = raw
            .jitter_minutes
            .as_ref()
            .and_then(|given| given.respelled(source))
        {
            problems.push(problem);
        }
        let jitter = raw.jitter_minutes.as_ref().map_or(0, |jitter| jitter.value);
        if let Some(given) = raw
            .jitter_minutes
            .as_ref()
            .filter(|given| given.value > LONGEST_JITTER)
        {
            let message = format!("at most {LONGEST_JITTER} minutes are possible");
            problems.push(Problem::at(source, given.span(source), message));
        }
        match cron {
            Ok(cron) => problems.or(Self {
                manifest: folder.join(&raw.providers.value),
                cron,
                jitter: TimeDelta::minutes(jitter.into()),
                private_addresses: raw.private_addresses,
            }),
            Err(_) => Err(problems),
        }
    }

    /// The next times of the cron expression after `now`, without the random delay.
    pub fn next_times(&self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        self.cron.iter_after(now).take(SHOWN_TIMES).collect()
    }

    /// The largest random delay of a start.
    pub fn jitter(&self) -> TimeDelta {
        self.jitter
    }

    /// Reads the manifest that it names. Returns the path and the number of entries.
    ///
    /// # Errors
    ///
    /// The manifest cannot be read, or every mistake in its form.
    pub fn read_manifest(&self) -> Result<(&Path, usize), AppError> {
        let manifest = Manifest::parse(&read_source(&self.manifest, LARGEST_MANIFEST)?)?;
        Ok((&self.manifest, manifest.entries.len()))
    }

    /// The next start after `now`: the next time of the cron expression, and that time with a random delay. None if there is no next time.
    fn next(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let set = self.cron.find_next_occurrence(&now, false).ok()?;
        let most = self.jitter.num_milliseconds();
        Some((set, set + TimeDelta::milliseconds(fastrand::i64(0..=most.max(0)))))
    }

    /// The starts after `from` until `to`.
    fn starts_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<MissedStarts> {
        let starts = self.cron.iter_after(from).take_while(|start| *start <= to);
        starts.take(MissedStarts::MOST).fold(None, |missed, start| {
            let (count, first) =
                missed.map_or((0, start), |missed: MissedStarts| (missed.count, missed.first));
            Some(MissedStarts {
                count: count.saturating_add(1),
                first,
                last: start,
            })
        })
    }

    /// Runs at every scheduled time until `stop` is requested, one run at a time: a start during a long run is skipped, and told. `watch`
    /// receives every event.
    pub async fn follow(
        &self,
        bundle: &Bundle,
        history: &History,
        stop: &Stop,
        environment: &(dyn Fn(&str) -> Option<String> + Sync),
        watch: impl Fn(ScheduleEvent) + Sync,
    ) {
        watch(ScheduleEvent::Times(self.next_times(Utc::now())));
        while let Some((set, next)) = self.next(Utc::now()) {
            watch(ScheduleEvent::Next(next));
            tokio::select! {
                came = wait_until(next, &SystemClock) => if !came { continue },
                () = stop.when_requested() => return,
            }
            // A machine that stood still comes late.
            let began = Utc::now();
            if let Some(missed) = self.starts_between(set, began) {
                watch(ScheduleEvent::Missed(missed));
            }
            match self.once(bundle, history, stop, environment).await {
                Ok(ran) => watch(ran),
                Err(error) => watch(ScheduleEvent::Failed(error.to_string())),
            }
            if let Some(missed) = self.starts_between(began, Utc::now()) {
                watch(ScheduleEvent::Missed(missed));
            }
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

/// Reads a cron expression of five fields. The library takes more than stands in them: seconds and years, steps longer than their field,
/// and days that no month has.
fn read_cron(text: &str) -> Result<Cron, String> {
    /// The fields, each with the number of its values.
    const FIELDS: [(&str, u32); 5] = [
        ("minute", 60),
        ("hour", 24),
        ("day", 31),
        ("month", 12),
        ("weekday", 7),
    ];
    let text = text.trim();
    let fields: Vec<_> = text.split_whitespace().collect();
    if !text.starts_with('@') {
        if fields.len() != FIELDS.len() {
            return Err(format!("it has {} fields, and five are expected", fields.len()));
        }
        for (field, (name, values)) in fields.iter().zip(FIELDS) {
            for part in field.split(',') {
                let Some((_, step)) = part.split_once('/') else {
                    continue;
                };
                if !step.parse().is_ok_and(|step: u32| step > 0 && step < values) {
                    return Err(format!(
                        "a step of `{step}` in the field `{name}`, which has {values} values"
                    ));
                }
            }
        }
    }
    let cron = text.parse::<Cron>().map_err(|error| error.to_string())?;
    if !comes(&cron) {
        return Err("its time never comes".to_owned());
    }
    if let [_, _, day, month, _] = fields.as_slice() {
        // A part of a list that never comes is a slip as well, and so is a day that a weekday beside it would hide.
        let days = day.split(',').map(|part| ("day", part, part, *month));
        let months = month.split(',').map(|part| ("month", part, *day, part));
        for (name, part, day, month) in days.chain(months) {
            let alone = format!("0 0 {day} {month} *").parse::<Cron>();
            if !alone.is_ok_and(|alone| comes(&alone)) {
                return Err(format!("`{part}` in the field `{name}` never comes"));
            }
        }
    }
    Ok(cron)
}

/// Returns true if a time of the expression comes.
fn comes(cron: &Cron) -> bool {
    cron.find_next_occurrence(&Utc::now(), false).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Schedule, String> {
        let source = diagnostic::Source::new("schedule.yaml", text);
        Schedule::parse(&source, Path::new("/etc/proofhouse")).map_err(|problems| problems.render(false))
    }

    #[test]
    fn a_schedule_starts_at_its_times_and_a_little_later() {
        let text = "format: proofhouse.schedule/1\nproviders: providers.yaml\ncron: '0 3 * * *'\njitter_minutes: 10\n";
        let schedule = read(text).unwrap();
        assert_eq!(schedule.manifest, Path::new("/etc/proofhouse/providers.yaml"));
        assert!(!schedule.private_addresses);
        let now: DateTime<Utc> = "2026-11-27T04:00:00Z".parse().unwrap();
        let set: DateTime<Utc> = "2026-11-28T03:00:00Z".parse().unwrap();
        for _ in 0..50 {
            let late = schedule.next(now).unwrap().1 - set;
            assert!(
                late >= TimeDelta::zero() && late <= TimeDelta::minutes(10),
                "{late}"
            );
        }
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

    #[test]
    fn a_cron_expression_that_never_comes_or_means_another_time_is_refused() {
        let cron = |cron: &str| {
            read(&format!(
                "format: proofhouse.schedule/1\nproviders: p\ncron: \"{cron}\"\n"
            ))
        };
        for (wrong, why) in [
            ("0 3 30 2 *", "never comes"),
            ("0 3 31 4 *", "never comes"),
            ("0 0 3 * * *", "6 fields"),
            ("0 3 * *", "4 fields"),
            ("*/90 * * * *", "a step of `90`"),
            ("*/60 * * * *", "a step of `60`"),
            ("0 */24 * * *", "a step of `24`"),
            ("0/0 * * * *", "a step of `0`"),
            ("0 3 * * * 2030", "6 fields"),
            ("61 3 * * *", "no cron expression"),
            ("", "0 fields"),
            ("0 3 31 1,2 *", "`2` in the field `month` never comes"),
            ("0 3 15,30 2 *", "`30` in the field `day` never comes"),
            ("0 3 30 2 MON", "`30` in the field `day` never comes"),
        ] {
            let error = cron(wrong).unwrap_err();
            assert!(error.contains(why), "{wrong}: {error}");
        }
        let now: DateTime<Utc> = "2026-11-27T04:00:00Z".parse().unwrap();
        let next = |text: &str| -> Vec<String> {
            let times = cron(text).unwrap().next_times(now);
            times
                .iter()
                .map(|time| time.format("%m-%d %H:%M").to_string())
                .collect()
        };
        let daily = ["11-28", "11-29", "11-30", "12-01", "12-02"];
        assert_eq!(next("0 3 * * *"), daily.map(|day| format!("{day} 03:00")));
        assert_eq!(
            next("*/30 * * * *"),
            ["04:30", "05:00", "05:30", "06:00", "06:30"].map(|time| format!("11-27 {time}"))
        );
        assert_eq!(next("0 3 29 2 *"), ["02-29 03:00"; 5]);
        for good in [
            "0 3 31 * *",
            "0 3 28-31 2 *",
            "0 3 1,31 1-3 *",
            "0 3 L FEB *",
            "0 3 29 2 MON",
            "0 3 ? * MON#1",
        ] {
            assert!(cron(good).is_ok(), "{good}");
        }
        assert_eq!(next("@daily"), daily.map(|day| format!("{day} 00:00")));
    }

    #[test]
    fn starts_without_a_run_are_counted() {
        let text = "format: proofhouse.schedule/1\nproviders: p\ncron: '0 * * * *'\n";
        let schedule = read(text).unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (set, late) = (at("2026-11-27T04:00:00Z"), at("2026-11-27T07:30:00Z"));
        assert_eq!(schedule.starts_between(set, at("2026-11-27T04:59:59Z")), None);
        let missed = schedule.starts_between(set, late).unwrap();
        assert_eq!(
            (missed.count, missed.first, missed.last),
            (3, at("2026-11-27T05:00:00Z"), at("2026-11-27T07:00:00Z"))
        );
        // A clock that was set ten years ahead.
        let missed = schedule.starts_between(set, at("2036-11-27T04:00:00Z")).unwrap();
        assert_eq!(missed.count, MissedStarts::MOST);
    }

    #[test]
    fn a_number_in_another_spelling_is_refused() {
        for written in ["0o17", "1_0", "+5", "0x10"] {
            let text = format!(
                "format: proofhouse.schedule/1\nproviders: p\ncron: '0 3 * * *'\njitter_minutes: {written}\n"
            );
            let error = read(&text).unwrap_err();
            assert!(
                error.contains("not how it is written") && error.contains(":4:17"),
                "{error}"
            );
        }
    }

    #[test]
    fn mistakes_in_a_schedule_are_told_with_their_places() {
        let wrong = read("format: proofhouse.schedule/2\nproviders: p\ncron: often\njitter_minutes: 9999\n")
            .unwrap_err();
        for words in [
            "no format of a schedule",
            "no cron expression",
            "at most 1440",
            "schedule.yaml:3",
        ] {
            assert!(wrong.contains(words), "{wrong}");
        }
        let unknown = read("format: proofhouse.schedule/1\nproviders: p\ncrom: often\n").unwrap_err();
        assert!(unknown.contains("crom"), "{unknown}");
    }
}
