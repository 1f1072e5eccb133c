//! A probe: a server that nobody wrote a contract for, drafted in memory and proven by what was drafted and by the suite of the protocol.
//! It is a run like any other.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::probe_files::{DOMAIN, Facts, bundle};
use super::probe_guard::Guard;
use super::probe_talk::Era;
use super::probe_transport::ProbeTransport;
use super::run::{HARNESS, PreparedRun, RunRequest, plan_targets};
use super::{AppError, Source};
use crate::draft::{self, Purpose, Request, Tool};
use crate::event::Selection;
use crate::model::{AuthSource, CapabilityRef, Endpoint, ProviderId, plural};
use crate::plan::{Filter, NameFilter};
use crate::provider::{EntryId, Provider};
use crate::transport::{
    Auth, ClientOptions, Limits, ListedTool, Pool, Revision, Transport, TransportError, Way,
};

/// The longest that the listing may take: a command may have to be installed first.
const LISTING_LIMIT: Duration = Duration::from_secs(60);

/// The revision with which the header that names it came.
const WITH_HEADER: &str = "2025-06-18";

/// Which tools are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Calls {
    /// None: the protocol alone is tried.
    #[default]
    None,
    /// Those that say that they only read, and reach nothing but the server's own.
    Read,
    /// All, and several at one time. For a server where nothing can be broken.
    Sandbox,
}

impl Calls {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Sandbox => "sandbox",
        }
    }
}

/// What is probed, and how.
#[derive(Debug, Clone)]
pub struct ProbeRequest {
    /// The server.
    pub endpoint: Endpoint,
    /// Where its credentials come from, each in a header of its own.
    pub auth: Vec<AuthSource>,
    /// How it is spoken to.
    pub client: ClientOptions,
    /// Globs over the tools that may be called; none allows all.
    pub tools: Vec<String>,
    /// Values of parameters: the tool, the parameter, the value as it was typed.
    pub given: Vec<(String, String, String)>,
    /// Globs over the tests; none selects all.
    pub tests: Vec<String>,
    /// A failed should-level test counts like a failed must-level one.
    pub strict: bool,
    /// The longest that all of it may take.
    pub budget: Duration,
    /// The longest that one call may take.
    pub call_limit: Duration,
    /// The seed; None takes a random one.
    pub seed: Option<u64>,
}

/// A tool of the server, and whether a probe may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbedTool {
    /// Its name.
    pub name: String,
    /// It says that a call changes nothing.
    pub read_only: bool,
    /// Why `--calls read` does not call it; None where it does.
    pub not_read: Option<&'static str>,
    /// Why nothing calls it; None where `--calls sandbox` does.
    pub never: Option<&'static str>,
}

impl ProbedTool {
    /// Why it is not called; None where it is.
    pub fn left_alone(&self, calls: Calls) -> Option<&'static str> {
        self.never.or(match calls {
            Calls::None => Some("no tool is called without `--calls`"),
            Calls::Read => self.not_read,
            Calls::Sandbox => None,
        })
    }
}

/// A server that has listed its tools and was not called yet.
pub struct Probe {
    /// Its tools, in the order of its listing.
    pub tools: Vec<ProbedTool>,
    request: ProbeRequest,
    listed: Vec<Tool>,
    transport: Arc<dyn Transport>,
    pool: Arc<Pool>,
    auth: Vec<Auth>,
    era: Era,
    complaints: Vec<String>,
    /// Why it has listed none: it lets nobody in.
    locked: Option<TransportError>,
}

/// The end of a first look at a server.
pub enum FirstLook {
    /// It has listed its tools, or wants a token first: then its guard can be tried.
    Listed(Box<Probe>),
    /// It cannot be asked, or lists no tools, for this reason. The error says whether it was asked at all.
    Nothing(Option<TransportError>),
}

