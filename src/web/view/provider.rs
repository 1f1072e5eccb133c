//! Providers and their standings as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{AppError, ClaimStanding};
use crate::model::{Edition, EditionRecord, ProviderId, TestName};
use crate::standing::{Latency, Reason, Standing};
use crate::summary::{ClaimSummary, ProofLevel, RuleSummary};
use crate::web::error::WebError;
use crate::web::paging::Paged;
use crate::web::{State, text};

/// A provider in a list.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "ProviderEntry")]
pub(in crate::web) struct ProviderEntry {
    /// The provider, `platform:tenant`.
    pub(in crate::web) provider: String,
    /// The number of its claims that are conformant.
    pub(in crate::web) conformant: usize,
    /// The number of its claims that are not conformant.
    pub(in crate::web) not_conformant: usize,
    /// The number of its claims that are unproven: an essential test neither passed nor failed.
    pub(in crate::web) unproven: usize,
    /// The number of its claims without a known standing.
    pub(in crate::web) unknown: usize,
    /// The number of its claims that no run of the registry itself decided.
    pub(in crate::web) self_attested: usize,
}

/// A provider with all its claims.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Provider")]
pub(in crate::web) struct ProviderView {
    /// The provider, `platform:tenant`.
    provider: String,
    /// Its claims, by capability and version.
    claims: Vec<ClaimView>,
}

/// A version of a capability that a provider claims to implement.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Claim")]
struct ClaimView {
    /// The capability, `domain.tool`.
    capability: String,
    /// Its version.
    version: String,
    /// The present standing of the claim.
    standing: Standing,
    /// The start of the first run in the unbroken series with this standing.
    since: Option<DateTime<Utc>>,
    /// The latest run that counts.
    run: Option<String>,
    /// The publisher of that run; null for a run of the registry itself.
    publisher: Option<String>,
    /// True if no run of the registry itself decides: that run was published, or read from files.
    self_attested: bool,
    /// How much that run has proven; null if no run counts, or if its record does not name the rules.
    proof: Option<ProofView>,
    /// The edition of the contract that the run was held to; null without a run that counts, and for a contract without editions.
    edition: Option<EditionRecord>,
    /// The newest edition, if no run was held to it yet; else null.
    awaited_edition: Option<EditionRecord>,
    /// The reasons for the standing.
    reasons: Vec<String>,
    /// The changes of standing, the oldest first.
    transitions: Vec<TransitionView>,
    /// The latency of each test, over the runs that count.
    latency: BTreeMap<String, LatencyView>,
}

/// How much of a contract a run has proven.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Proof")]
pub(in crate::web) struct ProofView {
    /// The level of a conformant claim; null for any other.
    level: Option<ProofLevel>,
    /// The number of proven rules.
    proven: usize,
    /// The number of rules that apply.
    total: usize,
    /// The rules with their states.
    rules: Vec<RuleSummary>,
}

impl ProofView {
    fn of(proof: &ClaimSummary) -> Self {
        Self {
            level: proof.level,
            proven: proof.proven_rules(),
            total: proof.total_rules(),
            rules: proof.rules.clone(),
        }
    }
}

/// A change of standing.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Transition")]
struct TransitionView {
    /// The run that changed it.
    run: String,
    /// The start of that run.
    at: DateTime<Utc>,
    /// The standing before; null for the first run that counts.
    from: Option<Standing>,
    /// The standing after.
    to: Standing,
    /// True if that run is not one of the registry itself.
    self_attested: bool,
}

/// Latency of calls in milliseconds, one of each executed test. Percentiles are computed by nearest rank.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "Latency")]
pub(in crate::web) struct LatencyView {
    /// The number of measurements.
    count: usize,
    /// The median.
    p50: u64,
    /// The 95th percentile.
    p95: u64,
    /// The maximum.
    longest: u64,
}

impl From<Latency> for LatencyView {
    fn from(latency: Latency) -> Self {
        Self {
            count: latency.count,
            p50: latency.p50,
            p95: latency.p95,
            longest: latency.longest,
        }
    }
}

/// Providers with runs, sorted by name, after `after`.
pub(in crate::web) fn providers(
    state: &State,
    after: Option<&ProviderId>,
    size: usize,
) -> Result<Paged<ProviderEntry, String>, AppError> {
    let found = state.history.providers(None, after, size + 1)?;
    let found = Paged::of(found, size, ToString::to_string);
    let mut items = Vec::new();
    for provider in &found.items {
        let claims = state.history.standings(&state.bundle, None, Some(provider))?;
        items.push(entry(provider, &claims));
    }
    Ok(Paged {
        items,
        next: found.next,
    })
}

