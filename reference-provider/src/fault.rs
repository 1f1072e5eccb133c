//! Switches that make the provider wrong in one way each, to prove that a suite can fail.

use std::fmt;
use std::str::FromStr;

/// A name that no fault has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFault {
    /// The name that was given.
    pub name: String,
}

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no fault is named {:?}", self.name)?;
        let close = Fault::ALL
            .iter()
            .map(|fault| (strsim::damerau_levenshtein(fault.name(), &self.name), fault))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, _)| *distance <= 4);
        if let Some((_, fault)) = close {
            write!(f, "; did you mean {}?", fault.name())?;
        }
        f.write_str(" the faults are ")?;
        for (at, fault) in Fault::ALL.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, fault.name())?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFault {}

/// A rule of a contract that a fault breaks. The provider knows no contracts but its own, so whoever has them checks the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenRule {
    /// The tool.
    pub tool: &'static str,
    /// The id of an invariant, a promise or a ruling of its contract; `input-schema` or `output-schema`.
    pub rule: &'static str,
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tool, self.rule)
    }
}

macro_rules! faults {
    ($($variant:ident, $name:literal, $does:literal, breaks $tool:literal, $rule:literal;)+) => {
        /// One way of being wrong. Each changes one behaviour and leaves the rest alone.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $(
                #[doc = concat!($does, ". Breaks `", $tool, "/", $rule, "`.")]
                $variant,
            )+
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The behaviour of the provider when the fault is switched on.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $does),+ }
            }

            /// The rule that it breaks. A fault of several tools names the one where it shows best.
            pub fn breaks(self) -> BrokenRule {
                match self { $(Self::$variant => BrokenRule { tool: $tool, rule: $rule }),+ }
            }
        }
    };
}

