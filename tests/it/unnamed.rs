//! What calls made whose answers did not name it: it is found and taken back, so that it neither fills the calendar nor passes for
//! somebody else's.

use std::net::{Ipv4Addr, SocketAddr};

use proofhouse::model::Outcome;
use proofhouse::summary::RunSummary;
use reference_provider::{Fault, Options, Server, Tenants};

use crate::support::proving::{Entry, message, name, prove_only};

/// A shop that is open on two days of a week.
const SHOP: &str = "tenants:
  - slug: shop
    name: Shop
    timezone: Pacific/Honolulu
    currency: USD
    slot_step_minutes: 30
    horizon_days: 60
    hours: { tuesday: [\"12:00-20:00\"], friday: [\"12:00-20:00\"] }
    services:
      - { id: hour, name: The hour, price: \"95.50\", duration_minutes: 60 }
      - { id: half, name: The half, duration_minutes: 30 }
";

/// Proves both versions of `create_booking` at a shop with a fault.
async fn prove_both(fault: Fault) -> RunSummary {
    let mut options = Options::in_memory(Tenants::parse(SHOP, "shop.yaml").unwrap());
    options.sandbox = true;
    options.faults = vec![(Some("shop".to_owned()), fault)];
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::start(options, address).await.unwrap();
    let url = server.tenant_url("shop");
    let entries = [
        Entry::new("small:shop", url.clone()).claiming(&["create_booking"]),
        Entry::new("small:shop", format!("{url}/v0.2.0")).claiming(&["create_booking@0.2.0"]),
    ];
    prove_only(&entries, &["create_booking/*"]).await
}

/// Each version has a must-level failure of its own, nothing stays, and nobody else is suspected.
fn assert_broken_and_tidy(summary: &RunSummary, fault: Fault) {
    for version in ["0.1.0", "0.2.0"] {
        let of_version = summary
            .results
            .iter()
            .filter(|result| result.version.to_string() == version);
        let essential = of_version.filter(|result| result.test.as_str() == "happy_path");
        let outcomes: Vec<_> = essential.map(|result| result.outcome).collect();
        assert_eq!(outcomes, [Outcome::Fail], "{fault} at v{version}");
    }
    let others = summary.results.iter().filter(|result| {
        message(result).contains("somebody else") || message(result).contains("too few free slots")
    });
    let others: Vec<_> = others.map(|result| (name(result), message(result))).collect();
    assert_eq!(others, [], "{fault}");
    assert_eq!(summary.leftovers, [], "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_whose_answers_were_no_answers_are_found_and_taken_back() {
    let summary = prove_both(Fault::FailsAfterBooking).await;
    assert_broken_and_tidy(&summary, Fault::FailsAfterBooking);
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_whose_answers_have_no_id_are_found_and_taken_back() {
    let summary = prove_both(Fault::OkWithoutBookingId).await;
    assert_broken_and_tidy(&summary, Fault::OkWithoutBookingId);
}
