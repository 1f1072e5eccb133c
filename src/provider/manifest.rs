//! The file as a whole, and one entry of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use super::reader::{Fields, Reader};
use super::{ClaimSpec, about, auth, claim, endpoint};
use crate::diagnostic::{Node, NodeKind, Problem, Problems, Source, Span, read_yaml};
use crate::model::{About, AuthSource, CapabilityId, Endpoint, ProviderId, Version};
use crate::transport::{ClientOptions, Revision};

/// The largest file that is read: several times what ten thousand providers need.
const LARGEST: usize = 8 * 1024 * 1024;

/// The longest time for the tests of a provider, in minutes.
const LONGEST_TURN_MINUTES: u64 = 24 * 60;

/// The most mistakes that are reported at once.
const MOST_PROBLEMS: usize = 100;

const ENTRY_KEYS: [&str; 18] = [
    "id",
    "name",
    "transport",
    "url",
    "command",
    "args",
    "env",
    "auth",
    "capabilities",
    "max_per_second",
    "provider_timeout",
    "fixtures",
    "dialect",
    "revision",
    "server_requests",
    "place",
    "time_zone",
    "tags",
];

/// A manifest without a mistake in its form. Its capabilities are not looked up yet: see [`Manifest::resolve`].
#[derive(Debug, Clone)]
pub struct Manifest {
    pub(super) source: Arc<Source>,
    /// The providers, in the order in which they were written.
    pub entries: Vec<ManifestEntry>,
}

/// One way to one provider.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestEntry {
    /// The provider.
    pub id: ProviderId,
    /// The name for people.
    pub name: Option<String>,
    /// What it says of itself.
    pub about: About,
    /// The address or the command by which it is called.
    pub endpoint: Endpoint,
    /// The environment variable that holds its credential.
    pub auth: Option<AuthSource>,
    /// Its claims; `None` if its own listing says what it offers.
    pub capabilities: Option<Vec<ClaimSpec>>,
    /// The most calls that it takes in a second.
    pub max_per_second: Option<f64>,
    /// The time that its tests may take in a run; None leaves that to the run.
    pub provider_timeout: Option<Duration>,
    /// Values given by hand for what discovery would find, by key.
    pub fixtures: IndexMap<String, Fixture>,
    /// The mapping to its own tools.
    pub dialect: Option<NamedDialect>,
    /// How it is spoken to, if that is over MCP.
    pub client: ClientOptions,
    /// The span of its id.
    pub span: Span,
}

/// A dialect that an entry names.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedDialect {
    /// The name of a bundled one, or a path that ends in `.yaml`, beside the manifest.
    pub name: String,
    /// The span of the name.
    pub span: Span,
}

/// A value that was given by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixture {
    /// The value.
    pub value: Value,
    /// The span of its key.
    pub span: Span,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// Every mistake in the file, up to a hundred; only the first where it is not even YAML.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Problems> {
        if source.text().len() > LARGEST {
            let message = format!("the file is larger than {} MiB", LARGEST / 1024 / 1024);
            return Err(Problem::of(source, message).into());
        }
        let root: Node = read_yaml(source)?;
        let mut reader = Reader {
            source,
            problems: Problems::new(),
        };
        let entries = entries(&mut reader, &root);
        reader.problems.or(Self {
            source: Arc::clone(source),
            entries,
        })
    }

    /// The file it was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }
}

fn entries(reader: &mut Reader<'_>, root: &Node) -> Vec<ManifestEntry> {
    let Some(fields) = reader.fields(root, "a manifest", &["providers"]) else {
        return Vec::new();
    };
    let Some(list) = fields.get("providers") else {
        let problem = Problem::of(reader.source, "a manifest needs the key `providers`");
        reader.report(problem);
        return Vec::new();
    };
    let Some(items) = reader.list(list, "`providers`") else {
        return Vec::new();
    };
    if items.is_empty() {
        let problem = reader.wrong(list, "`providers` is empty");
        reader.report(problem);
    }
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        if let Some((entry, both)) = entry(reader, item) {
            let other = both.then(|| stateless(reader, &entry)).flatten();
            found.push(entry);
            found.extend(other);
        }
        if reader
            .problems
            .iter()
            .nth(MOST_PROBLEMS.saturating_sub(1))
            .is_some()
        {
            let problem = Problem::of(reader.source, "there are more mistakes, which are not shown");
            reader.report(problem);
            return found;
        }
    }
    refuse_doubles(reader, &found);
    found
}

/// The same server once more, spoken to without a handshake. It is an entry of its own: what is proven in one era is not proven in the other.
fn stateless(reader: &mut Reader<'_>, entry: &ManifestEntry) -> Option<ManifestEntry> {
    let era = Revision::STATELESS;
    match format!("{}-{}", entry.id, era.as_str()).parse() {
        Ok(id) => Some(ManifestEntry {
            id,
            client: ClientOptions {
                revision: Some(era),
                ..entry.client
            },
            ..entry.clone()
        }),
        Err(error) => {
            let message = crate::model::IdError::to_string(&error);
            reader.report(Problem::at(reader.source, entry.span.clone(), message));
            None
        }
    }
}

