//! Faults of `cancel_booking`.

macro_rules! cancel_booking_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
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
        }
    };
}

pub(super) use cancel_booking_faults;
