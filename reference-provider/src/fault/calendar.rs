//! Faults of `list_bookings`, the calendar of a tenant.

macro_rules! calendar_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
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
        }
    };
}

pub(super) use calendar_faults;
