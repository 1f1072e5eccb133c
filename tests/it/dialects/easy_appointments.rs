//! Easy!Appointments, through `dialects/easyappointments.yaml`.

use proofhouse::model::Outcome;

use crate::cli::context::TestContext;

use super::outcomes::{OF_BOTH_VERSIONS, V0_2_0, names};
use crate::support::proving::{Entry, TAKES_CHANCE, TOKEN_VARIABLE, prove, prove_only};
use crate::support::stand_ins::EasyAppointments;
use crate::support::stand_ins::easy_appointments::Ways;

const ID: &str = "easy:office";

/// Tests that it fails even where it looks at its calendar.
const ALWAYS: [&str; 2] = [
    // It answers 30 February with an empty day.
    "check_availability/rejects_impossible_dates",
    // Its notes have no limit.
    "create_booking/keeps_long_notes",
];

/// Tests that it fails because it looks at no calendar.
const BLIND: [&str; 12] = [
    "check_availability/hides_booked_slot",
    "create_booking/another_customer_is_no_repeat",
    "create_booking/blocks_other_services",
    "create_booking/blocks_overlapping_starts",
    "create_booking/books_each_service_and_weekday",
    "create_booking/one_winner",
    "create_booking/one_winner_of_overlapping_starts",
    "create_booking/one_winner_of_two_services",
    "create_booking/refusal_is_not_remembered",
    "create_booking/refusals_write_nothing",
    "create_booking/rejects_past_time",
    "create_booking/rejects_unlisted_start",
];

/// The entry of an office in a manifest. A stand-in takes any number of requests, so they need no spacing.
fn entry(office: &EasyAppointments) -> Entry {
    Entry::new(ID, office.base())
        .with("dialect: easyappointments")
        .with(&format!("auth: {{ bearer_env: {TOKEN_VARIABLE} }}"))
        .with("max_per_second: 10000")
}

/// Returns true if a test can always ask what it is about.
fn is_certain(test: &str) -> bool {
    !TAKES_CHANCE.contains(&format!("booking.{test}").as_str())
}

fn looking_at_its_calendar() -> Ways {
    Ways {
        checks_availability: true,
        needs_end: true,
        ..Ways::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_that_looks_at_its_calendar_passes_all_but_what_it_never_minds() {
    let office = EasyAppointments::open(looking_at_its_calendar());
    let summary = prove(&[entry(&office)]).await;
    assert_eq!(names(&summary, ID, Outcome::Fail), ALWAYS);
    for outcome in [Outcome::Error, Outcome::Blocked] {
        assert_eq!(names(&summary, ID, outcome), Vec::<String>::new(), "{outcome:?}");
    }
    let passed = names(&summary, ID, Outcome::Pass);
    for test in BLIND
        .into_iter()
        .filter(|test| is_certain(test))
        // It ends with an input that no dialect carries.
        .filter(|test| *test != "create_booking/refusals_write_nothing")
        .chain([
            "list_services/happy_path",
            "check_availability/happy_path",
            "check_availability/rejects_unknown_service",
            "create_booking/happy_path",
            "create_booking/rejects_unknown_service",
            "create_booking/repeat_after_cancel",
            "cancel_booking/frees_slot",
            "cancel_booking/rejects_unknown_booking",
            "list_bookings_for_customer/unknown_customer_has_none",
        ])
    {
        assert!(
            passed.iter().any(|name| name == test),
            "{test} is not among {passed:?}"
        );
    }
    assert_eq!(
        office.counts(),
        (0, 0),
        "appointments and customers that were left"
    );
}

#[test]
fn a_name_of_one_word_is_booked_and_comes_back() {
    let office = EasyAppointments::open(Ways {
        needs_end: true,
        ..Ways::default()
    });
    let context = TestContext::new();
    context.write(
        "providers.yaml",
        &format!(
            "providers:\n  - id: {ID}\n    transport: http\n    url: {}\n    dialect: easyappointments\n    auth: {{ bearer_env: TOKEN }}\n",
            office.base()
        ),
    );
    for (at, name) in ["Ada", "Ada Byron", "Ada-", "Ada 0", "0 Ada", "Ada - "]
        .iter()
        .enumerate()
    {
        let input = serde_json::json!({
            "service_id": "1", "start_at": format!("2031-03-0{}T10:00:00Z", at + 1),
            "customer": { "name": name, "email": format!("ada{at}@example.com") },
        });
        let arguments = "tool call create_booking --providers providers.yaml --provider easy:office";
        let mut command = context.command(arguments);
        command
            .arg(input.to_string())
            .env("TOKEN", crate::support::stand_ins::easy_appointments::TOKEN);
        let ended = context.finish(arguments, &mut command);
        assert_eq!(ended.code, 0, "{name} {ended}");
        assert_eq!(ended.json()["customer"]["name"], *name, "{ended}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_years_of_use_leave_behind_is_left_out_and_said() {
    let office = EasyAppointments::open(Ways {
        has_remains: true,
        ..looking_at_its_calendar()
    });
    let tests = [
        "create_booking/happy_path",
        "list_bookings_for_customer/chronological_order",
    ];
    let summary = prove_only(&[entry(&office)], &tests).await;
    for outcome in [Outcome::Fail, Outcome::Error, Outcome::Blocked] {
        assert_eq!(names(&summary, ID, outcome), Vec::<String>::new(), "{outcome:?}");
    }
    assert_eq!(names(&summary, ID, Outcome::Pass), ["create_booking/happy_path"]);
    let said = summary.results.iter().flat_map(|result| &result.notes);
    assert!(
        said.clone()
            .any(|note| note.starts_with("left out: 4 appointments")),
        "{:?}",
        said.collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_as_it_comes_is_caught_wherever_it_should_have_looked() {
    let office = EasyAppointments::open(Ways::default());
    let summary = prove(&[entry(&office)]).await;
    let failed = names(&summary, ID, Outcome::Fail);
    let wrong: Vec<&str> = ALWAYS.into_iter().chain(BLIND).collect();
    for test in wrong.iter().filter(|test| is_certain(test)) {
        assert!(
            failed.iter().any(|name| name == test),
            "{test} is not among {failed:?}"
        );
    }
    for test in &failed {
        assert!(wrong.contains(&test.as_str()), "{test} failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_providers_the_calendar_of_one_is_proven() {
    let office = EasyAppointments::open(Ways {
        providers: 2,
        ..looking_at_its_calendar()
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
    for more in ["fixtures: {}", "fixtures: { provider: 3 }"] {
        let summary = prove_only(&[entry(&office).with(more)], &tests).await;
        assert_eq!(names(&summary, ID, Outcome::Fail), Vec::<String>::new(), "{more}");
    }
    let summary = prove_only(&[entry(&office)], &tests).await;
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
    let office = EasyAppointments::open(looking_at_its_calendar());
    let summary = prove_only(&[entry(&office).claiming(&V0_2_0)], &OF_BOTH_VERSIONS).await;
    assert_eq!(names(&summary, ID, Outcome::Fail), Vec::<String>::new());
    let passed = names(&summary, ID, Outcome::Pass);
    for test in ["create_booking/happy_path", "create_booking/answers_in_full"] {
        assert!(
            passed.iter().any(|name| name == test),
            "{test} is not among {passed:?}"
        );
    }
}
