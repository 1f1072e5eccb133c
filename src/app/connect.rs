//! Makes the providers of a manifest ready to be called: looks up claims, takes credentials from the environment, reads listings.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::Semaphore;

use super::{AppError, Bundle, dialects, files::read_source};
use crate::capability::Registry;
use crate::diagnostic::{self, Problem, Problems, near_miss};
use crate::dialect::Dialect;
use crate::model::{BudgetLimits, CapabilityId, CapabilityRef, TurnBudget, Version};
use crate::provider::{Claims, EntryId, Manifest, Provider, Target, Unknown};
use crate::suite::Suites;
use crate::transport::{Auth, Pool, origin};

/// The largest manifest that is read.
const LARGEST_MANIFEST: u64 = 8 * 1024 * 1024;

/// The most listings that are read at once.
const LISTINGS_AT_ONCE: usize = 64;

/// The most listings that are read at once from one origin, of which nothing is known yet.
const LISTINGS_OF_ONE_ORIGIN: usize = 4;

/// The source of the providers of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A manifest.
    Manifest(PathBuf),
    /// A manifest that stands in no file.
    Written(String),
    /// The bundled reference provider.
    Reference,
}

/// Reads a manifest and looks up what it claims.
pub(super) fn read_manifest(path: &Path, bundle: &Bundle) -> Result<Vec<Provider>, AppError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    declared(&read_source(path, LARGEST_MANIFEST)?, folder, bundle)
}

/// The providers that a manifest declares, with their claims and dialects looked up. Paths in it begin at `folder`.
pub(super) fn declared(
    source: &Arc<diagnostic::Source>,
    folder: &Path,
    bundle: &Bundle,
) -> Result<Vec<Provider>, AppError> {
    let manifest = Manifest::parse(source)?;
    let claims = manifest.resolve(&|id, version| look_up(&bundle.registry, id, version))?;
    let entries = claims
        .into_iter()
        .map(|claims| {
            let dialect = dialects::of_entry(&manifest, claims.entry, folder, bundle)?;
            Ok((claims, dialect))
        })
        .collect::<Result<Vec<_>, AppError>>()?;
    check_fixtures(&manifest, &entries, &bundle.suites)?;
    let declare = |(claims, dialect): (Claims<'_>, _)| claims.declare(dialect);
    Ok(entries.into_iter().map(declare).collect())
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

/// Checks that every value given by hand is one that a fixture or the dialect of the entry takes.
fn check_fixtures(
    manifest: &Manifest,
    entries: &[(Claims<'_>, Option<Arc<Dialect>>)],
    suites: &Suites,
) -> Result<(), Problems> {
    let mut problems = Problems::new();
    for (claims, dialect) in entries {
        let constants = dialect.iter().flat_map(|dialect| dialect.constants.keys());
        let known: BTreeSet<&str> = suites.given().chain(constants.map(String::as_str)).collect();
        for (key, given) in &claims.entry.fixtures {
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

/// Connects every provider, and reads the listings of those that name no capabilities.
pub(super) async fn connect(
    providers: Vec<Provider>,
    bundle: &Bundle,
    pool: &Pool,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Arc<Target>>, AppError> {
    let mut connecting = Vec::with_capacity(providers.len());
    let mut origins: HashMap<_, Arc<Semaphore>> = HashMap::new();
    for (place, provider) in providers.into_iter().enumerate() {
        let name = provider.id().as_str();
        let auth = provider
            .auth()
            .map(|source| Auth::resolve(source, environment))
            .transpose();
        let auth = auth.map_err(|error| AppError::missing_variable(name, &error))?;
        let transport = provider
            .open(pool, auth.as_ref())
            .map_err(|error| AppError::Entry {
                provider: name.to_owned(),
                reason: error.to_string(),
                hint: None,
            })?;
        let lists_itself = provider.claims().is_none();
        let permits = origin(provider.endpoint()).map(|origin| {
            let permits = origins.entry(origin);
            Arc::clone(permits.or_insert_with(|| Arc::new(Semaphore::new(LISTINGS_OF_ONE_ORIGIN))))
        });
        let target = provider.connected(EntryId::new(place), transport);
        connecting.push(async move {
            let _permit = match &permits {
                Some(permits) if lists_itself => permits.acquire().await.ok(),
                _ => None,
            };
            match lists_itself {
                true => read_listing(target, &bundle.registry).await,
                false => Ok(target),
            }
        });
    }
    // In the manifest's order: if nothing can be proven, the first of several listings that cannot be read is the error.
    let mut targets = Vec::with_capacity(connecting.len());
    let mut connected = futures_util::stream::iter(connecting).buffered(LISTINGS_AT_ONCE);
    let mut listings = Vec::new();
    let mut first_trouble = None;
    while let Some(target) = connected.next().await {
        let mut target = target.unwrap_or_else(|trouble| {
            let Unlisted { target, reason } = *trouble;
            first_trouble.get_or_insert_with(|| AppError::Entry {
                provider: target.id().to_string(),
                reason: reason.clone(),
                hint: Some("name its `capabilities` in the manifest".to_owned()),
            });
            target.with_trouble(reason)
        });
        target.share_listing(&mut listings);
        targets.push(Arc::new(target));
    }
    match first_trouble {
        Some(error) if targets.iter().all(|target| target.trouble().is_some()) => Err(error),
        _ => Ok(targets),
    }
}

/// An entry that leaves it to its listing what it offers, and whose listing says nothing.
struct Unlisted {
    target: Target,
    reason: String,
}

/// Adds what the listing of a provider says it offers, at the first version of each domain: a listing names no versions.
async fn read_listing(target: Target, registry: &Registry) -> Result<Target, Box<Unlisted>> {
    let budget = TurnBudget::new(target.budget(BudgetLimits::default()));
    let reason = match target.read_listing(&budget).await {
        Err(error) => {
            let error = error.redacted(target.transport().redactor());
            format!("it names no capabilities, and its listing cannot be read: {error}")
        }
        Ok(None) => "it names no capabilities, and lists no tools".to_owned(),
        Ok(Some(listing)) => {
            let claims = registry.listed(|tool| listing.iter().any(|listed| listed.name == tool));
            if !claims.is_empty() {
                return Ok(target.with_listing(listing, claims));
            }
            "it names no capabilities, and lists no tool that the registry knows".to_owned()
        }
    };
    Err(Box::new(Unlisted { target, reason }))
}
