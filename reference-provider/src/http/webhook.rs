//! The webhook of the gateway. Only signed events are read; all others are refused without a reason.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::problem::{as_json, problem, storage_failed};
use crate::billing::{GatewayEvent, WebhookError, read_event, record_event};
use crate::provider::Provider;

/// The longest event that is read. One carries a whole payment intent.
pub(super) const LARGEST_EVENT: usize = 256 * 1024;

/// Takes in an event. A success says only that it needs not be told again.
pub(super) async fn stripe(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(secret) = &provider.billing.webhook_secret else {
        return problem(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing at this address",
        );
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return problem(rejection.status(), "unreadable_body", &rejection.body_text()),
    };
    let signature = headers
        .get("stripe-signature")
        .and_then(|value| value.to_str().ok());
    let told: GatewayEvent = match read_event(signature, &body, secret, provider.now()) {
        Ok(told) => told,
        Err(error @ WebhookError::Unsigned) => {
            return problem(StatusCode::BAD_REQUEST, "unsigned", &error.to_string());
        }
        Err(error @ WebhookError::NoEvent) => {
            return problem(StatusCode::BAD_REQUEST, "no_event", &error.to_string());
        }
    };
    match record_event(&provider, told).await {
        Ok(()) => as_json(StatusCode::OK, r#"{"received":true}"#),
        // It is told again.
        Err(error) => storage_failed(&error),
    }
}