/// Asks a server what tools it has. None is called.
///
/// # Errors
///
/// A credential is missing, or a glob or a given value names nothing.
pub async fn look(
    request: ProbeRequest,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<FirstLook, AppError> {
    let limits = Limits {
        call: request.call_limit.max(LISTING_LIMIT),
        ..Limits::default()
    };
    let pool = Arc::new(Pool::new(limits, HARNESS.replace(' ', "/"))?);
    let resolved = request
        .auth
        .iter()
        .map(|source| Auth::resolve(source, environment));
    let auth = resolved
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| AppError::missing_variable(request.endpoint.target(), &error))?;
    let way = Way {
        auth: &auth,
        pace: None,
        client: request.client,
    };
    let transport = pool.open(&request.endpoint, &way)?;
    let (listed, locked) = match transport.list_tools().await {
        Ok(Some(listed)) => (listed, None),
        Ok(None) => return Ok(FirstLook::Nothing(None)),
        Err(error) => {
            let error = error.redacted(transport.redactor());
            let is_locked = matches!(
                error,
                TransportError::Unauthorized(401) | TransportError::WantsLogin { status: 401, .. }
            );
            if !is_locked || matches!(request.endpoint, Endpoint::Stdio { .. }) {
                return Ok(FirstLook::Nothing(Some(error)));
            }
            (Vec::new(), Some(error))
        }
    };
    let revision = transport.peer().map(|peer| peer.revision).unwrap_or_default();
    let filter = NameFilter::new(&request.tools)?;
    let tools: Vec<_> = listed.iter().map(|tool| probed(tool, &filter)).collect();
    if let Some((tool, ..)) = request
        .given
        .iter()
        .find(|(tool, ..)| locked.is_none() && !listed.iter().any(|listed| listed.name == *tool))
    {
        let names: Vec<_> = listed.iter().map(|listed| listed.name.clone()).collect();
        let suggestion = crate::diagnostic::near_miss(tool, names.iter().map(String::as_str));
        return Err(AppError::UnknownTool {
            provider: request.endpoint.target().to_owned(),
            tool: tool.clone(),
            suggestion: suggestion.map(str::to_owned),
        });
    }
    let era = Era {
        modern: Revision::of(&revision).is_some_and(|revision| !revision.has_initialize()),
        revision,
    };
    let listed = listed.into_iter().map(|tool| {
        let schemas = (tool.input_schema, tool.output_schema);
        Tool::listed(
            tool.name,
            tool.title,
            tool.description,
            schemas,
            tool.annotations.as_ref(),
        )
    });
    Ok(FirstLook::Listed(Box::new(Probe {
        tools,
        listed: listed.collect(),
        transport,
        pool,
        auth,
        era,
        complaints: Vec::new(),
        locked,
        request,
    })))
}

/// Whether a tool may be called. What it says of itself is not to be trusted, so what it leaves open counts against it.
fn probed(tool: &ListedTool, filter: &NameFilter) -> ProbedTool {
    let says = |name: &str| {
        let annotations = tool.annotations.as_ref();
        annotations.and_then(|all| all.get(name)).and_then(Value::as_bool)
    };
    let read_only = says("readOnlyHint") == Some(true);
    let task = tool.execution.as_ref().and_then(|how| how.get("taskSupport"));
    ProbedTool {
        name: tool.name.clone(),
        read_only,
        not_read: match (read_only, says("openWorldHint")) {
            (false, _) => Some("it does not say `readOnlyHint: true`"),
            (true, Some(true)) => Some("it says `openWorldHint: true`"),
            (true, _) => None,
        },
        never: match task.and_then(Value::as_str) {
            Some("required") => Some("it is called as a task only"),
            _ if !filter.takes(&tool.name) => Some("no `--tool` names it"),
            _ => None,
        },
    }
}

impl Probe {
    /// Plans the run.
    ///
    /// # Errors
    ///
    /// The draft cannot be proven, which is a bug, or nothing is selected.
    pub fn prepare(mut self, calls: Calls) -> Result<PreparedRun, AppError> {
        self.complaints = self.left_alone(calls);
        let called: Vec<_> = self
            .listed
            .iter()
            .zip(&self.tools)
            .filter(|(_, tool)| tool.left_alone(calls).is_none())
            .map(|(tool, _)| tool.clone())
            .collect();
        let domain = self.domain();
        let mut given: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for (tool, parameter, value) in &self.request.given {
            let values = given.entry(tool.clone()).or_default();
            let listed = self.listed.iter().find(|listed| listed.name == *tool);
            let value = given_value(listed.map(|tool| &tool.input), parameter, value);
            values.insert(parameter.clone(), value);
        }
        let draft = draft::draft(
            &called,
            &Request {
                domain: &domain,
                reached: None,
                auth: None,
                writes: true,
                operations: false,
                given: &given,
                purpose: match calls {
                    Calls::Sandbox => Purpose::ProbeSandbox,
                    Calls::None | Calls::Read => Purpose::Probe,
                },
            },
        );
        let facts = Facts {
            http: !matches!(self.request.endpoint, Endpoint::Stdio { .. }),
            loopback: is_local(&self.request.endpoint),
            modern: self.era.modern,
            headers: self.era.revision.as_str() >= WITH_HEADER,
            sandbox: calls == Calls::Sandbox,
            gated: self.is_gated(),
            locked: self.locked.is_some(),
        };
        let bundle = bundle(&draft.files, facts)?;
        let claims = bundle.registry.iter().map(|contract| contract.reference.clone());
        let target = self.target(&domain, claims.collect())?;
        let asked = RunRequest {
            source: Source::Written(String::new()),
            selection: Selection {
                tests: self.request.tests.clone(),
                strict: self.request.strict,
                calls: Some(calls.as_str().to_owned()),
                ..Selection::default()
            },
            jobs: 1,
            lanes: 4,
            per_host: None,
            seed: self.request.seed,
            call_limit: self.request.call_limit,
            provider_timeout: self.request.budget,
            fail_fast: false,
            baseline: None,
            public_only: false,
            again: None,
        };
        let filter = Filter::new(&[], &self.request.tests, false)?;
        let run = plan_targets(&bundle, &asked, Vec::new(), &[Arc::new(target)], &filter, None)?;
        Ok(run.confirming())
    }

