//! Which address answers what.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response_with_state;
use axum::response::Response;
use axum::routing::{any, get, post};
use serde_json::Value;

use super::mcp::Endpoint;
use super::problem::{as_json, problem, storage_failed, unknown_tenant};
use super::{listing, mcp, page};
use crate::base_url::base_url;
use crate::contract::Tool;
use crate::provider::Provider;
use crate::tools::Call;

/// A booking takes less than two kilobytes; nobody needs more than this.
pub(super) const LARGEST_BODY: usize = 64 * 1024;

/// The provider as a service: `POST /p/{tenant}/tools/{tool}`, `GET /p/{tenant}/tools`, MCP at `/p/{tenant}/mcp`,
/// `GET /`, and the pages behind cancellation addresses.
pub fn router(provider: Arc<Provider>) -> Router {
    let endpoint = Arc::new(Endpoint::new(Arc::clone(&provider)));
    router_with(provider, endpoint)
}

/// As [`router`], with an endpoint for MCP that can be closed.
pub(crate) fn router_with(provider: Arc<Provider>, endpoint: Arc<Endpoint>) -> Router {
    Router::new()
        .route("/p/{tenant}/mcp", any(mcp::answer).with_state(endpoint))
        .route("/", get(tenants))
        .route("/p/{tenant}/tools", get(tools))
        .route("/p/{tenant}/tools/{tool}", post(call))
        .route(
            "/p/{tenant}/bookings/{token}/cancel",
            get(page::show).post(page::submit),
        )
        .fallback(async || {
            problem(
                StatusCode::NOT_FOUND,
                "not_found",
                "there is nothing at this address",
            )
        })
        .method_not_allowed_fallback(async || {
            problem(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this address takes another method",
            )
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(map_response_with_state(Arc::clone(&provider), date))
        .with_state(provider)
}

async fn tenants(State(provider): State<Arc<Provider>>, headers: HeaderMap) -> Response {
    let base_url = base_url(provider.public_url.as_deref(), &headers);
    as_json(
        StatusCode::OK,
        listing::tenants(provider.tenants(), &base_url).to_string(),
    )
}

async fn tools(State(provider): State<Arc<Provider>>, Path(tenant): Path<String>) -> Response {
    match provider.tenant(&tenant) {
        Some(_) => as_json(StatusCode::OK, listing::tools()),
        None => unknown_tenant(&tenant),
    }
}

async fn call(
    State(provider): State<Arc<Provider>>,
    Path((tenant, tool)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some((tenant, faults)) = provider.tenant(&tenant) else {
        return unknown_tenant(&tenant);
    };
    let Some(tool) = Tool::named(&tool) else {
        return problem(
            StatusCode::NOT_FOUND,
            "unknown_tool",
            &format!("there is no tool {tool:?}"),
        );
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return problem(rejection.status(), "unreadable_body", &rejection.body_text()),
    };
    let base_url = base_url(provider.public_url.as_deref(), &headers);
    let call = Call {
        provider: &provider,
        tenant,
        faults,
        base_url: Some(&base_url),
    };
    match call.answer(tool, &body).await {
        Ok(answer) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            as_json(status, Value::Object(answer.body).to_string())
        }
        Err(error) => storage_failed(&error),
    }
}

/// The date is the provider's clock, for callers that keep clear of its edges.
async fn date(State(provider): State<Arc<Provider>>, mut response: Response) -> Response {
    let now = provider
        .clock
        .now()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    if let Ok(now) = HeaderValue::try_from(now) {
        response.headers_mut().insert(header::DATE, now);
    }
    response
}
