//! The smallest provider: one tool, `list_services`, over HTTP. Its own `cargo test` proves it: see `tests/conformance.rs`.

use axum::body::Bytes;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// The router of the provider.
pub fn router() -> Router {
    Router::new().route("/tools/list_services", post(list_services))
}

async fn list_services(body: Bytes) -> Json<Value> {
    let known = |given: &serde_json::Map<String, Value>| {
        given
            .iter()
            .all(|(key, value)| key == "agent_vendor" && value.is_string())
    };
    match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Object(given)) if known(&given) => Json(json!({
            "ok": true,
            "timezone": "Europe/Prague",
            "services": [{ "id": "haircut", "name": "Haircut", "duration_minutes": 45 }],
        })),
        _ => Json(json!({ "ok": false, "error": "invalid_input" })),
    }
}
