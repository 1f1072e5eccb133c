//! Another domain needs no code: contracts, suites and a provider of parcels, of which the binary knows nothing.

use std::net::{Ipv4Addr, SocketAddr};

use reference_provider::{Options, Server, Tenants};
use serde_json::json;

use crate::cli::context::TestContext;
use crate::support::parcels::{Parcels, Slip};

const RUN: &str = "run --registry SECOND_DOMAIN --providers providers.yaml --format json --seed 7";

#[test]
fn a_provider_of_another_domain_is_proven_by_its_files_alone() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let ended = context.run(RUN);
    assert_eq!(ended.code, 0, "{ended}");
    let report = ended.json();
    assert_eq!(report["run"]["conformant"], true);
    assert_eq!(
        report["totals"]["pass"],
        report["results"].as_array().unwrap().len()
    );
    assert!(parcels.ordered() >= 2, "{ended}");
    assert_eq!(parcels.standing(), 0, "every courier was called off again");
}

/// Each slip is caught by the test of the rule that it breaks.
#[test]
fn a_provider_that_breaks_a_rule_of_another_domain_fails_the_test_of_that_rule() {
    for (slip, test) in [
        (Slip::AcceptsPastDays, "order_pickup/rejects_past_day"),
        (Slip::HidesPickups, "order_pickup/happy_path"),
        (Slip::RaisesPrices, "quote_delivery/happy_path"),
        (Slip::ServesEverywhere, "quote_delivery/rejects_unknown_postcode"),
        (Slip::ForgetsCancelling, "cancel_pickup/happy_path"),
        (Slip::TakesLongNotes, "order_pickup/rejects_invalid_input"),
        (Slip::ReadsAsciiOnly, "order_pickup/accepts_boundaries"),
        (Slip::TakesFractions, "quote_delivery/rejects_invalid_input"),
    ] {
        let context = TestContext::new();
        let parcels = Parcels::start(slip);
        context.manifest(&parcels.server.url(), "");
        let ended = context.run(RUN);
        assert_eq!(ended.code, 1, "{slip:?}: {ended}");
        assert_eq!(ended.outcome(test), "fail", "{slip:?}: {ended}");
    }
}

#[test]
fn what_a_manifest_gives_by_hand_takes_the_place_of_what_a_suite_would_try() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "    fixtures: { postcode: \"60200\" }\n");
    assert_eq!(context.run(RUN).code, 0);
    let asked = parcels.server.requests();
    assert!(
        asked
            .iter()
            .all(|request| !String::from_utf8_lossy(&request.body).contains("11000"))
    );
}

#[test]
fn a_provider_whose_data_lacks_what_the_tests_need_is_not_proven_and_hears_why() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::ServesNowhere);
    context.manifest(&parcels.server.url(), "");
    let ended = context.run(RUN);
    assert_eq!(ended.code, 4, "{ended}");
    assert_eq!(ended.outcome("order_pickup/happy_path"), "blocked");
    assert!(ended.stdout.contains("fixtures.postcode"), "{ended}");
}

#[test]
fn the_contracts_and_suites_of_another_domain_have_no_findings() {
    let context = TestContext::new();
    let ended = context.run("capabilities lint --registry SECOND_DOMAIN");
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (0, "0 errors, 0 warnings\n"),
        "{ended}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_test_of_one_domain_makes_with_the_tools_of_another_is_taken_back() {
    let options = Options {
        sandbox: true,
        ..Options::in_memory(Tenants::generated(1))
    };
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let context = TestContext::new();
    let url = server.tenant_url("tenant-0000");
    context.write(
        "providers.yaml",
        &format!("providers:\n  - {{ id: \"bookio:one\", transport: http, url: \"{url}\" }}\n"),
    );
    let run = "run --providers providers.yaml --capability crm.* --test *_booking_* --format json";
    let ended = context.run(run);
    assert_eq!(ended.code, 0, "{ended}");
    assert_eq!(
        ended.outcome("get_customer/next_booking_overwrites_nothing"),
        "pass"
    );
    assert_eq!(ended.json()["leftovers"], json!([]));
    let effects = context
        .run(&format!("tool call sandbox.effects --url {url}"))
        .json();
    let count = |kind: &str| {
        let effects = effects["effects"].as_array().unwrap().iter();
        effects.filter(|effect| effect["kind"] == kind).count()
    };
    assert!(count("booking_confirmed") >= 3, "{effects}");
    assert_eq!(count("booking_cancelled"), count("booking_confirmed"));
    server.stop().await.unwrap();
}
