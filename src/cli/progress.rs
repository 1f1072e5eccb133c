//! Progress on standard error: a bar on a terminal, a line now and then elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::Printer;
use crate::event::{RunEvent, RunEventKind};
use crate::model::{Outcome, ProviderId, Totals};

/// The interval between two lines of progress in a log.
const SILENCE: Duration = Duration::from_secs(10);

/// The progress of a run.
pub(super) struct Progress<'p> {
    printer: &'p Printer,
    bar: Option<ProgressBar>,
    totals: Totals,
    planned: usize,
    /// The number of unfinished entries of each provider: one for each version that it serves.
    open: BTreeMap<String, usize>,
    /// The number of providers of which no entry is unfinished.
    finished: usize,
    /// The start of the first test of each provider that has not finished.
    working: BTreeMap<ProviderId, Instant>,
    /// The time of the last line of progress.
    last_line: Instant,
}

impl<'p> Progress<'p> {
    /// The progress of a run of `planned` tests. `entries` names the provider of each entry of the plan.
    pub(super) fn new(printer: &'p Printer, planned: usize, entries: &[String]) -> Self {
        let mut open = BTreeMap::new();
        for provider in entries {
            *open.entry(provider.clone()).or_default() += 1;
        }
        let bar = (!printer.quiet() && std::io::stderr().is_terminal()).then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(planned as u64), ProgressDrawTarget::stderr_with_hz(10));
            if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {wide_msg}") {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar
        });
        Self {
            printer,
            bar,
            totals: Totals::default(),
            planned,
            open,
            finished: 0,
            working: BTreeMap::new(),
            last_line: Instant::now(),
        }
    }

    /// Updates the progress with an event.
    pub(super) fn watch(&mut self, event: &RunEvent) {
        match &event.kind {
            RunEventKind::TestStarted { provider, .. } => {
                self.working.entry(provider.clone()).or_insert_with(Instant::now);
            }
            RunEventKind::TestFinished(result) => {
                self.totals.add(result.outcome);
                self.draw();
            }
            RunEventKind::ProviderFinished { provider, .. } => {
                self.working.remove(provider);
                if let Some(open) = self.open.get_mut(provider.as_str()) {
                    self.finished += usize::from(*open == 1);
                    *open = open.saturating_sub(1);
                }
                self.draw();
            }
            RunEventKind::RunFinished(_) => {
                if let Some(bar) = &self.bar {
                    bar.finish_and_clear();
                }
            }
            RunEventKind::RunStarted(_)
            | RunEventKind::UndoOwed(_)
            | RunEventKind::UndoSettled { .. }
            | RunEventKind::LeftOver(_)
            | RunEventKind::Noted { .. } => {}
        }
    }

    /// Updates the bar, or prints a line if the last one is long ago.
    fn draw(&mut self) {
        if let Some(bar) = &self.bar {
            bar.set_position(self.totals.sum() as u64);
            bar.set_message(self.message());
        } else if self.last_line.elapsed() >= SILENCE {
            self.last_line = Instant::now();
            let done = self.totals.sum();
            self.printer
                .note(&format!("{done}/{} tests, {}", self.planned, self.message()));
        }
    }

    fn message(&self) -> String {
        let mut parts: Vec<String> = Outcome::ALL
            .iter()
            .filter(|outcome| self.totals.of(**outcome) > 0)
            .map(|outcome| format!("{} {outcome}", self.totals.of(*outcome)))
            .collect();
        parts.push(format!("{}/{} providers", self.finished, self.open.len()));
        if let Some((slowest, since)) = self.working.iter().min_by_key(|(_, since)| **since) {
            parts.push(format!("slowest {slowest} {} s", since.elapsed().as_secs()));
        }
        parts.join(" · ")
    }
}
