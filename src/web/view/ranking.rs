//! The providers of a capability, best first, as JSON.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::http::Uri;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::provider::LatencyView;
use crate::app::{AppError, CapabilityPage, ClaimStanding, ProviderRecord, ProviderRecords};
use crate::model::{About, CapabilityRef, Endpoint, ProviderId};
use crate::standing::{Contender, Standing, rank};
use crate::summary::{ClaimSummary, ProofLevel};
use crate::web::paging::Paged;
use crate::web::{State, text};

/// The most tags of a provider that are shown.
const MOST_TAGS: usize = 20;

/// A provider among those that claim a capability.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Ranked")]
pub(in crate::web) struct Ranked {
    /// The provider, `platform:tenant`.
    pub(in crate::web) provider: String,
    /// The capability at the version that the provider is ranked by.
    capability: String,
    /// Its name for people, as the latest run that counts knew it.
    name: Option<String>,
    /// The binding over which that run reached it: `http`, `mcp` or `stdio`.
    transport: Option<String>,
    /// The address at which that run reached it; null for a command of the machine of that run.
    address: Option<String>,
    /// Its place, as its manifest names it.
    place: Option<String>,
    /// The IANA name of its time zone, as its manifest names it.
    time_zone: Option<String>,
    /// Words for it in its manifest.
    tags: Vec<String>,
    /// The present standing of its claim.
    pub(in crate::web) standing: Standing,
    /// The number of must-level results that passed in the runs that count.
    passed: u64,
    /// The number of must-level results that were executed.
    executed: u64,
    /// The latency; null if nothing was executed.
    latency: Option<LatencyView>,
    /// The level of the claim in the latest run that counts; null if it is not conformant, or if the record does not name the rules.
    level: Option<ProofLevel>,
    /// The number of rules that this run has proven; null if its record does not name the rules.
    proven: Option<usize>,
    /// The number of rules that apply.
    total: Option<usize>,
    /// The edition of the contract that the run was held to.
    edition: Option<String>,
    /// The publisher of the run; null for a run of the registry itself.
    publisher: Option<String>,
    /// True if no run of the registry itself decides the standing: a provider attests itself.
    self_attested: bool,
}

/// How a provider is reached, as a run knew it.
pub(in crate::web) struct Contact {
    /// Its name for people.
    pub(in crate::web) name: Option<String>,
    /// The word for the binding.
    pub(in crate::web) transport: &'static str,
    /// Its address without credentials and query. None for a command of a machine, which is of no use to others.
    pub(in crate::web) address: Option<String>,
    /// What its manifest says of it, cut and cleaned.
    pub(in crate::web) about: About,
}

impl Contact {
    pub(in crate::web) fn of(record: &ProviderRecord) -> Self {
        Self {
            name: record.name.clone(),
            transport: record.endpoint.transport(),
            address: match &record.endpoint {
                Endpoint::Http { url } | Endpoint::Mcp { url } => public_address(url),
                Endpoint::Stdio { .. } => None,
            },
            about: shown(&record.about),
        }
    }
}

/// What a record says of a provider. A record of others may say anything.
fn shown(about: &About) -> About {
    let line = |said: &Option<String>| said.as_deref().map(text::one_line);
    About {
        place: line(&about.place),
        time_zone: line(&about.time_zone),
        tags: about
            .tags
            .iter()
            .take(MOST_TAGS)
            .map(|tag| text::one_line(tag))
            .collect(),
    }
}

/// An address without what may be secret in it.
fn public_address(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let port = uri.port().map_or_else(String::new, |port| format!(":{port}"));
    Some(format!(
        "{}://{}{port}{}",
        uri.scheme_str()?,
        uri.host()?,
        uri.path().trim_end_matches('/')
    ))
}

/// A provider in a ranking, with its claim.
pub(in crate::web) type Place = (Contender, Arc<ClaimStanding>);

/// All providers of a contract, best first, with the number of claims that are not judged yet.
fn all_contenders(state: &State, capability: &CapabilityRef) -> Result<(Vec<Place>, usize), AppError> {
    let found = state.history.standings_so_far(&state.bundle, Some(capability))?;
    let mut by_name: HashMap<ProviderId, Arc<ClaimStanding>> = HashMap::new();
    let mut all = Vec::with_capacity(found.claims.len());
    for claim in found.claims {
        all.push(Contender::of(
            &claim.history,
            &claim.now,
            DateTime::<Utc>::MIN_UTC,
        ));
        by_name.insert(claim.history.claim.provider.clone(), claim);
    }
    rank(&mut all);
    let places = all.into_iter().filter_map(|contender| {
        let claim = by_name.remove(&contender.provider)?;
        Some((contender, claim))
    });
    Ok((places.collect(), found.pending))
}