/// Providers with runs, those with the largest `number` first, from the place `from` on, with the number of claims that are not judged
/// yet. `next` is the place at which the page that follows begins.
pub(in crate::web) fn providers_by(
    state: &State,
    number: fn(&ProviderEntry) -> usize,
    from: usize,
    size: usize,
) -> Result<(Paged<ProviderEntry, usize>, usize), AppError> {
    let found = state.history.standings_so_far(&state.bundle, None)?;
    let of_one = |one: &Arc<ClaimStanding>, other: &Arc<ClaimStanding>| {
        one.history.claim.provider == other.history.claim.provider
    };
    let by_provider = found.claims.chunk_by(of_one);
    let mut all: Vec<_> = by_provider
        .filter_map(|claims| Some(entry(&claims.first()?.history.claim.provider, claims)))
        .collect();
    // Those with the same number stay sorted by name.
    all.sort_by_key(|entry| std::cmp::Reverse(number(entry)));
    let next = from.saturating_add(size);
    let next = (all.len() > next).then_some(next);
    let items = all.into_iter().skip(from).take(size).collect();
    Ok((Paged { items, next }, found.pending))
}

/// A provider with the numbers of its claims.
pub(in crate::web) fn entry(provider: &ProviderId, claims: &[Arc<ClaimStanding>]) -> ProviderEntry {
    let mut entry = ProviderEntry {
        provider: provider.to_string(),
        ..ProviderEntry::default()
    };
    for claim in claims {
        *match claim.now.standing {
            Standing::Conformant => &mut entry.conformant,
            Standing::NotConformant => &mut entry.not_conformant,
            Standing::Unproven => &mut entry.unproven,
            Standing::Unknown => &mut entry.unknown,
        } += 1;
        entry.self_attested += usize::from(claim.now.is_self_attested());
    }
    entry
}

/// The id of a provider by its name, with the standing of each of its claims, at least one.
pub(in crate::web) fn claims_of(
    state: &State,
    name: &str,
) -> Result<(ProviderId, Vec<Arc<ClaimStanding>>), WebError> {
    let unknown = || WebError::UnknownProvider(text::one_line(name));
    let id: ProviderId = name.parse().map_err(|_| unknown())?;
    let standings = state.history.standings(&state.bundle, None, Some(&id))?;
    if standings.is_empty() {
        return Err(unknown());
    }
    Ok((id, standings))
}

/// The id of a provider by its name, with the standings that are judged in bounded time, and the number of those that are not.
pub(in crate::web) fn claims_so_far(
    state: &State,
    name: &str,
) -> Result<(ProviderId, Vec<Arc<ClaimStanding>>, usize), WebError> {
    let unknown = || WebError::UnknownProvider(text::one_line(name));
    let id: ProviderId = name.parse().map_err(|_| unknown())?;
    let found = state
        .history
        .standings_of_so_far(&state.bundle, std::slice::from_ref(&id))?;
    if found.claims.is_empty() {
        return Err(unknown());
    }
    Ok((id, found.claims, found.pending))
}

/// A provider with its claims.
pub(in crate::web) fn provider(state: &State, name: &str) -> Result<ProviderView, WebError> {
    let (id, standings) = claims_of(state, name)?;
    Ok(ProviderView {
        provider: id.to_string(),
        claims: standings.iter().map(|standing| claim(standing)).collect(),
    })
}

fn claim(standing: &ClaimStanding) -> ClaimView {
    let history = &standing.history;
    let transitions = history.transitions().into_iter().map(|change| TransitionView {
        run: change.run.to_string(),
        at: change.at,
        from: change.from,
        to: change.to,
        self_attested: !change.origin.is_own(),
    });
    let latency = history.latency_by_test(DateTime::<Utc>::MIN_UTC);
    let by_test = |(test, latency): (TestName, Latency)| (test.to_string(), latency.into());
    ClaimView {
        capability: history.claim.capability.id.to_string(),
        version: history.claim.capability.version.to_string(),
        standing: standing.now.standing,
        since: standing.now.since,
        run: standing.now.latest.as_ref().map(|(run, _)| run.to_string()),
        publisher: standing.publisher().map(str::to_owned),
        self_attested: standing.now.is_self_attested(),
        proof: standing.proof.as_ref().map(ProofView::of),
        edition: record(standing.now.edition.as_ref()),
        awaited_edition: record(standing.now.awaited.as_ref()),
        reasons: standing.now.reasons.iter().map(reason_text).collect(),
        transitions: transitions.collect(),
        latency: latency.into_iter().map(by_test).collect(),
    }
}

fn record(edition: Option<&Arc<Edition>>) -> Option<EditionRecord> {
    edition?.record.clone()
}

fn reason_text(reason: &Reason) -> String {
    text::one_line(&reason.to_string())
}
