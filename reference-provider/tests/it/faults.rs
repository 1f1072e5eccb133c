//! Every fault changes what it says and nothing else: a set of probes is answered with and without it, and only the
//! probes that are named for the fault may differ.

use std::collections::BTreeSet;
use std::sync::Arc;

use reference_provider::Fault;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::probes::{Answers, observe};
use crate::service_probes;
use crate::support::{TestProvider, booking, read};

/// How many faults are observed at one time.
const AT_ONE_TIME: usize = 4;
const TEN: &str = "2027-03-02T09:00:00Z";
const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// The probes that need a customer who is known.
const OF_CUSTOMERS: &[&str] = &[
    "customer",
    "customer_in_capitals",
    "customer_after_a_repeat",
    "customer_of_two_names",
    "missing_phone",
    "history_with_a_cancelled_booking",
    "count_with_a_cancelled_booking",
    "latest_booking",
    "first_and_last_booking",
    "listings_of_one_person",
    "race_of_a_new_customer",
    "tags_in_the_list",
    "customers_in_order",
    "pages_of_customers",
    "customers_with_a_tag",
    "customers_by_query",
    "tags",
    "tags_after_removing",
    "tags_of_two_calls",
    "tag_added_twice",
    "missing_tag_removed",
    "tag_in_capitals",
    "race_of_tags",
    "contradicting_tags",
    "many_tags",
];

