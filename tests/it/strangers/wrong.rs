//! Providers that are wrong in one way: the test that is about it fails, and says what is wrong.

use std::fmt::Write as _;

use chrono::Weekday;
use proofhouse::model::{Outcome, TestResult};

use crate::support::proving::{Entry, ended, message, name, prove};
use crate::support::stranger::{Listing, Offered, Stranger, Ways, Wrong};

/// What is wrong, the test that must fail, and what its message must say.
type Row = (Wrong, &'static str, &'static str);

const BOOKING: &[Row] = &[
    (
        Wrong::OkWithError,
        "create_booking/happy_path",
        "create_booking answered `ok: true` together with error \"slot_taken\"",
    ),
    (
        Wrong::NoCode,
        "create_booking/rejects_past_time",
        "create_booking refused without an error code",
    ),
    (
        Wrong::UnknownServiceIs500,
        "create_booking/rejects_unknown_service",
        "create_booking answered with status 500 and an HTML page, after it was sent a service that the provider does not offer",
    ),
    (
        Wrong::UnknownServiceIsHtml,
        "create_booking/rejects_unknown_service",
        "create_booking answered with status 400 and an HTML page, after it was sent a service that the provider does not offer",
    ),
    (
        Wrong::UnknownServiceIsHtml404,
        "create_booking/rejects_unknown_service",
        "the provider answered 404 for this tool, after it was sent ",
    ),
    (
        Wrong::UnknownServiceHangsUp,
        "create_booking/rejects_unknown_service",
        "create_booking closed the connection before the answer was complete",
    ),
    (
        Wrong::UnknownServiceIsInvalidInput,
        "create_booking/rejects_unknown_service",
        "refused a service that the provider does not offer with `invalid_input`, expected `invalid_service`",
    ),
    (
        Wrong::PastIsSlotTaken,
        "create_booking/rejects_past_time",
        "with `slot_taken`, expected `past_time`",
    ),
    (
        Wrong::PastByDate,
        "create_booking/rejects_past_time",
        "create_booking accepted a start ",
    ),
    (
        Wrong::EndsBeforeItStarts,
        "create_booking/happy_path",
        "`end_at` is not the start plus the service's declared duration of 60 minutes",
    ),
    (
        Wrong::NewIdOnRepeat,
        "create_booking/idempotency_window",
        "the same booking again within 60 seconds returned another `booking_id`",
    ),
    (
        Wrong::RepeatIsTaken,
        "create_booking/idempotency_window",
        "create_booking refused the same booking again at once with `slot_taken`",
    ),
    (
        Wrong::EverythingIsTaken,
        "create_booking/happy_path",
        "create_booking refused a slot that check_availability lists as free with `slot_taken`",
    ),
    (
        Wrong::TakenIsBooked,
        "create_booking/rejects_taken_slot",
        "create_booking accepted a slot that another customer has just booked, expected `slot_taken`",
    ),
    (
        Wrong::OffersTheTaken,
        "create_booking/rejects_taken_slot",
        "the slot that is taken is offered as an alternative to itself",
    ),
    (
        Wrong::NoAlternatives,
        "create_booking/rejects_taken_slot",
        "`slot_taken` came without `available_alternatives`",
    ),
    (
        Wrong::OtherService,
        "create_booking/happy_path",
        "the booking names another service than the one that was asked for",
    ),
    (
        Wrong::OtherCustomer,
        "create_booking/happy_path",
        "the booking names another customer than the one that was sent",
    ),
    (
        Wrong::OtherStart,
        "create_booking/happy_path",
        "the booking starts at another instant than the one that was asked for",
    ),
    (
        Wrong::Unconfirmed,
        "create_booking/happy_path",
        "the booking is not confirmed",
    ),
    (
        Wrong::NoId,
        "create_booking/happy_path",
        "the booking has no `booking_id`",
    ),
    (
        Wrong::IdIsANumber,
        "create_booking/happy_path",
        "`booking_id`: expected a string, found 17",
    ),
    (
        Wrong::OkIsText,
        "list_services/happy_path",
        "`ok`: expected a boolean, found \"true\"",
    ),
    (
        Wrong::Nulls,
        "list_services/happy_path",
        "`error`: expected a string, found null",
    ),
];

