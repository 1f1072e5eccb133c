//! Calls at one time, and tenants side by side: a provider that is wrong there fails the test that is about it, and no other does.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use proofhouse::model::Outcome;
use proofhouse::summary::RunSummary;
use reference_provider::{Fault, Options, Server, Tenants};

use crate::support::proving::{Entry, ended, message, name, prove_only};

/// The tests that race, and those that ask another tenant.
const TESTS: [&str; 8] = [
    "create_booking/one_winner",
    "create_booking/one_booking_for_parallel_repeats",
    "create_booking/parallel_repeats_return_the_booking",
    "create_booking/other_tenants_booking_is_no_repeat",
    "cancel_booking/races_create",
    "cancel_booking/parallel_cancels",
    "cancel_booking/unknown_to_other_tenants",
    "list_bookings_for_customer/unknown_to_other_tenants",
];

/// A fault, and the tests that it fails among those.
const KILLS: [(Fault, &[&str]); 7] = [
    (Fault::RacesDoubleBook, &["create_booking/one_winner"]),
    (Fault::LastWriterWins, &["create_booking/one_winner"]),
    (
        Fault::ParallelRepeatsMakeTwo,
        &[
            "create_booking/one_booking_for_parallel_repeats",
            "create_booking/parallel_repeats_return_the_booking",
        ],
    ),
    (
        Fault::ReplayCrossesTenants,
        &["create_booking/other_tenants_booking_is_no_repeat"],
    ),
    (
        Fault::CancelsAcrossTenants,
        &["cancel_booking/unknown_to_other_tenants"],
    ),
    (
        Fault::ListCrossesTenants,
        &["list_bookings_for_customer/unknown_to_other_tenants"],
    ),
    (Fault::SecondCancelFails, &["cancel_booking/parallel_cancels"]),
];

/// Two shops that are alike, the ids of their services included.
fn shops() -> Tenants {
    let day = "[\"08:00-20:00\"]";
    let shops: String = ["left", "right"]
        .map(|slug| {
            format!(
                "  - slug: {slug}
    name: Shop
    timezone: Europe/Prague
    currency: CZK
    slot_step_minutes: 30
    horizon_days: 60
    hours: {{ monday: {day}, tuesday: {day}, wednesday: {day}, thursday: {day}, friday: {day}, saturday: {day},
      sunday: {day} }}
    services:
      - {{ id: half, name: Half an hour, duration_minutes: 30 }}
      - {{ id: hour, name: An hour, duration_minutes: 60 }}
"
            )
        })
        .concat();
    Tenants::parse(&format!("tenants:\n{shops}"), "shops.yaml").unwrap()
}

/// Two shops of a platform of their own, of which the left one has the fault.
async fn platform(fault: Option<Fault>) -> Server {
    let mut options = Options::in_memory(shops());
    options.faults = fault
        .map(|fault| (Some("left".to_owned()), fault))
        .into_iter()
        .collect();
    Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap()
}

fn platform_name(fault: Fault) -> String {
    fault.name().replace('_', "-")
}

fn assert_all_pass(summary: &RunSummary, id: &str) {
    let found: Vec<_> = summary
        .results
        .iter()
        .filter(|result| result.provider.as_str() == id)
        .map(|result| (name(result), result.outcome, message(result)))
        .collect();
    let (passed, others): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|(_, outcome, _)| *outcome == Outcome::Pass);
    assert_eq!((passed.len(), others), (TESTS.len(), Vec::new()), "{id}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_among_callers_or_tenants_fails_its_test_and_no_other() {
    let (mut servers, mut entries) = (Vec::new(), Vec::new());
    for (fault, _) in KILLS {
        let server = platform(Some(fault)).await;
        entries.extend(["left", "right"].map(|slug| {
            Entry::new(
                format!("{}:{slug}", platform_name(fault)),
                server.tenant_url(slug),
            )
        }));
        servers.push(server);
    }
    let summary = prove_only(&entries, &TESTS).await;
    let mut told = String::new();
    for (fault, tests) in KILLS {
        let faulty = format!("{}:left", platform_name(fault));
        let failed = ended(&summary, &faulty, Outcome::Fail);
        let _ = writeln!(told, "{fault}: {}", fault.description());
        for result in &failed {
            let _ = writeln!(told, "    {}: {}", name(result), message(result));
        }
        let found: BTreeSet<_> = failed.iter().map(|result| name(result)).collect();
        let expected: BTreeSet<_> = tests.iter().map(|test| (*test).to_owned()).collect();
        assert_eq!(found, expected, "{told}");
        let right = format!("{}:right", platform_name(fault));
        assert_all_pass(&summary, &right);
    }
    insta::with_settings!({ filters => vec![
        (r"\d of (\d) customers", "<some> of $1 customers"),
        (r"made \d bookings", "made <some> bookings"),
        (r"\(case \w+\)", "(case <round>)"),
    ] }, { insta::assert_snapshot!("what_a_fault_among_callers_or_tenants_is_told", told) });
}

#[tokio::test(flavor = "multi_thread")]
async fn shops_that_are_alike_pass_over_http_and_over_mcp() {
    // One each: what one binding books at a shop is taken for the other.
    let (one, other) = (platform(None).await, platform(None).await);
    let shops = ["left", "right"];
    let http = shops.map(|slug| Entry::new(format!("http:{slug}"), one.tenant_url(slug)));
    let mcp = shops.map(|slug| Entry::new(format!("mcp:{slug}"), other.mcp_url(slug)).over_mcp());
    let summary = prove_only(&[http, mcp].concat(), &TESTS).await;
    for provider in &summary.providers {
        assert_all_pass(&summary, provider.id.as_str());
    }
    assert_eq!(summary.leftovers, []);
}
