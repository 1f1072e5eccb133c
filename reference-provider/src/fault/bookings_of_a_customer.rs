//! Faults of `list_bookings_for_customer`.

macro_rules! bookings_of_a_customer_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
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
        }
    };
}

pub(super) use bookings_of_a_customer_faults;