/// An entry, and whether it is meant for both eras of MCP.
fn entry(reader: &mut Reader<'_>, node: &Node) -> Option<(ManifestEntry, bool)> {
    let fields = reader.fields(node, "an entry", &ENTRY_KEYS)?;
    let id = id(reader, node, &fields);
    let name = fields.get("name").and_then(|name| reader.text(name, "`name`"));
    let about = about::about(reader, &fields);
    let endpoint = endpoint::endpoint(reader, node, &fields);
    let auth = fields.get("auth").and_then(|node| auth::auth(reader, node));
    let capabilities = fields
        .get("capabilities")
        .and_then(|node| claim::claims(reader, node));
    let max_per_second = fields.get("max_per_second").and_then(|node| rate(reader, node));
    let provider_timeout = fields
        .get("provider_timeout")
        .and_then(|node| provider_timeout(reader, node));
    let fixtures = fields
        .get("fixtures")
        .map(|node| fixtures(reader, node))
        .unwrap_or_default();
    let dialect = fields.get("dialect").and_then(|node| dialect(reader, node));
    let (client, both) = endpoint::client(reader, &fields);
    let (id, span) = id?;
    let entry = ManifestEntry {
        id,
        name,
        about,
        endpoint: endpoint?,
        auth,
        capabilities,
        max_per_second,
        provider_timeout,
        fixtures,
        dialect,
        client,
        span,
    };
    Some((entry, both))
}

fn id(reader: &mut Reader<'_>, entry: &Node, fields: &Fields<'_>) -> Option<(ProviderId, Span)> {
    let Some(node) = fields.get("id") else {
        let problem = reader
            .wrong(entry, "an entry needs `id`")
            .label("`platform:tenant`");
        reader.report(problem);
        return None;
    };
    match reader.text(node, "`id`")?.parse() {
        Ok(id) => Some((id, node.span(reader.source))),
        Err(error) => {
            let problem = reader.wrong(node, crate::model::IdError::to_string(&error));
            reader.report(problem);
            None
        }
    }
}

fn rate(reader: &mut Reader<'_>, node: &Node) -> Option<f64> {
    if let Some(problem) = node.respelled(reader.source) {
        reader.report(problem);
        return None;
    }
    if let NodeKind::Scalar(Value::Number(number)) = &node.kind
        && let Some(rate) = number.as_f64().filter(|rate| *rate > 0.0)
    {
        return Some(rate);
    }
    let problem = reader.wrong(node, "`max_per_second` must be a number greater than zero");
    reader.report(problem);
    None
}

/// A time in whole minutes: `45m`.
fn provider_timeout(reader: &mut Reader<'_>, node: &Node) -> Option<Duration> {
    let text = reader.text(node, "`provider_timeout`")?;
    let minutes = text.strip_suffix('m').and_then(|minutes| minutes.parse().ok());
    if let Some(minutes @ 1..=LONGEST_TURN_MINUTES) = minutes {
        return Some(Duration::from_secs(minutes.saturating_mul(60)));
    }
    let message = format!("`provider_timeout` must be a time from `1m` to `{LONGEST_TURN_MINUTES}m`");
    let problem = reader.wrong(node, message);
    reader.report(problem);
    None
}

fn fixtures(reader: &mut Reader<'_>, node: &Node) -> IndexMap<String, Fixture> {
    let NodeKind::Map(entries) = &node.kind else {
        let problem = reader.wrong(node, "`fixtures` must be a mapping from names to values");
        reader.report(problem);
        return IndexMap::new();
    };
    for problem in node.all_respelled(reader.source) {
        reader.report(problem);
    }
    let fixture = |node: &Node| Fixture {
        value: node.to_json(),
        span: node.key_span(reader.source),
    };
    entries
        .iter()
        .map(|(name, node)| (name.clone(), fixture(node)))
        .collect()
}

fn dialect(reader: &mut Reader<'_>, node: &Node) -> Option<NamedDialect> {
    let name = reader.text(node, "`dialect`")?;
    let span = node.span(reader.source);
    Some(NamedDialect { name, span })
}

/// Entries are unique by id, capability and version, as far as that shows before capabilities are looked up.
fn refuse_doubles(reader: &mut Reader<'_>, entries: &[ManifestEntry]) {
    type Key<'a> = (&'a ProviderId, Option<(&'a CapabilityId, Option<&'a Version>)>);
    let mut first: HashMap<Key<'_>, (usize, &Span)> = HashMap::new();
    let mut doubles = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let claims = entry.capabilities.as_deref();
        let keys = claims
            .into_iter()
            .flatten()
            .map(|claim| (Some((&claim.id, claim.version.as_ref())), &claim.span));
        let whole = claims.is_none().then_some((None, &entry.span));
        for (claim, span) in keys.chain(whole) {
            let (other, at) = *first.entry((&entry.id, claim)).or_insert((index, span));
            // Within one entry it has been told already.
            if other != index {
                doubles.push((entry, claim, span, at));
            }
        }
    }
    for (entry, claim, span, at) in doubles {
        let what = match claim {
            Some((id, Some(version))) => format!("`{}` with `{id}@{version}`", entry.id),
            Some((id, None)) => format!("`{}` with `{id}`", entry.id),
            None => format!("`{}`", entry.id),
        };
        let message = format!("{what} stands twice, first in line {}", reader.line(at));
        reader.report(Problem::at(reader.source, span.clone(), message));
    }
}