/// The probes in which a fault shows.
fn shows_in(fault: Fault) -> &'static [&'static str] {
    match fault {
        Fault::AcceptsPast => &["past", "start_now", "earlier_today"],
        Fault::PastByDate => &["start_now", "earlier_today"],
        Fault::PastInServerZone => &["soon", "start_soon", "rest_of_a_booking_in_progress"],
        Fault::PastBookingUnblocks => &["rest_of_a_booking_in_progress"],
        Fault::WindowRolls => &["repeat_after_a_repeat"],
        Fault::ReplayNotifiesAgain => &["confirmations_of_a_repeat"],
        Fault::ConfirmationNeverSent => &[
            "confirmations",
            "confirmations_of_a_repeat",
            "notices_of_a_cancellation",
        ],
        Fault::CancelsNotifyTwice => &["notices_of_a_cancellation"],
        Fault::NoReminder | Fault::ReminderTwice => &["reminders"],
        Fault::ReminderAfterCancel => &["reminders_of_a_cancelled_booking"],
        Fault::EffectsOfEveryBooking => &["effects_of_an_unknown_booking"],
        Fault::ListsSlotInProgress => &["slot_in_progress"],
        Fault::AcceptsStartNow => &["start_now"],
        Fault::AcceptsUnknownService => &["unknown_service", "unknown_service_in_the_past"],
        Fault::NoIdempotency => &[
            "repeat",
            "repeat_late",
            "repeat_in_other_case",
            "repeat_with_other_name",
            "repeat_after_the_window",
            "repeat_after_a_repeat",
            "confirmations_of_a_repeat",
            "other_service_of_the_same_customer",
            "race_of_repeats",
        ],
        Fault::NewIdOnReplay => &["repeat", "repeat_late", "repeat_in_other_case", "race_of_repeats"],
        Fault::SlotTakenOnReplay => &[
            "repeat",
            "repeat_late",
            "repeat_in_other_case",
            "repeat_with_other_name",
            "race_of_repeats",
        ],
        Fault::ReplayKeyIgnoresService => &["other_service_of_the_same_customer"],
        Fault::ReplayKeyIgnoresStart => &["other_start", "pages"],
        Fault::ReplayCrossesTenants => &["other_tenant"],
        Fault::ReplayRewritesCustomer => &["repeat_with_other_name"],
        Fault::WindowTooShort => &["repeat_late"],
        Fault::ReplayKeyIgnoresEmail => &[
            "taken_slot",
            "race",
            "class",
            "reschedule",
            "same_name_at_another_host",
        ],
        Fault::ReplayKeyCaseSensitive => &["repeat_in_other_case"],
        Fault::ReplaysCancelled => &["repeat_after_cancel"],
        Fault::WindowNeverEnds => &["repeat_after_the_window", "repeat_after_a_repeat"],
        Fault::DoubleBooks => &[
            "taken_slot",
            "race",
            "half_overlap",
            "other_service_overlap",
            "other_service_of_the_same_customer",
            "repeat_after_the_window",
            "repeat_after_a_repeat",
            "rest_of_a_booking_in_progress",
            "pending_slot",
            "reschedule",
            "customer_who_was_refused",
            "booking_of_a_retired",
            "buffer_after",
            "buffer_before",
            "class",
            "race_of_overlaps",
            "race_of_services",
            "around_a_booking",
            "within_a_booking",
        ],
        Fault::RacesDoubleBook => &["race", "race_of_overlaps", "race_of_services"],
        Fault::RacesOverlap => &["race_of_overlaps", "race_of_services"],
        Fault::RacesServices => &["race_of_services"],
        Fault::LastWriterWins => &["race", "class", "race_of_overlaps", "race_of_services"],
        Fault::BooksAroundBookings => &["around_a_booking"],
        Fault::BooksWithinBookings => &["within_a_booking", "rest_of_a_booking_in_progress"],
        Fault::ReplayKeyIgnoresHost => &["same_name_at_another_host"],
        Fault::PastBeforeToday => &["past"],
        Fault::AcceptsDateAlone => &["date_as_a_start"],
        Fault::RefusesLongNotes => &["wide_notes"],
        // Shows only to a caller who hangs up, or who asks twice at one time, which no probe does.
        Fault::LostAnswerIsForgotten
        | Fault::LostCancelIsRefused
        | Fault::TwinCancelIsRefused
        | Fault::LostConfirmIsRefused
        | Fault::TwinConfirmIsRefused
        | Fault::LostAttendanceIsRefused
        | Fault::TwinAttendanceIsRefused
        | Fault::LostRescheduleIsRefused
        | Fault::TwinRescheduleIsRefused
        | Fault::LostServiceIsRefused
        | Fault::TwinServiceIsRefused
        | Fault::LostRetireIsRefused
        | Fault::TwinRetireIsRefused
        | Fault::LostInvoiceIsRefused
        | Fault::LostTagsIsRefused
        | Fault::TwinTagsIsRefused => &[],
        Fault::ParallelRepeatsMakeTwo => &["race_of_repeats"],
        Fault::ListCrossesTenants => &["list_from_elsewhere"],
        Fault::OverlapComparesStart => &[
            "race_of_overlaps",
            "race_of_services",
            "around_a_booking",
            "within_a_booking",
            "half_overlap",
            "rest_of_a_booking_in_progress",
            "buffer_after",
            "buffer_before",
        ],
        Fault::OverlapPerService => &[
            "race_of_services",
            "around_a_booking",
            "within_a_booking",
            "other_service_overlap",
            "other_service_of_the_same_customer",
            "rest_of_a_booking_in_progress",
            "pending_slot",
            "booking_of_a_retired",
        ],
        Fault::RefusesBackToBack => &["back_to_back", "listed_service"],
        Fault::AcceptsOffGrid => &["off_grid", "alternatives", "lead_time", "own_horizon"],
        Fault::NoAlternatives
        | Fault::AlternativesTaken
        | Fault::AlternativesFar
        | Fault::AlternativesEmpty
        | Fault::AlternativesPast
        | Fault::AlternativesOfOtherLength
        | Fault::AlternativesFarthestFirst => &["alternatives"],
        Fault::WrongEndAt | Fault::ShiftedStart => &["book", "book_half"],
        Fault::SixtyMinutesForAll => &["book_half"],
        Fault::AnswersUnconfirmed | Fault::OkWithoutBookingId | Fault::WrongServiceEcho => &["book"],
        Fault::WrongEmailEcho => &["book", "name"],
        Fault::RelativeCancellationUrl | Fault::ExtraOutputFields => &["book"],
        Fault::CachesRefusals => &["freed_after_a_refusal"],
        Fault::RebookAfterCancelFails => &["repeat_after_cancel"],
        Fault::HiddenNotice => &["soon", "start_soon"],
        Fault::IgnoresOffset => &["offset"],
        Fault::SequentialBookingIds => &["id_length"],
        Fault::AcceptsUnknownKeys => &["unknown_keys", "unknown_top_key", "end_from_caller"],
        Fault::HonoursEnd => &["end_from_caller"],
        Fault::AcceptsUnknownCustomerKeys => &["unknown_keys"],
        Fault::AcceptsEmptyName => &["empty_name"],
        Fault::CoercesTypes => &["number_as_text"],
        Fault::AcceptsNullFields => &["null_notes"],
        Fault::InvalidInputIs500 => &["malformed_status"],
        Fault::RefusesShortNames => &["short_name"],
        Fault::RefusesEmptyNotes => &["empty_notes"],
        Fault::CountsNotesInBytes => &["wide_notes"],
        Fault::RefusesEmptyReason => &["empty_reason"],
        Fault::RefusesHighestLimit => &["highest_limit"],
        Fault::ImpossibleDateIs500 => &["impossible_date_status"],
        Fault::AcceptsLongNotes | Fault::BooksDespiteError => &["long_notes"],
        Fault::AcceptsZonelessStart => &["zoneless_start"],
        Fault::AcceptsBadEmail => &["bad_email"],
        Fault::EscapesNames => &["name"],
        Fault::UnknownServiceIs500 => &["refusal_status"],
        Fault::RefusesWith500 => &["refusal_status", "malformed_status", "impossible_date_status"],
        // Told by its answers, and by a test of its own, because it breaks every probe that books.
        Fault::ErrorWithoutCode | Fault::FailsAfterBooking => &[],
        Fault::SlotsIgnoreDst => &["summer_slots"],
        Fault::SlotsOfUtcDay => &["western_slots"],
        Fault::ListsPastByDefault => &["list_default"],
        Fault::ForgetsToFree => &[
            "slot_after_cancel",
            "repeat_after_cancel",
            "freed_after_a_refusal",
        ],
        Fault::FreesListingOnly => &["repeat_after_cancel", "freed_after_a_refusal", "second_cancel"],
        Fault::CancelDoesNothing => &[
            "slot_after_cancel",
            "repeat_after_cancel",
            "freed_after_a_refusal",
            "list_confirmed",
            "list_cancelled",
            "get_cancelled",
            "twice_cancelled",
            "notices_of_a_cancellation",
            "confirm_cancelled",
            "attendance_of_cancelled",
            "reschedule_cancelled",
            "cancel_over",
            "history",
            "calendar_confirmed",
            "history_with_a_cancelled_booking",
            "reminders_of_a_cancelled_booking",
            "invoice_after_cancel",
            "read_cancelled_invoice",
        ],
        Fault::CancelsAllOfTheCustomer => &["list_confirmed"],
        Fault::CancelsTheDay => &["list_confirmed", "calendar_confirmed"],
        Fault::SecondCancelRevives => &["twice_cancelled"],
        Fault::CancelIgnoresTheRest => &["cancel_longer_id"],
        Fault::ReasonBeyondAsciiIs500 => &["foreign_reason"],
        Fault::EchoesFirstService => &["echo_of_a_service", "slots"],
        Fault::ListTakesPatterns => &["list_of_a_pattern"],
        Fault::ListTakesOneStatus => &["list_of_two_statuses"],
        Fault::ListNamesFirstService => &["listed_service"],
        Fault::ListSwapsTwo => &["list"],
        Fault::SecondCancelFreesAgain => &["second_cancel"],
        Fault::CancelUnknownOk => &["cancel_unknown", "cancel_from_elsewhere", "cancel_longer_id"],
        Fault::SecondCancelFails => &["cancel_twice"],
        Fault::CancelsAcrossTenants => &["cancel_from_elsewhere"],
        Fault::WrongFreedSlot | Fault::UnknownRefundStatus => &["cancel"],
        Fault::UnorderedSlots | Fault::ZonelessTimes | Fault::LastSlotOverruns => &["slots"],
        Fault::DuplicateSlots | Fault::SlotsWithoutEnd => &["slots"],
        Fault::ReadsHoldSlots => &["slots_twice", "slots_read_often"],
        Fault::ReadsUseUpSlots => &["slots_read_often"],
        Fault::ListsTakenSlots | Fault::BookedSlotShift | Fault::StaleReads => {
            &["slots_with_a_booking", "second_cancel", "confirmation"]
        }
        Fault::ListsPastSlots => &["past_slots", "slot_in_progress"],
        Fault::RollsImpossibleDates => &["impossible_date"],
        Fault::UnknownServiceEmptyList => &["slots_of_unknown_service"],
        Fault::UnstableServiceIds => &["services_twice", "services"],
        Fault::ServicesWithoutDuration => &["services"],
        Fault::ListCaseSensitive => &["list_in_other_case"],
        Fault::ListIgnoresEmail => &["list_of_another", "list_of_a_prefix", "list_of_a_pattern"],
        Fault::ListMatchesPrefix => &["list_of_a_prefix"],
        Fault::ListRefusesUnknown => &[
            "list_of_a_pattern",
            "list_of_another",
            "list_of_a_prefix",
            "list_default",
            "list_from_elsewhere",
            "highest_limit",
        ],
        Fault::ListMissesBookings => &[
            "list",
            "list_fields",
            "pages",
            "list_of_two_statuses",
            "listed_service",
        ],
        Fault::ListWithoutStatus => &["list_fields"],
        Fault::ListOldestFirst => &["list"],
        Fault::ListIgnoresStatus => &["list_confirmed"],
        Fault::ListIgnoresLimit | Fault::ListLimitOffByOne => &["list_one", "pages"],
        Fault::ListHidesCancelled => &["list_cancelled", "list_of_two_statuses"],
        Fault::PagesOverlap | Fault::PagesLoseOne | Fault::CursorNeverEnds => &["pages"],
        Fault::GetBookingIgnoresCancel => &["get_cancelled", "twice_cancelled"],
        Fault::GetBookingCrossesTenants => &["get_from_elsewhere"],
        Fault::GetBookingForgetsHistory | Fault::GetBookingHistoryLatestFirst => &["history"],
        Fault::GetBookingWithoutPrice => &["price_of_a_booking"],
        Fault::ConfirmDoesNothing => &["confirm", "confirm_again", "history"],
        Fault::ConfirmRevivesCancelled => &["confirm_cancelled"],
        Fault::SecondConfirmFails | Fault::SecondConfirmNotifies => &["confirm_again"],
        Fault::ConfirmIsSilent => &["confirm", "confirm_again"],
        Fault::PendingIsAnnounced => &["pending"],
        Fault::PendingHoldsNothing => &["pending_slot", "confirmation"],
        Fault::ConfirmsAcrossTenants => &["confirm_from_elsewhere"],
        Fault::ConfirmUnknownOk => &["confirm_unknown", "confirm_from_elsewhere"],
        Fault::AttendanceAnyTime => &["attendance_early"],
        Fault::AttendanceOverwrites => &["attendance_changed"],
        Fault::AttendanceSwaps => &["attendance"],
        Fault::AttendanceDoesNothing => &["attendance", "attendance_changed", "cancel_over"],
        Fault::SecondAttendanceFails => &["attendance_again"],
        Fault::AttendanceOfCancelled => &["attendance_of_cancelled"],
        Fault::AttendanceOfPending => &["attendance_of_pending"],
        Fault::AttendanceAcrossTenants => &["attendance_from_elsewhere"],
        Fault::CancelsTheOver => &["cancel_over"],
        Fault::RescheduleDoesNothing => &["reschedule", "reschedules_at_once"],
        Fault::RescheduleKeepsOldSlot | Fault::RescheduleNewId => &["reschedule"],
        Fault::RescheduleConfirms => &["reschedule_pending"],
        Fault::RescheduleDoubleBooks => &["reschedule_to_taken", "reschedules_at_once"],
        Fault::RescheduleRaces => &["reschedules_at_once"],
        Fault::RescheduleWithoutAlternatives | Fault::RescheduleLosesOnRefusal => &["reschedule_to_taken"],
        Fault::RescheduleOffGrid => &["reschedule_off_grid"],
        Fault::RescheduleToThePast => &["reschedule_to_the_past"],
        Fault::RescheduleRefusesOverlap => &["reschedule_over_itself"],
        Fault::RescheduleAgainRefused => &["reschedule_to_where_it_is"],
        Fault::RescheduleRevivesCancelled => &["reschedule_cancelled"],
        Fault::RescheduleAcrossTenants => &["reschedule_from_elsewhere"],
        Fault::CalendarCrossesTenants => &["calendar_from_elsewhere"],
        Fault::CalendarLatestFirst => &["calendar_in_order", "calendar_pages"],
        Fault::CalendarIgnoresFrom => &["calendar_stretch", "calendar_confirmed"],
        Fault::CalendarIncludesTo => &["calendar_stretch"],
        Fault::CalendarIgnoresStatus => &["calendar_confirmed"],
        Fault::CalendarHidesCancelled => &["calendar_in_order", "calendar_stretch"],
        Fault::CalendarLimitOffByOne | Fault::CalendarNeverEnds => &["calendar_pages"],
        Fault::CalendarPagesLoseOne | Fault::CalendarPagesOverlap => &["calendar_pages"],
        Fault::CalendarShowsOnce => &["calendar_twice"],
        Fault::BookingsKeepNoCustomer => OF_CUSTOMERS,
        Fault::RefusedBookingsKeepCustomers => &["customer_who_was_refused"],
        Fault::ReadsKeepCustomers => &["stranger"],
        Fault::UnknownCustomerIsInvalidEmail => {
            &["stranger", "customer_from_elsewhere", "customer_who_was_refused"]
        }
        Fault::EmailCaseMakesTwo => &["customer_in_capitals"],
        Fault::ReplayOverwritesPhone => &["customer_after_a_repeat"],
        Fault::NextBookingRenamesCustomer => &["customer_of_two_names"],
        Fault::MissingPhoneStaysMissing => &["missing_phone"],
        Fault::HistoryLosesCancelled => &["history_with_a_cancelled_booking"],
        Fault::HistoryOldestFirst | Fault::HistoryIgnoresLimit => &["latest_booking"],
        Fault::CountsStandingOnly => &["count_with_a_cancelled_booking"],
        Fault::FirstAndLastSwapped => &["first_and_last_booking"],
        Fault::CustomersCrossTenants => &["customer_from_elsewhere"],
        Fault::CustomerPerBooking => &[
            "listings_of_one_person",
            "race_of_a_new_customer",
            "missing_phone",
        ],
        Fault::ParallelBookingsMakeTwoCustomers => &["race_of_a_new_customer"],
        Fault::ListedWithoutTags => &["tags_in_the_list"],
        Fault::CustomersOldestFirst => &["customers_in_order"],
        Fault::CustomersLimitOffByOne | Fault::ListSkipsOne | Fault::CustomerPagesOverlap => {
            &["pages_of_customers"]
        }
        Fault::CustomersIgnoreTag => &["customers_with_a_tag"],
        Fault::CustomersIgnoreQuery | Fault::QueryFindsBeginnings => &["customers_by_query"],
        Fault::ListedCustomersCrossTenants => &["customers_from_elsewhere"],
        Fault::TagLost => &["tags", "many_tags"],
        Fault::TagsNotRemoved => &["tags_after_removing"],
        Fault::TagsReplaceAll => &["tags_of_two_calls", "race_of_tags", "many_tags"],
        Fault::TagsDuplicate => &["tag_added_twice"],
        Fault::RemovingNothingFails => &["missing_tag_removed"],
        Fault::TagsCaseSensitive => &["tag_in_capitals"],
        Fault::TagsAnsweredOnly => &[
            "tags_in_the_list",
            "customers_with_a_tag",
            "tags_of_two_calls",
            "race_of_tags",
            "many_tags",
        ],
        Fault::ParallelTagsAreLost => &["race_of_tags"],
        Fault::TagsHalfDone => &["contradicting_tags"],
        Fault::TagsWithoutLimit => &["many_tags"],
        Fault::TaggingKeepsStrangers => &["tagged_stranger", "tagged_from_elsewhere"],
        Fault::TagsCrossTenants => &["tagged_from_elsewhere"],
        Fault::ServiceCheckedAfterTime => &["unknown_service_in_the_past"],
        Fault::InvoicePerCall => &["invoices_of_repeats", "invoices_of_a_race"],
        Fault::ParallelInvoicesMakeTwo => &["invoices_of_a_race"],
        Fault::RepeatRenewsInvoice => &["invoices_of_repeats"],
        Fault::AmountAsFloat
        | Fault::InvoiceOneCentOff
        | Fault::InvoiceInMinorUnits
        | Fault::WrongCurrency
        | Fault::LinesDoNotAddUp
        | Fault::DueBeforeIssue => &["invoice"],
        Fault::InvoicesUnpriced => &["invoice_of_nothing"],
        Fault::InvoiceOfCancelled => &["invoice_after_cancel"],
        Fault::InvoicesCrossTenants => &["invoice_from_elsewhere"],
        Fault::NumberGap | Fault::DuplicateNumbers => &["invoice_numbers"],
        Fault::CancelKeepsInvoice => &["read_cancelled_invoice"],
        Fault::GetInvoiceCrossesTenants => &["read_from_elsewhere"],
        Fault::GetInvoiceInMinorUnits | Fault::GetInvoiceOfAnother => &["read_invoice"],
        Fault::ReadingPays => &["read_invoice_twice"],
        Fault::UnknownInvoiceOk => &["read_unknown_invoice", "read_from_elsewhere"],
        Fault::NeverOverdue => &["read_late"],
        _ => service_probes::shows_in(fault),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_fault_changes_exactly_what_it_says() {
    let sound = Arc::new(observe(None).await);
    // A fault that shows in a race has to run while it is raced against, so few are at work at one time.
    let turns = Arc::new(Semaphore::new(AT_ONE_TIME));
    let mut checks = JoinSet::new();
    for fault in Fault::ALL
        .iter()
        .copied()
        .filter(|fault| !matches!(fault, Fault::FailsAfterBooking | Fault::LostAnswerIsForgotten))
    {
        let (sound, turns) = (Arc::clone(&sound), Arc::clone(&turns));
        checks.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            compare(fault, &sound, &observe(Some(fault)).await)
        });
    }
    let wrong: Vec<String> = checks.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns true for a fault that only a caller sees who hangs up, or who asks twice at one time.
fn takes_two_calls(fault: Fault) -> bool {
    ["lost_", "twin_"]
        .iter()
        .any(|start| fault.name().starts_with(start))
}

/// What is wrong with the probes that the fault shows in, if anything.
fn compare(fault: Fault, sound: &Answers, seen: &Answers) -> Option<String> {
    let differing: BTreeSet<&str> = sound
        .keys()
        .filter(|probe| sound[*probe] != seen[*probe])
        .copied()
        .collect();
    let expected: BTreeSet<&str> = if fault == Fault::ErrorWithoutCode {
        sound
            .iter()
            .filter(|(_, answer)| answer["error"].is_string())
            .map(|(probe, _)| *probe)
            .collect()
    } else {
        shows_in(fault).iter().copied().collect()
    };
    if expected.is_empty() && !takes_two_calls(fault) {
        return Some(format!("{fault} is expected to show nowhere"));
    }
    let wrong: Vec<_> = differing.symmetric_difference(&expected).collect();
    let answers: Vec<_> = wrong
        .iter()
        .map(|probe| (&sound[**probe], &seen[**probe]))
        .collect();
    (!wrong.is_empty()).then(|| format!("{fault} shows otherwise than expected in {wrong:?}: {answers:?}"))
}

#[tokio::test]
async fn a_provider_that_fails_after_booking_has_booked() {
    let desk = TestProvider::faulty(&[Fault::FailsAfterBooking]);
    let input = booking("hour", TEN, ADA).to_string();
    let (status, answer) = read(desk.send("POST", "/p/shop/tools/create_booking", input).await).await;
    assert_eq!((status, answer), (500, json!({ "error": "internal" })));
    assert_eq!(desk.list(ADA).await["bookings"][0]["start_at"], TEN);
    assert_eq!(desk.book("hour", TEN, EVE).await["error"], "slot_taken");
}

#[tokio::test]
async fn a_fault_of_one_tenant_leaves_the_others_alone() {
    let desk = TestProvider::faulty_at("shop", Fault::AcceptsPast);
    let input = booking("hour", "2020-01-01T00:00:00Z", ADA);
    assert_eq!(
        desk.call_at("shop", "create_booking", input.clone()).await.1["ok"],
        true
    );
    assert_eq!(
        desk.call_at("other-shop", "create_booking", input).await.1["error"],
        "past_time"
    );
}
