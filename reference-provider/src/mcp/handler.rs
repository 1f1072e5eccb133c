//! One tenant as an MCP server: what it says of itself, its tools, and calls of them.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::http::request::Parts;
use rmcp::model::{
    CallToolRequestMethod, CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestMethod,
    CompleteRequestParams, CompleteResult, ConstString, CustomRequest, CustomResult, DiscoverRequestMethod,
    ErrorCode, Implementation, InitializeResultMethod, ListPromptsRequestMethod, ListPromptsResult,
    ListResourceTemplatesRequestMethod, ListResourceTemplatesResult, ListResourcesRequestMethod,
    ListResourcesResult, ListToolsRequestMethod, ListToolsResult, PaginatedRequestParams, ProtocolVersion,
    ServerCapabilities, ServerConfig, Tool as ListedTool,
};
use rmcp::service::RequestContext as McpContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value};

use crate::api_flavor::ApiFlavor;
use crate::base_url::base_url;
use crate::provider::Provider;
use crate::request_context::{Input, Reply, RequestContext};

/// The revisions that are spoken, oldest first.
const REVISIONS: &[ProtocolVersion] = &[
    ProtocolVersion::V_2025_03_26,
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_11_25,
    ProtocolVersion::V_2026_07_28,
];

/// The tools of each flavor as MCP lists them, those of the sandbox among them.
static LISTED: LazyLock<[Vec<ListedTool>; 4]> =
    LazyLock::new(|| ApiFlavor::ALL.map(|flavor| flavor.all_tools().into_iter().map(listed).collect()));

#[expect(
    clippy::expect_used,
    reason = "the files are part of the program, and a test reads each"
)]
fn listed(published: &Value) -> ListedTool {
    serde_json::from_value(published.clone()).expect("a contract is listed in MCP's shape")
}

/// The tools of one tenant in one flavor.
pub(crate) struct TenantTools {
    provider: Arc<Provider>,
    slug: String,
    flavor: ApiFlavor,
}

impl TenantTools {
    /// The tools of the tenant with this slug.
    pub(crate) fn new(provider: Arc<Provider>, slug: String, flavor: ApiFlavor) -> Self {
        Self {
            provider,
            slug,
            flavor,
        }
    }

    fn listed(&self) -> impl Iterator<Item = &'static ListedTool> {
        let served = self.flavor.tools(&self.provider);
        let listed = LISTED.get(self.flavor.number()).map_or(&[][..], |listed| listed);
        served
            .into_iter()
            .filter_map(|published| listed.iter().find(|tool| published["name"] == *tool.name))
    }

    /// Answers a call as HTTP would.
    async fn answer(
        &self,
        name: &str,
        input: Value,
        context: &McpContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let public_url = self.provider.public_url.as_deref();
        let base_url = match context.extensions.get::<Parts>() {
            Some(parts) => Some(base_url(public_url, &parts.headers)),
            None => public_url.map(str::to_owned),
        };
        let Some(tenant_context) = RequestContext::of(&self.provider, &self.slug, base_url.as_deref()) else {
            return Err(ErrorData::internal_error("the tenant is gone", None));
        };
        match self
            .flavor
            .answer(tenant_context, name, Input::Value(input))
            .await
        {
            Some(Ok(reply)) => as_result(reply),
            Some(Err(error)) => Err(ErrorData::internal_error(error.to_string(), None)),
            None => Err(ErrorData::invalid_params(format!("Unknown tool: {name}"), None)),
        }
    }
}

/// The answer as a result, unless HTTP would call it a failure of the server.
fn as_result(reply: Reply) -> Result<CallToolResult, ErrorData> {
    let body = Value::Object(reply.body);
    if reply.status >= 500 {
        Err(ErrorData::internal_error("the call failed", Some(body)))
    } else if reply.succeeded {
        Ok(CallToolResult::structured(body))
    } else {
        Ok(CallToolResult::structured_error(body))
    }
}

