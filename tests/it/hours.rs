//! The suites hold whatever the hour: around midnight, at the turn of a year, and where the clocks change.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use proofhouse::model::Outcome;
use reference_provider::{Clock, Options, Server, Tenants};

use crate::support::proving::{Entry, ended, message, name, prove};

/// A clock that goes on from another moment.
struct Elsewhen(TimeDelta);

impl Elsewhen {
    fn from(start: &str) -> Self {
        let start: DateTime<Utc> = start.parse().unwrap();
        Self(start - Utc::now())
    }
}

impl Clock for Elsewhen {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.0
    }
}

/// Each is a moment at which some tenant is close to an edge of its day, its year or its offset.
const MOMENTS: [&str; 8] = [
    "2027-02-28T23:59:30Z",
    "2027-03-13T08:30:00Z",
    "2027-03-27T22:10:00Z",
    "2027-03-28T00:58:00Z",
    "2027-04-03T12:20:00Z",
    "2027-10-30T23:40:00Z",
    "2027-11-06T17:05:00Z",
    "2027-12-31T11:45:00Z",
];

/// One tenant of each zone and each make of opening hours.
const TENANTS: [&str; 4] = [
    "aurora-hair-brooklyn",
    "dental-vinohrady",
    "ink-quarter-portland",
    "verde-wellness-austin",
];

#[tokio::test(flavor = "multi_thread")]
async fn tenants_pass_whatever_the_hour() {
    let mut wrong = Vec::new();
    for moment in MOMENTS {
        let mut options = Options::in_memory(Tenants::bundled().unwrap());
        options.clock = Arc::new(Elsewhen::from(moment));
        let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await
            .unwrap();
        let entries: Vec<_> = server
            .tenants()
            .iter()
            .filter(|tenant| TENANTS.contains(&tenant.slug.as_str()))
            .map(|tenant| Entry::new(format!("bookio:{}", tenant.slug), server.tenant_url(&tenant.slug)))
            .collect();
        assert_eq!(entries.len(), TENANTS.len());
        let summary = prove(&entries).await;
        for provider in &summary.providers {
            let id = provider.id.as_str();
            for outcome in [Outcome::Fail, Outcome::Error, Outcome::Blocked] {
                let rows = ended(&summary, id, outcome);
                wrong.extend(
                    rows.iter()
                        .map(|row| format!("{moment} {id} {outcome}: {}: {}", name(row), message(row))),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
