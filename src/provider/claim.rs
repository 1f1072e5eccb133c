//! `capabilities`: the contracts that an entry claims to keep.

use std::collections::HashMap;

use super::reader::Reader;
use crate::diagnostic::{Node, Span};
use crate::model::{CapabilityId, Version};

/// A capability as a manifest names it; without a version the first published is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimSpec {
    /// The capability.
    pub id: CapabilityId,
    /// The version, if the manifest names one.
    pub version: Option<Version>,
    /// The span of the claim in the manifest.
    pub span: Span,
}

impl std::fmt::Display for ClaimSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.version {
            Some(version) => f.pad(&format!("{}@{version}", self.id)),
            None => self.id.fmt(f),
        }
    }
}

pub(super) fn claims(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<ClaimSpec>> {
    let items = reader.list(node, "`capabilities`")?;
    if items.is_empty() {
        let problem = reader
            .wrong(node, "`capabilities` is empty")
            .hint("leave it out, and the provider's own listing says what it offers");
        reader.report(problem);
    }
    let mut first: HashMap<CapabilityId, Span> = HashMap::new();
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let Some(claim) = claim(reader, item) else {
            continue;
        };
        if let Some(other) = first.insert(claim.id.clone(), claim.span.clone()) {
            let line = reader.line(&other);
            let problem = reader
                .wrong(
                    item,
                    format!(
                        "one entry serves one version of `{}`, named already in line {line}",
                        claim.id
                    ),
                )
                .hint("write a second entry for another version");
            reader.report(problem);
        }
        found.push(claim);
    }
    Some(found)
}

fn claim(reader: &mut Reader<'_>, node: &Node) -> Option<ClaimSpec> {
    let text = reader.text(node, "a capability")?;
    let (id, version) = match text.split_once('@') {
        Some((id, version)) => (id, Some(version)),
        None => (text.as_str(), None),
    };
    let parsed = id
        .parse()
        .map_err(|error: crate::model::IdError| error.to_string());
    let version = version
        .map(str::parse)
        .transpose()
        .map_err(|error: crate::model::VersionError| error.to_string());
    match (parsed, version) {
        (Ok(id), Ok(version)) => Some(ClaimSpec {
            id,
            version,
            span: node.span(reader.source),
        }),
        (Err(message), _) | (_, Err(message)) => {
            let problem = reader.wrong(node, message);
            reader.report(problem);
            None
        }
    }
}