    /// The domain of what is drafted: the name of the server, unless that is the protocol's.
    fn domain(&self) -> String {
        let name = match &self.request.endpoint {
            Endpoint::Mcp { url } | Endpoint::Http { url } => url.clone(),
            Endpoint::Stdio { command, args, .. } => {
                let words = std::iter::once(command).chain(args);
                words.cloned().collect::<Vec<_>>().join(" ")
            }
        };
        match draft::domain_of(&name) {
            domain if domain == DOMAIN => "server".to_owned(),
            domain => domain,
        }
    }

    /// What is told of the tools that are not called, with their number by reason.
    fn left_alone(&self, calls: Calls) -> Vec<String> {
        let mut reasons: IndexMap<&str, Vec<&str>> = IndexMap::new();
        for tool in &self.tools {
            if let Some(why) = tool.left_alone(calls) {
                reasons.entry(why).or_default().push(&tool.name);
            }
        }
        reasons
            .into_iter()
            .map(|(why, names)| {
                let some: Vec<_> = names.iter().take(5).copied().collect();
                let more = if names.len() > some.len() { ", …" } else { "" };
                format!(
                    "has {} that this probe does not call, for {why}: {}{more}",
                    plural(names.len(), "tool"),
                    some.join(", ")
                )
            })
            .collect()
    }

    /// Why it lets nobody in; None where it does.
    pub fn locked(&self) -> Option<&TransportError> {
        self.locked.as_ref()
    }

    /// Returns true if it wants a token, or is called with one, as MCP has it: a key in a header of its own has nothing to do with that.
    fn is_gated(&self) -> bool {
        let is_token = |source: &AuthSource| match source {
            AuthSource::Bearer { .. } | AuthSource::Oauth(_) | AuthSource::Login => true,
            AuthSource::Header { header, .. } => header.eq_ignore_ascii_case("authorization"),
            AuthSource::Basic { .. } => false,
        };
        let is_http = !matches!(self.request.endpoint, Endpoint::Stdio { .. });
        is_http && (self.locked.is_some() || self.request.auth.iter().any(is_token))
    }

    fn target(&self, domain: &str, claims: Vec<CapabilityRef>) -> Result<crate::provider::Target, AppError> {
        let way = Way {
            auth: &self.auth,
            pace: None,
            client: self.request.client,
        };
        let transport = Arc::new(ProbeTransport {
            inner: Arc::clone(&self.transport),
            exchanger: self.pool.exchanger(&self.request.endpoint, &way)?,
            era: self.era.clone(),
            guard: self.is_gated().then(|| {
                let url = self.request.endpoint.target().to_owned();
                Guard::new(Arc::clone(&self.pool), url)
            }),
            locked: self.locked.clone(),
            complaints: self.complaints.clone(),
            known: OnceLock::new(),
        });
        let id: ProviderId = format!("{}:probe", domain.replace('_', "-")).parse()?;
        let provider = Provider::new(id, self.request.endpoint.clone())
            .with_auth(self.request.auth.first().cloned())
            .with_claims(Some(claims))
            .with_client(self.request.client);
        Ok(provider.connected(EntryId::new(0), transport))
    }
}

/// A value that somebody typed: JSON, else a text. What looks like a number is a text where the schema of the tool wants one.
fn given_value(schema: Option<&Value>, parameter: &str, typed: &str) -> Value {
    let field = schema.and_then(|schema| schema.get("properties")?.get(parameter));
    let wants_text = field.and_then(|field| field.get("type")) == Some(&Value::from("string"));
    match serde_json::from_str(typed) {
        Ok(text @ Value::String(_)) => text,
        Ok(value) if !wants_text => value,
        _ => Value::from(typed),
    }
}

/// Returns true for a command, and for an address of this machine.
pub fn is_local(endpoint: &Endpoint) -> bool {
    let (Endpoint::Mcp { url } | Endpoint::Http { url }) = endpoint else {
        return true;
    };
    host_of(url).is_some_and(|host| {
        let name = host.trim_start_matches('[').trim_end_matches([']', '.']);
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// The host in an address.
pub fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(inside) => inside.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_was_typed_is_what_its_schema_wants() {
        let schema =
            json!({ "properties": { "zip": { "type": "string" }, "n": { "type": "integer" }, "any": {} } });
        for (parameter, typed, value) in [
            ("zip", "11000", json!("11000")),
            ("zip", "1e5", json!("1e5")),
            ("zip", "\"11000\"", json!("11000")),
            ("n", "7", json!(7)),
            ("any", "[1]", json!([1])),
            ("any", "Brno", json!("Brno")),
            ("unknown", "7", json!(7)),
        ] {
            assert_eq!(
                given_value(Some(&schema), parameter, typed),
                value,
                "{parameter}={typed}"
            );
        }
    }

    #[test]
    fn a_server_on_this_machine_is_told_from_others() {
        let mcp = |url: &str| Endpoint::Mcp { url: url.to_owned() };
        for local in [
            "http://127.0.0.1:80/mcp",
            "http://localhost/mcp",
            "http://[::1]:9/",
        ] {
            assert!(is_local(&mcp(local)), "{local}");
        }
        for other in [
            "https://mcp.example.com/mcp",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "http://localhost@example.com/",
        ] {
            assert!(!is_local(&mcp(other)), "{other}");
        }
    }
}
