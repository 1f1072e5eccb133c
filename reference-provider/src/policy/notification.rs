//! The policy of messages to customers.

/// The policy of messages to customers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Notifications {
    /// The message about a new booking.
    pub(crate) booking: Announcement,
    /// The message about a pending booking that is confirmed.
    pub(crate) confirmation: Announcement,
    pub(crate) cancellation: CancellationNotice,
    pub(crate) reminders: Reminders,
}

/// A message about a booking that is made or confirmed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Announcement {
    /// Sent once the booking is confirmed.
    #[default]
    WhenConfirmed,
    /// Sent also while it is pending.
    Always,
    Never,
}

impl Announcement {
    /// Returns true if a message is sent about a booking that is confirmed, or pending.
    pub(crate) fn sends(self, is_confirmed: bool) -> bool {
        match self {
            Self::WhenConfirmed => is_confirmed,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// The message about a cancelled booking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CancellationNotice {
    #[default]
    Once,
    /// Also when a cancelled booking is cancelled again.
    EachTime,
}

/// The reminders of a booking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Reminders {
    /// One for each booking that is confirmed.
    #[default]
    Once,
    Twice,
    /// One, also for a booking that was cancelled.
    CancelledToo,
    Never,
}
