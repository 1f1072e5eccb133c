//! Lists: the tools, in the shape of MCP's `tools/list` result, and the tenants.

use serde_json::{Value, json};

use crate::api_flavor::ApiFlavor;
use crate::provider::Provider;
use crate::tenant::Tenant;
use crate::version::Version;

/// The tools of a flavor; every tenant has all that are served.
pub(super) fn tools(provider: &Provider, flavor: ApiFlavor) -> String {
    json!({ "tools": flavor.tools(provider) }).to_string()
}

/// The tenants and where each is reached.
pub(super) fn tenants(tenants: &[Tenant], base_url: &str) -> Value {
    let entries: Vec<Value> = tenants
        .iter()
        .map(|tenant| {
            let url = |version: Version| format!("{base_url}/p/{}{}", tenant.slug, version.path());
            let flavors = Version::ALL.map(|version| {
                let url = url(version);
                json!({ "version": version.name(), "mcp": format!("{url}/mcp"), "url": url })
            });
            let [first, ..] = Version::ALL;
            let url = url(first);
            json!({
                "slug": tenant.slug,
                "name": tenant.name,
                "timezone": tenant.calendar.timezone.name(),
                "url": &url,
                "mcp": format!("{url}/mcp"),
                "versions": flavors,
            })
        })
        .collect();
    json!({ "tenants": entries })
}
