//! The policy of lists: the bookings of a customer, the calendar, the customers and their history.

use super::customers::BookingStatuses;

/// The policy of lists.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lists {
    /// The bookings that `list_bookings_for_customer` takes for those of a customer.
    pub(crate) customers_bookings: CustomersBookings,
    /// The tenants whose bookings `list_bookings` lists.
    pub(crate) calendar_scope: Scope,
    pub(crate) calendar_order: SortOrder,
    /// The bookings in the history of `get_customer`.
    pub(crate) history: BookingStatuses,
    pub(crate) history_order: SortOrder,
    /// The tenants whose customers `list_customers` lists.
    pub(crate) customers_scope: Scope,
    pub(crate) customers_order: SortOrder,
    pub(crate) customers_search: Search,
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            customers_bookings: CustomersBookings::default(),
            calendar_scope: Scope::default(),
            calendar_order: SortOrder::EarliestFirst,
            history: BookingStatuses::default(),
            history_order: SortOrder::LatestFirst,
            customers_scope: Scope::default(),
            customers_order: SortOrder::LatestFirst,
            customers_search: Search::default(),
        }
    }
}

/// The tenants whose records are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    #[default]
    OwnTenant,
    AllTenants,
}

/// The order of a list by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortOrder {
    EarliestFirst,
    LatestFirst,
}

/// The bookings that are taken for those of a customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CustomersBookings {
    /// Those of the address, whatever the case of its letters.
    #[default]
    SameAddress,
    /// Those of the address, letter for letter.
    SameSpelling,
    /// Those of every address that begins with it.
    SamePrefix,
    /// Those of every address that fits it as a pattern of `LIKE`.
    Pattern,
    /// Those of the address at every tenant.
    EveryTenant,
    /// Those of everybody.
    Everybody,
    /// Those of the address, but for the one that was made last.
    AllButLatest,
}

/// The way in which a text is searched in names and addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Search {
    /// Anywhere in them.
    #[default]
    Anywhere,
    /// At their beginning.
    Beginning,
}
