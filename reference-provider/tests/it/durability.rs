//! What is on disk: bookings outlive the provider, old files are read, newer and foreign ones refused.

use std::path::Path;
use std::sync::Arc;

use reference_provider::{Error, Options, Provider, Storage, StoreError, Tenants};
use rusqlite::Connection;
use serde_json::json;

use crate::support::TestProvider;

const TEN: &str = "2027-03-02T09:00:00Z";

/// Why a data folder is refused.
fn refused(folder: &Path) -> Error {
    let storage = Storage::Folder(folder.to_owned());
    match Provider::open(Options {
        storage,
        ..Options::in_memory(Tenants::generated(1))
    }) {
        Ok(_) => panic!("the folder was accepted"),
        Err(error) => error,
    }
}

fn database(folder: &Path, script: &str) {
    Connection::open(folder.join("bookings.sqlite3"))
        .unwrap()
        .execute_batch(script)
        .unwrap();
}

#[tokio::test]
async fn a_booking_is_still_there_after_the_folder_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("made/on/demand");
    let desk = TestProvider::on_disk(data.clone());
    let id = desk.booked("hour", TEN, "ada@example.com").await;
    drop(desk);

    let desk = TestProvider::on_disk(data);
    assert_eq!(
        desk.book("hour", TEN, "eve@example.com").await["error"],
        "slot_taken"
    );
    assert_eq!(
        desk.booked("hour", TEN, "ada@example.com").await,
        id,
        "the window outlives a restart"
    );
    assert_eq!(desk.cancel(&id).await["cancelled"], true);
}

#[tokio::test]
async fn an_answered_booking_is_in_the_file_while_the_provider_still_runs() {
    let folder = tempfile::tempdir().unwrap();
    let desk = TestProvider::on_disk(folder.path().to_owned());
    let id = desk.booked("hour", TEN, "ada@example.com").await;
    // What a crash would leave: the files as they are now, without the writer closing them.
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let revived = TestProvider::on_disk(copy.path().to_owned());
    assert_eq!(
        revived.list("ada@example.com").await["bookings"][0]["booking_id"],
        id
    );
}

#[tokio::test]
async fn a_file_of_format_1_is_read() {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path(), include_str!("../fixtures/bookings-v1.sql"));
    let desk = TestProvider::on_disk(folder.path().to_owned());
    let listed = desk.list("ADA@example.com").await;
    let bookings = listed["bookings"].as_array().unwrap();
    assert_eq!(bookings.len(), 2);
    assert_eq!(
        (&bookings[0]["status"], &bookings[1]["status"]),
        (&"cancelled".into(), &"confirmed".into())
    );
    assert_eq!(bookings[1]["start_at"], TEN);
    assert_eq!(
        desk.book("half", TEN, "eve@example.com").await["error"],
        "slot_taken"
    );
    // What it lacks is added: a message has a place to go.
    let id = bookings[1]["booking_id"].as_str().unwrap().to_owned();
    assert_eq!(desk.cancel(&id).await["ok"], true);
    let sent = desk.call("effects", json!({ "booking_id": id })).await;
    assert_eq!(sent["effects"][0]["kind"], "booking_cancelled");
}

#[tokio::test]
async fn a_file_of_format_2_is_read_with_what_its_bookings_went_through() {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path(), include_str!("../fixtures/bookings-v2.sql"));
    let desk = TestProvider::on_disk(folder.path().to_owned());
    let cancelled = json!({ "booking_id": "bk_1f4c5a1e8f0b4d6c9a7e3b2d1c0f9e8d" });
    let found = desk.call("get_booking", cancelled.clone()).await;
    assert_eq!(found["status"], "cancelled");
    assert_eq!(
        found["status_history"],
        json!([
            { "to": "confirmed", "at": "2027-03-01T05:46:40Z" },
            { "from": "confirmed", "to": "cancelled", "at": "2027-03-01T06:03:20Z" },
        ])
    );
    let sent = desk.call("effects", cancelled).await;
    assert_eq!(sent["effects"].as_array().unwrap().len(), 2);
    let standing =
        json!({ "booking_id": "bk_0f4c5a1e8f0b4d6c9a7e3b2d1c0f9e8d", "start_at": "2027-03-02T13:00:00Z" });
    let moved = desk.call("reschedule_booking", standing).await;
    assert_eq!(
        (&moved["ok"], &moved["status"]),
        (&true.into(), &"confirmed".into())
    );
    assert_eq!(desk.book("half", TEN, "eve@example.com").await["ok"], true);
}