impl ServerHandler for TenantTools {
    fn get_info(&self) -> ServerConfig {
        let name = match self.provider.tenant(&self.slug) {
            Some(tenant) => tenant.name.as_str(),
            None => &self.slug,
        };
        let server = Implementation::new("reference-provider", env!("CARGO_PKG_VERSION")).with_title(name);
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_protocol_version(ProtocolVersion::V_2025_11_25)
            .with_server_info(server)
            .with_instructions(self.flavor.instructions(name))
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(REVISIONS)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: McpContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        if request.is_some_and(|request| request.cursor.is_some()) {
            let message = "there is one page of tools, and no cursor leads to another";
            return Err(ErrorData::invalid_params(message, None));
        }
        Ok(ListToolsResult::with_all_items(self.listed().cloned().collect()))
    }

    fn get_tool(&self, name: &str) -> Option<ListedTool> {
        self.listed().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: McpContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let input = Value::Object(request.arguments.unwrap_or_default());
        let result = self.answer(&request.name, input, &context).await?;
        Ok(result.into())
    }

    /// A request that the SDK cannot read ends up here, whether its method is known or not.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: McpContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let stands_alone = context
            .protocol_version()
            .is_some_and(|version| !version.has_initialize());
        if request.method != CallToolRequestMethod::VALUE {
            return Err(unreadable(&request.method, stands_alone));
        }
        let Some((name, arguments)) = odd_call(request.params.as_ref()) else {
            return Err(unreadable(&request.method, stands_alone));
        };
        let mut result = self.answer(name, arguments.clone(), &context).await?;
        // What the SDK does for results that it knows: revisions before 2026-07-28 have no such key.
        if !stands_alone {
            result.result_type = None;
        }
        serde_json::to_value(result)
            .map(CustomResult::new)
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))
    }

    async fn complete(
        &self,
        _request: CompleteRequestParams,
        _context: McpContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Err(ErrorData::method_not_found::<CompleteRequestMethod>())
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: McpContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListPromptsRequestMethod>())
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: McpContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListResourcesRequestMethod>())
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: McpContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListResourceTemplatesRequestMethod>())
    }
}

/// A call whose only fault is that its arguments are no object.
fn odd_call(params: Option<&Value>) -> Option<(&str, &Value)> {
    let params: &Map<String, Value> = params?.as_object()?;
    let name = params.get("name")?.as_str()?;
    let arguments = params.get("arguments")?;
    (!arguments.is_object()).then_some((name, arguments))
}

/// The error for a request with an unknown method, or with parameters that its method does not take. Where every request stands alone,
/// there is nothing to initialize.
fn unreadable(method: &str, stands_alone: bool) -> ErrorData {
    let known = [
        DiscoverRequestMethod::VALUE,
        ListToolsRequestMethod::VALUE,
        CallToolRequestMethod::VALUE,
    ];
    let begins = method == InitializeResultMethod::VALUE && !stands_alone;
    if begins || known.contains(&method) {
        ErrorData::invalid_params(format!("these are no parameters of {method}"), None)
    } else {
        ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method.to_owned(), None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn where_every_request_stands_alone_there_is_nothing_to_initialize() {
        let code = |method, stands_alone| unreadable(method, stands_alone).code;
        assert_eq!(code("initialize", true), ErrorCode::METHOD_NOT_FOUND);
        assert_eq!(code("initialize", false), ErrorCode::INVALID_PARAMS);
        assert_eq!(code("tools/call", true), ErrorCode::INVALID_PARAMS);
    }

    #[test]
    fn every_tool_is_listed_as_it_is_published_to_the_letter() {
        for flavor in ApiFlavor::ALL {
            for (listed, published) in LISTED[flavor.number()].iter().zip(flavor.all_tools()) {
                let listed = serde_json::to_string(listed).unwrap();
                assert_eq!(listed, published.to_string());
            }
        }
    }

    #[test]
    fn only_arguments_that_are_no_object_make_an_odd_call() {
        let params = json!({ "name": "list_services", "arguments": [] });
        assert_eq!(odd_call(Some(&params)), Some(("list_services", &json!([]))));
        for params in [
            json!({ "name": "list_services", "arguments": {} }),
            json!({ "name": "list_services" }),
            json!({ "arguments": [] }),
            json!([]),
        ] {
            assert_eq!(odd_call(Some(&params)), None, "{params}");
        }
        assert_eq!(odd_call(None), None);
    }
}
