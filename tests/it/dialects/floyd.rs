//! floyd-run/engine, through `dialects/floyd.yaml`.

use chrono::TimeDelta;
use proofhouse::model::Outcome;

use super::outcomes::{OF_BOTH_VERSIONS, V0_2_0, names};
use super::{failed, manifest, run};
use crate::cli::context::TestContext;
use crate::support::proving::{Entry, prove, prove_only};
use crate::support::stand_ins::Floyd;
use crate::support::stand_ins::floyd::Ways;

const ID: &str = "floyd:ledger";

/// The entry of a ledger in a manifest.
fn entry(floyd: &Floyd) -> Entry {
    Entry::new(ID, floyd.url())
        .with("dialect: floyd")
        .with(&format!("fixtures: {{ ledger: {} }}", floyd.ledger()))
}

/// A ledger that refuses what is past, and says so whatever else is wrong with it.
fn minding_the_past() -> Ways {
    Ways {
        lead_time: Some(TimeDelta::zero()),
        lead_time_first: true,
        ..Ways::default()
    }
}

#[test]
fn the_binary_proves_a_ledger_by_a_manifest() {
    let floyd = Floyd::open(minding_the_past());
    let ledger = format!("{{ ledger: {} }}", floyd.ledger());
    let manifest = manifest("http", &floyd.url(), "floyd", &ledger);
    let ended = run(&TestContext::new(), &manifest, "");
    assert_eq!(failed(&ended), Vec::<String>::new());
    let passed = super::names(&ended, "pass");
    assert!(
        passed.contains(&"create_booking/one_winner".to_owned()),
        "{passed:?}"
    );
    // An input that breaks the schema of these two has no request at the ledger, so their essential refusal is a gap.
    assert_eq!(
        super::unproven(&ended),
        ["list_bookings_for_customer", "list_services"],
        "{ended}"
    );
    assert_eq!(ended.code, 4, "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_minds_the_past_passes_every_test_that_is_no_gap() {
    let floyd = Floyd::open(minding_the_past());
    let summary = prove(&[entry(&floyd)]).await;
    for outcome in [Outcome::Fail, Outcome::Error, Outcome::Blocked] {
        assert_eq!(names(&summary, ID, outcome), Vec::<String>::new(), "{outcome:?}");
    }
    let passed = names(&summary, ID, Outcome::Pass);
    for test in [
        "list_services/happy_path",
        "check_availability/hides_booked_slot",
        "check_availability/rejects_unknown_service",
        "create_booking/happy_path",
        "create_booking/idempotency_window",
        "create_booking/one_booking_for_parallel_repeats",
        "create_booking/one_winner",
        "create_booking/rejects_past_time",
        "create_booking/rejects_unknown_service",
        "create_booking/repeat_after_cancel",
        "cancel_booking/frees_slot",
        "cancel_booking/is_idempotent",
        "cancel_booking/rejects_unknown_booking",
        "list_bookings_for_customer/happy_path",
    ] {
        assert!(
            passed.iter().any(|name| name == test),
            "{test} is not among {passed:?}"
        );
    }
    assert_eq!(floyd.standing(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_ledger_does_with_the_past_shows_through_the_mapping() {
    let late = [
        "create_booking/refusals_write_nothing",
        "create_booking/rejects_past_time",
    ];
    for ways in [
        Ways::default(),
        Ways {
            lead_time: Some(TimeDelta::zero()),
            ..Ways::default()
        },
    ] {
        let floyd = Floyd::open(ways.clone());
        let summary = prove_only(
            &[entry(&floyd)],
            &["*/refusals_write_nothing", "*/rejects_past_time"],
        )
        .await;
        assert_eq!(names(&summary, ID, Outcome::Fail), late, "{ways:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_double_books_is_caught_behind_the_mapping() {
    let floyd = Floyd::open(Ways {
        double_books: true,
        ..minding_the_past()
    });
    let tests = ["*/one_winner", "*/hides_booked_slot"];
    let summary = prove_only(&[entry(&floyd)], &tests).await;
    let failed = names(&summary, ID, Outcome::Fail);
    assert_eq!(
        failed,
        [
            "check_availability/hides_booked_slot",
            "create_booking/one_winner"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_resources_the_calendar_of_one_is_proven() {
    let floyd = Floyd::open(Ways {
        resources: 2,
        ..minding_the_past()
    });
    let tests = [
        "*/happy_path",
        "*/lists_each_slot_once",
        "*/chronological_order",
        "*/frees_slot",
        "*/hides_booked_slot",
        "*/one_winner",
        "*/blocks_other_services",
    ];
    let summary = prove_only(&[entry(&floyd)], &tests).await;
    assert_eq!(names(&summary, ID, Outcome::Fail), Vec::<String>::new());
    let passed = names(&summary, ID, Outcome::Pass);
    assert!(
        passed.contains(&"create_booking/happy_path".to_owned()),
        "{passed:?}"
    );
    assert!(
        passed.contains(&"check_availability/lists_each_slot_once".to_owned()),
        "{passed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_version_is_mapped_by_the_same_file() {
    let floyd = Floyd::open(minding_the_past());
    let summary = prove_only(&[entry(&floyd).claiming(&V0_2_0)], &OF_BOTH_VERSIONS).await;
    assert_eq!(names(&summary, ID, Outcome::Fail), Vec::<String>::new());
    let passed = names(&summary, ID, Outcome::Pass);
    for test in [
        "create_booking/happy_path",
        "create_booking/answers_in_full",
        "cancel_booking/answers_in_full",
    ] {
        assert!(
            passed.iter().any(|name| name == test),
            "{test} is not among {passed:?}"
        );
    }
}
