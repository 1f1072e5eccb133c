//! The MCP endpoint for agents: read-only tools over streamable HTTP.
//!
//! Every request stands alone; there are no sessions. Results are the same as of the JSON API, as `structuredContent`.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::any_service;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestMethod, CompleteRequestParams,
    CompleteResult, Implementation, ListPromptsRequestMethod, ListPromptsResult,
    ListResourceTemplatesRequestMethod, ListResourceTemplatesResult, ListResourcesRequestMethod,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::WebError;
use super::view::{self, CapabilityEntry, CapabilityView, Ranked};
use super::work::{self, Work, WorkError};
use super::{State, origin, text};
use crate::app::{AppError, CapabilityPage, call_order, find_by_intent};

/// The number of capabilities in an answer: by default, and at most.
const FOUND: usize = 5;
const MOST_FOUND: usize = 25;
/// The largest number of ranked providers in an answer.
const MOST_RANKED: usize = 100;

/// The largest request body in bytes.
const LARGEST_REQUEST: usize = 64 * 1024;

/// The instructions of the server, which an agent reads first.
const INSTRUCTIONS: &str = "A registry of capabilities: contracts of tools, such as booking an appointment, and the providers that are \
     proven to comply with them. Find a capability by your intent, rank its providers, read its contract, and plan the order of calls \
     before you call the provider's own tools. A standing that is `self_attested` is the word of the provider: no run of the registry \
     itself decides it. All tools here are read-only.";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IntentQuery {
    /// The intent in plain words, such as `book a haircut for tomorrow`.
    intent: String,
    /// The largest number of capabilities, up to 25. The default is 5.
    limit: Option<usize>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CapabilityQuery {
    /// The capability: `domain.tool@version`, or `domain.tool` for its first version.
    capability: String,
}

#[derive(Serialize, JsonSchema)]
struct FoundCapabilities {
    /// The capabilities that match the intent, best first.
    capabilities: Vec<CapabilityEntry>,
}

#[derive(Serialize, JsonSchema)]
struct Ranking {
    /// The proven providers, sorted by standing, what the registry saw itself before what providers attest themselves, then by success
    /// rate, then by latency.
    providers: Vec<Ranked>,
    /// True if there are more, which are worse.
    more: bool,
}

#[derive(Serialize, JsonSchema)]
struct CallPlan {
    /// The calls in order. The last one is the requested capability.
    calls: Vec<Call>,
}

#[derive(Serialize, JsonSchema)]
struct Call {
    /// The capability at its version.
    capability: String,
    /// The name of the provider's tool.
    tool: String,
    /// The purpose of the tool, in one line.
    summary: String,
    /// The situations in which an agent should call the tool.
    when_to_use: String,
    /// True if the tool only reads.
    only_reads: bool,
}

/// A tool: its entry in the list, and its function.
struct RegisteredTool {
    listed: Tool,
    call: fn(&State, Value) -> Result<Value, ToolError>,
}

/// The reason why a tool has no result.
enum ToolError {
    /// The arguments are invalid, or name something that does not exist. An agent can correct them.
    Request(String),
    /// The registry has failed. The reason is for the operator only.
    Internal(String),
}

impl From<AppError> for ToolError {
    fn from(error: AppError) -> Self {
        let error = WebError::from(error);
        if error.is_of_request() {
            Self::Request(error.to_string())
        } else {
            Self::Internal(error.to_string())
        }
    }
}

static TOOLS: LazyLock<Vec<RegisteredTool>> = LazyLock::new(|| {
    vec![
        tool::<IntentQuery, FoundCapabilities>(
            "find_capabilities",
            "Finds capabilities by an intent in plain words.",
            |state, arguments| {
                let query: IntentQuery = parse(arguments)?;
                let limit = query.limit.unwrap_or(FOUND).min(MOST_FOUND);
                let all = view::capabilities(state);
                let found = find_by_intent(&state.bundle.registry, &query.intent);
                let entries = found.into_iter().take(limit).filter_map(|contract| {
                    let entry = all
                        .iter()
                        .find(|entry| entry.capability == contract.reference.id.as_str());
                    entry.cloned()
                });
                to_json(&FoundCapabilities {
                    capabilities: entries.collect(),
                })
            },
        ),
        tool::<CapabilityQuery, Ranking>(
            "rank_providers",
            "Ranks the providers of a capability by proven conformance, success rate and median latency.",
            |state, arguments| {
                let query: CapabilityQuery = parse(arguments)?;
                let ranked = view::ranking(state, &query.capability, 0, MOST_RANKED)?;
                to_json(&Ranking {
                    more: ranked.next.is_some(),
                    providers: ranked.items,
                })
            },
        ),
        tool::<CapabilityQuery, CapabilityView>(
            "read_contract",
            "Reads the contract of a capability: semantics, invariants, when to use it, and schemas.",
            |state, arguments| {
                let query: CapabilityQuery = parse(arguments)?;
                to_json(&view::capability(state, &query.capability)?)
            },
        ),
        tool::<CapabilityQuery, CallPlan>(
            "plan_calls",
            "Plans the order of calls: the prerequisites of a capability first, and the capability last.",
            |state, arguments| {
                let query: CapabilityQuery = parse(arguments)?;
                let registry = &state.bundle.registry;
                let goal = CapabilityPage::find(registry, &query.capability, None)?.capability;
                let calls = call_order(registry, &goal).into_iter().map(|contract| Call {
                    capability: contract.reference.to_string(),
                    tool: contract.tool().to_owned(),
                    summary: contract.summary.clone(),
                    when_to_use: contract.when_to_use.clone(),
                    only_reads: contract.is_read(),
                });
                to_json(&CallPlan {
                    calls: calls.collect(),
                })
            },
        ),
    ]
});

fn tool<I: JsonSchema, O: JsonSchema>(
    name: &'static str,
    description: &'static str,
    call: fn(&State, Value) -> Result<Value, ToolError>,
) -> RegisteredTool {
    let listed = json!({
        "name": name,
        "description": description,
        "inputSchema": schema::<I>(false),
        "outputSchema": schema::<O>(true),
        "annotations": { "readOnlyHint": true, "openWorldHint": false },
    });
    RegisteredTool {
        listed: serde_json::from_value(listed)
            .unwrap_or_else(|_| Tool::new(name, description, Arc::default())),
        call,
    }
}

fn schema<T: JsonSchema>(answers: bool) -> Value {
    let settings = SchemaSettings::draft2020_12();
    let settings = if answers {
        settings.for_serialize()
    } else {
        settings
    };
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn parse<T: DeserializeOwned>(arguments: Value) -> Result<T, ToolError> {
    serde_json::from_value(arguments).map_err(|error| ToolError::Request(error.to_string()))
}

fn to_json(answer: &impl Serialize) -> Result<Value, ToolError> {
    serde_json::to_value(answer).map_err(|error| ToolError::Internal(error.to_string()))
}

/// The registry as an MCP server.
struct Registry {
    state: State,
}

impl ServerHandler for Registry {
    fn get_info(&self) -> ServerConfig {
        let server =
            Implementation::new("proofhouse", env!("CARGO_PKG_VERSION")).with_title("Proofhouse registry");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(server)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let listed = TOOLS.iter().map(|tool| tool.listed.clone());
        Ok(ListToolsResult::with_all_items(listed.collect()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        find(name).map(|tool| tool.listed.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = find(&request.name) else {
            return Err(ErrorData::invalid_params(
                format!("Unknown tool: {}", text::one_line(&request.name)),
                None,
            ));
        };
        let state = self.state.clone();
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let internal = |why: &str| {
            (self.state.notify)(&format!("{} over MCP: {why}", request.name));
            ErrorData::internal_error("the answer could not be made", None)
        };
        match work::run(Work::Page, move || (tool.call)(&state, arguments)).await {
            Ok(Ok(answer)) => Ok(CallToolResult::structured(answer).into()),
            // An agent can read this and ask again.
            Ok(Err(ToolError::Request(why))) => {
                let error = json!({ "error": text::cleaned(&why) });
                Ok(CallToolResult::structured_error(error).into())
            }
            Ok(Err(ToolError::Internal(why))) => Err(internal(&why)),
            Err(WorkError::Busy) => Err(ErrorData::internal_error(WorkError::Busy.to_string(), None)),
            Err(WorkError::Failed(error)) => Err(internal(&error.to_string())),
        }
    }

    // Only tools are declared, and what is not declared is not answered.

    async fn complete(
        &self,
        _request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Err(ErrorData::method_not_found::<CompleteRequestMethod>())
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListPromptsRequestMethod>())
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListResourcesRequestMethod>())
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListResourceTemplatesRequestMethod>())
    }
}

fn find(name: &str) -> Option<&'static RegisteredTool> {
    TOOLS.iter().find(|tool| tool.listed.name == name)
}

/// The endpoint.
pub(super) fn router(state: &State) -> Router<State> {
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_sse_retry(None)
        .with_max_request_body_bytes(LARGEST_REQUEST);
    let (given, state) = (state.clone(), state.clone());
    let make = move || Ok(Registry { state: state.clone() });
    let service = StreamableHttpService::new(make, Arc::new(NeverSessionManager::default()), config);
    Router::new()
        .route("/mcp", any_service(service))
        .route_layer(from_fn_with_state(given, origin::checked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_listed_as_it_was_written() {
        for tool in TOOLS.iter() {
            let listed = &tool.listed;
            assert_eq!(listed.input_schema["type"], "object", "{}", listed.name);
            assert!(listed.output_schema.is_some(), "{}", listed.name);
            let hints = listed.annotations.as_ref().unwrap();
            assert_eq!(hints.read_only_hint, Some(true), "{}", listed.name);
        }
    }
}
