//! The routes.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Extension;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use serde_json::Value;

use super::limits::LARGEST_BODY;
use super::mcp::Endpoint;
use super::problem::{as_json, problem, storage_failed, unknown_tenant};
use super::{guard, invoice_page, listing, mcp, page, webhook};
use crate::api_flavor::ApiFlavor;
use crate::base_url::base_url;
use crate::provider::Provider;
use crate::request_context::{Input, RequestContext};

/// The provider as a service.
///
/// For v0.1.0 `POST /p/{tenant}/tools/{tool}`, `GET /p/{tenant}/tools` and MCP at `/p/{tenant}/mcp`; the same under
/// `/p/{tenant}/v0.2.0` for that version, and where the sandbox is under the addresses of its other flavors; `GET /`, the pages
/// behind cancellation and payment addresses, and `POST /stripe/webhook`.
pub fn router(provider: Arc<Provider>) -> Router {
    let endpoint = Arc::new(Endpoint::new(Arc::clone(&provider)));
    router_with(provider, &endpoint)
}

/// As [`router`], with an endpoint for MCP that can be closed.
pub(crate) fn router_with(provider: Arc<Provider>, endpoint: &Arc<Endpoint>) -> Router {
    ApiFlavor::ALL
        .into_iter()
        .filter(|flavor| flavor.served(&provider))
        .fold(Router::new(), |router, flavor| {
            router.merge(addresses(flavor, endpoint))
        })
        .route("/", get(tenants))
        .route_layer(from_fn_with_state(Arc::clone(&provider), guard::admitted))
        .route(
            "/p/{tenant}/bookings/{token}/cancel",
            get(page::show).post(page::submit),
        )
        .route(
            "/p/{tenant}/invoices/{token}",
            get(invoice_page::show).post(invoice_page::submit),
        )
        .route("/invoice.css", get(invoice_page::style))
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
        .merge(webhooks())
        .layer(from_fn(within_time))
        .layer(from_fn_with_state(Arc::clone(&provider), date))
        .with_state(provider)
}

/// The addresses at which gateways tell of payments, with a limit of their own.
fn webhooks() -> Router<Arc<Provider>> {
    Router::new()
        .route("/stripe/webhook", post(webhook::stripe))
        .layer(DefaultBodyLimit::max(webhook::LARGEST_EVENT))
}

/// The addresses that serve one flavor.
fn addresses(flavor: ApiFlavor, endpoint: &Arc<Endpoint>) -> Router<Arc<Provider>> {
    let base = format!("/p/{{tenant}}{}", flavor.path());
    Router::new()
        .route(
            &format!("{base}/mcp"),
            any(mcp::answer)
                .layer(from_fn(guard::takes_json))
                .with_state(Arc::clone(endpoint)),
        )
        .route(
            &format!("{base}/tools"),
            get(tools).layer(Extension(Listing::default())),
        )
        .route(
            &format!("{base}/tools/{{tool}}"),
            post(call).layer(from_fn(guard::takes_json)),
        )
        .layer(Extension(flavor))
}

async fn tenants(State(provider): State<Arc<Provider>>, headers: HeaderMap) -> Response {
    let base_url = base_url(provider.public_url.as_deref(), &headers);
    as_json(
        StatusCode::OK,
        listing::tenants(provider.tenants(), &base_url).to_string(),
    )
}

/// The tools of a flavor, as every tenant lists them, written out when somebody first asks.
#[derive(Clone, Default)]
struct Listing(Arc<OnceLock<Bytes>>);

async fn tools(
    State(provider): State<Arc<Provider>>,
    Extension(flavor): Extension<ApiFlavor>,
    Extension(Listing(listing)): Extension<Listing>,
    Path(tenant): Path<String>,
) -> Response {
    match provider.tenant(&tenant) {
        Some(_) => {
            let listing = listing.get_or_init(|| listing::tools(&provider, flavor).into());
            as_json(StatusCode::OK, listing.clone())
        }
        None => unknown_tenant(&tenant),
    }
}

async fn call(
    State(provider): State<Arc<Provider>>,
    Extension(flavor): Extension<ApiFlavor>,
    Path((tenant, tool)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let base_url = base_url(provider.public_url.as_deref(), &headers);
    let Some(context) = RequestContext::of(&provider, &tenant, Some(&base_url)) else {
        return unknown_tenant(&tenant);
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return problem(rejection.status(), "unreadable_body", &rejection.body_text()),
    };
    match flavor.answer(context, &tool, Input::Body(&body)).await {
        Some(Ok(reply)) => {
            let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            as_json(status, Value::Object(reply.body).to_string())
        }
        Some(Err(error)) => storage_failed(&error),
        None => problem(
            StatusCode::NOT_FOUND,
            "unknown_tool",
            &format!("there is no tool {tool:?}"),
        ),
    }
}

/// The time from the head of a request to that of its answer; the body of the request has to arrive within it.
const ANSWER: Duration = Duration::from_secs(60);

/// Answers in the place of a request whose body does not arrive.
async fn within_time(request: HttpRequest, next: Next) -> Response {
    let answer = tokio::time::timeout(ANSWER, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        problem(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "the request did not arrive, or the answer was not ready, in time",
        )
    })
}

/// The date is what the tenant's clock shows, for callers that keep clear of its edges.
async fn date(State(provider): State<Arc<Provider>>, request: HttpRequest, next: Next) -> Response {
    let tenant = request.uri().path().strip_prefix("/p/").unwrap_or_default();
    let tenant = tenant.split('/').next().unwrap_or_default().to_owned();
    let mut response = next.run(request).await;
    let now = provider
        .now_at(&tenant)
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    if let Ok(now) = HeaderValue::try_from(now) {
        response.headers_mut().insert(header::DATE, now);
    }
    response
}
