//! Faults of `get_customer`, `list_customers` and `tag_customer`.

macro_rules! customers_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
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
        }
    };
}

pub(super) use customers_faults;