const READING_AND_CANCELLING: &[Row] = &[
    (
        Wrong::CancelsUnknown,
        "cancel_booking/rejects_unknown_booking",
        "cancel_booking accepted a booking that does not exist, expected `unknown_booking`",
    ),
    (
        Wrong::NeverFrees,
        "cancel_booking/frees_slot",
        "after its booking was cancelled, the slot is not listed as available",
    ),
    (
        Wrong::ForgetsCancelled,
        "cancel_booking/is_idempotent",
        "cancelling a cancelled booking",
    ),
    (
        Wrong::FreesOther,
        "cancel_booking/happy_path",
        "`freed_slot` is another slot than the one that was booked",
    ),
    (
        Wrong::Unordered,
        "check_availability/chronological_order",
        "are not in chronological order",
    ),
    (
        Wrong::LongSlots,
        "check_availability/happy_path",
        "a slot is not as long as the service's declared duration of 60 minutes",
    ),
    (
        Wrong::Zoneless,
        "check_availability/happy_path",
        "`slots[0].start_at`: expected a date and time",
    ),
    (
        Wrong::StaleSlots,
        "check_availability/hides_booked_slot",
        "a slot that is booked is listed as available",
    ),
    (
        Wrong::BareList,
        "check_availability/happy_path",
        "check_availability answered with a JSON array instead of a JSON object with `ok`",
    ),
    (
        Wrong::BegunSlots,
        "check_availability/happy_path",
        "a slot that has already started is listed",
    ),
    (
        Wrong::UnknownServiceHasNoSlots,
        "check_availability/rejects_unknown_service",
        "check_availability accepted a service that the provider does not offer, expected `invalid_service`",
    ),
    (
        Wrong::MinutesAreText,
        "list_services/happy_path",
        "`services[0].duration_minutes`: expected a number, found \"60\"",
    ),
    (
        Wrong::ForgetsServices,
        "list_services/happy_path",
        "list_services succeeded without `services`",
    ),
    (
        Wrong::EmptyServiceId,
        "list_services/happy_path",
        "a service has an empty `id`",
    ),
    (
        Wrong::NewServiceIds,
        "list_services/stable_ids",
        "listing the services again gave other ids",
    ),
    (
        Wrong::TakesAnyField,
        "list_services/rejects_invalid_input",
        "list_services accepted a field that the input schema does not know",
    ),
    (
        Wrong::ListsEverybody,
        "list_bookings_for_customer/happy_path",
        "a customer with one booking has ",
    ),
    (
        Wrong::EmailCase,
        "list_bookings_for_customer/matches_email_case",
        "a booking is not listed when the customer's email is written in capitals",
    ),
    (
        Wrong::OtherStatus,
        "list_bookings_for_customer/happy_path",
        "a booking that was just made is not listed as confirmed",
    ),
    (
        Wrong::AnyEmail,
        "list_bookings_for_customer/rejects_invalid_email",
        "list_bookings_for_customer accepted an email without an @",
    ),
];

