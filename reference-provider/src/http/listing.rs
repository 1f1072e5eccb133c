//! What is offered: the tools, in the shape of MCP's `tools/list` result, and the tenants.

use std::sync::LazyLock;

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::contract::Tool;
use crate::tenant::Tenant;

static TOOLS: LazyLock<Bytes> = LazyLock::new(|| {
    let tools: Vec<&Value> = Tool::ALL
        .into_iter()
        .map(|tool| &tool.contract().published)
        .collect();
    json!({ "tools": tools }).to_string().into()
});

/// The tools; every tenant has all of them.
pub(super) fn tools() -> Bytes {
    TOOLS.clone()
}

/// The tenants and where each is reached.
pub(super) fn tenants(tenants: &[Tenant], base_url: &str) -> Value {
    let entries: Vec<Value> = tenants
        .iter()
        .map(|tenant| {
            json!({
                "slug": tenant.slug,
                "name": tenant.name,
                "timezone": tenant.calendar.timezone.name(),
                "url": format!("{base_url}/p/{}", tenant.slug),
                "mcp": format!("{base_url}/p/{}/mcp", tenant.slug),
            })
        })
        .collect();
    json!({ "tenants": entries })
}
