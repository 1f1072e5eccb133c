//! FavCRM's two shapes, served by the bundled provider and proven through their dialects.

use std::net::{Ipv4Addr, SocketAddr};

use reference_provider::{Options, Server, Tenants};

use super::{failed, manifest, names, run, unproven};
use crate::cli::context::TestContext;

/// The bundled provider with its faces, and a fault or none.
async fn serve(fault: Option<&str>) -> Server {
    let fault = fault.map(|name| (None, name.parse().unwrap()));
    let options = Options {
        sandbox: true,
        faults: fault.into_iter().collect(),
        ..Options::in_memory(Tenants::bundled().unwrap())
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Server::start(options, address).await.unwrap()
}

fn of(server: &Server, dialect: &str, fixtures: &str) -> String {
    let url = format!("{}/{dialect}/mcp", server.tenant_url("salon-aurora"));
    manifest("mcp", &url, dialect, fixtures)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_must_level_test_that_is_no_gap_passes_through_either_shape() {
    for (dialect, fixtures) in [("favcrm", "{}"), ("favcrm-article", "{ zone: Europe/Prague }")] {
        // What the article's walkthrough books stays, for it has no tool that cancels.
        let server = serve(None).await;
        let clears = dialect == "favcrm";
        // A calendar that nobody can clear has slots for a few tests only.
        let narrow = if clears {
            ""
        } else {
            "--capability *.confirm_booking --capability *.create_invoice"
        };
        let ended = run(&TestContext::new(), &of(&server, dialect, fixtures), narrow);
        assert_eq!(failed(&ended), Vec::<String>::new(), "{dialect} {ended}");
        if clears {
            assert!(names(&ended, "pass").len() > 25, "{dialect} {ended}");
            // What an essential test of a claim cannot be asked through the mapping leaves the claim unproven.
            let expected = ["create_service", "list_bookings_for_customer", "list_services"];
            assert_eq!(unproven(&ended), expected, "{dialect} {ended}");
            assert_eq!(ended.code, 4, "{dialect} {ended}");
        }
        let report = ended.json();
        assert_eq!(report["providers"][0]["dialect"]["name"], dialect);
        let results = report["results"].as_array().unwrap();
        let passed = results.iter().filter(|row| row["outcome"] == "pass");
        assert!(
            passed.clone().all(|row| row["layer"] == "provider"),
            "{dialect} {ended}"
        );
        let passed: Vec<_> = names(&ended, "pass");
        for test in [
            "confirm_booking/holds_slot",
            "confirm_booking/happy_path",
            "create_invoice/happy_path",
            "create_invoice/repeats_return_the_invoice",
        ] {
            // The slots of the article's calendar may all be booked by then.
            let may_lack_a_slot = !clears && test == "confirm_booking/holds_slot";
            let has_passed = passed.iter().any(|name| name == test);
            assert!(has_passed || may_lack_a_slot, "{dialect} {test} {ended}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_behind_a_dialect_is_caught() {
    for (fault, test) in [
        ("double_books", "create_booking/rejects_taken_slot"),
        ("races_double_book", "create_booking/one_winner"),
        ("confirm_does_nothing", "confirm_booking/happy_path"),
        ("invoice_per_call", "create_invoice/repeats_return_the_invoice"),
    ] {
        let server = serve(Some(fault)).await;
        let manifest = of(&server, "favcrm", "{}");
        let ended = run(&TestContext::new(), &manifest, &format!("--test {test}"));
        assert_eq!(failed(&ended), [test], "{ended}");
    }
}
