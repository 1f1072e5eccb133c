//! Folds the events of a run into its summary.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::apply_baseline::apply_baseline;
use super::eras;
use super::providers::summarise;
use super::{FoldError, KeptCalls, KnownFailures, RecordedCalls, RunSummary};
use crate::event::{Leftover, OwedUndo, RunEvent, RunEventKind, RunFooter, RunHeader};
use crate::model::{Outcome, ProviderId, TestResult, Totals};

/// The most results for which room is made at once.
const MOST_RESERVED: usize = 1 << 17;

/// Takes the events of one run, in order.
#[derive(Debug, Default)]
pub struct Fold {
    header: Option<RunHeader>,
    ranks: HashMap<ProviderId, usize>,
    next_seq: u64,
    results: Vec<(usize, TestResult)>,
    notes: Vec<(usize, ProviderId, String)>,
    calls: HashMap<ProviderId, u64>,
    owed: IndexMap<u64, OwedUndo>,
    leftovers: Vec<Leftover>,
    footer: Option<RunFooter>,
    calls_kept: KeptCalls,
}

impl RunSummary {
    /// Folds the events of one run.
    ///
    /// # Errors
    ///
    /// The events contradict each other. A stream that stops early is no error: its summary is incomplete.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a RunEvent>) -> Result<Self, FoldError> {
        let mut fold = Fold::new();
        for event in events {
            fold.push(event)?;
        }
        fold.finish()
    }
}

impl Fold {
    /// A fold without any event.
    pub fn new() -> Self {
        Self::default()
    }

    /// A fold that keeps some of the calls of failures only.
    pub fn keeping(calls_kept: KeptCalls) -> Self {
        Self {
            calls_kept,
            ..Self::default()
        }
    }

    /// Takes a copy of the next event. Events that no record keeps are ignored.
    ///
    /// # Errors
    ///
    /// The event contradicts those before it.
    pub fn push(&mut self, event: &RunEvent) -> Result<(), FoldError> {
        match event.kind.recorded() {
            true => self.take(event.clone()),
            false => Ok(()),
        }
    }

    /// Takes the next event. Events that no record keeps are ignored.
    ///
    /// # Errors
    ///
    /// The event contradicts those before it.
    pub fn take(&mut self, event: RunEvent) -> Result<(), FoldError> {
        if !event.kind.recorded() {
            return Ok(());
        }
        let seq = event.seq;
        if self.header.is_none() && !matches!(event.kind, RunEventKind::RunStarted(_)) {
            return Err(FoldError::NoHeader);
        }
        if seq != self.next_seq {
            return Err(FoldError::Gap {
                expected: self.next_seq,
                found: seq,
            });
        }
        if self.footer.is_some() {
            return Err(FoldError::AfterEnd { seq });
        }
        match event.kind {
            RunEventKind::RunStarted(header) => self.start(seq, *header)?,
            RunEventKind::UndoOwed(owed) => {
                self.owed.insert(owed.id, *owed);
            }
            RunEventKind::UndoSettled { id } => {
                self.owed.shift_remove(&id);
                self.leftovers.retain(|leftover| leftover.id != id);
            }
            RunEventKind::LeftOver(leftover) => {
                self.owed.shift_remove(&leftover.id);
                self.leftovers.push(*leftover);
            }
            RunEventKind::TestStarted { .. } => {}
            RunEventKind::TestFinished(mut result) => {
                let rank = self.rank(seq, &result.provider)?;
                if result.outcome == Outcome::Pass {
                    result.failure = None;
                }
                if let Some(failure) = &mut result.failure {
                    self.calls_kept.limit(failure, seq);
                }
                self.results.push((rank, *result));
            }
            RunEventKind::Noted { provider, note } => {
                let rank = self.rank(seq, &provider)?;
                self.notes.push((rank, provider, note));
            }
            RunEventKind::ProviderFinished { provider, calls } => {
                self.rank(seq, &provider)?;
                *self.calls.entry(provider).or_default() += calls;
            }
            RunEventKind::RunFinished(footer) => self.footer = Some(footer),
        }
        self.next_seq += 1;
        Ok(())
    }

