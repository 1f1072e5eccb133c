//! Two versions of the contracts that one provider serves, side by side in a run.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use proofhouse::model::Outcome;
use proofhouse::summary::{ClaimStanding, RunSummary, claims};
use reference_provider::{Options, Server, Tenants, Version};

use crate::support::proving::{Entry, ended, message, name, prove};

async fn start(options: Options) -> Server {
    Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap()
}

/// The capabilities of the domain at a version, as a manifest names them. Tools with one version are the same at either address.
fn published(version: Version) -> Vec<String> {
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities/booking");
    version
        .tools()
        .filter(|tool| {
            contracts
                .join(tool.name())
                .join(format!("v{}", version.name()))
                .is_dir()
        })
        .map(|tool| format!("{}@{}", tool.name(), version.name()))
        .collect()
}

/// A tenant as an entry that claims everything of the domain that is published at one version.
fn entry(server: &Server, slug: &str, version: Version) -> Entry {
    let tools = published(version);
    let tools: Vec<_> = tools.iter().map(String::as_str).collect();
    Entry::new(format!("reference:{slug}"), server.version_url(slug, version)).claiming(&tools)
}

fn versions(summary: &RunSummary, tool: &str) -> Vec<String> {
    let mut found: Vec<_> = summary
        .results
        .iter()
        .filter(|result| result.capability.tool() == tool)
        .map(|result| result.version.to_string())
        .collect();
    found.dedup();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_of_one_provider_are_proven_on_one_calendar_over_http_and_mcp() {
    let mut tenants = String::from("tenants:\n");
    // Two half hours a day: tests of the two versions that ran at one time would take each other's slots.
    let open = "[\"12:00-13:00\"]";
    let _ = writeln!(
        tenants,
        "  - slug: small\n    name: Small\n    timezone: Europe/Prague\n    currency: CZK\n    slot_step_minutes: 30\n    \
         horizon_days: 60\n    hours: {{ monday: {open}, wednesday: {open}, friday: {open} }}\n    services:\n      \
         - {{ id: half, name: Half an hour, duration_minutes: 30 }}"
    );
    let server = start(Options::in_memory(
        Tenants::parse(&tenants, "small.yaml").unwrap(),
    ))
    .await;
    let url = |version| format!("{}/mcp", server.version_url("small", version));
    for (first, second) in [
        (
            entry(&server, "small", Version::V0_1_0),
            entry(&server, "small", Version::V0_2_0),
        ),
        (
            entry(&server, "small", Version::V0_1_0)
                .at(url(Version::V0_1_0))
                .over_mcp(),
            entry(&server, "small", Version::V0_2_0)
                .at(url(Version::V0_2_0))
                .over_mcp(),
        ),
    ] {
        let summary = prove(&[first, second]).await;
        let [provider] = summary.providers.as_slice() else {
            panic!("{:?}", summary.providers)
        };
        assert_eq!(provider.claims.len(), Version::ALL.map(published).concat().len());
        assert_eq!(versions(&summary, "create_booking"), ["0.1.0", "0.2.0"]);
        assert_eq!(versions(&summary, "get_booking"), ["0.1.0", "0.2.0"]);
        for outcome in [Outcome::Fail, Outcome::Error, Outcome::Blocked] {
            let told: Vec<_> = ended(&summary, "reference:small", outcome)
                .into_iter()
                .map(|result| (name(result), message(result).to_owned()))
                .collect();
            assert_eq!(told, [], "{outcome:?}");
        }
        assert_eq!(summary.leftovers, []);
        // A booking has to begin before anybody comes to it, and nobody waits here.
        let unproven: Vec<_> = claims(&summary)
            .into_iter()
            .filter(|claim| claim.standing != ClaimStanding::Conformant)
            .map(|claim| claim.capability.to_string())
            .collect();
        assert_eq!(unproven, ["booking.record_attendance"]);
        assert_eq!(summary.verdict().exit_code(), 4);
    }
}
