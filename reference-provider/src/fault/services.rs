//! Faults of `create_service` and `retire_service`.

macro_rules! services_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
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
        }
    };
}

pub(super) use services_faults;