    /// Ends the fold.
    ///
    /// # Errors
    ///
    /// There was no header, a test has two results, or a run that was not interrupted lacks results.
    pub fn finish(mut self) -> Result<RunSummary, FoldError> {
        let header = self.header.take().ok_or(FoldError::NoHeader)?;
        let results = in_order(std::mem::take(&mut self.results))?;
        if let Some(footer) = &self.footer {
            let found = results.iter().filter(|(_, result)| result.planned).count();
            if !footer.interrupted && found != header.planned {
                return Err(FoldError::Miscounted {
                    planned: header.planned,
                    found,
                });
            }
        }
        let providers = summarise(&header, &results, &self.calls);
        let mut leftovers = std::mem::take(&mut self.leftovers);
        let reason = match self.footer {
            Some(_) => "it was never taken back",
            None => "the run was killed before it was taken back",
        };
        leftovers.extend(self.owed.into_values().map(|owed| left_over(owed, reason)));
        let rows = results.iter().map(|(_, result)| result);
        for (provider, note) in eras::differences(&header, &rows) {
            let rank = self.ranks.get(&provider).copied().unwrap_or_default();
            self.notes.push((rank, provider, note));
        }
        self.notes.sort_by_key(|note| note.0);
        let mut summary = RunSummary {
            totals: Totals::default(),
            should_failures: providers.iter().map(|provider| provider.should_failures).sum(),
            known: KnownFailures::default(),
            providers,
            results: results.into_iter().map(|(_, result)| result).collect(),
            notes: self
                .notes
                .into_iter()
                .map(|(_, provider, note)| (provider, note))
                .collect(),
            leftovers,
            footer: self.footer,
            record_incomplete: None,
            calls: RecordedCalls::default(),
            header,
        };
        for result in &summary.results {
            summary.totals.add(result.outcome);
        }
        summary.known = apply_baseline(&summary);
        for at in 0..summary.providers.len() {
            let rows = summary.results_of(&summary.providers[at]);
            let known = rows.iter().filter(|row| summary.known_as(row).is_some()).count();
            summary.providers[at].known = known;
        }
        Ok(summary)
    }

    fn start(&mut self, seq: u64, header: RunHeader) -> Result<(), FoldError> {
        if self.header.is_some() {
            return Err(FoldError::SecondHeader { seq });
        }
        for provider in &header.providers {
            let rank = self.ranks.len();
            self.ranks.entry(provider.id.clone()).or_insert(rank);
        }
        // Rows that grow by doubling take half as much again while they move. The number is of a record, which may say anything.
        self.results.reserve_exact(header.planned.min(MOST_RESERVED));
        self.header = Some(header);
        Ok(())
    }

    fn rank(&self, seq: u64, provider: &ProviderId) -> Result<usize, FoldError> {
        let rank = self.ranks.get(provider).copied();
        rank.ok_or_else(|| FoldError::Stranger {
            seq,
            provider: provider.clone(),
        })
    }
}

fn in_order(mut results: Vec<(usize, TestResult)>) -> Result<Vec<(usize, TestResult)>, FoldError> {
    fn key((rank, row): &(usize, TestResult)) -> impl Ord + '_ {
        (*rank, !row.planned, &row.capability, &row.version, &row.test)
    }
    results.sort_by(|left, right| key(left).cmp(&key(right)));
    for pair in results.windows(2) {
        if let [left, right] = pair
            && key(left).cmp(&key(right)).is_eq()
        {
            let row = &right.1;
            return Err(FoldError::Duplicate {
                provider: row.provider.clone(),
                test: Box::new(row.id()),
            });
        }
    }
    Ok(results)
}

