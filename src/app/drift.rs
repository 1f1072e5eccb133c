//! The drift of a live server: its listing against an earlier one, or against the contracts of a registry.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::drafting::saved_in;
use super::{AppError, Bundle};
use crate::capability::diff::{Change, Effect, Part, diff};
use crate::capability::{Capability, Registry, RegistryFile};
use crate::draft::{self, Purpose, Request, Tool};

/// The name and version of a kept listing.
const LISTING_FORMAT: &str = "proofhouse.tools/1";

/// The name and version of a drift.
const FORMAT: &str = "proofhouse.drift/1";

/// What a listing is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Earlier<'a> {
    /// An earlier listing that was kept.
    Listing(&'a Path),
    /// The contracts of the tools that are listed.
    Contracts(&'a Registry),
}

/// The drift of a server. Fields may be added, never removed or renamed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Drift {
    /// The name and version of this format.
    format: &'static str,
    /// The number of tools that were compared.
    pub compared: usize,
    /// True if a caller of before may break.
    pub breaking: bool,
    /// What has changed, by tool.
    pub changes: Vec<DriftChange>,
}

/// One thing that has changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DriftChange {
    /// The tool, by its name on the wire.
    pub tool: String,
    /// The part: `tool`, `input`, `output`, `annotations` or `prose`.
    pub part: &'static str,
    /// The place: a JSON pointer into the schema, or the name of a key.
    pub place: String,
    /// The change, in words.
    pub change: String,
    /// True if a caller of before may break by it; else it is harmless.
    pub breaking: bool,
}

/// Compares the tools that a server lists. `keep` names a file into which the listing is written.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn drift(live: &[Tool], earlier: Option<Earlier<'_>>, keep: Option<&Path>) -> Result<Drift, AppError> {
    let changes = match earlier {
        Some(Earlier::Listing(file)) => {
            let before = saved_in(file)?;
            let (old, new) = (contracts(&before)?, contracts(live)?);
            between(&before, &old, live, &new)
        }
        Some(Earlier::Contracts(registry)) => against(registry, live)?,
        None => (0, Vec::new()),
    };
    if let Some(file) = keep {
        let text = format!("{:#}\n", listing(live));
        std::fs::write(file, text).map_err(|error| AppError::unwritable(file, &error))?;
    }
    let (compared, changes) = changes;
    Ok(Drift {
        format: FORMAT,
        compared,
        breaking: changes.iter().any(|change| change.breaking),
        changes,
    })
}

/// A listing as it is kept, in the order of the names, so that another order is no difference.
fn listing(tools: &[Tool]) -> Value {
    let mut tools: Vec<_> = tools.iter().collect();
    tools.sort_by(|one, other| one.name.cmp(&other.name));
    let tools = tools.into_iter().map(|tool| {
        let mut kept = json!({ "name": tool.name, "inputSchema": tool.input });
        if let Value::Object(fields) = &mut kept {
            let texts = [("title", &tool.title), ("description", &tool.description)];
            for (name, text) in texts {
                if let Some(text) = text {
                    fields.insert(name.to_owned(), Value::from(text.as_str()));
                }
            }
            if let Some(schema) = &tool.output {
                fields.insert("outputSchema".to_owned(), schema.clone());
            }
            let hints = json!({
                "readOnlyHint": tool.hints.read_only,
                "idempotentHint": tool.hints.idempotent,
                "openWorldHint": tool.hints.open_world,
            });
            fields.insert("annotations".to_owned(), hints);
        }
        kept
    });
    json!({ "format": LISTING_FORMAT, "tools": tools.collect::<Vec<_>>() })
}

/// The tools of a listing as contracts, by their names on the wire.
fn contracts(tools: &[Tool]) -> Result<BTreeMap<String, Arc<Capability>>, AppError> {
    let draft = draft::draft(
        tools,
        &Request {
            domain: "listing",
            reached: None,
            auth: None,
            writes: true,
            operations: false,
            given: &BTreeMap::new(),
            purpose: Purpose::Contracts,
        },
    );
    let files = draft.files.into_iter().filter_map(|file| {
        Some(RegistryFile {
            name: file.path.strip_prefix("capabilities/")?.to_owned(),
            text: file.text,
        })
    });
    let registry = Registry::load_files(&files.collect::<Vec<_>>())?;
    let named = registry
        .iter()
        .map(|contract| (contract.tool().to_owned(), Arc::clone(contract)));
    Ok(named.collect())
}

type Contracts = BTreeMap<String, Arc<Capability>>;

