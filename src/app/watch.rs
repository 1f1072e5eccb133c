//! What a run depends on, looked at again and again: files, and what providers list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::join_all;
use sha2::{Digest, Sha256};

use super::connect::Source;
use super::run::{HARNESS, RunRequest};
use super::{AppError, files::read_source};
use crate::diagnostic;
use crate::model::{BudgetLimits, Endpoint, TurnBudget};
use crate::provider::{EntryId, Manifest, Provider};
use crate::transport::{Auth, Limits, ListedTool, Pool};

/// The time between two looks at the files, and the time for which nothing may change before a change is told.
const FILES: Duration = Duration::from_millis(300);
/// The time between two looks at what providers list.
const LISTINGS: Duration = Duration::from_secs(2);
/// The longest that changes are waited for to end.
const SETTLING: Duration = Duration::from_secs(5);
/// The most providers that are asked what they list.
const MOST_PROVIDERS: usize = 16;
/// The most files that are looked at.
const MOST_FILES: usize = 10_000;
/// The largest file that is told by its content, in bytes. Of a larger one the time counts.
const LARGEST: u64 = 16 * 1024 * 1024;
/// The largest manifest that is read.
const LARGEST_MANIFEST: u64 = 8 * 1024 * 1024;
/// The most changes that are named.
const NAMED: usize = 5;

/// What a run depends on, as it was seen last.
pub struct Watched {
    request: RunRequest,
    registry: Option<PathBuf>,
    files: BTreeMap<PathBuf, Option<Stamp>>,
    /// By the place of the entry in the manifest and its id.
    listings: BTreeMap<(usize, String), Listing>,
    listed_at: Option<Instant>,
}

/// A file at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    changed: Option<SystemTime>,
    size: u64,
    digest: Option<[u8; 32]>,
}

/// What a provider said when it was asked what it lists.
#[derive(Debug, Clone, PartialEq)]
enum Listing {
    /// Nothing: it is not there.
    Away,
    /// It has no list.
    None,
    /// Its list.
    Tools(Vec<ListedTool>),
}

impl Watched {
    /// The files and providers of a run with the contracts and suites of a folder, none of them looked at yet.
    pub fn new(request: &RunRequest, registry: Option<&Path>) -> Self {
        Self {
            request: request.clone(),
            registry: registry.map(Path::to_owned),
            files: BTreeMap::new(),
            listings: BTreeMap::new(),
            listed_at: None,
        }
    }

    /// Takes everything as it is now for what the next run is of.
    pub async fn look(&mut self, environment: &dyn Fn(&str) -> Option<String>) {
        let _ = self.changed_files();
        let _ = self.changed_listings(environment).await;
    }

    /// Waits for a change, and for the end of what changes with it. It is told in words, a line each.
    pub async fn change(&mut self, environment: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let mut changes = BTreeSet::new();
        let mut since = None;
        loop {
            tokio::time::sleep(FILES).await;
            let mut found = self.changed_files();
            if self.listed_at.is_none_or(|at| at.elapsed() >= LISTINGS) {
                found.extend(self.changed_listings(environment).await);
            }
            let quiet = found.is_empty();
            changes.extend(found);
            if changes.is_empty() {
                continue;
            }
            let since: &mut Instant = since.get_or_insert_with(Instant::now);
            if quiet || since.elapsed() >= SETTLING {
                let more = changes.len().saturating_sub(NAMED);
                let mut told: Vec<_> = changes.into_iter().take(NAMED).collect();
                if more > 0 {
                    told.push(format!("{more} more"));
                }
                return told;
            }
        }
    }

    /// The files that are not as they were.
    fn changed_files(&mut self) -> Vec<String> {
        let mut changes = Vec::new();
        let now = self.paths();
        for path in self.files.keys().filter(|path| !now.contains(*path)) {
            changes.push(format!("{} is gone", path.display()));
        }
        let mut files = BTreeMap::new();
        for path in now {
            let before = self.files.get(&path);
            let stamp = stamp(&path, before.and_then(Option::as_ref));
            let told = match (before, &stamp) {
                (Some(Some(before)), Some(now)) if before.differs(now) => Some("has changed"),
                (Some(Some(_)), None) => Some("is gone"),
                (Some(None), Some(_)) => Some("is there again"),
                (None, Some(_)) => Some("is new"),
                _ => None,
            };
            changes.extend(told.map(|told| format!("{} {told}", path.display())));
            files.insert(path, stamp);
        }
        self.files = files;
        changes
    }

    /// Every file of the run. A named one is among them although it is not there.
    fn paths(&self) -> BTreeSet<PathBuf> {
        let mut paths: BTreeSet<_> = self.request.baseline.iter().cloned().collect();
        if let Some(registry) = &self.registry {
            for folder in ["capabilities", "suites", "dialects"] {
                below(&registry.join(folder), &mut paths);
            }
        }
        let Source::Manifest(path) = &self.request.source else {
            return paths;
        };
        paths.insert(path.clone());
        let folder = path.parent().unwrap_or(Path::new(""));
        for entry in entries(path) {
            let dialect = entry.dialect.filter(|dialect| dialect.name.ends_with(".yaml"));
            paths.extend(dialect.map(|dialect| folder.join(&dialect.name)));
            if let Endpoint::Stdio { command, args, .. } = entry.endpoint {
                paths.extend(program(&command));
                let args = args.into_iter().map(PathBuf::from);
                paths.extend(args.filter(|path| path.is_file()));
            }
        }
        paths
    }