fn left_over(owed: OwedUndo, reason: &str) -> Leftover {
    Leftover {
        id: owed.id,
        provider: owed.provider,
        test: owed.test,
        made: owed.made,
        tool: owed.tool,
        input: owed.input,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::sample::{Sample, at, owed, row};
    use super::*;

    fn lines(summary: &RunSummary) -> Vec<String> {
        let line =
            |row: &TestResult| format!("{} {}@{}/{}", row.provider, row.capability, row.version, row.test);
        summary.results.iter().map(line).collect()
    }

    #[test]
    fn results_stand_in_a_fixed_order_whatever_the_order_in_which_they_came() {
        let sample = Sample::of([
            row("z:z", "two"),
            row("a:a", "set_up").of("booking.a_tool").unplanned().fails("no"),
            row("a:a", "two"),
            row("z:z", "one").version("0.10.0"),
            row("z:z", "one").version("0.9.0"),
            row("a:a", "one").of("booking.cancel_booking"),
        ]);
        insta::assert_snapshot!(lines(&sample.fold().unwrap()).join("\n"), @r"
        z:z booking.create_booking@0.1.0/two
        z:z booking.create_booking@0.9.0/one
        z:z booking.create_booking@0.10.0/one
        a:a booking.cancel_booking@0.1.0/one
        a:a booking.create_booking@0.1.0/two
        a:a booking.a_tool@0.1.0/set_up
        ");
    }

    #[test]
    fn a_provider_is_summed_up_with_its_times_over_all_its_entries() {
        let mut sample = Sample::of([
            row("a:b", "one").ms(10),
            row("a:b", "two").ms(30).should().fails("no"),
            row("a:b", "three").ms(20),
            row("a:b", "four").ms(99).ends(Outcome::Skip),
        ]);
        let entry = sample.header.providers[0].clone();
        sample.header.providers.push(entry);
        let provider: ProviderId = "a:b".parse().unwrap();
        let finished = |calls| RunEventKind::ProviderFinished {
            provider: provider.clone(),
            calls,
        };
        let summary = sample.and(finished(4)).and(finished(5)).fold().unwrap();
        let [only] = summary.providers.as_slice() else {
            panic!("{:?}", summary.providers)
        };
        assert_eq!(
            (only.ms_total, only.ms_median, only.calls, only.claims.len()),
            (60, Some(20), 9, 1)
        );
        assert_eq!(
            (only.totals.pass, only.totals.fail, only.should_failures),
            (2, 1, 1)
        );
        assert_eq!(
            (summary.totals, summary.should_failures, summary.warnings()),
            (only.totals, 1, 1)
        );
    }

    #[test]
    fn what_is_owed_and_never_settled_is_left_over() {
        let reported = Leftover {
            reason: "the provider refused".to_owned(),
            ..left_over(owed(3, "a:b"), "")
        };
        let sample = Sample::of([row("a:b", "one")])
            .and(RunEventKind::UndoOwed(Box::new(owed(1, "a:b"))))
            .and(RunEventKind::UndoOwed(Box::new(owed(2, "a:b"))))
            .and(RunEventKind::UndoOwed(Box::new(owed(3, "a:b"))))
            .and(RunEventKind::UndoSettled { id: 1 })
            .and(RunEventKind::LeftOver(Box::new(reported)));
        let reasons = |summary: &RunSummary| {
            summary
                .leftovers
                .iter()
                .map(|left| format!("{} {}", left.id, left.reason))
                .collect::<Vec<_>>()
        };
        let mut summary = sample.fold().unwrap();
        assert_eq!(
            reasons(&summary),
            ["3 the provider refused", "2 it was never taken back"]
        );
        summary.take_back(&BTreeSet::from([3]));
        assert_eq!(reasons(&summary), ["2 it was never taken back"]);
        let killed = sample.killed().fold().unwrap();
        assert_eq!(
            reasons(&killed)[1],
            "2 the run was killed before it was taken back"
        );
    }

    #[test]
    fn a_stream_that_stops_early_is_folded_and_one_that_contradicts_itself_is_refused() {
        let sample = Sample::of([row("a:b", "one"), row("a:b", "two")]);
        let events = sample.events();
        assert!(RunSummary::fold(&events[..2]).unwrap().incomplete());
        let mut twice = events.clone();
        twice.insert(
            1,
            RunEvent {
                seq: 1,
                ..events[0].clone()
            },
        );
        let mut late = events.clone();
        late.push(RunEvent {
            seq: 4,
            ..events[1].clone()
        });
        let again = Sample::of([row("a:b", "one"), row("a:b", "one")]);
        let mut few = sample.clone();
        few.middle.pop();
        let note = RunEventKind::Noted {
            provider: "x:y".parse().unwrap(),
            note: String::new(),
        };
        let refusals: Vec<String> = [
            RunSummary::fold([]),
            RunSummary::fold(&events[1..]),
            RunSummary::fold(&twice),
            RunSummary::fold([&events[0], &events[2]]),
            RunSummary::fold([&events[0], &events[1], &events[1]]),
            RunSummary::fold(&late),
            again.fold(),
            few.fold(),
            sample.and(note).fold(),
        ]
        .into_iter()
        .map(|refused| refused.unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(refusals.join("\n"), @"
        the events of the run do not start with its header
        the events of the run do not start with its header
        event 1 is a second header
        event 1 is missing: event 2 follows event 0
        event 2 is missing: event 1 follows event 1
        event 4 follows the end of the run
        `a:b` has two results of booking.create_booking@0.1.0/one
        2 tests were planned and 1 ended, in a run that was not interrupted
        event 3 is of `x:y`, which the run's header does not name
        ");
    }

    #[test]
    fn an_interrupted_run_may_lack_results_and_an_event_that_is_not_recorded_takes_no_number() {
        let mut sample = Sample::of([row("a:b", "one"), row("a:b", "two")]).interrupted();
        sample.middle.pop();
        let result = row("a:b", "one").0;
        let started = RunEventKind::TestStarted {
            provider: result.provider,
            capability: result.capability,
            test: result.test,
        };
        let mut events = sample.events();
        events.insert(
            1,
            RunEvent {
                seq: 1,
                at: at(1),
                kind: started,
            },
        );
        let summary = RunSummary::fold(&events).unwrap();
        assert_eq!((summary.results.len(), summary.incomplete()), (1, true));
    }
}
