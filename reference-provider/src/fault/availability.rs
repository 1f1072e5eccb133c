//! Faults of `check_availability` and `list_services`.

macro_rules! availability_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
            UnorderedSlots, "unordered_slots", "lists slots with the last first",
                breaks "check_availability", "chronological";
            DuplicateSlots, "duplicate_slots", "lists the first slot twice",
                breaks "check_availability", "chronological";
            SlotsWithoutEnd, "slots_without_end", "lists slots without their end",
                breaks "check_availability", "slot-fields";
            ReadsHoldSlots, "reads_hold_slots", "holds half of the slots of a date for whoever has seen them, and lists the other half to the next reader",
                breaks "check_availability", "pure-read";
            ReadsUseUpSlots, "reads_use_up_slots", "lists the first slot of a date no more once the date was read three times",
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
        }
    };
}

pub(super) use availability_faults;
