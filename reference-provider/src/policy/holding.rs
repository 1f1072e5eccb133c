//! The statuses in which a booking holds its time.

use crate::lifecycle::Status;

/// The statuses in which a booking holds its time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Holding {
    /// While it waits for the provider, and while it is confirmed.
    #[default]
    PendingAndConfirmed,
    /// Only while it is confirmed.
    Confirmed,
    /// Also after it was cancelled.
    CancelledToo,
}

impl Holding {
    /// The statuses.
    pub(crate) fn statuses(self) -> &'static [Status] {
        match self {
            Self::PendingAndConfirmed => &[Status::Pending, Status::Confirmed],
            Self::Confirmed => &[Status::Confirmed],
            Self::CancelledToo => &[Status::Pending, Status::Confirmed, Status::Cancelled],
        }
    }
}