faults! {
    AcceptsPast, "accepts_past", "books a start that has passed",
        breaks "create_booking", "future-start";
    AcceptsStartNow, "accepts_start_now", "books a start that is this very instant",
        breaks "create_booking", "future-start";
    UnknownServiceIs500, "unknown_service_is500", "answers a service that is not offered with status 500",
        breaks "create_booking", "known-service";
    AcceptsUnknownService, "accepts_unknown_service", "books a service that is not offered",
        breaks "create_booking", "known-service";
    NoIdempotency, "no_idempotency", "makes a second booking of a repeated request",
        breaks "create_booking", "idempotency-window";
    NewIdOnReplay, "new_id_on_replay", "gives the booking a new id when the request is repeated",
        breaks "create_booking", "idempotency-window";
    SlotTakenOnReplay, "slot_taken_on_replay", "answers a repeated request with slot_taken",
        breaks "create_booking", "idempotency-window";
    ReplayKeyIgnoresEmail, "replay_key_ignores_email", "takes another customer's request for the slot for a repeat",
        breaks "create_booking", "slot-taken";
    ReplayKeyIgnoresHost, "replay_key_ignores_host", "tells customers apart by what stands before the @ of their address",
        breaks "create_booking", "idempotency-window";
    LostAnswerIsForgotten, "lost_answer_is_forgotten", "remembers a request only if its caller stays for the answer",
        breaks "create_booking", "idempotency-window";
    ReplayKeyCaseSensitive, "replay_key_case_sensitive", "takes the same address in another case for another customer",
        breaks "create_booking", "email-folding";
    ReplayKeyIgnoresService, "replay_key_ignores_service", "takes a request for another service for a repeat",
        breaks "create_booking", "idempotency-window";
    ReplayKeyIgnoresStart, "replay_key_ignores_start", "takes a request for another start for a repeat",
        breaks "create_booking", "idempotency-window";
    ReplayCrossesTenants, "replay_crosses_tenants", "takes a request to another tenant for a repeat",
        breaks "create_booking", "idempotency-window";
    ReplayRewritesCustomer, "replay_rewrites_customer", "overwrites the customer's name when the request is repeated",
        breaks "create_booking", "replay-unchanged";
    ReplaysCancelled, "replays_cancelled", "returns a cancelled booking as confirmed when the request is repeated",
        breaks "create_booking", "cancelled-leaves-window";
    WindowTooShort, "window_too_short", "recognises a repeat for five seconds only",
        breaks "create_booking", "idempotency-window";
    WindowNeverEnds, "window_never_ends", "returns the old booking however late the request is repeated",
        breaks "create_booking", "own-slot";
    WindowRolls, "window_rolls", "counts the window from the last repeat, not from the booking",
        breaks "create_booking", "own-slot";
    PastByDate, "past_by_date", "books a start that has passed, as long as its date is today",
        breaks "create_booking", "future-start";
    PastBeforeToday, "past_before_today", "books a start that has passed, as long as its date is not today",
        breaks "create_booking", "future-start";
    PastInServerZone, "past_in_server_zone", "takes the wall time of UTC+13 for the present, so that the next hours have passed",
        breaks "create_booking", "future-start";
    PastBookingUnblocks, "past_booking_unblocks", "gives the rest of a booking away once it has begun",
        breaks "create_booking", "blocks-calendar";
    ReplayNotifiesAgain, "replay_notifies_again", "sends another confirmation when the request is repeated",
        breaks "create_booking", "confirmation";
    ConfirmationNeverSent, "confirmation_never_sent", "confirms no booking to its customer",
        breaks "create_booking", "confirmation";
    CachesRefusals, "caches_refusals", "answers a request that was refused once as it did then",
        breaks "create_booking", "reserves";
    RebookAfterCancelFails, "rebook_after_cancel_fails", "refuses the slot to a customer who has cancelled there",
        breaks "create_booking", "cancelled-leaves-window";
    DoubleBooks, "double_books", "books a slot that is taken",
        breaks "create_booking", "slot-taken";
    RacesDoubleBook, "races_double_book", "looks first and books later, so that requests at one time all succeed",
        breaks "create_booking", "slot-taken";
    RacesOverlap, "races_overlap", "guards only equal starts against requests at one time",
        breaks "create_booking", "blocks-calendar";
    RacesServices, "races_services", "guards only the slots of one service against requests at one time",
        breaks "create_booking", "blocks-calendar";
    LastWriterWins, "last_writer_wins", "books for everybody who asks for a slot at one time, and keeps the last booking alone",
        breaks "create_booking", "slot-taken";
    ParallelRepeatsMakeTwo, "parallel_repeats_make_two", "looks for a repeat first and books later, so that repeats at one time are all booked",
        breaks "create_booking", "idempotency-window";
    OverlapComparesStart, "overlap_compares_start", "sees a clash only between equal starts",
        breaks "create_booking", "blocks-calendar";
    BooksAroundBookings, "books_around_bookings", "sees no clash with a booking that lies within the slot",
        breaks "create_booking", "blocks-calendar";
    BooksWithinBookings, "books_within_bookings", "sees no clash with a booking within which the slot lies",
        breaks "create_booking", "blocks-calendar";
    OverlapPerService, "overlap_per_service", "sees a clash only between bookings of one service",
        breaks "create_booking", "blocks-calendar";
    RefusesBackToBack, "refuses_back_to_back", "refuses a slot that touches another booking",
        breaks "create_booking", "reserves";
    AcceptsOffGrid, "accepts_off_grid", "books starts outside of opening hours and between slots",
        breaks "create_booking", "slot-taken";
    HiddenNotice, "hidden_notice", "lists slots within the next day and refuses to book them",
        breaks "create_booking", "reserves";
    NoAlternatives, "no_alternatives", "answers slot_taken without alternatives",
        breaks "create_booking", "slot-taken";
    AlternativesTaken, "alternatives_taken", "offers the taken slot itself as the first alternative",
        breaks "create_booking", "slot-taken";
    AlternativesEmpty, "alternatives_empty", "answers slot_taken with an empty list of alternatives",
        breaks "create_booking", "slot-taken";
    AlternativesPast, "alternatives_past", "offers starts that have passed as alternatives",
        breaks "create_booking", "slot-taken";
    AlternativesOfOtherLength, "alternatives_of_other_length", "offers alternatives that last half as long as the service",
        breaks "create_booking", "slot-taken";
    AlternativesFar, "alternatives_far", "offers free slots a week away from the closest ones",
        breaks "create_booking", "slot-taken";
    AlternativesFarthestFirst, "alternatives_farthest_first", "offers the closest free slot last",
        breaks "create_booking", "closest";
    WrongEndAt, "wrong_end_at", "answers an end that is thirty minutes late",
        breaks "create_booking", "derived-end";
    SixtyMinutesForAll, "sixty_minutes_for_all", "answers an end one hour after the start, whatever the service",
        breaks "create_booking", "derived-end";
    ShiftedStart, "shifted_start", "answers a start, and with it the end, one hour late",
        breaks "create_booking", "reserves";
    IgnoresOffset, "ignores_offset", "reads the wall time of a start and drops its offset",
        breaks "create_booking", "start-format";
    AcceptsDateAlone, "accepts_date_alone", "reads a date as nine o'clock on that day",
        breaks "create_booking", "input-schema";
    AcceptsZonelessStart, "accepts_zoneless_start", "reads a start without an offset as UTC",
        breaks "create_booking", "start-format";
    AcceptsBadEmail, "accepts_bad_email", "accepts any text as an address",
        breaks "create_booking", "input-schema";
    EscapesNames, "escapes_names", "answers the customer's name with HTML entities",
        breaks "create_booking", "reserves";
    WrongServiceEcho, "wrong_service_echo", "names another service in the answer",
        breaks "create_booking", "reserves";
    WrongEmailEcho, "wrong_email_echo", "names another address in the answer",
        breaks "create_booking", "reserves";
    AnswersUnconfirmed, "answers_unconfirmed", "answers a success that is not confirmed",
        breaks "create_booking", "confirmed";
    FailsAfterBooking, "fails_after_booking", "books, and then answers status 500",
        breaks "create_booking", "confirmed";
    OkWithoutBookingId, "ok_without_booking_id", "answers a success without a booking id",
        breaks "create_booking", "addressable";
    SequentialBookingIds, "sequential_booking_ids", "counts its booking ids up",
        breaks "create_booking", "addressable";
    RelativeCancellationUrl, "relative_cancellation_url", "answers a cancellation address without scheme and host",
        breaks "create_booking", "output-schema";
    AcceptsUnknownKeys, "accepts_unknown_keys", "accepts keys that the input schema does not name",
        breaks "list_services", "input-schema";
    HonoursEnd, "honours_end", "takes the `end_at` that a caller sends for the end of the booking",
        breaks "create_booking", "input-schema";
    AcceptsUnknownCustomerKeys, "accepts_unknown_customer_keys", "accepts keys of the customer that the input schema does not name",
        breaks "create_booking", "input-schema";
    AcceptsEmptyName, "accepts_empty_name", "accepts a customer whose name is empty",
        breaks "create_booking", "input-schema";
    CoercesTypes, "coerces_types", "takes numbers for texts, and texts for the numbers and truth values that they spell",
        breaks "create_booking", "input-schema";
    AcceptsNullFields, "accepts_null_fields", "takes null for a field that is left out",
        breaks "create_booking", "input-schema";
    InvalidInputIs500, "invalid_input_is_500", "answers an input that breaks the input schema with status 500",
        breaks "create_booking", "input-schema";
    RefusesShortNames, "refuses_short_names", "refuses names of one character",
        breaks "create_booking", "input-schema";
    RefusesEmptyNotes, "refuses_empty_notes", "refuses notes that are empty",
        breaks "create_booking", "input-schema";
    CountsNotesInBytes, "counts_notes_in_bytes", "refuses notes of more than 1000 bytes",
        breaks "create_booking", "notes-limit";
    RefusesLongNotes, "refuses_long_notes", "refuses notes of more than 255 characters",
        breaks "create_booking", "notes-limit";
    AcceptsLongNotes, "accepts_long_notes", "accepts notes of any length",
        breaks "create_booking", "notes-limit";
    BooksDespiteError, "books_despite_error", "answers invalid_input for long notes, and books all the same",
        breaks "create_booking", "notes-limit";
    ErrorWithoutCode, "error_without_code", "answers errors without saying which",
        breaks "cancel_booking", "unknown-booking";
    RefusesWith500, "refuses_with_500", "answers refusals with status 500",
        breaks "cancel_booking", "unknown-booking";
    ForgetsToFree, "forgets_to_free", "keeps the slot of a cancelled booking blocked",
        breaks "cancel_booking", "slot-freed";
    FreesListingOnly, "frees_listing_only", "lists the slot of a cancelled booking as free and refuses to book it",
        breaks "cancel_booking", "frees-slot";
    CancelDoesNothing, "cancel_does_nothing", "answers that it cancelled and leaves the booking as it was",
        breaks "cancel_booking", "slot-freed";
    CancelsAllOfTheCustomer, "cancels_all_of_the_customer", "cancels the customer's other bookings too",
        breaks "cancel_booking", "marks-cancelled";
    SecondCancelFreesAgain, "second_cancel_frees_again", "cancels whatever holds the slot by then when a cancellation is repeated",
        breaks "cancel_booking", "idempotent";
    CancelUnknownOk, "cancel_unknown_ok", "answers that it cancelled a booking that never was",
        breaks "cancel_booking", "unknown-booking";
    SecondCancelFails, "second_cancel_fails", "answers the second cancel with already_cancelled and without cancelled",
        breaks "cancel_booking", "idempotent";
    CancelsNotifyTwice, "cancels_notify_twice", "sends another notice when a booking is cancelled again",
        breaks "cancel_booking", "idempotent";
    CancelsAcrossTenants, "cancels_across_tenants", "cancels bookings of other tenants",
        breaks "cancel_booking", "ownership";
    RefusesEmptyReason, "refuses_empty_reason", "refuses to cancel for a reason that is empty",
        breaks "cancel_booking", "input-schema";
    SecondCancelRevives, "second_cancel_revives", "confirms a cancelled booking again when the cancellation is repeated",
        breaks "cancel_booking", "idempotent";
    CancelIgnoresTheRest, "cancel_ignores_the_rest", "cancels a booking whose id is only the beginning of the one that was sent",
        breaks "cancel_booking", "unknown-booking";
    CancelsTheDay, "cancels_the_day", "cancels everything within twelve hours of the booking too",
        breaks "cancel_booking", "marks-cancelled";
    ReasonBeyondAsciiIs500, "reason_beyond_ascii_is_500", "answers a reason with letters beyond ASCII with status 500",
        breaks "cancel_booking", "input-schema";
    WrongFreedSlot, "wrong_freed_slot", "answers a freed slot one hour off",
        breaks "cancel_booking", "marks-cancelled";
    UnknownRefundStatus, "unknown_refund_status", "answers a refund status that the contract does not have",
        breaks "cancel_booking", "output-schema";
    UnorderedSlots, "unordered_slots", "lists slots with the last first",
        breaks "check_availability", "chronological";
    DuplicateSlots, "duplicate_slots", "lists the first slot twice",
        breaks "check_availability", "chronological";
    SlotsWithoutEnd, "slots_without_end", "lists slots without their end",
        breaks "check_availability", "slot-fields";
    ReadsHoldSlots, "reads_hold_slots", "holds half of the slots of a date for whoever has seen them, and lists the other half to the next reader",
        breaks "check_availability", "pure-read";
    ListsTakenSlots, "lists_taken_slots", "lists taken slots as available",
        breaks "check_availability", "snapshot";
    BookedSlotShift, "booked_slot_shift", "takes the slot one hour after a booking for the taken one",
        breaks "check_availability", "snapshot";
    StaleReads, "stale_reads", "lists slots without the bookings of the last five seconds",
        breaks "check_availability", "snapshot";
    ListsPastSlots, "lists_past_slots", "lists slots that have passed",
        breaks "check_availability", "future-slots";
    ListsSlotInProgress, "lists_slot_in_progress", "lists a slot that has begun, until it ends",
        breaks "check_availability", "future-slots";
    LastSlotOverruns, "last_slot_overruns", "lists slots that end after closing time",
        breaks "check_availability", "aligned";
    SlotsIgnoreDst, "slots_ignore_dst", "lists slots with the offset of January all year round",
        breaks "check_availability", "aligned";
    SlotsOfUtcDay, "slots_of_utc_day", "takes the date for a day in UTC",
        breaks "check_availability", "local-day";
    ZonelessTimes, "zoneless_times", "lists slots without a zone",
        breaks "check_availability", "output-schema";
    RollsImpossibleDates, "rolls_impossible_dates", "reads 30 February as a day in March",
        breaks "check_availability", "dates";
    ImpossibleDateIs500, "impossible_date_is_500", "answers 30 February with status 500",
        breaks "check_availability", "dates";
    UnknownServiceEmptyList, "unknown_service_empty_list", "answers an empty list for a service that is not offered",
        breaks "check_availability", "unknown-service";
    EchoesFirstService, "echoes_first_service", "answers every question about slots in the name of the first service",
        breaks "check_availability", "slot-fields";
    UnstableServiceIds, "unstable_service_ids", "names services anew on every call",
        breaks "list_services", "stable-ids";
    ServicesWithoutDuration, "services_without_duration", "leaves the durations of services out",
        breaks "list_services", "described";
    ListCaseSensitive, "list_case_sensitive", "finds a customer only by the address as it was written",
        breaks "list_bookings_for_customer", "email-case";
    ListIgnoresEmail, "list_ignores_email", "lists everybody's bookings",
        breaks "list_bookings_for_customer", "own-bookings";
    ListMatchesPrefix, "list_matches_prefix", "lists the bookings of every address that begins with the one that was asked for",
        breaks "list_bookings_for_customer", "own-bookings";
    ListTakesPatterns, "list_takes_patterns", "lists the bookings of every address that fits, an underscore standing for any letter",
        breaks "list_bookings_for_customer", "email-folding";
    ListTakesOneStatus, "list_takes_one_status", "filters by the first of several statuses alone",
        breaks "list_bookings_for_customer", "status-filter";
    ListNamesFirstService, "list_names_first_service", "lists every booking as one of the first service",
        breaks "list_bookings_for_customer", "booking-fields";
    ListSwapsTwo, "list_swaps_two", "lists the second booking before the first",
        breaks "list_bookings_for_customer", "chronological";
    ListRefusesUnknown, "list_refuses_unknown", "answers an address without bookings with invalid_email",
        breaks "list_bookings_for_customer", "unknown-customer";
    ListWithoutStatus, "list_without_status", "lists bookings without their status",
        breaks "list_bookings_for_customer", "booking-fields";
    ListCrossesTenants, "list_crosses_tenants", "lists the customer's bookings with every tenant",
        breaks "list_bookings_for_customer", "own-bookings";
    ListMissesBookings, "list_misses_bookings", "leaves out the customer's latest booking",
        breaks "list_bookings_for_customer", "own-bookings";
    ListOldestFirst, "list_oldest_first", "lists the earliest booking first",
        breaks "list_bookings_for_customer", "order";
    ListsPastByDefault, "lists_past_by_default", "lists past bookings without being asked for them",
        breaks "list_bookings_for_customer", "past-and-future";
    ListIgnoresStatus, "list_ignores_status", "lists cancelled bookings also when only confirmed ones are asked for",
        breaks "list_bookings_for_customer", "status-filter";
    ListIgnoresLimit, "list_ignores_limit", "lists more bookings than were asked for",
        breaks "list_bookings_for_customer", "limit";
    RefusesHighestLimit, "refuses_highest_limit", "refuses a limit of 100",
        breaks "list_bookings_for_customer", "input-schema";
    ListLimitOffByOne, "list_limit_off_by_one", "lists one booking more than was asked for",
        breaks "list_bookings_for_customer", "limit";
    ListHidesCancelled, "list_hides_cancelled", "never lists a cancelled booking",
        breaks "list_bookings_for_customer", "status-filter";
    PagesOverlap, "pages_overlap", "begins a page with the last booking of the page before",
        breaks "list_bookings_for_customer", "paging";
    PagesLoseOne, "pages_lose_one", "leaves out the booking with which a page should begin",
        breaks "list_bookings_for_customer", "paging";
    CursorNeverEnds, "cursor_never_ends", "gives the last page a cursor to another one",
        breaks "list_bookings_for_customer", "paging";
    GetBookingIgnoresCancel, "get_booking_ignores_cancel", "shows a cancelled booking as confirmed",
        breaks "get_booking", "current-status";
    GetBookingCrossesTenants, "get_booking_crosses_tenants", "shows bookings of other tenants",
        breaks "get_booking", "ownership";
    GetBookingForgetsHistory, "get_booking_forgets_history", "shows the last move of a booking alone",
        breaks "get_booking", "history";
    GetBookingHistoryLatestFirst, "get_booking_history_latest_first", "shows the moves of a booking with the last one first",
        breaks "get_booking", "history";
    GetBookingWithoutPrice, "get_booking_without_price", "shows a booking of a priced service without its price",
        breaks "get_booking", "price";
    ConfirmDoesNothing, "confirm_does_nothing", "answers that a booking is confirmed, and leaves it pending",
        breaks "confirm_booking", "confirms";
    ConfirmRevivesCancelled, "confirm_revives_cancelled", "brings a cancelled booking back when it is confirmed",
        breaks "confirm_booking", "final";
    SecondConfirmFails, "second_confirm_fails", "refuses to confirm a booking that is confirmed",
        breaks "confirm_booking", "idempotent";
    SecondConfirmNotifies, "second_confirm_notifies", "sends another confirmation when a booking is confirmed again",
        breaks "confirm_booking", "idempotent";
    ConfirmIsSilent, "confirm_is_silent", "confirms a pending booking without a message to its customer",
        breaks "confirm_booking", "one-message";
    PendingIsAnnounced, "pending_is_announced", "sends the confirmation of a booking that still waits for the provider",
        breaks "confirm_booking", "one-message";
    PendingHoldsNothing, "pending_holds_nothing", "gives the slot of a booking away that waits for the provider",
        breaks "confirm_booking", "holds-slot";
    ConfirmsAcrossTenants, "confirms_across_tenants", "confirms bookings of other tenants",
        breaks "confirm_booking", "ownership";
    ConfirmUnknownOk, "confirm_unknown_ok", "answers that it confirmed a booking that never was",
        breaks "confirm_booking", "unknown-booking";
    AttendanceAnyTime, "attendance_any_time", "records attendance before the booking has begun",
        breaks "record_attendance", "not-before-start";
    AttendanceOverwrites, "attendance_overwrites", "replaces an attendance that is recorded by another one",
        breaks "record_attendance", "stays";
    AttendanceSwaps, "attendance_swaps", "records a customer who came as one who did not, and the other way round",
        breaks "record_attendance", "records";
    AttendanceDoesNothing, "attendance_does_nothing", "answers that attendance is recorded, and leaves the booking confirmed",
        breaks "record_attendance", "records";
    SecondAttendanceFails, "second_attendance_fails", "refuses the attendance that is recorded already",
        breaks "record_attendance", "idempotent";
    AttendanceOfCancelled, "attendance_of_cancelled", "records the attendance of a cancelled booking",
        breaks "record_attendance", "confirmed-only";
    AttendanceOfPending, "attendance_of_pending", "records the attendance of a booking that nobody has confirmed",
        breaks "record_attendance", "confirmed-only";
    AttendanceAcrossTenants, "attendance_across_tenants", "records the attendance of bookings of other tenants",
        breaks "record_attendance", "ownership";
    CancelsTheOver, "cancels_the_over", "cancels a booking that has taken place",
        breaks "cancel_booking", "over";
    RescheduleDoesNothing, "reschedule_does_nothing", "answers the new start, and leaves the booking where it was",
        breaks "reschedule_booking", "moves";
    RescheduleKeepsOldSlot, "reschedule_keeps_old_slot", "keeps the slot blocked that a booking has left",
        breaks "reschedule_booking", "frees-old";
    RescheduleNewId, "reschedule_new_id", "gives a booking another id when it is moved",
        breaks "reschedule_booking", "keeps-booking";
    RescheduleConfirms, "reschedule_confirms", "confirms a pending booking that is moved",
        breaks "reschedule_booking", "keeps-booking";
    RescheduleDoubleBooks, "reschedule_double_books", "moves a booking to a slot that is taken",
        breaks "reschedule_booking", "slot-taken";
    RescheduleRaces, "reschedule_races", "looks first and moves later, so that two bookings move to one slot at one time",
        breaks "reschedule_booking", "slot-taken";
    RescheduleWithoutAlternatives, "reschedule_without_alternatives", "answers slot_taken without alternatives when a booking should move",
        breaks "reschedule_booking", "slot-taken";
    RescheduleLosesOnRefusal, "reschedule_loses_on_refusal", "cancels a booking that cannot move to a taken slot",
        breaks "reschedule_booking", "refusal-changes-nothing";
    RescheduleOffGrid, "reschedule_off_grid", "moves a booking between slots and out of opening hours",
        breaks "reschedule_booking", "slot-taken";
    RescheduleToThePast, "reschedule_to_the_past", "moves a booking to a start that has passed",
        breaks "reschedule_booking", "future-start";
    RescheduleRefusesOverlap, "reschedule_refuses_overlap", "lets a booking stand in its own way",
        breaks "reschedule_booking", "own-slot";
    RescheduleAgainRefused, "reschedule_again_refused", "answers slot_taken where the booking already is at the start",
        breaks "reschedule_booking", "idempotent";
    RescheduleRevivesCancelled, "reschedule_revives_cancelled", "brings a cancelled booking back when it is moved",
        breaks "reschedule_booking", "final";
    RescheduleAcrossTenants, "reschedule_across_tenants", "moves bookings of other tenants",
        breaks "reschedule_booking", "ownership";
    CalendarCrossesTenants, "calendar_crosses_tenants", "lists the bookings of every tenant",
        breaks "list_bookings", "own-calendar";
    CalendarLatestFirst, "calendar_latest_first", "lists the latest start first",
        breaks "list_bookings", "order";
    CalendarIgnoresFrom, "calendar_ignores_from", "lists bookings that start before the time from which they are asked for",
        breaks "list_bookings", "stretch";
    CalendarIncludesTo, "calendar_includes_to", "lists a booking that starts at the time up to which they are asked for",
        breaks "list_bookings", "stretch";
    CalendarIgnoresStatus, "calendar_ignores_status", "lists bookings of every status whatever is asked for",
        breaks "list_bookings", "status-filter";
    CalendarHidesCancelled, "calendar_hides_cancelled", "never lists a cancelled booking of the calendar",
        breaks "list_bookings", "every-status";
    CalendarLimitOffByOne, "calendar_limit_off_by_one", "lists one booking of the calendar more than was asked for",
        breaks "list_bookings", "limit";
    CalendarPagesLoseOne, "calendar_pages_lose_one", "leaves out the booking with which a page of the calendar should begin",
        breaks "list_bookings", "paging";
    CalendarPagesOverlap, "calendar_pages_overlap", "begins a page of the calendar with the last booking of the page before",
        breaks "list_bookings", "paging";
    CalendarNeverEnds, "calendar_never_ends", "gives the last page of the calendar a cursor to another one",
        breaks "list_bookings", "paging";
    CalendarShowsOnce, "calendar_shows_once", "leaves a booking out of the calendar once somebody has seen it there",
        breaks "list_bookings", "pure-read";
    BookingsKeepNoCustomer, "bookings_keep_no_customer", "keeps no customer of a booking",
        breaks "get_customer", "kept-by-booking";
    RefusedBookingsKeepCustomers, "refused_bookings_keep_customers", "keeps a customer of a booking that it refuses because the slot is taken",
        breaks "get_customer", "kept-by-booking";
    ReadsKeepCustomers, "reads_keep_customers", "keeps a customer for an address that somebody asks about",
        breaks "get_customer", "pure-read";
    UnknownCustomerIsInvalidEmail, "unknown_customer_is_invalid_email", "answers an address that nobody has booked with with invalid_email",
        breaks "get_customer", "unknown-customer";
    EmailCaseMakesTwo, "email_case_makes_two", "keeps another customer for the same address in another case",
        breaks "get_customer", "one-person";
    ReplayOverwritesPhone, "replay_overwrites_phone", "overwrites the customer's phone when a booking is repeated",
        breaks "get_customer", "first-details";
    NextBookingRenamesCustomer, "next_booking_renames_customer", "gives the customer the name of their latest booking",
        breaks "get_customer", "first-details";
    MissingPhoneStaysMissing, "missing_phone_stays_missing", "never learns a phone that the first booking did not give",
        breaks "get_customer", "missing-phone";
    HistoryLosesCancelled, "history_loses_cancelled", "leaves cancelled bookings out of the customer's history",
        breaks "get_customer", "history";
    HistoryOldestFirst, "history_oldest_first", "returns the customer's earliest booking first",
        breaks "get_customer", "latest-first";
    HistoryIgnoresLimit, "history_ignores_limit", "returns more of the customer's bookings than were asked for",
        breaks "get_customer", "limit";
    CountsStandingOnly, "counts_standing_only", "does not count cancelled bookings",
        breaks "get_customer", "bookings-count";
    FirstAndLastSwapped, "first_and_last_swapped", "takes the latest start for the first one, and the earliest for the last",
        breaks "get_customer", "first-and-last";
    CustomersCrossTenants, "customers_cross_tenants", "shows customers of other tenants",
        breaks "get_customer", "own-customers";
    CustomerPerBooking, "customer_per_booking", "keeps another customer for each booking of a person",
        breaks "list_customers", "one-person";
    ParallelBookingsMakeTwoCustomers, "parallel_bookings_make_two_customers", "looks for a customer first and books later, so that bookings at one time each keep one",
        breaks "list_customers", "one-person";
    ListedWithoutTags, "listed_without_tags", "lists customers without their tags",
        breaks "list_customers", "as-kept";
    CustomersOldestFirst, "customers_oldest_first", "lists whoever has been a customer for the longest time first",
        breaks "list_customers", "order";
    CustomersLimitOffByOne, "customers_limit_off_by_one", "lists one customer more than was asked for",
        breaks "list_customers", "limit";
    ListSkipsOne, "list_skips_one", "leaves out the customer with whom a page should begin",
        breaks "list_customers", "paging";
    CustomerPagesOverlap, "customer_pages_overlap", "begins a page with the last customer of the page before",
        breaks "list_customers", "paging";
    CustomersIgnoreTag, "customers_ignore_tag", "lists customers without the tag that was asked for",
        breaks "list_customers", "tag-filter";
    CustomersIgnoreQuery, "customers_ignore_query", "lists customers whom the query does not fit",
        breaks "list_customers", "query-filter";
    QueryFindsBeginnings, "query_finds_beginnings", "finds a query only where a name or an address begins with it",
        breaks "list_customers", "query-filter";
    ListedCustomersCrossTenants, "listed_customers_cross_tenants", "lists the customers of every tenant",
        breaks "list_customers", "own-customers";
    TagLost, "tag_lost", "keeps one tag only of several that are added by one call",
        breaks "tag_customer", "added-and-removed";
    TagsNotRemoved, "tags_not_removed", "removes no tag",
        breaks "tag_customer", "added-and-removed";
    TagsReplaceAll, "tags_replace_all", "keeps the tags of the last call alone",
        breaks "tag_customer", "others-stay";
    TagsDuplicate, "tags_duplicate", "has a tag twice that is added again",
        breaks "tag_customer", "set";
    RemovingNothingFails, "removing_nothing_fails", "refuses to remove a tag that is not there",
        breaks "tag_customer", "idempotent";
    TagsCaseSensitive, "tags_case_sensitive", "takes the same tag in another case for another tag",
        breaks "tag_customer", "folding";
    TagsAnsweredOnly, "tags_answered_only", "answers the tags as they should be, and keeps them as they were",
        breaks "tag_customer", "kept";
    ParallelTagsAreLost, "parallel_tags_are_lost", "looks at the tags first and writes all of them later, so that calls at one time undo each other",
        breaks "tag_customer", "at-one-time";
    TagsHalfDone, "tags_half_done", "answers invalid_input for some of the tags, and does what it can with the others",
        breaks "tag_customer", "all-or-nothing";
    TagsWithoutLimit, "tags_without_limit", "gives a customer any number of tags",
        breaks "tag_customer", "all-or-nothing";
    TaggingKeepsStrangers, "tagging_keeps_strangers", "keeps a customer for an address that is tagged",
        breaks "tag_customer", "unknown-customer";
    TagsCrossTenants, "tags_cross_tenants", "tags customers of other tenants",
        breaks "tag_customer", "own-customers";
    NoReminder, "no_reminder", "reminds nobody of a booking",
        breaks "effects", "reminds";
    ReminderTwice, "reminder_twice", "reminds of a booking twice",
        breaks "effects", "reminds-once";
    ReminderAfterCancel, "reminder_after_cancel", "reminds also of a booking that was cancelled",
        breaks "effects", "reminds-of-what-stands";
    CapacityOffByOne, "capacity_off_by_one", "lets one customer more into a class than it has places",
        breaks "create_service", "capacity";
    ClassesTakeOne, "classes_take_one", "takes one customer a start, whatever the capacity",
        breaks "create_service", "capacity";
    BufferBeforeIgnored, "buffer_before_ignored", "leaves no time before a booking",
        breaks "create_service", "buffers";
    BufferAfterIgnored, "buffer_after_ignored", "leaves no time after a booking",
        breaks "create_service", "buffers";
    LeadTimeIgnored, "lead_time_ignored", "lists and books starts that are sooner than the lead time",
        breaks "create_service", "lead-time";
    LeadTimeListedOnly, "lead_time_listed_only", "leaves starts that are sooner than the lead time out of the list, and books them",
        breaks "create_service", "lead-time";
    ServiceHorizonIgnored, "service_horizon_ignored", "lists and books dates beyond the horizon of a service",
        breaks "create_service", "horizon";
    ConfirmsUnasked, "confirms_unasked", "confirms bookings that should wait for a confirmation",
        breaks "create_service", "requires-confirmation";
    WaitsByDefault, "waits_by_default", "lets bookings of services that say nothing of it wait for a confirmation",
        breaks "create_service", "defaults";
    MakesServiceAgain, "makes_service_again", "makes a second service of a repeated request",
        breaks "create_service", "idempotency-window";
    RepeatReturnsRetired, "repeat_returns_retired", "returns a service that was retired meanwhile to a repeated request",
        breaks "create_service", "retired-leaves-window";
    PriceAsFloat, "price_as_float", "keeps prices as floating-point numbers of 32 bits",
        breaks "create_service", "price";
    ServiceInTenantsCurrency, "service_in_tenants_currency", "prices a new service in the currency of the tenant, whatever was sent",
        breaks "create_service", "price";
    RoundsDurations, "rounds_durations", "rounds durations of new services up to a quarter of an hour",
        breaks "create_service", "as-sent";
    MadeServicesUnlisted, "made_services_unlisted", "makes services that it does not list",
        breaks "create_service", "listed";
    AcceptsUnknownStaff, "accepts_unknown_staff", "makes services for staff that is not there",
        breaks "create_service", "unknown-staff";
    RetiredBooks, "retired_books", "lists slots of retired services and books them",
        breaks "retire_service", "not-bookable";
    RetiredListed, "retired_listed", "lists retired services",
        breaks "retire_service", "not-listed";
    RetireCancelsBookings, "retire_cancels_bookings", "cancels the bookings of a service that is retired",
        breaks "retire_service", "bookings-stay";
    RetireUnknownOk, "retire_unknown_ok", "answers that it retired a service that never was",
        breaks "retire_service", "unknown-service";
    SecondRetireFails, "second_retire_fails", "answers that a retired service is unknown when it is retired again",
        breaks "retire_service", "idempotent";
    ExtraOutputFields, "extra_output_fields", "answers a booking with a field that no contract names",
        breaks "create_booking", "answer-shape";
    ServiceCheckedAfterTime, "service_checked_after_time", "answers past_time before it looks at the service",
        breaks "create_booking", "precedence";
    InvoicePerCall, "invoice_per_call", "makes another invoice of a booking whenever it is asked",
        breaks "create_invoice", "one-invoice";
    ParallelInvoicesMakeTwo, "parallel_invoices_make_two", "looks for an invoice first and makes it later, so that requests at one time all make one",
        breaks "create_invoice", "one-invoice";
    RepeatRenewsInvoice, "repeat_renews_invoice", "gives an invoice another due date when it is asked for again",
        breaks "create_invoice", "one-invoice";
    AmountAsFloat, "amount_as_float", "answers the amount of an invoice as a number",
        breaks "create_invoice", "output-schema";
    InvoiceOneCentOff, "invoice_one_cent_off", "invoices one cent less than the service costs",
        breaks "create_invoice", "price-when-booked";
    InvoiceInMinorUnits, "invoice_in_minor_units", "invoices the price as if it had been written in cents",
        breaks "create_invoice", "price-when-booked";
    WrongCurrency, "wrong_currency", "invoices in another currency than that of the price",
        breaks "create_invoice", "price-when-booked";
    LinesDoNotAddUp, "lines_do_not_add_up", "answers a line of an invoice twice",
        breaks "create_invoice", "lines-add-up";
    InvoicesUnpriced, "invoices_unpriced", "makes an invoice of nothing where a service has no price",
        breaks "create_invoice", "nothing-to-pay";
    InvoiceOfCancelled, "invoice_of_cancelled", "makes an invoice of a booking that is cancelled",
        breaks "create_invoice", "booking-cancelled";
    InvoicesCrossTenants, "invoices_cross_tenants", "invoices bookings of other tenants",
        breaks "create_invoice", "ownership";
    NumberGap, "number_gap", "leaves out every other number",
        breaks "create_invoice", "numbered";
    DuplicateNumbers, "duplicate_numbers", "gives every invoice the first number",
        breaks "create_invoice", "numbered";
    DueBeforeIssue, "due_before_issue", "answers a due date that is a day before the invoice",
        breaks "create_invoice", "due-later";
    CancelKeepsInvoice, "cancel_keeps_invoice", "leaves the invoice of a cancelled booking to be paid",
        breaks "create_invoice", "cancelled-with-booking";
    GetInvoiceCrossesTenants, "get_invoice_crosses_tenants", "shows invoices of other tenants",
        breaks "get_invoice", "ownership";
    GetInvoiceInMinorUnits, "get_invoice_in_minor_units", "shows the amount of an invoice in cents",
        breaks "get_invoice", "as-issued";
    GetInvoiceOfAnother, "get_invoice_of_another", "shows an invoice with another customer's address",
        breaks "get_invoice", "as-issued";
    ReadingPays, "reading_pays", "takes an invoice that was read for a paid one",
        breaks "get_invoice", "pure-read";
    UnknownInvoiceOk, "unknown_invoice_ok", "answers a number that no invoice has with an empty success",
        breaks "get_invoice", "unknown-invoice";
    NeverOverdue, "never_overdue", "shows an invoice as issued however long it is due",
        breaks "get_invoice", "overdue";
    LostCancelIsRefused, "lost_cancel_is_refused", "refuses a cancellation that comes again after the caller has hung up",
        breaks "cancel_booking", "idempotent";
    TwinCancelIsRefused, "twin_cancel_is_refused", "refuses a cancellation that comes twice at one time",
        breaks "cancel_booking", "idempotent";
    LostConfirmIsRefused, "lost_confirm_is_refused", "refuses a confirmation that comes again after the caller has hung up",
        breaks "confirm_booking", "idempotent";
    TwinConfirmIsRefused, "twin_confirm_is_refused", "refuses a confirmation that comes twice at one time",
        breaks "confirm_booking", "idempotent";
    LostAttendanceIsRefused, "lost_attendance_is_refused", "refuses an attendance that comes again after the caller has hung up",
        breaks "record_attendance", "idempotent";
    TwinAttendanceIsRefused, "twin_attendance_is_refused", "refuses an attendance that comes twice at one time",
        breaks "record_attendance", "idempotent";
    LostRescheduleIsRefused, "lost_reschedule_is_refused", "refuses a move that comes again after the caller has hung up",
        breaks "reschedule_booking", "idempotent";
    TwinRescheduleIsRefused, "twin_reschedule_is_refused", "refuses a move that comes twice at one time",
        breaks "reschedule_booking", "idempotent";
    LostServiceIsRefused, "lost_service_is_refused", "refuses a new service that comes again after the caller has hung up",
        breaks "create_service", "idempotency-window";
    TwinServiceIsRefused, "twin_service_is_refused", "refuses a new service that comes twice at one time",
        breaks "create_service", "idempotency-window";
    LostRetireIsRefused, "lost_retire_is_refused", "refuses a retirement that comes again after the caller has hung up",
        breaks "retire_service", "idempotent";
    TwinRetireIsRefused, "twin_retire_is_refused", "refuses a retirement that comes twice at one time",
        breaks "retire_service", "idempotent";
    LostInvoiceIsRefused, "lost_invoice_is_refused", "refuses a new invoice that comes again after the caller has hung up",
        breaks "create_invoice", "one-invoice";
    LostTagsIsRefused, "lost_tags_is_refused", "refuses tags that come again after the caller has hung up",
        breaks "tag_customer", "idempotent";
    TwinTagsIsRefused, "twin_tags_is_refused", "refuses tags that come twice at one time",
        breaks "tag_customer", "idempotent";
}

