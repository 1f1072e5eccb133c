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

macro_rules! faults {
    ($($variant:ident, $name:literal, $does:literal, breaks $breaks:literal;)+) => {
        /// One way of being wrong. Each changes one behaviour and leaves the rest alone.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $(
                #[doc = concat!($does, ". Breaks ", $breaks, ".")]
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

            /// What the provider does when it is switched on.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $does),+ }
            }

            /// The tool and the rule of its contract that it breaks.
            pub fn breaks(self) -> &'static str {
                match self { $(Self::$variant => $breaks),+ }
            }
        }
    };
}

faults! {
    AcceptsPast, "accepts_past", "books a start that has passed",
        breaks "create_booking: the start is strictly in the future";
    AcceptsStartNow, "accepts_start_now", "books a start that is this very instant",
        breaks "create_booking: the start is strictly in the future";
    AcceptsUnknownService, "accepts_unknown_service", "books a service that is not offered",
        breaks "create_booking: the service is one that is offered";
    NoIdempotency, "no_idempotency", "makes a second booking of a repeated request",
        breaks "create_booking: a repeat within 60 seconds returns the same booking";
    NewIdOnReplay, "new_id_on_replay", "gives the booking a new id when the request is repeated",
        breaks "create_booking: a repeat within 60 seconds returns the same booking";
    SlotTakenOnReplay, "slot_taken_on_replay", "answers a repeated request with slot_taken",
        breaks "create_booking: a repeat within 60 seconds returns the same booking";
    ReplayKeyIgnoresEmail, "replay_key_ignores_email", "takes another customer's request for the slot for a repeat",
        breaks "create_booking: only the same customer's request is a repeat";
    ReplayKeyCaseSensitive, "replay_key_case_sensitive", "takes the same address in another case for another customer",
        breaks "create_booking: a repeat within 60 seconds returns the same booking";
    ReplayKeyIgnoresService, "replay_key_ignores_service", "takes a request for another service for a repeat",
        breaks "create_booking: only a request for the same service is a repeat";
    ReplayKeyIgnoresStart, "replay_key_ignores_start", "takes a request for another start for a repeat",
        breaks "create_booking: only a request for the same start is a repeat";
    ReplayCrossesTenants, "replay_crosses_tenants", "takes a request to another tenant for a repeat",
        breaks "create_booking: only a request to the same provider is a repeat";
    ReplayRewritesCustomer, "replay_rewrites_customer", "overwrites the customer's name when the request is repeated",
        breaks "create_booking: a repeat returns the booking as it was made";
    ReplaysCancelled, "replays_cancelled", "returns a cancelled booking as confirmed when the request is repeated",
        breaks "create_booking: a success is a booking that stands";
    WindowTooShort, "window_too_short", "recognises a repeat for five seconds only",
        breaks "create_booking: the window is 60 seconds";
    WindowNeverEnds, "window_never_ends", "returns the old booking however late the request is repeated",
        breaks "create_booking: the window is 60 seconds";
    DoubleBooks, "double_books", "books a slot that is taken",
        breaks "create_booking: a taken slot is slot_taken";
    RacesDoubleBook, "races_double_book", "looks first and books later, so that requests at one time all succeed",
        breaks "create_booking: a taken slot is slot_taken";
    OverlapComparesStart, "overlap_compares_start", "sees a clash only between equal starts",
        breaks "create_booking: the calendar is blocked for the whole duration";
    OverlapPerService, "overlap_per_service", "sees a clash only between bookings of one service",
        breaks "create_booking: the provider's calendar is blocked";
    RefusesBackToBack, "refuses_back_to_back", "refuses a slot that touches another booking",
        breaks "create_booking: a free slot can be booked";
    AcceptsOffGrid, "accepts_off_grid", "books starts outside of opening hours and between slots",
        breaks "create_booking: only a slot that is offered can be booked";
    NoAlternatives, "no_alternatives", "answers slot_taken without alternatives",
        breaks "create_booking: slot_taken comes with the closest free slots";
    AlternativesTaken, "alternatives_taken", "offers the taken slot itself as the first alternative",
        breaks "create_booking: slot_taken comes with the closest free slots";
    AlternativesFar, "alternatives_far", "offers free slots a week away from the closest ones",
        breaks "create_booking: slot_taken comes with the closest free slots";
    AlternativesFarthestFirst, "alternatives_farthest_first", "offers the closest free slot last",
        breaks "create_booking: slot_taken comes with the closest free slots";
    WrongEndAt, "wrong_end_at", "answers an end that is thirty minutes late",
        breaks "create_booking: the end follows from the service's duration";
    ShiftedStart, "shifted_start", "answers a start, and with it the end, one hour late",
        breaks "create_booking: the answer echoes the start";
    IgnoresOffset, "ignores_offset", "reads the wall time of a start and drops its offset",
        breaks "create_booking: the start is an instant";
    AcceptsZonelessStart, "accepts_zoneless_start", "reads a start without an offset as UTC",
        breaks "create_booking: the input schema holds";
    AcceptsBadEmail, "accepts_bad_email", "accepts any text as an address",
        breaks "create_booking: the input schema holds";
    EscapesNames, "escapes_names", "answers the customer's name with HTML entities",
        breaks "create_booking: the answer echoes the customer";
    AnswersUnconfirmed, "answers_unconfirmed", "answers a success that is not confirmed",
        breaks "create_booking: a success is a confirmed booking";
    FailsAfterBooking, "fails_after_booking", "books, and then answers status 500",
        breaks "create_booking: a booking that was made is answered";
    OkWithoutBookingId, "ok_without_booking_id", "answers a success without a booking id",
        breaks "create_booking: a booking is addressable by its id";
    SequentialBookingIds, "sequential_booking_ids", "counts its booking ids up",
        breaks "create_booking: an id cannot be guessed";
    RelativeCancellationUrl, "relative_cancellation_url", "answers a cancellation address without scheme and host",
        breaks "create_booking: the cancellation address is a URI";
    AcceptsUnknownKeys, "accepts_unknown_keys", "accepts keys that the input schema does not name",
        breaks "every tool: the input schema holds";
    AcceptsLongNotes, "accepts_long_notes", "accepts notes of any length",
        breaks "create_booking: notes have at most 1000 characters";
    BooksDespiteError, "books_despite_error", "answers invalid_input for long notes, and books all the same",
        breaks "create_booking: an error changes nothing";
    ErrorWithoutCode, "error_without_code", "answers errors without saying which",
        breaks "every tool: an error has a code";
    RefusesWith500, "refuses_with_500", "answers refusals with status 500",
        breaks "every tool: a refusal is an answer";
    ForgetsToFree, "forgets_to_free", "keeps the slot of a cancelled booking blocked",
        breaks "cancel_booking: the slot is free again";
    CancelUnknownOk, "cancel_unknown_ok", "answers that it cancelled a booking that never was",
        breaks "cancel_booking: an unknown id is unknown_booking";
    SecondCancelFails, "second_cancel_fails", "answers the second cancel with already_cancelled and without cancelled",
        breaks "cancel_booking: a repeat answers cancelled";
    CancelsAcrossTenants, "cancels_across_tenants", "cancels bookings of other tenants",
        breaks "cancel_booking: a booking is unknown to other tenants";
    WrongFreedSlot, "wrong_freed_slot", "answers a freed slot one hour off",
        breaks "cancel_booking: the freed slot is the booking's";
    UnorderedSlots, "unordered_slots", "lists slots with the last first",
        breaks "check_availability: slots are in chronological order";
    ListsTakenSlots, "lists_taken_slots", "lists taken slots as available",
        breaks "check_availability: an available slot is free";
    ListsPastSlots, "lists_past_slots", "lists slots that have passed",
        breaks "check_availability: past slots are not returned";
    LastSlotOverruns, "last_slot_overruns", "lists slots that end after closing time",
        breaks "check_availability: slots keep to the opening hours";
    SlotsIgnoreDst, "slots_ignore_dst", "lists slots with the offset of January all year round",
        breaks "check_availability: slots keep to the opening hours";
    SlotsOfUtcDay, "slots_of_utc_day", "takes the date for a day in UTC",
        breaks "check_availability: the date is local";
    ZonelessTimes, "zoneless_times", "lists slots without a zone",
        breaks "check_availability: the output schema holds";
    RollsImpossibleDates, "rolls_impossible_dates", "reads 30 February as a day in March",
        breaks "check_availability: an impossible date is invalid_date";
    UnknownServiceEmptyList, "unknown_service_empty_list", "answers an empty list for a service that is not offered",
        breaks "check_availability: an unknown service is invalid_service";
    UnstableServiceIds, "unstable_service_ids", "names services anew on every call",
        breaks "list_services: service ids are stable";
    ListCaseSensitive, "list_case_sensitive", "finds a customer only by the address as it was written",
        breaks "list_bookings_for_customer: the address is compared without case";
    ListIgnoresEmail, "list_ignores_email", "lists everybody's bookings",
        breaks "list_bookings_for_customer: only the customer's bookings are listed";
    ListMissesBookings, "list_misses_bookings", "leaves out the customer's latest booking",
        breaks "list_bookings_for_customer: all of the customer's bookings are listed";
    ListOldestFirst, "list_oldest_first", "lists the earliest booking first",
        breaks "list_bookings_for_customer: the latest booking comes first";
    ListsPastByDefault, "lists_past_by_default", "lists past bookings without being asked for them",
        breaks "list_bookings_for_customer: past bookings are listed only on request";
    ListIgnoresStatus, "list_ignores_status", "lists cancelled bookings also when only confirmed ones are asked for",
        breaks "list_bookings_for_customer: status_in filters";
    ListIgnoresLimit, "list_ignores_limit", "lists more bookings than were asked for",
        breaks "list_bookings_for_customer: limit holds";
    ListHidesCancelled, "list_hides_cancelled", "never lists a cancelled booking",
        breaks "list_bookings_for_customer: status_in filters";
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
pub(crate) struct Faults(u128);

impl Faults {
    pub(crate) fn insert(&mut self, fault: Fault) {
        self.0 |= 1 << fault as u32;
    }

    pub(crate) fn has(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u32) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name_and_says_what_it_breaks() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(*fault));
            assert!(!fault.description().is_empty());
            assert!(fault.breaks().contains(": "), "{fault}");
        }
        assert!(Fault::ALL.len() <= 128, "one bit each");
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
        faults.insert(Fault::DoubleBooks);
        assert!(faults.has(Fault::DoubleBooks) && !faults.has(Fault::AcceptsPast));
    }
}
