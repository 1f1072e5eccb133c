//! The summary of a run.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{KnownFailures, RecordedCalls};
use crate::event::{ClaimRecord, ContractRecord, Leftover, RunFooter, RunHeader};
use crate::model::{BaselineEntry, Level, Outcome, ProviderId, TestResult, Totals, Version};

/// Everything that the events of a run add up to.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// The header: everything that was settled before the first call.
    pub header: RunHeader,
    /// Every result: providers as the header orders them, then by capability, version and test. The rows that were not
    /// planned come last among those of their provider.
    pub results: Vec<TestResult>,
    /// The number of results by outcome, planned or not.
    pub totals: Totals,
    /// Failed should-level tests; they are among the failures of `totals`.
    pub should_failures: usize,
    /// The failures that the baseline excuses, and the entries that are out of date.
    pub known: KnownFailures,
    /// The providers, each once, in the header's order.
    pub providers: Vec<ProviderSummary>,
    /// Differences from a contract that change no outcome, each with its provider, in the order of the providers.
    pub notes: Vec<(ProviderId, String)>,
    /// Everything that the tests made and that was not undone.
    pub leftovers: Vec<Leftover>,
    /// The end of the run. None if its record stops before that.
    pub footer: Option<RunFooter>,
    /// The reason why the run could not be recorded. Set by the caller that records it.
    pub record_incomplete: Option<String>,
    /// The record with the calls of failures that are not among the results. Set by the caller that records it.
    pub calls: RecordedCalls,
}

/// The summary of one provider.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderSummary {
    /// The provider.
    pub id: ProviderId,
    /// Its name for people.
    pub name: Option<String>,
    /// The selected capabilities that it claims, over all its entries in the manifest.
    pub claims: Vec<ClaimRecord>,
    /// The range of its results in [`RunSummary::results`].
    pub rows: Range<usize>,
    /// The number of its results by outcome.
    pub totals: Totals,
    /// Its failed should-level tests, which are among the failures of `totals`.
    pub should_failures: usize,
    /// Its failures that would decide and that the baseline knows; they are among those of `totals`.
    pub known: usize,
    /// Milliseconds spent waiting for it, over its executed tests.
    pub ms_total: u64,
    /// The median of its executed tests, in milliseconds. None when none was executed.
    pub ms_median: Option<u64>,
    /// The median of the milliseconds a call of its executed tests: what a provider is slow by, however many calls its tests make. None
    /// when none was executed.
    pub ms_call_median: Option<u64>,
    /// The number of all calls made to it, discovery and cleanup included.
    pub calls: u64,
}

impl RunSummary {
    /// The results of one provider.
    pub fn results_of(&self, provider: &ProviderSummary) -> &[TestResult] {
        self.results.get(provider.rows.clone()).unwrap_or_default()
    }

    /// Returns true if the run was interrupted, was killed, or could not be recorded.
    pub fn incomplete(&self) -> bool {
        self.why_incomplete().is_some()
    }

    /// The reason why the run proves nothing as a whole, to end a line with. None for a run that went to its end.
    pub fn why_incomplete(&self) -> Option<String> {
        match (&self.footer, &self.record_incomplete) {
            (_, Some(reason)) => Some(format!("the run could not be recorded: {reason}")),
            (None, None) => Some("the run was killed, or is still going on".to_owned()),
            (Some(footer), None) if footer.interrupted => Some("the run was interrupted".to_owned()),
            (Some(_), None) => None,
        }
    }

    /// The failed results, those that decide first.
    pub fn failures(&self) -> Vec<&TestResult> {
        let failed = self
            .results
            .iter()
            .filter(|result| result.outcome == Outcome::Fail);
        let mut failed: Vec<_> = failed.collect();
        failed.sort_by_key(|result| self.is_warning(result) || self.known_as(result).is_some());
        failed
    }

    /// Returns true if a failed result is only a warning: its test is a ruling and the run is not strict, or it is pending.
    pub fn is_warning(&self, result: &TestResult) -> bool {
        result.outcome == Outcome::Fail && !self.is_binding(result)
    }

    /// The number of results that are warnings only.
    pub fn warnings(&self) -> usize {
        self.results
            .iter()
            .filter(|result| self.is_warning(result))
            .count()
    }

    /// The number of results of one provider that are warnings only.
    pub fn warnings_of(&self, provider: &ProviderSummary) -> usize {
        let results = self.results_of(provider).iter();
        results.filter(|result| self.is_warning(result)).count()
    }

    /// Returns true if a result may decide the verdict of this run: it is at must level, or the run is strict, and its test is not
    /// pending in the edition.
    pub fn is_binding(&self, result: &TestResult) -> bool {
        (result.level == Level::Must || self.header.selection.strict) && !self.is_pending(result)
    }

    /// Returns true if the edition that the run was held to does not hold the test of a result yet. It is shown and never decides.
    pub fn is_pending(&self, result: &TestResult) -> bool {
        self.header.contracts.iter().any(|contract| {
            !contract.pending.is_empty()
                && contract.capability.id == result.capability
                && contract.capability.version == result.version
                && contract.pending.contains(&result.test)
        })
    }

    /// The other published versions of a capability that do not ask for the test of a result at must level.
    pub fn not_asked_at(&self, result: &TestResult) -> Vec<&Version> {
        let mut contracts = self.header.contracts.iter();
        let contract = contracts.find(|contract| {
            contract.capability.id == result.capability && contract.capability.version == result.version
        });
        let others = contract.map(|contract| contract.not_asked_at.iter());
        let others = others.into_iter().flatten();
        others
            .filter(|(_, tests)| tests.contains(&result.test))
            .map(|(version, _)| version)
            .collect()
    }

    /// The contract that a claim was held to, as the run's header names it.
    pub fn contract(&self, claim: &ClaimRecord) -> Option<&ContractRecord> {
        let mut contracts = self.header.contracts.iter();
        contracts.find(|contract| {
            contract.capability.id == claim.capability && contract.capability.version == claim.version
        })
    }

    /// The reason why the run does not prove everything that its providers claim, to end a line with. None if nothing was left out. A run
    /// with `--fail-fast` left tests out if a failure stopped it.
    pub fn why_filtered(&self) -> Option<String> {
        let stops = |result: &TestResult| {
            result.outcome == Outcome::Fail && self.is_binding(result) && self.known_as(result).is_none()
        };
        let failed = self.header.selection.fail_fast && self.results.iter().any(stops);
        self.header.why_filtered(failed)
    }

    /// The entry of the baseline that excuses a failure which would decide otherwise.
    pub fn known_as(&self, result: &TestResult) -> Option<&BaselineEntry> {
        self.known.excuse(result).filter(|_| self.is_binding(result))
    }

    /// The number of failures that would decide if the baseline did not know them.
    pub fn known_failures(&self) -> usize {
        self.providers.iter().map(|provider| provider.known).sum()
    }

    /// Removes the leftovers that were taken back after the run had ended, by their undo ids.
    pub fn take_back(&mut self, settled: &BTreeSet<u64>) {
        self.leftovers.retain(|leftover| !settled.contains(&leftover.id));
    }

    /// The summary of one provider.
    pub fn provider(&self, id: &ProviderId) -> Option<&ProviderSummary> {
        self.providers.iter().find(|provider| provider.id == *id)
    }
}
