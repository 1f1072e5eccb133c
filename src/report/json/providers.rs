//! The providers of a run as the report writes them.

use std::borrow::Cow;
use std::collections::HashMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::event::DialectRecord;
use crate::model::{ProviderId, Totals, Verdict};
use crate::summary::{ProviderSummary, RunSummary};

/// All providers of a run, in its order.
#[derive(Debug)]
pub(super) struct Providers<'a>(pub(super) &'a RunSummary);

impl Serialize for Providers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let dialects = dialects(self.0);
        let providers = self.0.providers.iter();
        serializer.collect_seq(providers.map(|provider| provider_view(self.0, provider, &dialects)))
    }
}

impl JsonSchema for Providers<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Providers".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<ProviderView<'static>>::json_schema(generator)
    }
}

/// One provider's part of the run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Provider")]
struct ProviderView<'a> {
    /// The provider, `platform:tenant`.
    id: &'a str,
    /// Its name for people.
    name: Option<&'a str>,
    /// The dialect through which it was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    dialect: Option<DialectView<'a>>,
    /// The selected capabilities that it claims, `domain.tool@version`.
    claims: Vec<String>,
    /// The verdict on its rows.
    verdict: Verdict,
    /// The number of its rows by outcome.
    totals: Totals,
    /// The number of its rows that are failed rulings and decide nothing.
    warnings: usize,
    /// The number of its rows that are failures which would decide if the baseline did not know them.
    known: usize,
    /// Milliseconds spent waiting for it, over its executed tests.
    ms_total: u64,
    /// The median over its executed tests, in milliseconds. Null when none was executed.
    ms_median: Option<u64>,
    /// The median over its executed tests of the milliseconds a call. Null when none was executed.
    ms_call_median: Option<u64>,
    /// Every call made to it, discovery and cleanup included.
    calls: u64,
}

/// A mapping between contracts and a provider's own interface.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Dialect")]
struct DialectView<'a> {
    /// Its name.
    name: &'a str,
    /// SHA-256 of its file, in hex.
    digest: &'a str,
}

/// The dialects of providers, by their ids. Of several entries the first that has one counts.
fn dialects(summary: &RunSummary) -> HashMap<&ProviderId, &DialectRecord> {
    let mut dialects = HashMap::new();
    for record in &summary.header.providers {
        if let Some(dialect) = &record.dialect {
            dialects.entry(&record.id).or_insert(dialect);
        }
    }
    dialects
}

fn provider_view<'a>(
    summary: &'a RunSummary,
    provider: &'a ProviderSummary,
    dialects: &HashMap<&'a ProviderId, &'a DialectRecord>,
) -> ProviderView<'a> {
    ProviderView {
        id: provider.id.as_str(),
        name: provider.name.as_deref(),
        dialect: dialects.get(&provider.id).map(|dialect| DialectView {
            name: &dialect.name,
            digest: &dialect.digest,
        }),
        claims: provider
            .claims
            .iter()
            .map(|claim| format!("{}@{}", claim.capability, claim.version))
            .collect(),
        verdict: summary.verdict_of(provider),
        totals: provider.totals,
        warnings: summary.warnings_of(provider),
        known: provider.known,
        ms_total: provider.ms_total,
        ms_median: provider.ms_median,
        ms_call_median: provider.ms_call_median,
        calls: provider.calls,
    }
}