impl Fault {
    /// Returns true if it changes what tools answer beside the one whose rule it breaks, so that tests of those meet it too.
    pub fn shows_at_other_tools(self) -> bool {
        matches!(
            self,
            Self::AcceptsUnknownKeys
                | Self::AcceptsNullFields
                | Self::CoercesTypes
                | Self::InvalidInputIs500
                | Self::RefusesWith500
                | Self::ErrorWithoutCode
                | Self::UnstableServiceIds
                | Self::UnknownRefundStatus
                | Self::ConfirmationNeverSent
                | Self::ListIgnoresEmail
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|fault| fault.name() == name).copied();
        found.ok_or_else(|| UnknownFault {
            name: name.to_owned(),
        })
    }
}

/// The faults of one tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults([u64; Fault::ALL.len().div_ceil(64)]);

impl Faults {
    pub(crate) fn insert(&mut self, fault: Fault) {
        self.0[fault as usize / 64] |= 1 << (fault as usize % 64);
    }

    /// Returns true if no fault is switched on.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn has(self, fault: Fault) -> bool {
        self.0[fault as usize / 64] & (1 << (fault as usize % 64)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Tool;

    #[test]
    fn every_fault_is_found_by_its_name_and_says_what_it_breaks() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(*fault));
            assert!(!fault.description().is_empty());
            assert!(
                Tool::all().any(|tool| tool.name() == fault.breaks().tool),
                "{fault}"
            );
        }
    }

    #[test]
    fn an_unknown_fault_is_answered_with_the_closest_name_and_all_names() {
        let message = "acepts_past".parse::<Fault>().unwrap_err().to_string();
        assert!(message.contains("did you mean accepts_past?"), "{message}");
        assert!(message.contains("double_books"), "{message}");
        assert!(
            !"zzzzzzzzzzzzzzz"
                .parse::<Fault>()
                .unwrap_err()
                .to_string()
                .contains("did you mean")
        );
    }

    #[test]
    fn a_set_of_faults_has_what_was_put_in() {
        let mut faults = Faults::default();
        let (put_in, left_out): (Vec<_>, Vec<_>) =
            Fault::ALL.iter().enumerate().partition(|(at, _)| at % 3 == 0);
        for (_, fault) in &put_in {
            faults.insert(**fault);
        }
        assert!(put_in.iter().all(|(_, fault)| faults.has(**fault)));
        assert!(!left_out.iter().any(|(_, fault)| faults.has(**fault)));
    }
}
