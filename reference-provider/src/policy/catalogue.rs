//! The policy of the services of a tenant.

/// The policy of the services of a tenant.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Catalogue {
    pub(crate) retired: Retired,
    pub(crate) capacity: Capacity,
    /// The time that a service blocks before each booking.
    pub(crate) buffer_before: Term,
    /// The time that a service blocks after each booking.
    pub(crate) buffer_after: Term,
    /// The lead time of a service.
    pub(crate) lead_time: Term,
    /// A service's own horizon, which goes before the tenant's.
    pub(crate) horizon: Term,
    pub(crate) unknown_staff: UnknownStaff,
    pub(crate) repeats: ServiceRepeat,
}

/// Services that were retired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Retired {
    /// Neither listed nor booked.
    #[default]
    Gone,
    /// Listed, not booked.
    Listed,
    /// Booked, not listed.
    Bookable,
}

/// A term that a service sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Term {
    #[default]
    Kept,
    Ignored,
}

impl Term {
    /// The value that a service sets, or that of a service which sets none.
    pub(crate) fn or_default<T: Default>(self, set: T) -> T {
        match self {
            Self::Kept => set,
            Self::Ignored => T::default(),
        }
    }
}

/// The number of bookings that share a session of a service for several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Capacity {
    /// As many as the service has places.
    #[default]
    AsSet,
    One,
    OneMore,
}

impl Capacity {
    /// The places of a session of a service with this many.
    pub(crate) fn of(self, places: u32) -> u32 {
        match self {
            _ if places == 1 => 1,
            Self::AsSet => places,
            Self::One => 1,
            Self::OneMore => places + 1,
        }
    }
}

/// A new service that names staff whom the tenant does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum UnknownStaff {
    #[default]
    Refused,
    Accepted,
}

/// A service that is asked for again within the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ServiceRepeat {
    /// The active service that is there is returned.
    #[default]
    Returned,
    /// The service that is there is returned, also a retired one.
    RetiredToo,
    /// Another service is made.
    MadeAgain,
}