    /// The providers that list something else than they did, or are there again.
    async fn changed_listings(&mut self, environment: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let now = self.listings(environment).await;
        self.listed_at = Some(Instant::now());
        // Where nobody can be asked, as with a mistake in the manifest, what was known stays known.
        let Some(now) = now else { return Vec::new() };
        let mut changes = Vec::new();
        for ((_, id), listing) in &now {
            let before = self.listings.iter().find(|((_, known), _)| known == id);
            let told = match (before.map(|(_, before)| before), listing) {
                (None, _) | (_, Listing::Away) => continue,
                (Some(Listing::Away), _) => "is there again",
                (Some(before), now) if before != now => "lists other tools",
                _ => continue,
            };
            changes.push(format!("{id} {told}"));
        }
        self.listings = now;
        changes
    }

    /// What each provider lists. A command is not started for that: its files tell of it.
    async fn listings(
        &self,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Option<BTreeMap<(usize, String), Listing>> {
        let Source::Manifest(path) = &self.request.source else {
            return None;
        };
        let entries = entries(path);
        if entries.is_empty() {
            return None;
        }
        let limits = Limits {
            call: self.request.call_limit,
            public_only: self.request.public_only,
            ..Limits::default()
        };
        let pool = Pool::new(limits, HARNESS.replace(' ', "/")).ok()?;
        let remote = entries
            .into_iter()
            .enumerate()
            .filter(|(_, entry)| !matches!(entry.endpoint, Endpoint::Stdio { .. }));
        let asked = remote.take(MOST_PROVIDERS).map(|(place, entry)| {
            let pool = &pool;
            let provider = Provider::new(entry.id, entry.endpoint)
                .with_auth(entry.auth)
                .with_max_per_second(entry.max_per_second)
                .with_client(entry.client);
            async move {
                let key = (place, provider.id().to_string());
                let listed = listed(place, provider, pool, environment).await;
                (key, listed.unwrap_or(Listing::Away))
            }
        });
        Some(join_all(asked).await.into_iter().collect())
    }
}

impl Stamp {
    fn differs(&self, other: &Self) -> bool {
        match (self.digest, other.digest) {
            (Some(one), Some(other)) => one != other,
            _ => self != other,
        }
    }
}

/// A file as it is now. What has the time and the size that it had is not read again.
fn stamp(path: &Path, before: Option<&Stamp>) -> Option<Stamp> {
    let data = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let (changed, size) = (data.modified().ok(), data.len());
    if let Some(before) = before.filter(|before| (before.changed, before.size) == (changed, size)) {
        return Some(before.clone());
    }
    let read = (size <= LARGEST).then(|| std::fs::read(path).ok()).flatten();
    Some(Stamp {
        changed,
        size,
        digest: read.map(|bytes| Sha256::digest(bytes).into()),
    })
}

/// The files below a folder.
fn below(folder: &Path, paths: &mut BTreeSet<PathBuf>) {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if paths.len() >= MOST_FILES {
                return;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(kind) if kind.is_file() => drop(paths.insert(entry.path())),
                _ => {}
            }
        }
    }
}

/// The entries of a manifest. None where it has a mistake, which the run tells.
fn entries(path: &Path) -> Vec<crate::provider::ManifestEntry> {
    let manifest = read_source(path, LARGEST_MANIFEST)
        .and_then(|source: std::sync::Arc<diagnostic::Source>| Ok(Manifest::parse(&source)?));
    manifest.map_or_else(|_: AppError| Vec::new(), |manifest| manifest.entries)
}

/// The file of a command: as it is written, or where the search path has it.
fn program(command: &str) -> Option<PathBuf> {
    let written = PathBuf::from(command);
    if written.components().count() > 1 {
        return Some(written);
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(command))
        .find(|path| path.is_file())
}

/// What one provider lists. None if it cannot be asked.
async fn listed(
    place: usize,
    provider: Provider,
    pool: &Pool,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Option<Listing> {
    let auth = provider
        .auth()
        .map(|source| Auth::resolve(source, environment))
        .transpose()
        .ok()?;
    let transport = provider.open(pool, auth.as_ref()).ok()?;
    let target = provider.connected(EntryId::new(place), transport);
    let budget = TurnBudget::new(target.budget(BudgetLimits::default()));
    let read = target.read_listing(&budget).await;
    target.transport().close().await;
    Some(match read.ok()? {
        Some(tools) => Listing::Tools(tools),
        None => Listing::None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_touched_or_written_alike_has_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("providers.yaml");
        assert_eq!(stamp(&path, None), None);
        std::fs::write(&path, "one").unwrap();
        let first = stamp(&path, None).unwrap();
        let later = SystemTime::now() + Duration::from_secs(7);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(later).unwrap();
        let touched = stamp(&path, Some(&first)).unwrap();
        assert!(touched != first && !first.differs(&touched));
        std::fs::write(&path, "two").unwrap();
        assert!(first.differs(&stamp(&path, Some(&touched)).unwrap()));
    }

    #[test]
    fn a_command_is_found_as_a_shell_finds_it() {
        assert_eq!(program("./provider"), Some(PathBuf::from("./provider")));
        assert!(program("sh").is_some_and(|path| path.is_file()));
        assert_eq!(program("no-such-command-anywhere"), None);
    }
}