#[tokio::test]
async fn what_a_file_of_format_2_has_sent_is_listed_and_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let effects = concat!(
        include_str!("../fixtures/bookings-v1.sql"),
        include_str!("../../src/store/effects.sql"),
        "INSERT INTO effect SELECT seq, tenant, id, 'booking_confirmed', customer_email, created_ms FROM booking;
         PRAGMA user_version = 2;"
    );
    database(folder.path(), effects);
    let desk = TestProvider::on_disk(folder.path().to_owned());
    let confirmed = desk.call("effects", json!({})).await["effects"].clone();
    assert_eq!(confirmed.as_array().unwrap().len(), 2);
    assert_eq!(confirmed[0]["kind"], "booking_confirmed");
    drop(desk);
    let kept = Connection::open(folder.path().join("bookings.sqlite3")).unwrap();
    let waiting: i64 = kept
        .query_row("SELECT count(*) FROM outbox WHERE done_ms IS NULL", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn a_file_of_format_5_is_read_with_its_invoices_and_what_was_paid_of_them() {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path(), include_str!("../fixtures/bookings-v5.sql"));
    let desk = TestProvider::on_disk(folder.path().to_owned());
    // The fourth was cancelled before it was paid, the fifth paid in part, the sixth refused by the gateway.
    for (number, booking, expected, refund) in [
        (1, "bk_0825934244b840a593f717526927f070", "overdue", "none"),
        (2, "bk_eee5e2b64bfa4d2087c39928e53448b5", "paid", "refunded"),
        (3, "bk_17740fa221a84b9e984309d4ba954d43", "cancelled", "refunded"),
        (4, "bk_739c87d2f0aa4f2c8430447083ed3f82", "cancelled", "none"),
        (5, "bk_55b0d9a174984e03b7c7ab589ae89b32", "overdue", "refunded"),
        (6, "bk_fabae82c19cb48dfa829a4273dc9db5c", "paid", "denied"),
    ] {
        let invoice = json!({ "invoice_number": format!("SHOP-0000{number}") });
        let status = async || desk.call("get_invoice", invoice.clone()).await["status"].clone();
        assert_eq!(status().await, expected, "{number}");
        assert_eq!(desk.cancel(booking).await["refund_status"], refund, "{number}");
        let after = if refund == "denied" { "paid" } else { "cancelled" };
        assert_eq!(status().await, after, "{number}");
    }
}

#[test]
fn a_file_of_a_later_format_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let later = format!(
        "{} PRAGMA user_version = 7;",
        include_str!("../fixtures/bookings-v1.sql")
    );
    database(folder.path(), &later);
    let error = refused(folder.path());
    assert!(
        matches!(
            error,
            Error::Store(StoreError::Newer {
                found: 7,
                known: 6,
                ..
            })
        ),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("bookings.sqlite3 has format 7, and this version reads up to 6")
    );
}

#[test]
fn a_database_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path(), "CREATE TABLE cat (name TEXT);");
    assert!(matches!(
        refused(folder.path()),
        Error::Store(StoreError::Foreign { .. })
    ));

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("bookings.sqlite3"),
        "not a database at all, only some text",
    )
    .unwrap();
    assert!(matches!(
        refused(folder.path()),
        Error::Store(StoreError::Open { .. })
    ));
}

#[test]
fn a_folder_that_cannot_be_made_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = refused(&file.path().join("data"));
    assert!(
        error.to_string().starts_with("cannot use the data folder "),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tenants_share_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::Folder(folder.path().to_owned());
    let options = Options {
        storage,
        ..Options::in_memory(Tenants::generated(1000))
    };
    let provider = Arc::new(Provider::open(options).unwrap());
    assert_eq!(provider.tenants().len(), 1000);
    assert_eq!(provider.tenants()[999].slug, "tenant-0999");
}
