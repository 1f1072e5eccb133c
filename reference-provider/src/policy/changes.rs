//! The policy of changes of a booking: cancelling, confirming, moving, recording attendance.

use super::booking::{EarliestStart, TakenSlot, UnlistedStart};
use super::holding::Holding;

/// The policy of `cancel_booking`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cancellations {
    /// A booking that was completed or missed.
    pub(crate) over: OverBooking,
    /// The invoice of the booking.
    pub(crate) invoice: InvoiceOfBooking,
}

/// A booking that was completed or missed, when somebody cancels it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum OverBooking {
    #[default]
    Refused,
    Cancelled,
}

/// The invoice of a booking that is cancelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum InvoiceOfBooking {
    /// Cancelled or given back with the booking.
    #[default]
    Settled,
    /// Left to be paid.
    Kept,
}

/// The effect of a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Persistence {
    #[default]
    Written,
    AnsweredOnly,
}

/// The policy of `confirm_booking`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Confirmations {
    pub(crate) persistence: Persistence,
}

/// The policy of `record_attendance`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Attendances {
    pub(crate) from: AttendanceFrom,
    pub(crate) persistence: Persistence,
}

/// The time from which attendance is recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum AttendanceFrom {
    /// The start of the booking.
    #[default]
    Start,
    Any,
}

/// The policy of `reschedule_booking`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moves {
    pub(crate) cancelled: CancelledBooking,
    pub(crate) same_start: SameStart,
    pub(crate) earliest_start: EarliestStart,
    pub(crate) unlisted_start: UnlistedStart,
    pub(crate) taken_slot: TakenSlot,
    pub(crate) own_slot: OwnSlot,
    /// The statuses in which other bookings hold their time.
    pub(crate) holding: Holding,
    pub(crate) persistence: Persistence,
}

/// A booking that is cancelled, when somebody moves it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CancelledBooking {
    #[default]
    Final,
    /// It moves, and is confirmed again.
    Revived,
}

/// A booking that already is at the start that is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum SameStart {
    /// A success without a change.
    #[default]
    Answered,
    /// `slot_taken`.
    RefusedAsTaken,
}

/// The slot that a booking leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum OwnSlot {
    /// It does not stand in the booking's own way.
    #[default]
    Free,
    InTheWay,
}
