//! One tool of one provider: what there is, what it should be, and a single call.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reference_provider::Server;
use serde_json::Value;

use super::connect::read_manifest;
use super::{AppError, Bundle, reference};
use crate::capability::{Capability, Difference, Violation, differences};
use crate::diagnostic::near_miss;
use crate::model::{Answer, AuthSource, CapabilityRef, Endpoint, Exchange, Reading};
use crate::provider::Provider;
use crate::transport::{
    Auth, Call, ClientOptions, ConnectError, Limits, ListedTool, Peer, Pool, Question, Transport,
    TransportError, Way, Whole,
};

/// The provider whose tools are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// A provider of a manifest.
    Manifest {
        /// The manifest.
        file: PathBuf,
        /// The provider's id, or `id@version` where it serves several versions.
        provider: String,
    },
    /// A base URL over plain HTTP, an MCP endpoint, or a command.
    Endpoint {
        /// The endpoint.
        endpoint: Endpoint,
        /// Where its credentials come from, each in a header of its own.
        auth: Vec<AuthSource>,
    },
    /// A tenant of the bundled reference provider, or `tenant@version`.
    Reference(String),
}

/// How a provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// The time limit of a call.
    pub limit: Duration,
    /// How a server over MCP is spoken to; None leaves that to the manifest.
    pub client: Option<ClientOptions>,
}

/// A provider whose tools can be called one by one.
pub struct Toolbox {
    /// The provider, for people.
    pub name: String,
    transport: Arc<dyn Transport>,
    registry: Arc<crate::capability::Registry>,
    /// The provider's claims, which say at which version its tools are read.
    claims: Vec<CapabilityRef>,
    limit: Duration,
    /// Kept so that the bundled provider lives as long as its toolbox.
    _server: Option<Server>,
}

/// A tool: what is published, what the provider lists, and where the two differ.
#[derive(Debug)]
pub struct Described {
    /// The contract of that name, where the registry has one.
    pub contract: Option<Arc<Capability>>,
    /// The tool as the provider lists it, where it lists any.
    pub live: Option<ListedTool>,
    /// The places where its input schema is not the published one.
    pub input_differences: Vec<Difference>,
    /// The places where its output schema is not the published one.
    pub output_differences: Vec<Difference>,
    /// The reason why the provider's listing could not be read.
    pub trouble: Option<TransportError>,
}

/// The result of a call, with every secret replaced.
#[derive(Debug)]
pub struct Called {
    /// All that came; None where a dialect stands between.
    pub whole: Option<Whole>,
    /// The answer of a contract, or what came instead of one.
    pub answer: Result<Answer, TransportError>,
    /// True if the tool has a contract.
    pub has_contract: bool,
    /// The rules of the published output schema that the answer breaks, in words.
    pub violations: Vec<String>,
    /// The requests that a dialect made of the call.
    pub exchange: Option<Exchange>,
    /// What a dialect says of its mapping, such as rows that it left out.
    pub notes: Vec<String>,
    /// Time spent waiting for the provider.
    pub waited: Duration,
    /// The trace that the call was sent with.
    pub trace: Option<String>,
}

impl Toolbox {
    /// Makes a provider ready to be called.
    ///
    /// # Errors
    ///
    /// The provider is not in the manifest, a credential is missing, or the bundled provider has no such tenant.
    pub async fn open(
        bundle: &Bundle,
        at: &At,
        manners: Manners,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, AppError> {
        let pool = Pool::new(
            Limits {
                call: manners.limit,
                ..Limits::default()
            },
            "proofhouse/tool",
        )?;
        let (name, transport, claims, server) = match at {
            At::Endpoint { endpoint, auth } => {
                let resolved = auth.iter().map(|source| Auth::resolve(source, environment));
                let auth = resolved
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|error| AppError::missing_variable(endpoint.target(), &error))?;
                let way = Way {
                    auth: &auth,
                    pace: None,
                    client: manners.client.unwrap_or_default(),
                };
                let transport = pool.open(endpoint, &way);
                // A URL that holds a credential is not shown.
                let name = match &transport {
                    Err(ConnectError::UrlCredential) => "the URL",
                    _ => endpoint.target(),
                };
                (name.to_owned(), opened(transport, name)?, Vec::new(), None)
            }
            At::Manifest { file, provider } => {
                let candidates = read_manifest(file, bundle)?;
                let chosen = choose(
                    &candidates,
                    provider,
                    |provider| provider.id().as_str(),
                    "provider",
                )?;
                let auth = chosen
                    .auth()
                    .map(|source| Auth::resolve(source, environment))
                    .transpose();
                let auth = auth.map_err(|error| AppError::missing_variable(provider, &error))?;
                let chosen = match manners.client {
                    Some(client) => &chosen.clone().with_client(client),
                    None => chosen,
                };
                let transport = opened(chosen.open(&pool, auth.as_ref()), provider)?;
                (provider.clone(), transport, claimed(chosen), None)
            }
            At::Reference(tenant) => {
                let (server, candidates) = reference::start(&bundle.registry).await?;
                let chosen = choose(&candidates, tenant, |provider| provider.id().tenant(), "tenant")?;
                let transport = opened(chosen.open(&pool, None), tenant)?;
                (chosen.id().to_string(), transport, claimed(chosen), Some(server))
            }
        };
        Ok(Self {
            name,
            transport,
            registry: Arc::clone(&bundle.registry),
            claims,
            limit: manners.limit,
            _server: server,
        })
    }

