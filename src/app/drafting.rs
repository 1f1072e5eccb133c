//! Drafts contracts and suites from the listing of a server, and writes them into a folder of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::AppError;
use super::files::{read_source, read_text};
use crate::diagnostic::{Node, read_yaml};
use crate::draft::{self, Draft, Purpose, Reached, Request, Tool, operations_of, tools_of};
use crate::model::{AuthSource, Endpoint};
use crate::transport::{Auth, Limits, Pool, Transport};

/// The longest that the listing may take: a command may have to be installed first.
const LISTING_LIMIT: Duration = Duration::from_secs(60);

/// The largest saved listing that is read, in bytes.
const LARGEST_LISTING: u64 = 8 * 1024 * 1024;

/// Where the tools are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftFrom {
    /// A running server.
    Server(Reached),
    /// A saved answer to `tools/list`.
    Listing(PathBuf),
    /// An OpenAPI 3 document.
    OpenApi(PathBuf),
}

/// What to draft, and where to.
#[derive(Debug, Clone)]
pub struct DraftRequest {
    /// Where the tools are listed.
    pub from: DraftFrom,
    /// How the server is logged in to, if it is.
    pub auth: Option<AuthSource>,
    /// The domain of the contracts; None for one that is made from the name of the server.
    pub domain: Option<String>,
    /// True if tools that may change something are called as well.
    pub writes: bool,
    /// The folder to write into. Files that are there stay as they are.
    pub out: PathBuf,
}

/// Reads a listing and writes the draft of it. No tool is called. `environment` looks up the variables that hold credentials.
///
/// # Errors
///
/// The server cannot be asked, a credential is missing, it lists no tools, or a file of the draft is there already.
pub async fn draft_contracts(
    request: &DraftRequest,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Draft, AppError> {
    let tools = live_tools(&request.from, request.auth.as_ref(), environment).await?;
    let reached = match &request.from {
        DraftFrom::Server(reached) => Some(reached),
        DraftFrom::Listing(_) | DraftFrom::OpenApi(_) => None,
    };
    let name = named(&request.from);
    let domain = request.domain.clone().unwrap_or_else(|| draft::domain_of(&name));
    let draft = draft::draft(
        &tools,
        &Request {
            domain: &domain,
            reached,
            auth: request.auth.as_ref(),
            writes: request.writes,
            operations: matches!(request.from, DraftFrom::OpenApi(_)),
            given: &BTreeMap::new(),
            purpose: Purpose::Contracts,
        },
    );
    write(&draft, &request.out)?;
    Ok(draft)
}

/// The tools of a server or of a file, at least one. `environment` looks up the variables that hold credentials.
///
/// # Errors
///
/// The server cannot be asked, a credential is missing, or it lists no tools.
pub async fn live_tools(
    from: &DraftFrom,
    auth: Option<&AuthSource>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Tool>, AppError> {
    let resolved = auth.map(|source| Auth::resolve(source, environment));
    let auth = resolved
        .transpose()
        .map_err(|error| AppError::missing_variable(&named(from), &error))?;
    let tools = match from {
        DraftFrom::Server(reached) => listed_by(reached, auth.as_ref()).await?,
        DraftFrom::Listing(file) => saved_in(file)?,
        DraftFrom::OpenApi(file) => operations_in(file)?,
    };
    match tools.is_empty() {
        true => Err(entry(&named(from), "it lists no tools")),
        false => Ok(tools),
    }
}

/// The tools that a server lists.
async fn listed_by(reached: &Reached, auth: Option<&Auth>) -> Result<Vec<Tool>, AppError> {
    let pool = Pool::new(
        Limits {
            call: LISTING_LIMIT,
            ..Limits::default()
        },
        "proofhouse/draft",
    )?;
    let endpoint = match reached {
        Reached::Mcp(url) => Endpoint::Mcp { url: url.clone() },
        Reached::Command(command, args) => Endpoint::Stdio {
            command: command.clone(),
            args: args.clone(),
            env: IndexMap::new(),
        },
    };
    let name = endpoint.target().to_owned();
    let transport: Arc<dyn Transport> = pool
        .connect(&endpoint, auth, None)
        .map_err(|error| entry(&name, &error.to_string()))?;
    let listing = transport.list_tools().await;
    transport.close().await;
    let listing = listing.map_err(|error| entry(&name, &error.to_string()))?;
    let tools = listing.unwrap_or_default().into_iter();
    Ok(tools
        .map(|tool| {
            Tool::listed(
                tool.name,
                tool.title,
                tool.description,
                (tool.input_schema, tool.output_schema),
                tool.annotations.as_ref(),
            )
        })
        .collect())
}

pub(super) fn saved_in(file: &Path) -> Result<Vec<Tool>, AppError> {
    let text = read_text(file, LARGEST_LISTING)?;
    let unreadable = |reason: String| AppError::Unreadable {
        path: file.display().to_string(),
        reason,
    };
    let saved = crate::model::strict_json(text.as_bytes()).map_err(|error| unreadable(error.to_string()))?;
    tools_of(&saved).map_err(unreadable)
}

/// The operations of an OpenAPI document, in YAML or in JSON.
fn operations_in(file: &Path) -> Result<Vec<Tool>, AppError> {
    let source = read_source(file, LARGEST_LISTING)?;
    let document: Node = read_yaml(&source)?;
    operations_of(&document.to_json()).map_err(|reason| AppError::Unreadable {
        path: file.display().to_string(),
        reason,
    })
}

/// The name of what is listed, for people and for the domain.
fn named(from: &DraftFrom) -> String {
    match from {
        DraftFrom::Server(Reached::Mcp(url)) => url.clone(),
        DraftFrom::Server(Reached::Command(command, args)) => std::iter::once(command)
            .chain(args)
            .cloned()
            .collect::<Vec<_>>()
            .join(" "),
        DraftFrom::Listing(file) | DraftFrom::OpenApi(file) => file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    }
}

fn entry(name: &str, reason: &str) -> AppError {
    AppError::Entry {
        provider: name.to_owned(),
        reason: reason.to_owned(),
        hint: None,
    }
}

/// Writes every file, or none where one is there already.
fn write(draft: &Draft, out: &Path) -> Result<(), AppError> {
    let unwritable = |path: &Path, reason: String| AppError::Unwritable {
        path: path.display().to_string(),
        reason,
    };
    let paths: Vec<PathBuf> = draft.files.iter().map(|file| out.join(&file.path)).collect();
    if let Some(there) = paths.iter().find(|path| path.exists()) {
        return Err(unwritable(
            there,
            "it is there already; a draft goes into a folder of its own".to_owned(),
        ));
    }
    for (file, path) in draft.files.iter().zip(&paths) {
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(path, &file.text));
        written.map_err(|error| unwritable(path, error.to_string()))?;
    }
    Ok(())
}
