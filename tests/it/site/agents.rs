//! The registry for agents: what its tools answer over MCP.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::seed::Seed;

async fn ask(seed: &Seed, method: &str, params: Value) -> Value {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let request = Request::post("/mcp")
        .header("host", "registry.test")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18")
        .body(Body::from(message.to_string()))
        .unwrap();
    let response = seed.site.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    assert_eq!(
        parts.status,
        StatusCode::OK,
        "{}",
        String::from_utf8_lossy(&bytes)
    );
    serde_json::from_slice(&bytes).unwrap()
}

async fn call(seed: &Seed, tool: &str, arguments: Value) -> Value {
    let answer = ask(
        seed,
        "tools/call",
        json!({ "name": tool, "arguments": arguments }),
    )
    .await;
    answer["result"].clone()
}

#[tokio::test]
async fn an_agent_finds_a_capability_reads_it_and_plans_its_calls() {
    let seed = Seed::new();
    let found = call(&seed, "find_capabilities", json!({ "intent": "book a haircut" })).await;
    let ids: Vec<_> = found["structuredContent"]["capabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["capability"].clone())
        .collect();
    assert!(ids.contains(&json!("booking.create_booking")), "{ids:?}");
    let contract = call(
        &seed,
        "read_contract",
        json!({ "capability": "booking.create_booking@0.1.0" }),
    )
    .await;
    assert_eq!(contract["structuredContent"]["version"], "0.1.0");
    assert!(contract["structuredContent"]["input_schema"].is_object());
    let plan = call(
        &seed,
        "plan_calls",
        json!({ "capability": "booking.create_booking" }),
    )
    .await;
    let tools: Vec<_> = plan["structuredContent"]["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["tool"].clone())
        .collect();
    assert_eq!(tools.last(), Some(&json!("create_booking")));
    assert!(tools.len() > 1, "{tools:?}");
}

#[tokio::test]
async fn the_providers_of_a_capability_are_ranked_by_what_was_proven() {
    let seed = Seed::new();
    seed.add_failing_run();
    let ranked = call(
        &seed,
        "rank_providers",
        json!({ "capability": "booking.create_booking@0.1.0" }),
    )
    .await;
    let providers = ranked["structuredContent"]["providers"].as_array().unwrap();
    assert_eq!(providers.len(), 2);
    for provider in providers {
        assert_eq!(provider["standing"], "not_conformant", "{provider}");
        assert!(
            provider["executed"].as_u64() > provider["passed"].as_u64(),
            "{provider}"
        );
    }
}

#[tokio::test]
async fn answers_follow_the_schemas_that_are_listed() {
    let seed = Seed::new();
    let listed = ask(&seed, "tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap().clone();
    assert!(tools.len() <= 6, "few tools");
    for tool in tools {
        let name = tool["name"].as_str().unwrap();
        let arguments = match name {
            "find_capabilities" => json!({ "intent": "cancel a booking", "limit": 3 }),
            _ => json!({ "capability": "booking.create_booking@0.1.0" }),
        };
        let validator = |schema: &Value| jsonschema::draft202012::new(schema).unwrap();
        assert!(validator(&tool["inputSchema"]).is_valid(&arguments), "{name}");
        let answer = call(&seed, name, arguments).await["structuredContent"].clone();
        let validator = validator(&tool["outputSchema"]);
        let wrong: Vec<_> = validator
            .iter_errors(&answer)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{name}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_told_so_that_an_agent_can_ask_again() {
    let seed = Seed::new();
    for (tool, arguments, words) in [
        (
            "read_contract",
            json!({ "capability": "booking.create_bookin" }),
            "no capability",
        ),
        ("read_contract", json!({}), "capability"),
        (
            "find_capabilities",
            json!({ "intent": "book", "size": 3 }),
            "size",
        ),
    ] {
        let answer = call(&seed, tool, arguments).await;
        assert_eq!(answer["isError"], true, "{answer}");
        let told = answer["structuredContent"]["error"].as_str().unwrap();
        assert!(told.contains(words), "{told}");
    }
    let unknown = ask(&seed, "tools/call", json!({ "name": "book", "arguments": {} })).await;
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
}

#[tokio::test]
async fn a_ranked_provider_can_be_called_and_older_versions_count() {
    let seed = Seed::new();
    // The runs of the seed prove 0.1.0 alone, and a newer version is published.
    let ranked = call(
        &seed,
        "rank_providers",
        json!({ "capability": "booking.create_booking" }),
    )
    .await;
    let providers = ranked["structuredContent"]["providers"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(providers.len(), 2, "{ranked}");
    for provider in providers {
        assert_eq!(
            provider["capability"], "booking.create_booking@0.1.0",
            "{provider}"
        );
        assert_eq!(provider["transport"], "http", "{provider}");
        assert_eq!(provider["address"], "http://127.0.0.1:4700", "{provider}");
        assert!(provider["name"].is_string(), "{provider}");
        assert_eq!(provider["tags"], json!([]), "{provider}");
    }
    seed.tell_about_providers();
    let ranked = call(
        &seed,
        "rank_providers",
        json!({ "capability": "booking.create_booking" }),
    )
    .await;
    let providers = ranked["structuredContent"]["providers"].as_array().unwrap();
    let first = providers
        .iter()
        .find(|one| one["provider"] == "bookio:first")
        .unwrap();
    assert_eq!(first["place"], "Brno, Czechia", "{ranked}");
    assert_eq!(first["time_zone"], "Europe/Prague", "{ranked}");
    assert_eq!(first["tags"][0], "barber", "{ranked}");
}
