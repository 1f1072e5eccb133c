//! The summary of each provider of a run.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::ProviderSummary;
use crate::event::{ClaimRecord, RunHeader};
use crate::model::{Level, Outcome, ProviderId, TestResult, Totals, ms_of_call};

/// One summary a provider: several entries of the manifest may share an id, one for each version that it serves.
pub(super) fn summarise(
    header: &RunHeader,
    results: &[(usize, TestResult)],
    calls: &HashMap<ProviderId, u64>,
) -> Vec<ProviderSummary> {
    let mut entries: IndexMap<&ProviderId, (Option<&String>, Vec<ClaimRecord>)> = IndexMap::new();
    for record in &header.providers {
        let (name, claims) = entries.entry(&record.id).or_default();
        *name = name.or(record.name.as_ref());
        for claim in &record.claims {
            if !claims.contains(claim) {
                claims.push(claim.clone());
            }
        }
    }
    let mut start = 0;
    let mut summaries = Vec::with_capacity(entries.len());
    for (rank, (id, (name, claims))) in entries.into_iter().enumerate() {
        let end = start + results[start..].partition_point(|(of, _)| *of <= rank);
        let mut summary = ProviderSummary {
            id: id.clone(),
            name: name.cloned(),
            claims,
            rows: start..end,
            totals: Totals::default(),
            should_failures: 0,
            known: 0,
            ms_total: 0,
            ms_median: None,
            ms_call_median: None,
            calls: calls.get(id).copied().unwrap_or(0),
        };
        let (mut times, mut of_calls) = (Vec::new(), Vec::new());
        for (_, result) in &results[start..end] {
            summary.totals.add(result.outcome);
            if result.outcome == Outcome::Fail && result.level == Level::Should {
                summary.should_failures += 1;
            }
            if result.outcome.executed() {
                times.push(result.ms);
                of_calls.push(ms_of_call(result.ms, result.calls));
            }
        }
        times.sort_unstable();
        summary.ms_total = times.iter().fold(0, |sum, ms| sum.saturating_add(*ms));
        summary.ms_median = times.get(times.len() / 2).copied();
        of_calls.sort_unstable();
        summary.ms_call_median = of_calls.get(of_calls.len() / 2).copied();
        summaries.push(summary);
        start = end;
    }
    summaries
}
