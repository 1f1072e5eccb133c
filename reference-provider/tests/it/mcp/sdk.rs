//! The SDK's own client, over a socket.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reference_provider::{Options, Server, Tenants, Tool, Version};
use rmcp::model::{CallToolRequestParams, CallToolResult, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::{RoleClient, ServiceError};
use serde_json::json;
use tokio::task::JoinSet;

async fn start() -> Server {
    let options = Options::in_memory(Tenants::bundled().unwrap());
    Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap()
}

async fn connect(url: String, lifecycle: ClientLifecycleMode) -> RunningService<RoleClient, ()> {
    // There may be one already: another test was faster.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let transport = StreamableHttpClientTransport::from_uri(url);
    ().serve_with_lifecycle(transport, lifecycle).await.unwrap()
}

fn lifecycles() -> [ClientLifecycleMode; 2] {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover { preferred_versions },
    ]
}

async fn call(
    client: &RunningService<RoleClient, ()>,
    tool: &'static str,
    input: serde_json::Value,
) -> Result<CallToolResult, ServiceError> {
    let input = input.as_object().unwrap().clone();
    client
        .call_tool(CallToolRequestParams::new(tool).with_arguments(input))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_the_sdk_finds_and_calls_tools_with_and_without_a_handshake() {
    let server = start().await;
    for lifecycle in lifecycles() {
        let client = connect(server.mcp_url("ink-house"), lifecycle).await;
        let tools = client.list_all_tools().await.unwrap();
        let names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
        let served: Vec<_> = Version::V0_1_0
            .tools()
            .filter(|tool| tool.domain() != "sandbox")
            .map(Tool::name)
            .collect();
        assert_eq!(names, served);
        let cancel = &tools[3];
        assert_eq!(cancel.annotations.as_ref().unwrap().destructive_hint, Some(true));

        let services = call(&client, "list_services", json!({})).await.unwrap();
        assert_eq!(services.is_error, Some(false));
        assert_eq!(services.structured_content.unwrap()["currency"], "CZK");
        let refused = call(&client, "cancel_booking", json!({ "booking_id": "x" }))
            .await
            .unwrap();
        assert_eq!(refused.is_error, Some(true));
        assert_eq!(refused.structured_content.unwrap()["error"], "unknown_booking");
        match call(&client, "get_bookings", json!({})).await {
            Err(ServiceError::McpError(error)) => {
                assert_eq!(
                    (error.code.0, &*error.message),
                    (-32602, "Unknown tool: get_bookings")
                );
            }
            other => panic!("{other:?}"),
        }
        client.cancel().await.unwrap();
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_calls_at_once_over_one_client_each_is_answered_and_one_wins_the_slot() {
    let tenants = Tenants::generated(1);
    let options = Options::in_memory(tenants);
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let day = (chrono::Utc::now() + chrono::TimeDelta::days(7)).format("%Y-%m-%d");
    let start = format!("{day}T12:00:00Z");
    for (lifecycle, (service, winners)) in lifecycles().into_iter().zip([("svc-30", 1), ("svc-60", 0)]) {
        let client = Arc::new(connect(server.mcp_url("tenant-0000"), lifecycle).await);
        let mut calls = JoinSet::new();
        for number in 0..40 {
            let client = Arc::clone(&client);
            let customer = json!({ "name": "Ada", "email": format!("ada+{service}-{number}@example.com") });
            let input = json!({ "service_id": service, "start_at": start, "customer": customer });
            calls.spawn(async move { call(&client, "create_booking", input).await.unwrap() });
        }
        let answers = calls.join_all().await;
        let booked = answers
            .iter()
            .filter(|answer| answer.is_error == Some(false))
            .count();
        assert_eq!((answers.len(), booked), (40, winners));
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_listens_does_not_hold_the_stop_up() {
    let server = start().await;
    let client = connect(server.mcp_url("ink-house"), ClientLifecycleMode::Initialize).await;
    call(&client, "list_services", json!({})).await.unwrap();
    let begun = Instant::now();
    server.stop().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    drop(client);
}