/// The providers of a contract, best first, from the place `from` on, with the number of claims that are not judged yet. `next` is the
/// place at which the page that follows begins.
pub(in crate::web) fn contenders(
    state: &State,
    capability: &CapabilityRef,
    from: usize,
    size: usize,
) -> Result<(Paged<Place, usize>, usize), AppError> {
    let (all, pending) = all_contenders(state, capability)?;
    let next = from.saturating_add(size);
    let next = (all.len() > next).then_some(next);
    let items = all.into_iter().skip(from).take(size).collect();
    Ok((Paged { items, next }, pending))
}

/// The providers of `domain.tool@version`, best first. Without a version, those of every published version: each at its newest version that
/// it keeps, or else at the newest that it claims.
pub(in crate::web) fn ranking(
    state: &State,
    name: &str,
    from: usize,
    size: usize,
) -> Result<Paged<Ranked, usize>, AppError> {
    let found = CapabilityPage::find(&state.bundle.registry, name, None)?;
    let id = &found.capability.reference.id;
    let versions: Vec<CapabilityRef> = match name.contains('@') {
        true => vec![found.capability.reference.clone()],
        false => {
            let newest_first = found.versions.iter().rev();
            newest_first
                .map(|version| CapabilityRef {
                    id: id.clone(),
                    version: version.clone(),
                })
                .collect()
        }
    };
    let mut best: BTreeMap<ProviderId, Place> = BTreeMap::new();
    for version in &versions {
        for place in all_contenders(state, version)?.0 {
            match best.entry(place.0.provider.clone()) {
                Entry::Vacant(empty) => {
                    empty.insert(place);
                }
                // A newer version that is not kept gives way to an older one that is.
                Entry::Occupied(mut newer) if place.0.standing < newer.get().0.standing => {
                    newer.insert(place);
                }
                Entry::Occupied(_) => {}
            }
        }
    }
    let (mut order, mut claims): (Vec<Contender>, HashMap<ProviderId, Arc<ClaimStanding>>) =
        (Vec::new(), HashMap::new());
    for (contender, claim) in best.into_values() {
        claims.insert(contender.provider.clone(), claim);
        order.push(contender);
    }
    rank(&mut order);
    let next = from.saturating_add(size);
    let next = (order.len() > next).then_some(next);
    let mut records = ProviderRecords::default();
    let mut items = Vec::new();
    for contender in order.into_iter().skip(from).take(size) {
        if let Some(claim) = claims.remove(&contender.provider) {
            items.push(ranked(state, &mut records, &contender, &claim)?);
        }
    }
    Ok(Paged { items, next })
}

fn ranked(
    state: &State,
    records: &mut ProviderRecords,
    contender: &Contender,
    claim: &ClaimStanding,
) -> Result<Ranked, AppError> {
    let record = match &claim.now.latest {
        Some((run, _)) => records.find(&state.history, run, &contender.provider)?,
        None => None,
    };
    let contact = record.map(Contact::of);
    let proof = claim.proof.as_ref();
    let edition = claim.now.edition.as_ref().and_then(|edition| edition.name());
    let name = contact.as_ref().and_then(|contact| contact.name.as_deref());
    let about = contact
        .as_ref()
        .map(|contact| contact.about.clone())
        .unwrap_or_default();
    Ok(Ranked {
        provider: contender.provider.to_string(),
        capability: claim.history.claim.capability.to_string(),
        name: name.map(text::one_line),
        transport: contact.as_ref().map(|contact| contact.transport.to_owned()),
        place: about.place,
        time_zone: about.time_zone,
        tags: about.tags,
        address: contact.and_then(|contact| contact.address),
        standing: contender.standing,
        passed: contender.rate.passed,
        executed: contender.rate.executed,
        latency: contender.latency.map(Into::into),
        level: proof.and_then(|proof| proof.level),
        proven: proof.map(ClaimSummary::proven_rules),
        total: proof.map(ClaimSummary::total_rules),
        edition: edition.map(str::to_owned),
        publisher: claim.publisher().map(str::to_owned),
        self_attested: contender.self_attested,
    })
}
