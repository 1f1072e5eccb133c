//! From a manifest to providers that can be asked: claims looked up, credentials taken from the environment, listings read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use indexmap::IndexMap;
use serde_json::Value;

use super::{AppError, Bundle, dialects, files::read_source};
use crate::capability::Registry;
use crate::diagnostic::{self, Problem, Problems, near_miss};
use crate::dialect::Dialect;
use crate::event::{ClaimRecord, ProviderRecord};
use crate::model::{AuthSource, CapabilityId, CapabilityRef, Endpoint, ProviderId, Version};
use crate::provider::{Manifest, Unknown};
use crate::run::Contestant;
use crate::suite::Suites;
use crate::transport::{Auth, ConnectError, ListedTool, Pool, Transport};

/// The largest manifest that is read.
const LARGEST_MANIFEST: u64 = 8 * 1024 * 1024;

/// How many listings are read at once.
const LISTINGS_AT_ONCE: usize = 64;

/// Where the providers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A manifest.
    Manifest(PathBuf),
    /// A manifest that stands in no file.
    Written(String),
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
    /// The mapping to its own interface.
    pub(super) dialect: Option<Arc<Dialect>>,
}

impl Candidate {
    /// The way to it.
    pub(super) fn open(&self, pool: &Pool, auth: Option<&Auth>) -> Result<Arc<dyn Transport>, ConnectError> {
        let dialect = self.dialect.as_ref();
        dialects::open(
            pool,
            &self.endpoint,
            auth,
            self.max_per_second,
            dialect,
            &self.given,
        )
    }
}

/// A provider that can be asked, with what it claims.
#[derive(Clone)]
pub(super) struct Connected {
    pub(super) candidate: Candidate,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) listing: Option<Option<Vec<ListedTool>>>,
    pub(super) claims: Vec<CapabilityRef>,
}

impl Connected {
    /// The provider as a run takes it, with the claims that the plan selected; with its own where nothing of it is planned.
    pub(super) fn into_contestant(self, planned: Option<&[CapabilityRef]>) -> Contestant {
        let claims = planned.unwrap_or(&self.claims);
        // Where the manifest leaves it to the listing to name them, the listing's word counts as the manifest's.
        let named = self.claims.iter().map(|claim| claim.id.tool().to_owned());
        let dialect = self.candidate.dialect.as_deref();
        Contestant {
            dialect: self.candidate.dialect.clone(),
            named: named.collect::<BTreeSet<_>>(),
            record: ProviderRecord {
                id: self.candidate.id,
                name: self.candidate.name,
                endpoint: self.candidate.endpoint,
                auth: self.candidate.auth,
                dialect: dialect.map(|dialect| dialects::record(dialect, &self.candidate.given)),
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
    let folder = path.parent().unwrap_or(Path::new(""));
    candidates(&read_source(path, LARGEST_MANIFEST)?, folder, bundle)
}

/// The providers of a manifest, whose paths begin at a folder, with what it claims looked up.
pub(super) fn candidates(
    source: &Arc<diagnostic::Source>,
    folder: &Path,
    bundle: &Bundle,
) -> Result<Vec<Candidate>, AppError> {
    let manifest = Manifest::parse(source)?;
    let claims = manifest.resolve(&|id, version| look_up(&bundle.registry, id, version))?;
    let spoken = manifest
        .entries
        .iter()
        .map(|entry| dialects::of_entry(&manifest, entry, folder, bundle))
        .collect::<Result<Vec<_>, _>>()?;
    check_fixtures(&manifest, &spoken, &bundle.suites)?;
    Ok(claims
        .into_iter()
        .zip(spoken)
        .map(|(claimed, dialect)| Candidate {
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
            dialect,
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

/// What a manifest gives by hand must be something that a fixture or the dialect of the entry takes.
fn check_fixtures(
    manifest: &Manifest,
    spoken: &[Option<Arc<Dialect>>],
    suites: &Suites,
) -> Result<(), Problems> {
    let mut problems = Problems::new();
    for (entry, dialect) in manifest.entries.iter().zip(spoken) {
        let constants = dialect.iter().flat_map(|dialect| dialect.constants.keys());
        let known: BTreeSet<&str> = suites.given().chain(constants.map(String::as_str)).collect();
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
        let transport = candidate
            .open(pool, auth.as_ref())
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

/// A provider's listing says what it offers, at the first version of each domain: a listing names no versions.
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
        .ok_or_else(|| missing("it names no capabilities, and lists no tools".to_owned()))?;
    let claims = registry.listed(|tool| listing.iter().any(|listed| listed.name == tool));
    if claims.is_empty() {
        return Err(missing(
            "it names no capabilities, and lists no tool that the registry knows".to_owned(),
        ));
    }
    connected.claims = claims;
    connected.listing = Some(Some(listing));
    Ok(())
}
