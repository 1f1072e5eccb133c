//! The same suites over every binding: plain HTTP, MCP over HTTP, MCP over a command's standard input and output.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use proofhouse::model::Outcome;
use proofhouse::summary::RunSummary;
use reference_provider::{Options, Server, Tenants};

use crate::support::proving::{Entry, TAKES_CHANCE, prove, prove_only};
use crate::support::reference::reference_binary;

/// The outcome and the number of calls of each test of a tenant. No binding may change them.
type Found = BTreeMap<(String, String), (Outcome, u32)>;

/// The test that closes a connection before the answer is read.
const LOSES_AN_ANSWER: &str = "retried_after_a_lost_answer";

/// Every test must pass; those that take chance may be skipped, and are left out.
fn found(summary: &RunSummary) -> Found {
    let results = summary.results.iter();
    results
        .filter_map(|result| {
            let test = format!("{}/{}", result.capability, result.test);
            let chance = TAKES_CHANCE.contains(&test.as_str());
            let fine = result.outcome == Outcome::Pass || chance && result.outcome == Outcome::Skip;
            assert!(fine, "{}: {test}: {:?}", result.provider, result.message);
            if chance {
                return None;
            }
            // Which of the slots that tell are free just then decides how many calls it takes.
            let calls = match test.as_str() {
                "booking.create_booking/blocks_other_services" => 0,
                _ => result.calls,
            };
            Some((
                (result.provider.tenant().to_owned(), test),
                (result.outcome, calls),
            ))
        })
        .collect()
}

/// The same over a command's output, which is one stream: no answer in it can be lost while those after it are read. The tests that
/// lose one are skipped, with that reason.
fn found_over_stdio(mut summary: RunSummary) -> Found {
    summary.results.retain(|result| {
        let loses = result.test.as_str() == LOSES_AN_ANSWER;
        if loses {
            let message = result.message.as_deref().unwrap_or_default();
            assert_eq!(result.outcome, Outcome::Skip, "{}: {message}", result.capability);
            assert!(message.contains("no answer can be lost"), "{message}");
        }
        !loses
    });
    found(&summary)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_suite_has_the_same_outcomes_over_http_mcp_and_stdio() {
    let options = Options {
        sandbox: true,
        ..Options::in_memory(Tenants::bundled().unwrap())
    };
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
        .map(|slug| {
            Entry::command(
                id(slug),
                &command,
                &["mcp", "--memory", "--sandbox", "--tenant", slug],
            )
        })
        .collect();
    let over_http = found(&prove(&http).await);
    assert_eq!(slugs.len(), 10);
    assert_eq!(found(&prove(&mcp).await), over_http, "over MCP");
    let lost = over_http
        .iter()
        .filter(|((_, test), _)| test.ends_with(LOSES_AN_ANSWER));
    assert!(lost.count() > slugs.len(), "answers are lost over HTTP and MCP");
    let mut without = over_http;
    without.retain(|(_, test), _| !test.ends_with(LOSES_AN_ANSWER));
    assert_eq!(found_over_stdio(prove(&stdio).await), without, "over stdio");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_proven_in_both_eras_of_mcp_in_one_run() {
    let options = Options::in_memory(Tenants::bundled().unwrap());
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let slug = server.tenants().iter().next().unwrap().slug.clone();
    let entry = |url: String| Entry::new("bookio:one", url).claiming(&["list_services"]);
    let both = entry(server.mcp_url(&slug)).over_mcp().with("revision: both");
    let summary = prove_only(&[both], &[]).await;
    let mut eras: BTreeMap<String, BTreeMap<String, Outcome>> = BTreeMap::new();
    for result in &summary.results {
        let era = result.era.clone().unwrap_or_default();
        let rows = eras.entry(format!("{} {era}", result.provider)).or_default();
        rows.insert(result.test.to_string(), result.outcome);
    }
    let names = ["bookio:one 2025-11-25", "bookio:one-2026-07-28 2026-07-28"];
    assert!(eras.keys().eq(names), "{:?}", eras.keys());
    let [then, now] = names.map(|name| &eras[name]);
    assert!(then.len() > 1, "{then:?}");
    assert_eq!(then, now);
    let mut notes = summary.notes.iter();
    assert!(!notes.any(|(_, note)| note.contains("differs between the eras")));
    let plain = prove_only(&[entry(server.tenant_url(&slug))], &[]).await;
    assert!(plain.results.iter().all(|result| result.era.is_none()));
    server.stop().await.unwrap();
}
