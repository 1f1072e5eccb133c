//! Faults of what becomes of a booking: `get_booking`, `confirm_booking`, `record_attendance` and `reschedule_booking`.

macro_rules! lifecycle_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
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
        }
    };
}

pub(super) use lifecycle_faults;
