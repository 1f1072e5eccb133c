//! Which tests a fault fails.

use reference_provider::Fault;

/// What becomes of a fault.
pub(super) enum Kill {
    /// These tests fail, and no others.
    By(&'static [&'static str]),
    /// This test fails, and others may that happen to come upon it.
    AtLeastBy(&'static str),
    /// No test that exists can see it, for this reason.
    NotYet(&'static str),
}

/// The tests that a fault fails, among those that there are.
pub(super) fn kills(fault: Fault) -> Kill {
    match fault {
        Fault::AcceptsPast => Kill::By(&["create_booking/rejects_past_time"]),
        Fault::AcceptsUnknownService => Kill::By(&["create_booking/rejects_unknown_service"]),
        Fault::NoIdempotency | Fault::NewIdOnReplay | Fault::SlotTakenOnReplay => {
            Kill::By(&["create_booking/idempotency_window"])
        }
        Fault::ReplayKeyIgnoresEmail | Fault::DoubleBooks => Kill::By(&[
            "check_availability/hides_booked_slot",
            "create_booking/rejects_taken_slot",
        ]),
        Fault::ReplayKeyIgnoresStart => Kill::By(&["list_bookings_for_customer/chronological_order"]),
        Fault::NoAlternatives | Fault::AlternativesTaken | Fault::AlternativesFar => {
            Kill::By(&["create_booking/rejects_taken_slot"])
        }
        Fault::WrongEndAt | Fault::EscapesNames | Fault::AnswersUnconfirmed => {
            Kill::By(&["create_booking/happy_path"])
        }
        Fault::ShiftedStart => Kill::By(&[
            "create_booking/happy_path",
            "create_booking/idempotency_window",
            "list_bookings_for_customer/chronological_order",
        ]),
        Fault::FailsAfterBooking | Fault::OkWithoutBookingId | Fault::RelativeCancellationUrl => Kill::By(&[
            "create_booking/happy_path",
            "create_booking/idempotency_window",
            "create_booking/set_up",
            "list_bookings_for_customer/chronological_order",
        ]),
        Fault::AcceptsUnknownKeys => Kill::By(&["list_services/rejects_unknown_field"]),
        Fault::ErrorWithoutCode => Kill::By(&[
            "cancel_booking/rejects_unknown_booking",
            "check_availability/hides_booked_slot",
            "check_availability/rejects_unknown_service",
            "create_booking/rejects_past_time",
            "create_booking/rejects_taken_slot",
            "create_booking/rejects_unknown_service",
            "list_bookings_for_customer/rejects_invalid_email",
        ]),
        Fault::RefusesWith500 => Kill::By(&[
            "cancel_booking/rejects_unknown_booking",
            "check_availability/hides_booked_slot",
            "check_availability/rejects_unknown_service",
            "create_booking/rejects_past_time",
            "create_booking/rejects_taken_slot",
            "create_booking/rejects_unknown_service",
            "list_bookings_for_customer/rejects_invalid_email",
            "list_services/rejects_unknown_field",
        ]),
        // Whoever is given the slot that is none is refused.
        Fault::LastSlotOverruns => Kill::AtLeastBy("create_booking/happy_path"),
        Fault::ForgetsToFree => Kill::By(&["cancel_booking/frees_slot"]),
        Fault::CancelUnknownOk => Kill::By(&["cancel_booking/rejects_unknown_booking"]),
        Fault::SecondCancelFails => Kill::By(&["cancel_booking/is_idempotent"]),
        Fault::WrongFreedSlot => Kill::By(&["cancel_booking/happy_path"]),
        Fault::UnorderedSlots => Kill::By(&["check_availability/chronological_order"]),
        Fault::ListsTakenSlots => Kill::By(&["check_availability/hides_booked_slot"]),
        Fault::ListsPastSlots | Fault::SlotsOfUtcDay => Kill::By(&["check_availability/happy_path"]),
        Fault::ZonelessTimes => Kill::By(&["check_availability/happy_path", "check_availability/set_up"]),
        Fault::UnknownServiceEmptyList => Kill::By(&["check_availability/rejects_unknown_service"]),
        Fault::UnstableServiceIds => Kill::By(&[
            "list_bookings_for_customer/happy_path",
            "list_services/stable_ids",
        ]),
        Fault::ListCaseSensitive => Kill::By(&["list_bookings_for_customer/matches_email_case"]),
        // Whoever lists while others have bookings sees too many.
        Fault::ListIgnoresEmail => Kill::AtLeastBy("list_bookings_for_customer/happy_path"),
        Fault::ListMissesBookings => Kill::By(&[
            "create_booking/idempotency_window",
            "list_bookings_for_customer/chronological_order",
            "list_bookings_for_customer/happy_path",
            "list_bookings_for_customer/matches_email_case",
        ]),
        Fault::ListIgnoresStatus | Fault::ListHidesCancelled => {
            Kill::By(&["list_bookings_for_customer/happy_path"])
        }
        Fault::ListIgnoresLimit => Kill::By(&["list_bookings_for_customer/chronological_order"]),
        Fault::AcceptsStartNow => {
            Kill::NotYet("it shows at one instant only, so it takes a clock that stands still")
        }
        Fault::WindowTooShort | Fault::WindowNeverEnds => {
            Kill::NotYet("it takes a minute of waiting, or a clock that can be set")
        }
        Fault::ListsPastByDefault => {
            Kill::NotYet("no test can have a booking that has passed without a clock that can be set")
        }
        Fault::ReplayKeyCaseSensitive | Fault::ReplayRewritesCustomer | Fault::ReplaysCancelled => {
            Kill::NotYet("what a repeat is and returns here is a ruling, for a should-level test of its own")
        }
        Fault::AlternativesFarthestFirst | Fault::ListOldestFirst => {
            Kill::NotYet("this order is a ruling, for a should-level test of its own")
        }
        Fault::AcceptsLongNotes | Fault::BooksDespiteError => {
            Kill::NotYet("the limit of notes is a ruling, for a should-level test of its own")
        }
        Fault::ReplayKeyIgnoresService | Fault::OverlapPerService => {
            Kill::NotYet("it takes two services on one calendar, for a test of its own")
        }
        Fault::ReplayCrossesTenants | Fault::CancelsAcrossTenants => {
            Kill::NotYet("it takes a second provider of the platform, which no test can name")
        }
        Fault::RacesDoubleBook => Kill::NotYet("it takes calls at one time, for a test of its own"),
        Fault::OverlapComparesStart | Fault::RefusesBackToBack => {
            Kill::NotYet("it takes overlapping or adjacent slots, for a test of its own")
        }
        Fault::AcceptsOffGrid
        | Fault::IgnoresOffset
        | Fault::AcceptsZonelessStart
        | Fault::AcceptsBadEmail => {
            Kill::NotYet("no test of create_booking sends such an input, for tests of their own")
        }
        Fault::RollsImpossibleDates => {
            Kill::NotYet("no test of check_availability sends such a date, for a test of its own")
        }
        Fault::SequentialBookingIds => Kill::NotYet("the contract does not say that an id cannot be guessed"),
        Fault::SlotsIgnoreDst => {
            Kill::NotYet("no tool tells the opening hours, so the slots cannot be compared with them")
        }
    }
}
