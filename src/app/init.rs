//! Writes a manifest of one provider, after the provider itself was asked what it offers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::connect::declared;
use super::tool::{At, Manners, Toolbox};
use super::{AppError, Bundle};
use crate::diagnostic::Source;
use crate::model::{AuthSource, CapabilityRef, Endpoint, ProviderId};

/// The longest time for the provider to list its tools.
const LIMIT: Duration = Duration::from_secs(20);

/// The provider that a manifest is to name.
#[derive(Debug, Clone)]
pub struct InitRequest {
    /// Its id.
    pub id: ProviderId,
    /// Its name for people.
    pub name: Option<String>,
    /// Its address: plain HTTP or MCP.
    pub endpoint: Endpoint,
    /// The environment variable with its bearer token.
    pub bearer_env: Option<String>,
    /// Its claims, as a manifest writes them. None takes the contracts of the tools that it lists.
    pub capabilities: Vec<String>,
    /// The file to write. It must not exist.
    pub output: PathBuf,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initiated {
    /// The claims, as the manifest writes them.
    pub claims: Vec<String>,
    /// The tools that the provider lists and that no contract describes.
    pub without_contract: Vec<String>,
    /// True if the provider lists its tools.
    pub lists_tools: bool,
}

/// Asks a provider, and writes its manifest. Nothing is written if the provider cannot be asked, or if the manifest would have a mistake.
///
/// # Errors
///
/// The file is there already, the provider cannot be asked, or it offers nothing that a contract describes.
pub async fn init(
    bundle: &Bundle,
    request: &InitRequest,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Initiated, AppError> {
    if request.output.exists() {
        return Err(AppError::unwritable(&request.output, &"it is there already"));
    }
    let auth = request
        .bearer_env
        .iter()
        .map(|env| AuthSource::Bearer { env: env.clone() });
    let at = At::Endpoint {
        endpoint: request.endpoint.clone(),
        auth: auth.collect(),
    };
    let manners = Manners {
        limit: LIMIT,
        client: None,
    };
    let toolbox = Toolbox::open(bundle, &at, manners, environment).await?;
    let wrong = |reason: String, hint: Option<String>| AppError::Entry {
        provider: request.id.to_string(),
        reason,
        hint,
    };
    let listed = toolbox
        .list()
        .await
        .map_err(|error| wrong(error.to_string(), None))?;
    let lists_tools = listed.is_some();
    let (mut claims, mut without_contract) = (request.capabilities.clone(), Vec::new());
    let mut seen = BTreeSet::new();
    for tool in listed.unwrap_or_default() {
        match first_of_tool(bundle, &tool.name) {
            Some(contract) if request.capabilities.is_empty() && seen.insert(contract.id.clone()) => {
                claims.push(contract.id.to_string());
            }
            Some(_) => {}
            None => without_contract.push(tool.name),
        }
    }
    if claims.is_empty() {
        let (reason, hint) = if lists_tools {
            (
                "no contract describes one of its tools".to_owned(),
                "`proofhouse capabilities draft URL` drafts contracts of them".to_owned(),
            )
        } else {
            (
                "it does not list its tools".to_owned(),
                "name its capabilities: --capability booking.create_booking".to_owned(),
            )
        };
        return Err(wrong(reason, Some(hint)));
    }
    let text = manifest(request, &claims);
    let source = Source::new(request.output.display().to_string(), text.clone());
    declared(&source, request.output.parent().unwrap_or(Path::new("")), bundle)?;
    std::fs::write(&request.output, &text).map_err(|error| AppError::unwritable(&request.output, &error))?;
    Ok(Initiated {
        claims,
        without_contract,
        lists_tools,
    })
}

/// The first version of the contract of a tool, as a name without a version means it.
fn first_of_tool<'b>(bundle: &'b Bundle, tool: &str) -> Option<&'b CapabilityRef> {
    let mut contracts = bundle.registry.iter();
    let found = contracts.find(|contract| contract.tool() == tool)?;
    Some(&found.reference)
}

/// The text of the manifest. What was given stands in quotes, as JSON writes them, which YAML reads alike.
fn manifest(request: &InitRequest, claims: &[String]) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut lines = vec!["providers:".to_owned(), format!("  - id: {}", request.id)];
    if let Some(name) = &request.name {
        lines.push(format!("    name: {}", quoted(name)));
    }
    lines.push(format!("    transport: {}", request.endpoint.transport()));
    lines.push(format!("    url: {}", quoted(request.endpoint.target())));
    if let Some(env) = &request.bearer_env {
        lines.push(format!("    auth: {{ bearer_env: {env} }}"));
    }
    lines.push("    capabilities:".to_owned());
    lines.extend(claims.iter().map(|claim| format!("      - {claim}")));
    lines.push(String::new());
    lines.join("\n")
}
