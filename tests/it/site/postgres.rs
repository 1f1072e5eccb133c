//! The site over a store in PostgreSQL.

use proofhouse::app::{History, StorePlace, copy_store};
use proofhouse::web;

use super::seed::Seed;
use super::{addresses, text};
use crate::support::postgres::server;

#[tokio::test]
async fn the_pages_over_a_database_are_those_over_a_file() {
    let Some(server) = server() else { return };
    let seed = Seed::new();
    let run = seed.add_mixed_run();
    let place = StorePlace::of_address(&server.url(&server.bare_database())).unwrap();
    copy_store(&StorePlace::of_folder(seed.folder()), &place)
        .await
        .unwrap();
    let state = web::State {
        history: History::open_at(&place).unwrap(),
        ..seed.state.clone()
    };
    let site = web::router(state);
    let booking = "/api/v1/capabilities/booking.create_booking@0.1.0";
    let mut paths = addresses(&seed);
    paths.extend([
        format!("/runs/{run}"),
        format!("/api/v1/runs/{run}"),
        format!("{booking}/results?outcome=fail&limit=3"),
        format!("{booking}/results?provider=bookio:first&limit=50"),
        "/capabilities/booking.create_booking?history=all".to_owned(),
        "/capabilities/booking.create_booking?history=all&test=happy_path&outcome=pass".to_owned(),
        "/api/v1/gate?provider=bookio:first&capability=booking.create_booking".to_owned(),
    ]);
    for path in paths {
        assert_eq!(text(&site, &path).await, text(&seed.site, &path).await, "{path}");
    }
}
