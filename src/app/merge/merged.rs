//! The merged run: made of its parts, and stored.

use super::error::MergeError;
use super::join::join;
use super::order::in_order;
use super::part::read;
use crate::app::{AppError, History};
use crate::event::RunEvent;
use crate::store::{ImportedFrom, Wait};
use crate::summary::RunSummary;

/// The number of events that go into one transaction of the store.
const BATCH: usize = 1_000;

/// A run that was merged from its parts.
#[derive(Debug)]
pub struct Merged {
    /// The summary.
    pub summary: RunSummary,
    /// Its events.
    pub events: Vec<RunEvent>,
    from_files: bool,
}

impl Merged {
    /// Stores the merged run.
    ///
    /// # Errors
    ///
    /// The store refuses it.
    pub fn keep(&self, history: &History) -> Result<(), AppError> {
        let run = &self.summary.header.run;
        let verdict = self.summary.verdict();
        if self.from_files {
            let imported = history
                .store
                .import(run, &self.events, verdict, ImportedFrom::Files);
            return Ok(imported.wait()?);
        }
        // The last ones, with the end, go in together with the verdict.
        let mut events = self.events.as_slice();
        while let Some((some, rest)) = events
            .split_at_checked(BATCH)
            .filter(|(_, rest)| !rest.is_empty())
        {
            history.store.append(run, some).wait()?;
            events = rest;
        }
        Ok(history.store.finish(run, events, verdict).wait()?)
    }
}

/// Merges parts into one run. Each part is a file of events, or a stored run.
///
/// # Errors
///
/// A part cannot be read, is incomplete, or is of another plan; or the parts together are not the whole plan.
pub fn merge(history: Option<&History>, sources: &[String]) -> Result<Merged, AppError> {
    let parts = sources
        .iter()
        .map(|source| read(history, source))
        .collect::<Result<Vec<_>, AppError>>()?;
    let parts = in_order(parts)?;
    let from_files = parts.iter().any(|part| part.from_file);
    let events = join(&parts);
    let summary = RunSummary::fold(&events).map_err(MergeError::NotTheWhole)?;
    Ok(Merged {
        summary,
        events,
        from_files,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::part::part;
    use super::*;
    use crate::event::RunEventKind;
    use crate::model::TestResult;
    use crate::summary::sample::{Row, Sample, owed, row};

    fn of(number: usize, rows: impl IntoIterator<Item = Row>) -> Sample {
        let mut sample = Sample::of(rows).part(number, 2);
        sample.header.part.as_mut().unwrap().whole_planned = 2;
        let provider = "a:b".parse().unwrap();
        sample.and(RunEventKind::Noted {
            provider,
            note: "its clock is ahead".to_owned(),
        })
    }

    fn merged(samples: &[Sample]) -> Result<RunSummary, MergeError> {
        let parts = samples
            .iter()
            .map(|sample| part("a part".to_owned(), sample.events()));
        let parts = in_order(parts.collect::<Result<_, _>>()?)?;
        RunSummary::fold(&join(&parts)).map_err(MergeError::NotTheWhole)
    }

    #[test]
    fn what_several_parts_come_upon_is_told_once() {
        let set_up = || {
            row("a:b", "set_up")
                .of("booking.list_services")
                .unplanned()
                .fails("no")
        };
        let parts = [
            of(2, [row("a:b", "two"), set_up()]),
            of(1, [row("a:b", "one"), set_up()]),
        ];
        let summary = merged(&parts).unwrap();
        let names: Vec<_> = summary.results.iter().map(|row| row.test.as_str()).collect();
        assert_eq!((names, summary.notes.len()), (vec!["one", "two", "set_up"], 1));
        let runs: Vec<_> = summary.header.merged.iter().map(|part| part.seed).collect();
        assert_eq!((runs.len(), summary.header.part), (2, None));
    }

    #[test]
    fn what_two_parts_owe_under_one_number_stays_apart() {
        let owes = |sample: Sample| sample.and(RunEventKind::UndoOwed(Box::new(owed(1, "a:b"))));
        let settled = RunEventKind::UndoSettled { id: 1 };
        let parts = [
            owes(of(1, [row("a:b", "one")])).and(settled),
            owes(of(2, [row("a:b", "two")])),
        ];
        let summary = merged(&parts).unwrap();
        assert_eq!(summary.leftovers.len(), 1, "only the second part owes anything");
    }

    #[test]
    fn the_same_test_in_two_parts_and_too_few_tests_are_refused() {
        let refused = |parts: [Sample; 2]| merged(&parts).unwrap_err().to_string();
        insta::assert_snapshot!(refused([of(1, [row("a:b", "one")]), of(2, [row("a:b", "one")])]), @"together the parts are not the whole plan: `a:b` has two results of booking.create_booking@0.1.0/one");
        let mut few = [of(1, [row("a:b", "one")]), of(2, [row("a:b", "two")])];
        for sample in &mut few {
            sample.header.part.as_mut().unwrap().whole_planned = 3;
        }
        insta::assert_snapshot!(refused(few), @"together the parts are not the whole plan: 3 tests were planned and 2 ended, in a run that was not interrupted");
    }

    #[test]
    fn a_row_outside_the_times_of_its_part_is_refused() {
        let refused = |change: &dyn Fn(&mut TestResult)| {
            let mut odd = row("a:b", "one");
            change(&mut odd.0);
            let parts = [of(1, [odd]), of(2, [row("a:b", "two")])];
            merged(&parts).unwrap_err().to_string()
        };
        let far = TimeDelta::days(365_000);
        for (said, words) in [
            (refused(&|odd| odd.when += far), "after the run ended"),
            (refused(&|odd| odd.when -= far), "before the run started"),
            (refused(&|odd| odd.ms = u64::MAX), "longer than the run took"),
        ] {
            assert!(
                said.starts_with("a part: a:b booking.") && said.contains(words),
                "{said}"
            );
        }
        let mut backward = of(1, [row("a:b", "one")]);
        backward.footer.as_mut().unwrap().finished_at -= far;
        let said = merged(&[backward, of(2, [row("a:b", "two")])]).unwrap_err();
        assert!(said.to_string().contains("before it started"), "{said}");
    }

    #[test]
    fn a_part_that_was_interrupted_is_a_hole() {
        let parts = [
            of(1, [row("a:b", "one")]),
            of(2, [row("a:b", "two")]).interrupted(),
        ];
        assert!(matches!(merged(&parts), Err(MergeError::Incomplete { .. })));
    }
}
