//! From a manifest to providers that can be asked: claims looked up, credentials taken from the environment, listings read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use indexmap::IndexMap;
use serde_json::Value;

use super::{AppError, Bundle, files::read_source};
use crate::capability::Registry;
use crate::diagnostic::{Problem, Problems, near_miss};
use crate::event::{ClaimRecord, ProviderRecord};
use crate::model::{AuthSource, CapabilityId, CapabilityRef, Endpoint, ProviderId, Version};
use crate::provider::{Manifest, Unknown};
use crate::run::Contestant;
use crate::suite::Suites;
use crate::transport::{Auth, ListedTool, Pool, Transport};

/// The largest manifest that is read.
const LARGEST_MANIFEST: u64 = 8 * 1024 * 1024;

/// How many listings are read at once.
const LISTINGS_AT_ONCE: usize = 64;

/// Where the providers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A manifest.
    Manifest(PathBuf),
    /// The bundled reference provider.
    Reference,
}

/// A provider before it is connected.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) id: ProviderId,
    pub(super) name: Option<String>,
    pub(super) endpoint: Endpoint,
    pub(super) auth: Option<AuthSource>,
    /// None where its own listing says what it offers.
    pub(super) claims: Option<Vec<CapabilityRef>>,
    pub(super) max_per_second: Option<f64>,
    pub(super) given: IndexMap<String, Value>,
}

/// A provider that can be asked, with what it claims.
pub(super) struct Connected {
    pub(super) candidate: Candidate,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) listing: Option<Option<Vec<ListedTool>>>,
    pub(super) claims: Vec<CapabilityRef>,
}

impl Connected {
    /// The provider as a run takes it, with the claims that the plan selected.
    pub(super) fn into_contestant(self, claims: &[CapabilityRef]) -> Contestant {
        // Where the manifest leaves it to the listing to name them, the listing's word counts as the manifest's.
        let named = self.claims.iter().map(|claim| claim.id.tool().to_owned());
        Contestant {
            named: named.collect::<BTreeSet<_>>(),
            record: ProviderRecord {
                id: self.candidate.id,
                name: self.candidate.name,
                endpoint: self.candidate.endpoint,
                auth: self.candidate.auth,
                claims: claims
                    .iter()
                    .map(|claim| ClaimRecord {
                        capability: claim.id.clone(),
                        version: claim.version.clone(),
                    })
                    .collect(),
            },
            transport: self.transport,
            listing: self.listing,
            given: self.candidate.given,
        }
    }
}

/// Reads a manifest and looks up what it claims.
pub(super) fn read_manifest(path: &Path, bundle: &Bundle) -> Result<Vec<Candidate>, AppError> {
    let manifest = Manifest::parse(&read_source(path, LARGEST_MANIFEST)?)?;
    let claims = manifest.resolve(&|id, version| look_up(&bundle.registry, id, version))?;
    check_fixtures(&manifest, &bundle.suites)?;
    Ok(claims
        .into_iter()
        .map(|claimed| Candidate {
            id: claimed.entry.id.clone(),
            name: claimed.entry.name.clone(),
            endpoint: claimed.entry.endpoint.clone(),
            auth: claimed.entry.auth.clone(),
            claims: claimed.capabilities,
            max_per_second: claimed.entry.max_per_second,
            given: claimed
                .entry
                .fixtures
                .iter()
                .map(|(key, given)| (key.clone(), given.value.clone()))
                .collect(),
        })
        .collect())
}

fn look_up(
    registry: &Registry,
    id: &CapabilityId,
    version: Option<&Version>,
) -> Result<CapabilityRef, Unknown> {
    registry
        .get(id, version)
        .map(|capability| capability.reference.clone())
        .ok_or_else(|| Unknown {
            suggestion: match registry.versions(id).last() {
                Some(newest) => Some(newest.reference.to_string()),
                None => registry.suggest(id.as_str()),
            },
        })
}

/// What a manifest gives by hand must be something that a fixture takes.
fn check_fixtures(manifest: &Manifest, suites: &Suites) -> Result<(), Problems> {
    let known: BTreeSet<&str> = suites.given().collect();
    let mut problems = Problems::new();
    for entry in &manifest.entries {
        for (key, given) in &entry.fixtures {
            if !known.contains(key.as_str()) {
                let all = known.iter().copied().collect::<Vec<_>>().join(", ");
                problems.push(
                    Problem::at(
                        manifest.source(),
                        given.span.clone(),
                        format!("no test takes the fixture `{key}`"),
                    )
                    .label(format!("known: {all}"))
                    .did_you_mean(near_miss(key, known.iter().copied())),
                );
            }
        }
    }
    problems.or(())
}

/// Makes every candidate ready to be asked, and reads the listings of those that name no capabilities.
pub(super) async fn connect(
    candidates: Vec<Candidate>,
    bundle: &Bundle,
    pool: &Pool,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Connected>, AppError> {
    let mut connected = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let provider = candidate.id.as_str();
        let auth = candidate
            .auth
            .as_ref()
            .map(|source| Auth::resolve(source, environment))
            .transpose();
        let auth = auth.map_err(|error| AppError::missing_variable(provider, &error))?;
        let transport = pool
            .connect(&candidate.endpoint, auth.as_ref(), candidate.max_per_second)
            .map_err(|error| AppError::Entry {
                provider: provider.to_owned(),
                reason: error.to_string(),
                hint: None,
            })?;
        let claims = candidate.claims.clone().unwrap_or_default();
        connected.push(Connected {
            candidate,
            transport,
            listing: None,
            claims,
        });
    }
    let unclaimed = connected
        .iter_mut()
        .filter(|connected| connected.candidate.claims.is_none());
    let read = futures_util::stream::iter(unclaimed)
        .map(|connected| read_listing(connected, &bundle.registry))
        .buffer_unordered(LISTINGS_AT_ONCE);
    let failed: Vec<_> = read.filter_map(|read| async { read.err() }).collect().await;
    match failed.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(connected),
    }
}

/// A provider's listing says what it offers, each tool at the first published version.
async fn read_listing(connected: &mut Connected, registry: &Registry) -> Result<(), AppError> {
    let listing = connected.transport.list_tools().await;
    let missing = |reason: String| AppError::Entry {
        provider: connected.candidate.id.to_string(),
        reason,
        hint: Some("name its `capabilities` in the manifest".to_owned()),
    };
    let listing = listing
        .map_err(|trouble| {
            missing(format!(
                "it names no capabilities, and its listing cannot be read: {trouble}"
            ))
        })?
        .ok_or_else(|| missing("it names no capabilities, and has no listing at GET /tools".to_owned()))?;
    let mut claims: Vec<CapabilityRef> = registry
        .iter()
        .filter(|capability| listing.iter().any(|listed| listed.name == capability.tool()))
        .filter_map(|capability| registry.get(&capability.reference.id, None))
        .map(|capability| capability.reference.clone())
        .collect();
    claims.dedup();
    if claims.is_empty() {
        return Err(missing(
            "it names no capabilities, and lists no tool that the registry knows".to_owned(),
        ));
    }
    connected.claims = claims;
    connected.listing = Some(Some(listing));
    Ok(())
}
