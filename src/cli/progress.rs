//! Progress on standard error: a bar on a terminal, a line now and then elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::Printer;
use crate::event::{RunEvent, RunEventKind};
use crate::model::{Outcome, ProviderId, Totals};

/// How long a log stays silent while a run goes on.
const SILENCE: Duration = Duration::from_secs(10);

/// Watches a run.
pub(super) struct Progress<'p> {
    printer: &'p Printer,
    bar: Option<ProgressBar>,
    totals: Totals,
    planned: usize,
    /// The entries of each provider that have not ended: one for each version that it serves.
    open: BTreeMap<String, usize>,
    /// When each provider's first test began, for those that are still at work.
    working: BTreeMap<ProviderId, Instant>,
    told: Instant,
}

impl<'p> Progress<'p> {
    /// Watches a run of so many tests. `entries` names the provider of each entry of the plan.
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
            working: BTreeMap::new(),
            told: Instant::now(),
        }
    }

    /// Takes note of an event.
    pub(super) fn watch(&mut self, event: &RunEvent) {
        match &event.kind {
            RunEventKind::TestStarted { provider, .. } => {
                self.working.entry(provider.clone()).or_insert_with(Instant::now);
            }
            RunEventKind::TestFinished(result) => {
                self.totals.add(result.outcome);
                self.tell();
            }
            RunEventKind::ProviderFinished { provider, .. } => {
                self.working.remove(provider);
                if let Some(open) = self.open.get_mut(provider.as_str()) {
                    *open = open.saturating_sub(1);
                }
                self.tell();
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

    fn tell(&mut self) {
        if let Some(bar) = &self.bar {
            bar.set_position(self.totals.sum() as u64);
            bar.set_message(self.message());
        } else if self.told.elapsed() >= SILENCE {
            self.told = Instant::now();
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
        let finished = self.open.values().filter(|open| **open == 0).count();
        parts.push(format!("{finished}/{} providers", self.open.len()));
        if let Some((slowest, since)) = self.working.iter().min_by_key(|(_, since)| **since) {
            parts.push(format!("slowest {slowest} {} s", since.elapsed().as_secs()));
        }
        parts.join(" · ")
    }
}