    /// The tools that the provider lists; None where it has no listing.
    ///
    /// # Errors
    ///
    /// The provider could not be asked.
    pub async fn list(&self) -> Result<Option<Vec<ListedTool>>, TransportError> {
        let redactor = self.transport.redactor();
        match self.transport.list_tools().await {
            Ok(listed) => {
                Ok(listed.map(|tools| tools.into_iter().map(|tool| tool.redacted(redactor)).collect()))
            }
            Err(error) => Err(error.redacted(redactor)),
        }
    }

    /// The contract of a tool, by the tool's name or by `domain.tool`: at the version that the provider claims, else at the first.
    pub fn contract(&self, name: &str) -> Option<&Arc<Capability>> {
        let known = |capability: &&Arc<Capability>| {
            capability.tool() == name || capability.reference.id.as_str() == name
        };
        let claimed = self.claims.iter().filter_map(|claim| self.registry.at(claim));
        claimed.chain(self.registry.iter()).find(known)
    }

    /// A tool beside its contract.
    ///
    /// # Errors
    ///
    /// Neither the provider nor the registry knows a tool of that name.
    pub async fn describe(&self, name: &str) -> Result<Described, AppError> {
        let contract = self.contract(name).cloned();
        let tool = contract.as_ref().map_or(name, |contract| contract.tool());
        let (listing, trouble) = match self.list().await {
            Ok(listing) => (listing.unwrap_or_default(), None),
            Err(trouble) => (Vec::new(), Some(trouble)),
        };
        let live = listing.iter().find(|listed| listed.name == tool).cloned();
        if contract.is_none() && live.is_none() && trouble.is_none() {
            let known = listing.iter().map(|listed| listed.name.as_str());
            let known = known.chain(self.registry.iter().map(|capability| capability.tool()));
            return Err(AppError::UnknownTool {
                provider: self.name.clone(),
                tool: name.to_owned(),
                suggestion: near_miss(name, known).map(str::to_owned),
            });
        }
        let compare = |published: fn(&Capability) -> &Value, live_schema: Option<&Value>| {
            contract
                .as_ref()
                .zip(live_schema)
                .map_or_else(Vec::new, |(contract, live)| {
                    differences(published(contract), live)
                })
        };
        let input = live.as_ref().and_then(|live| live.input_schema.as_ref());
        let output = live.as_ref().and_then(|live| live.output_schema.as_ref());
        Ok(Described {
            input_differences: compare(|contract| &contract.input.json, input),
            output_differences: compare(|contract| &contract.output.json, output),
            contract,
            live,
            trouble,
        })
    }

    /// The rules of a tool's contract that an input breaks; none where there is no contract.
    pub fn check_input(&self, name: &str, input: &Value) -> Vec<Violation> {
        self.contract(name)
            .map_or_else(Vec::new, |contract| contract.input.violations(input))
    }

