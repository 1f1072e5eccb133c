//! Every fault of the reference provider, and the tests that it fails: those and no others.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use proofhouse::model::Outcome;
use proofhouse::summary::RunSummary;
use reference_provider::{Fault, Options, Server, Tenants};

use crate::support::proving::{Entry, ended, message, name, prove, prove_reference};

mod table;

use table::{Kill, kills};

/// One shop for each fault, and one without: alike, but for the ids of their services.
fn shops() -> Tenants {
    let shop = |slug: String| {
        format!(
            "  - slug: {slug}
    name: Shop
    timezone: America/Los_Angeles
    currency: USD
    slot_step_minutes: 30
    horizon_days: 60
    hours: {{ monday: &open [\"12:00-20:00\"], tuesday: *open, wednesday: *open, thursday: *open, friday: *open,
      saturday: *open, sunday: *open }}
    services:
      - {{ id: {slug}-half, name: Half an hour, duration_minutes: 30 }}
      - {{ id: {slug}-hour, name: An hour, duration_minutes: 60 }}
"
        )
        // An anchor belongs to the whole file, so each shop spells its hours out.
        .replace("&open ", "")
        .replace("*open", "[\"12:00-20:00\"]")
    };
    let shops: String = Fault::ALL
        .iter()
        .map(|fault| slug(*fault))
        .chain(["faultless".to_owned()])
        .map(shop)
        .collect();
    Tenants::parse(&format!("tenants:\n{shops}"), "shops.yaml").unwrap()
}

fn slug(fault: Fault) -> String {
    fault.name().replace('_', "-")
}

fn id(fault: Fault) -> String {
    format!("reference:{}", slug(fault))
}

async fn prove_all() -> RunSummary {
    let mut options = Options::in_memory(shops());
    options.faults = Fault::ALL
        .iter()
        .map(|fault| (Some(slug(*fault)), *fault))
        .collect();
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let entries: Vec<_> = server
        .tenants()
        .iter()
        .map(|tenant| {
            Entry::new(
                format!("reference:{}", tenant.slug),
                server.tenant_url(&tenant.slug),
            )
        })
        .collect();
    prove(&entries).await
}

/// The tests that failed at a shop, with the messages that they gave.
fn failures(summary: &RunSummary, id: &str) -> Vec<(String, String)> {
    ended(summary, id, Outcome::Fail)
        .into_iter()
        .map(|result| (name(result), message(result).to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_fails_the_tests_that_are_about_it_and_no_others() {
    let summary = prove_all().await;
    let mut wrong = Vec::new();
    let mut told = String::new();
    for fault in Fault::ALL {
        let mut failed = failures(&summary, &id(*fault));
        if let Kill::AtLeastBy(test) = kills(*fault) {
            failed.retain(|(name, _)| name == test);
        }
        let found: BTreeSet<&str> = failed.iter().map(|(test, _)| test.as_str()).collect();
        let expected: BTreeSet<&str> = match kills(*fault) {
            Kill::By(tests) => tests.iter().copied().collect(),
            Kill::AtLeastBy(test) => BTreeSet::from([test]),
            Kill::NotYet(_) => BTreeSet::new(),
        };
        if found != expected {
            wrong.push(format!("{fault} failed {found:?}, not {expected:?}"));
        }
        let _ = writeln!(told, "{fault}: {}", fault.description());
        for (test, message) in &failed {
            let _ = writeln!(told, "    {test}: {message}");
        }
        if let Kill::NotYet(reason) = kills(*fault) {
            let _ = writeln!(told, "    not killed yet: {reason}");
        }
        let errors = ended(&summary, &id(*fault), Outcome::Error);
        wrong.extend(
            errors
                .iter()
                .map(|result| format!("{fault}: {} is an error: {}", name(result), message(result))),
        );
    }
    assert_eq!(failures(&summary, "reference:faultless"), []);
    assert!(wrong.is_empty(), "{told}\n{wrong:#?}");
    insta::with_settings!({ filters => vec![
        (r"\d{4}-\d\d-\d\d", "<date>"),
        (r"T\d\d:\d\d:\d\d", "T<time>"),
        (r"has \d+ listed", "has <count> listed"),
        (r"and \d+ more", "and <count> more"),
        (r"bookings/[0-9a-f]{32}/", "bookings/<id>/"),
    ] }, { insta::assert_snapshot!("what_each_fault_is_told", told) });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_provider_passes_every_test_for_every_tenant() {
    let summary = prove_reference().await;
    assert_eq!(summary.providers.len(), 10);
    for provider in &summary.providers {
        let passed = ended(&summary, provider.id.as_str(), Outcome::Pass).len();
        assert_eq!(passed, summary.results_of(provider).len(), "{}", provider.id);
    }
    assert_eq!(summary.leftovers, []);
    assert_eq!(summary.verdict().exit_code(), 0);
}
