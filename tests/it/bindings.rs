//! The same suites over every binding: plain HTTP, MCP over HTTP, MCP over a command's standard input and output.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use proofhouse::model::Outcome;
use proofhouse::summary::RunSummary;
use reference_provider::{Options, Server, Tenants};

use crate::support::proving::{Entry, prove};

/// What a tenant's tests came to, by test: the outcome and the number of calls, which no binding may change.
type Found = BTreeMap<(String, String), (Outcome, u32)>;

fn found(summary: &RunSummary) -> Found {
    let results = summary.results.iter();
    results
        .map(|result| {
            let test = format!("{}/{}", result.capability, result.test);
            (
                (result.provider.tenant().to_owned(), test),
                (result.outcome, result.calls),
            )
        })
        .collect()
}

/// The reference provider's binary, which `cargo test` builds beside this one.
fn reference_binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(|deps| deps.parent()).unwrap();
    let binary = folder.join(format!("reference-provider{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.exists(),
        "{} is not built: `cargo build -p reference-provider` builds it",
        binary.display()
    );
    binary
}

#[tokio::test(flavor = "multi_thread")]
async fn every_suite_has_the_same_outcomes_over_http_mcp_and_stdio() {
    let options = Options::in_memory(Tenants::bundled().unwrap());
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let slugs: Vec<String> = server
        .tenants()
        .iter()
        .map(|tenant| tenant.slug.clone())
        .collect();
    let id = |slug: &String| format!("bookio:{slug}");
    let http: Vec<_> = slugs
        .iter()
        .map(|slug| Entry::new(id(slug), server.tenant_url(slug)))
        .collect();
    let mcp: Vec<_> = slugs
        .iter()
        .map(|slug| Entry::new(id(slug), server.mcp_url(slug)).over_mcp())
        .collect();
    let command = reference_binary();
    let stdio: Vec<_> = slugs
        .iter()
        .map(|slug| Entry::command(id(slug), &command, &["mcp", "--memory", "--tenant", slug]))
        .collect();
    let over_http = found(&prove(&http).await);
    assert_eq!(slugs.len(), 10);
    assert!(
        over_http.values().all(|(outcome, _)| *outcome == Outcome::Pass),
        "{over_http:#?}"
    );
    assert_eq!(found(&prove(&mcp).await), over_http, "over MCP");
    assert_eq!(found(&prove(&stdio).await), over_http, "over stdio");
    server.stop().await.unwrap();
}
