//! The policy of customers and their tags.

use super::changes::Persistence;
use crate::lifecycle::Status;

/// The policy of the records of customers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Customers {
    pub(crate) kept_by: KeptBy,
    pub(crate) identity: Identity,
    /// The bookings that count.
    pub(crate) counted: BookingStatuses,
}

/// The requests that keep a customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum KeptBy {
    #[default]
    Bookings,
    /// Also requests that are refused because the slot is taken.
    RefusedBookingsToo,
    Nothing,
}

/// The property that makes two bookings those of one customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The address, whatever the case of its letters.
    #[default]
    Address,
    /// The address, letter for letter.
    Spelling,
    /// Nothing: each booking is of another customer.
    Booking,
}

/// The statuses of bookings that are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum BookingStatuses {
    #[default]
    All,
    AllButCancelled,
}

impl BookingStatuses {
    /// The statuses.
    pub(crate) fn statuses(self) -> &'static [Status] {
        match self {
            Self::All => &Status::ALL,
            Self::AllButCancelled => &[
                Status::Pending,
                Status::Confirmed,
                Status::Completed,
                Status::NoShow,
            ],
        }
    }
}

/// The policy of `tag_customer`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tags {
    pub(crate) case: TagCase,
    /// The most tags that a customer has.
    pub(crate) most: usize,
    pub(crate) persistence: Persistence,
}

impl Default for Tags {
    fn default() -> Self {
        Self {
            case: TagCase::default(),
            most: 50,
            persistence: Persistence::default(),
        }
    }
}

/// The case of the letters of a tag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum TagCase {
    /// ASCII letters are kept in lower case.
    #[default]
    Folded,
    AsWritten,
}
