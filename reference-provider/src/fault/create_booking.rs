//! Faults of `create_booking`.

macro_rules! create_booking_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
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
        }
    };
}

macro_rules! create_booking_answer_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
            ExtraOutputFields, "extra_output_fields", "answers a booking with a field that no contract names",
                breaks "create_booking", "answer-shape";
            ServiceCheckedAfterTime, "service_checked_after_time", "answers past_time before it looks at the service",
                breaks "create_booking", "precedence";
        }
    };
}

pub(super) use create_booking_answer_faults;
pub(super) use create_booking_faults;
