//! The cron expression of a schedule: which are taken, and the starts that one means.

use chrono::{DateTime, TimeDelta, Utc};
use croner::Cron;
use serde::{Deserialize, Serialize};

/// The number of next times that are shown.
const SHOWN_TIMES: usize = 5;

/// The times of a schedule.
#[derive(Debug)]
pub(super) struct Starts {
    cron: Cron,
    /// The expression, as it was written.
    text: String,
}

/// Starts that had no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedStarts {
    /// The number of starts, [`MissedStarts::MOST`] where there were more.
    pub count: usize,
    /// The first of them.
    pub first: DateTime<Utc>,
    /// The last of those that were counted.
    pub last: DateTime<Utc>,
    /// Why they had none.
    pub why: WhyMissed,
}

/// Why starts had no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyMissed {
    /// A run was still at work, or the machine stood still.
    Busy,
    /// No registry followed the schedule.
    Down,
}

impl MissedStarts {
    /// The most starts that are counted.
    pub const MOST: usize = 10_000;
}

impl Starts {
    /// Reads a cron expression of five fields. The library takes more than stands in them: seconds and years, steps longer than their field,
    /// and days that no month has.
    pub(super) fn read(text: &str) -> Result<Self, String> {
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
                    let Some((range, step)) = part.split_once('/') else {
                        continue;
                    };
                    // From a range that is shorter, a step takes its first value alone.
                    let values = span_of(range).map_or(values, |span| span.min(values));
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
        Ok(Self {
            cron,
            text: text.to_owned(),
        })
    }

    /// The expression, as it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The next times after `now`.
    pub(super) fn after(&self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        self.cron.iter_after(now).take(SHOWN_TIMES).collect()
    }

    /// The next time after `now`, and that time with a random delay of `jitter` at most. None if there is no next time.
    pub(super) fn next(
        &self,
        now: DateTime<Utc>,
        jitter: TimeDelta,
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let set = self.cron.find_next_occurrence(&now, false).ok()?;
        let most = jitter.num_milliseconds();
        Some((set, set + TimeDelta::milliseconds(fastrand::i64(0..=most.max(0)))))
    }

    /// The starts after `from` until `to`, which had no run.
    pub(super) fn missed(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        why: WhyMissed,
    ) -> Option<MissedStarts> {
        let starts = self.cron.iter_after(from).take_while(|start| *start <= to);
        starts.take(MissedStarts::MOST).fold(None, |missed, start| {
            let (count, first) =
                missed.map_or((0, start), |missed: MissedStarts| (missed.count, missed.first));
            Some(MissedStarts {
                count: count.saturating_add(1),
                first,
                last: start,
                why,
            })
        })
    }
}

/// The number of values of a range of numbers.
fn span_of(range: &str) -> Option<u32> {
    let (first, last) = range.split_once('-')?;
    let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
    last.checked_sub(first)?.checked_add(1)
}

/// Returns true if a time of the expression comes.
fn comes(cron: &Cron) -> bool {
    cron.find_next_occurrence(&Utc::now(), false).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_starts_at_its_times_and_a_little_later() {
        let starts = Starts::read("0 3 * * *").unwrap();
        let now: DateTime<Utc> = "2026-11-27T04:00:00Z".parse().unwrap();
        let set: DateTime<Utc> = "2026-11-28T03:00:00Z".parse().unwrap();
        for _ in 0..50 {
            let late = starts.next(now, TimeDelta::minutes(10)).unwrap().1 - set;
            assert!(
                late >= TimeDelta::zero() && late <= TimeDelta::minutes(10),
                "{late}"
            );
        }
    }

    #[test]
    fn a_cron_expression_that_never_comes_or_means_another_time_is_refused() {
        for (wrong, why) in [
            ("0 3 30 2 *", "never comes"),
            ("0 3 31 4 *", "never comes"),
            ("0 0 3 * * *", "6 fields"),
            ("0 3 * *", "4 fields"),
            ("*/90 * * * *", "a step of `90`"),
            ("*/60 * * * *", "a step of `60`"),
            ("0 */24 * * *", "a step of `24`"),
            ("0/0 * * * *", "a step of `0`"),
            (
                "10-20/15 * * * *",
                "a step of `15` in the field `minute`, which has 11 values",
            ),
            ("0 3 1-5/10 * *", "a step of `10`"),
            ("0 3 * * * 2030", "6 fields"),
            ("61 3 * * *", ""),
            ("", "0 fields"),
            ("0 3 31 1,2 *", "`2` in the field `month` never comes"),
            ("0 3 15,30 2 *", "`30` in the field `day` never comes"),
            ("0 3 30 2 MON", "`30` in the field `day` never comes"),
        ] {
            let error = Starts::read(wrong).unwrap_err();
            assert!(error.contains(why), "{wrong}: {error}");
        }
        let now: DateTime<Utc> = "2026-11-27T04:00:00Z".parse().unwrap();
        let next = |text: &str| -> Vec<String> {
            let times = Starts::read(text).unwrap().after(now);
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
            "0 8-18/10 * * MON-FRI/2",
            "0 3 1,31 1-3 *",
            "0 3 L FEB *",
            "0 3 29 2 MON",
            "0 3 ? * MON#1",
        ] {
            assert!(Starts::read(good).is_ok(), "{good}");
        }
        assert_eq!(next("@daily"), daily.map(|day| format!("{day} 00:00")));
    }

    #[test]
    fn starts_without_a_run_are_counted() {
        let starts = Starts::read("0 * * * *").unwrap();
        let between = |from, to| starts.missed(from, to, WhyMissed::Busy);
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (set, late) = (at("2026-11-27T04:00:00Z"), at("2026-11-27T07:30:00Z"));
        assert_eq!(between(set, at("2026-11-27T04:59:59Z")), None);
        let missed = between(set, late).unwrap();
        assert_eq!(
            (missed.count, missed.first, missed.last),
            (3, at("2026-11-27T05:00:00Z"), at("2026-11-27T07:00:00Z"))
        );
        // A clock that was set ten years ahead.
        let missed = between(set, at("2036-11-27T04:00:00Z")).unwrap();
        assert_eq!(missed.count, MissedStarts::MOST);
    }
}