/// What shows only where there are several services and a grid finer than they are long.
const DEEPER: &[Row] = &[
    (
        Wrong::BlocksOwnServiceOnly,
        "create_booking/blocks_other_services",
        " of another service",
    ),
    (
        Wrong::BlocksSameStartOnly,
        "create_booking/blocks_overlapping_starts",
        "create_booking accepted a slot that begins inside a booking and ends after it, expected `slot_taken`",
    ),
    (
        Wrong::RefusesTouching,
        "create_booking/books_adjacent_slot",
        "create_booking refused a slot that touches a booking and is listed as available with `slot_taken`",
    ),
    (
        Wrong::RemembersRefusals,
        "create_booking/refusal_is_not_remembered",
        "create_booking refused a slot that has become free with `slot_taken`",
    ),
    (
        Wrong::BooksWhatItRefuses,
        "create_booking/happy_path",
        "create_booking refused a slot that check_availability lists as free with `slot_taken`",
    ),
    (
        Wrong::BooksOverRefused,
        "create_booking/rejects_taken_slot",
        "a customer who was refused with `slot_taken` has a booking all the same",
    ),
    (
        Wrong::KeepsRefused,
        "create_booking/refusals_write_nothing",
        "a customer whose requests were all refused has 1 bookings",
    ),
    (
        Wrong::NamesTheHolder,
        "create_booking/rejects_taken_slot",
        "the refusal tells another customer the `booking_id`",
    ),
    (
        Wrong::ShortAlternatives,
        "create_booking/alternatives_can_be_booked",
        "an alternative is not as long as the slot that was asked for",
    ),
    (
        Wrong::BlindAlternatives,
        "create_booking/alternatives_can_be_booked",
        "an alternative overlaps the slot that is taken",
    ),
    (
        Wrong::AlwaysAnHour,
        "create_booking/end_follows_each_service",
        "`end_at` is not the start plus the service's declared duration of 90 minutes",
    ),
    (
        Wrong::NotesInKey,
        "create_booking/repeat_with_other_details",
        "the same booking again within 60 seconds, with other notes, is refused with `slot_taken`",
    ),
    (
        Wrong::KeyWithoutStart,
        "create_booking/another_start_is_no_repeat",
        "a booking at another start returned the `booking_id` of the first",
    ),
    (
        Wrong::KeyWithoutService,
        "create_booking/another_service_is_no_repeat",
        "another service at the same start returned the `booking_id` of the first booking",
    ),
    (
        Wrong::SpellingInKey,
        "create_booking/repeat_in_another_spelling",
        "is refused with `slot_taken`",
    ),
    (
        Wrong::DropsOffset,
        "create_booking/same_instant_in_other_spellings",
        "a start with the offset +02:00",
    ),
    (
        Wrong::RefusesSoon,
        "create_booking/books_the_soonest_slot",
        "create_booking refused the soonest slot that check_availability lists as available with `slot_taken`",
    ),
    (
        Wrong::SecondCancelFrees,
        "cancel_booking/second_cancel_frees_nothing",
        "cancelling a cancelled booking again freed a slot that somebody else has booked since",
    ),
    (
        Wrong::CancelsAll,
        "cancel_booking/keeps_other_bookings",
        "cancelling one booking of a customer freed the slot of another",
    ),
    (
        Wrong::FreesListOnly,
        "cancel_booking/freed_slot_can_be_booked",
        "create_booking refused the slot of a cancelled booking with `slot_taken`",
    ),
    (
        Wrong::ListsByPrefix,
        "list_bookings_for_customer/matches_whole_email",
        "a customer whose email only begins with the one that was asked for",
    ),
    (
        Wrong::UnknownCustomerIsInvalid,
        "list_bookings_for_customer/unknown_customer_has_none",
        "refused a valid email of a customer who has never booked with `invalid_email`",
    ),
];

fn minutes(id: &'static str, minutes: i64) -> Offered {
    Offered {
        id,
        title: "By the minute",
        minutes,
    }
}

async fn check(rows: &[Row], grid: i64, services: &[Offered]) {
    let strangers: Vec<_> = rows
        .iter()
        .map(|(wrong, ..)| {
            Stranger::open(Ways {
                // Always open, so that some slot of today has begun.
                days: (0..7).map(|day| Weekday::try_from(day).unwrap()).collect(),
                hours: (0, 24 * 60),
                grid,
                services: services.to_vec(),
                listing: Listing::Loose,
                ..Ways::wrong(*wrong)
            })
        })
        .collect();
    let id = |wrong: Wrong| format!("stranger:{}", format!("{wrong:?}").to_lowercase());
    let entries: Vec<_> = rows
        .iter()
        .zip(&strangers)
        .map(|((wrong, ..), stranger)| Entry::new(id(*wrong), stranger.url()).listing_itself())
        .collect();
    let summary = prove(&entries).await;
    let (mut missed, mut table) = (Vec::new(), String::new());
    for (wrong, test, says) in rows {
        let failed = ended(&summary, &id(*wrong), Outcome::Fail);
        let _ = writeln!(table, "{wrong:?}");
        for result in &failed {
            let _ = writeln!(table, "    {:<50} {}", name(result), message(result));
        }
        let told = |result: &&&TestResult| name(result) == *test && message(result).contains(says);
        if failed.iter().find(told).is_none() {
            let provider = id(*wrong);
            let of_test = summary
                .results
                .iter()
                .filter(|result| result.provider.as_str() == provider && name(result) == *test);
            let ended: Vec<_> = of_test.map(|result| (result.outcome, message(result))).collect();
            missed.push(format!(
                "{wrong:?}: {test} does not say {says:?}, it ended with {ended:?}"
            ));
        }
    }
    assert!(missed.is_empty(), "{table}\n{missed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_books_wrongly_is_told_what_is_wrong() {
    check(BOOKING, 60, &[minutes("60", 60)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_lists_or_cancels_wrongly_is_told_what_is_wrong() {
    check(READING_AND_CANCELLING, 60, &[minutes("60", 60)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_wrong_over_several_calls_is_told_what_is_wrong() {
    check(DEEPER, 30, &[minutes("60", 60), minutes("90", 90)]).await;
}