    /// Calls a tool once.
    pub async fn call(&self, name: &str, input: &Value) -> Called {
        let contract = self.contract(name);
        let tool = contract.map_or(name, |contract| contract.tool());
        let unknown = Reading::default();
        let reading = contract.map_or(&unknown, |contract| contract.reading());
        let redactor = self.transport.redactor();
        let question = Question::Call { tool, input, reading };
        let called = match self.transport.ask(question, self.limit).await {
            Some(asked) => Called {
                answer: match (asked.answer, &asked.whole) {
                    (Some(answer), _) => answer,
                    (None, Err(error)) => Err(error.clone()),
                    (None, Ok(_)) => Err(TransportError::NotAnAnswer("something else".to_owned())),
                },
                whole: asked.whole.ok().map(|whole| whole.redacted(redactor)),
                has_contract: contract.is_some(),
                violations: Vec::new(),
                exchange: None,
                notes: Vec::new(),
                waited: asked.waited,
                trace: asked.trace,
            },
            None => {
                let call = Call {
                    tool,
                    input,
                    limit: self.limit,
                    reading,
                };
                self.call_through_dialect(call, contract.is_some()).await
            }
        };
        let violations = match (&called.answer, contract) {
            (Ok(answer), Some(contract)) => contract.output.violations(&answer.output),
            _ => Vec::new(),
        };
        let violations = violations
            .iter()
            .map(|violation| redactor.redact(violation.to_string()));
        Called {
            violations: violations.collect(),
            answer: match called.answer {
                Ok(answer) => Ok(Answer {
                    output: Arc::new(redactor.redact_json(&answer.output)),
                    ..answer
                }),
                Err(error) => Err(error.redacted(redactor)),
            },
            ..called
        }
    }

    async fn call_through_dialect(&self, call: Call<'_>, has_contract: bool) -> Called {
        let reply = self.transport.call(call).await;
        Called {
            exchange: Some(self.transport.exchange(call, &reply)),
            whole: None,
            has_contract,
            violations: Vec::new(),
            notes: reply.mapped.map_or_else(Vec::new, |mapped| mapped.notes),
            waited: reply.waited,
            trace: reply.trace,
            answer: reply.answer,
        }
    }

    /// Asks a question that is no call. None where the provider has no such questions.
    ///
    /// # Errors
    ///
    /// The provider could not be asked, or gave no result.
    pub async fn ask(&self, question: Question<'_>) -> Option<Result<Whole, TransportError>> {
        let redactor = self.transport.redactor();
        let asked = self.transport.ask(question, self.limit).await?;
        Some(match asked.whole {
            Ok(whole) => Ok(whole.redacted(redactor)),
            Err(error) => Err(error.redacted(redactor)),
        })
    }

    /// The server as it has presented itself, once it has.
    pub fn peer(&self) -> Option<Peer> {
        let redactor = self.transport.redactor();
        self.transport.peer().map(|peer| peer.redacted(redactor))
    }

    /// What there is to tell of the way to the provider, in words.
    pub fn remarks(&self) -> Vec<String> {
        let complaints = self.transport.listing_complaints();
        let of_listing = complaints
            .iter()
            .map(|complaint| format!("its listing of tools {complaint}"));
        self.transport.remarks().into_iter().chain(of_listing).collect()
    }

    /// Takes leave of the provider.
    pub async fn close(self) {
        self.transport.close().await;
    }
}

fn opened(way: Result<Arc<dyn Transport>, ConnectError>, name: &str) -> Result<Arc<dyn Transport>, AppError> {
    way.map_err(|error| AppError::Entry {
        provider: name.to_owned(),
        reason: error.to_string(),
        hint: None,
    })
}

fn claimed(provider: &Provider) -> Vec<CapabilityRef> {
    provider.claims().unwrap_or_default().to_vec()
}

/// The candidate of a name, of `name@version` the one that claims something at that version, or an error that guesses which was
/// meant.
fn choose<'c>(
    candidates: &'c [Provider],
    name: &str,
    key: fn(&Provider) -> &str,
    what: &'static str,
) -> Result<&'c Provider, AppError> {
    let (plain, version) = match name.split_once('@') {
        Some((plain, version)) => (plain, Some(version.trim_start_matches('v'))),
        None => (name, None),
    };
    let serves = |candidate: &&Provider| {
        version.is_none_or(|version| {
            let mut claims = candidate.claims().into_iter().flatten();
            claims.any(|claim| claim.version.to_string() == version)
        })
    };
    candidates
        .iter()
        .filter(|candidate| key(candidate) == plain)
        .find(serves)
        .ok_or_else(|| {
            let mut known: Vec<_> = candidates.iter().map(key).collect();
            known.dedup();
            AppError::UnknownEntry {
                what,
                name: name.to_owned(),
                suggestion: near_miss(plain, known.iter().copied()).map(str::to_owned),
                known: known.into_iter().map(str::to_owned).collect(),
            }
        })
}
