//! Listings that cannot be read, and listings that never end.

use proofhouse::model::{Outcome, Verdict};
use proofhouse::transport::Limits;
use serde_json::{Value, json};

use crate::support::mcp_servers::{Form, method, over_http, polite};
use crate::support::proving::{Entry, prove};
use crate::support::servers::{Response, Server};
use crate::support::stranger::{Stranger, Ways};

#[tokio::test]
async fn a_listing_that_cannot_be_read_is_the_trouble_of_its_entry_alone() {
    let broken = Server::start(|_| Response::text(500, "text/html", "<html>no</html>"));
    let unknown = Server::start(|_| Response::Json(200, json!({ "tools": [{ "name": "else" }] })));
    let good = Stranger::open(Ways::default());
    let summary = prove(&[
        Entry::new("hostile:broken", broken.url()).listing_itself(),
        Entry::new("hostile:unknown", unknown.url()).listing_itself(),
        Entry::new("honest:one", good.url()).claiming(&["list_services"]),
    ])
    .await;
    let passed = |id: &str| {
        let results = summary.results.iter();
        results
            .filter(|result| result.provider.as_str() == id && result.outcome == Outcome::Pass)
            .count()
    };
    assert!(passed("honest:one") > 0);
    for id in ["hostile:broken", "hostile:unknown"] {
        let provider = summary
            .providers
            .iter()
            .find(|provider| provider.id.as_str() == id);
        assert_ne!(summary.verdict_of(provider.unwrap()), Verdict::Conformant);
    }
    assert_ne!(summary.verdict(), Verdict::Conformant);
    let notes = &summary.notes;
    assert!(
        notes
            .iter()
            .any(|(_, note)| note.contains("nothing of it was proven: it names no capabilities")),
        "{notes:?}"
    );
}

/// The tools and the complaints of a listing whose pages are these.
async fn listed(page: impl Fn(u64) -> Value + Send + Sync + 'static) -> (usize, Vec<String>) {
    let server = Server::start(move |request| match method(request).as_str() {
        "tools/list" => {
            let cursor = request.json()["params"]["cursor"].as_str().map(str::to_owned);
            let number = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(1);
            Form::Json.result(request, &page(number))
        }
        _ => polite(Form::Json, request),
    });
    let transport = over_http(Limits::default(), &server.url());
    let tools = transport.list_tools().await.unwrap().unwrap();
    (tools.len(), transport.listing_complaints())
}

#[tokio::test]
async fn more_tools_than_anybody_calls_are_not_read() {
    let many = |page: u64| {
        let tools: Vec<_> = (0..5_000)
            .map(|tool| json!({ "name": format!("t-{page}-{tool}") }))
            .collect();
        json!({ "tools": tools, "nextCursor": (page + 1).to_string() })
    };
    let (tools, complaints) = listed(many).await;
    assert_eq!(tools, 1_000);
    assert_eq!(complaints, ["lists more than 1000 tools, and no more were read"]);
}

#[tokio::test]
async fn a_tool_with_a_name_or_a_schema_that_nobody_reads_is_left_out() {
    let strange = |_| {
        json!({ "tools": [
            { "name": "x".repeat(300) },
            { "name": "a", "description": "d".repeat(500_000), "inputSchema": { "description": "s".repeat(300_000) } },
            { "name": "b" },
        ] })
    };
    let (tools, complaints) = listed(strange).await;
    assert_eq!(tools, 2);
    assert_eq!(
        complaints,
        [
            "lists a tool with a name of more than 128 characters, which was left out",
            "has a schema of more than 256 KiB for `a`, which was left out",
        ]
    );
}