/// What has changed between two listings.
fn between(before: &[Tool], old: &Contracts, after: &[Tool], new: &Contracts) -> (usize, Vec<DriftChange>) {
    let mut changes = Vec::new();
    for tool in before {
        let Some(now) = after.iter().find(|now| now.name == tool.name) else {
            changes.push(gone(&tool.name));
            continue;
        };
        if let (Some(old), Some(new)) = (old.get(&tool.name), new.get(&tool.name)) {
            changes.extend(of_schemas(&tool.name, old, new));
        }
        for (name, said, says) in [
            ("readOnlyHint", tool.hints.read_only, now.hints.read_only),
            ("idempotentHint", tool.hints.idempotent, now.hints.idempotent),
        ] {
            changes.extend(promise(&tool.name, name, said, says));
        }
        if (&tool.title, &tool.description) != (&now.title, &now.description) {
            changes.push(harmless(&tool.name, "prose", "description", "in other words"));
        }
    }
    for tool in after {
        if !before.iter().any(|known| known.name == tool.name) {
            changes.push(harmless(&tool.name, "tool", "", "is new"));
        }
    }
    (before.len(), changes)
}

/// What differs from the contracts of a registry: of each tool that is listed, its newest, and of their domains the others.
fn against(registry: &Registry, live: &[Tool]) -> Result<(usize, Vec<DriftChange>), AppError> {
    let new = contracts(live)?;
    let mut newest: BTreeMap<&str, &Arc<Capability>> = BTreeMap::new();
    for contract in registry.iter() {
        newest.insert(contract.reference.id.as_str(), contract);
    }
    let listed = |contract: &Capability| live.iter().find(|tool| tool.name == contract.tool());
    let domains: Vec<_> = newest
        .values()
        .filter(|contract| listed(contract).is_some())
        .map(|contract| contract.reference.id.domain())
        .collect();
    let mut changes = Vec::new();
    let mut compared = 0_usize;
    for contract in newest.values() {
        if !domains.contains(&contract.reference.id.domain()) {
            continue;
        }
        compared = compared.saturating_add(1);
        let Some(tool) = listed(contract) else {
            changes.push(gone(contract.tool()));
            continue;
        };
        if let Some(now) = new.get(&tool.name) {
            changes.extend(of_schemas(&tool.name, contract, now));
        }
        for (name, said, says) in [
            (
                "readOnlyHint",
                contract.annotations.read_only,
                tool.hints.read_only,
            ),
            (
                "idempotentHint",
                contract.annotations.idempotent,
                tool.hints.idempotent,
            ),
        ] {
            changes.extend(promise(&tool.name, name, said, says).filter(|change| change.breaking));
        }
    }
    Ok((compared, changes))
}

fn of_schemas(tool: &str, old: &Capability, new: &Capability) -> Vec<DriftChange> {
    let of_schema = |change: &Change| matches!(change.part, Part::Input | Part::Output);
    let changes = diff(old, new).changes.into_iter().filter(of_schema);
    changes
        .map(|change| DriftChange {
            tool: tool.to_owned(),
            part: change.part.as_str(),
            breaking: change.caller == Effect::Breaking,
            place: change.place,
            change: change.words,
        })
        .collect()
}

/// A promise that is given up breaks whoever relied on it.
fn promise(tool: &str, name: &str, said: bool, says: bool) -> Option<DriftChange> {
    let change = match (said, says) {
        (true, false) => "is no longer said",
        (false, true) => "is said now",
        _ => return None,
    };
    Some(DriftChange {
        tool: tool.to_owned(),
        part: "annotations",
        place: name.to_owned(),
        change: change.to_owned(),
        breaking: said,
    })
}

fn gone(tool: &str) -> DriftChange {
    DriftChange {
        tool: tool.to_owned(),
        part: "tool",
        place: String::new(),
        change: "is no longer listed".to_owned(),
        breaking: true,
    }
}

fn harmless(tool: &str, part: &'static str, place: &str, change: &str) -> DriftChange {
    DriftChange {
        tool: tool.to_owned(),
        part,
        place: place.to_owned(),
        change: change.to_owned(),
        breaking: false,
    }
}

/// Publishes the drafts of a folder that are done: takes `status: draft` out of their files and locks them. Returns what was locked.
///
/// # Errors
///
/// A file cannot be read or written, or a contract is wrong.
pub fn publish_drafts(folder: &Path, bundle: &Bundle) -> Result<Vec<String>, AppError> {
    let mut changed = Vec::new();
    for contract in bundle.registry.iter().filter(|contract| contract.is_draft) {
        let name = format!(
            "{}/{}/v{}/capability.yaml",
            contract.reference.id.domain(),
            contract.reference.id.tool(),
            contract.reference.version
        );
        let path = folder.join("capabilities").join(name);
        let text = contract.source().text();
        let lines = text.split_inclusive('\n');
        let published: String = lines.filter(|line| !is_draft_line(line)).collect();
        std::fs::write(&path, &published).map_err(|error| AppError::unwritable(&path, &error))?;
        changed.push((path, text.to_owned()));
    }
    let locked = super::lock_contracts(folder);
    if locked.is_err() {
        // What cannot be locked stays a draft.
        for (path, text) in changed {
            let _ = std::fs::write(path, text);
        }
    }
    locked
}

fn is_draft_line(line: &str) -> bool {
    let code = line.split('#').next().unwrap_or_default().trim_end();
    code.strip_prefix("status:")
        .is_some_and(|value| value.trim().trim_matches(['"', '\'']) == "draft")
}
