//! The policy of `create_booking`.

use chrono::TimeDelta;

use super::catalogue::Term;
use super::holding::Holding;

/// The policy of `create_booking`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bookings {
    /// The check that comes first.
    pub(crate) check_order: CheckOrder,
    pub(crate) unknown_service: UnknownService,
    /// The longest notes that are accepted, in characters.
    pub(crate) longest_notes: usize,
    /// A name without a visible character.
    pub(crate) blank_name: Blanks,
    pub(crate) repeats: RepeatRule,
    /// A request counts as a repeat while the booking is younger than this. `None` never ends.
    pub(crate) idempotency_window: Option<TimeDelta>,
    pub(crate) same_request: SameRequest,
    pub(crate) cancelled_repeat: CancelledRepeat,
    pub(crate) earliest_start: EarliestStart,
    /// The offset of the clock that starts are compared with.
    pub(crate) clock_offset: TimeDelta,
    /// A start must be further ahead than this, beside the lead time of its service.
    pub(crate) least_notice: TimeDelta,
    /// The lead time of a service.
    pub(crate) lead_time: Term,
    pub(crate) unlisted_start: UnlistedStart,
    pub(crate) taken_slot: TakenSlot,
    pub(crate) clash: Clash,
    /// The statuses in which other bookings hold their time.
    pub(crate) holding: Holding,
    /// The time that stays free on either side of a booking.
    pub(crate) margin: TimeDelta,
    /// A service that requires confirmation.
    pub(crate) confirmation: Term,
    pub(crate) ids: BookingIds,
    /// The distance from the wish at which the search for alternatives begins.
    pub(crate) alternatives_from: TimeDelta,
    /// The statuses in which bookings hold their time when alternatives are searched.
    pub(crate) alternatives_holding: Holding,
}

impl Default for Bookings {
    fn default() -> Self {
        Self {
            check_order: CheckOrder::default(),
            unknown_service: UnknownService::default(),
            longest_notes: 1000,
            blank_name: Blanks::default(),
            repeats: RepeatRule::default(),
            idempotency_window: Some(TimeDelta::seconds(60)),
            same_request: SameRequest::default(),
            cancelled_repeat: CancelledRepeat::default(),
            earliest_start: EarliestStart::default(),
            clock_offset: TimeDelta::zero(),
            least_notice: TimeDelta::zero(),
            lead_time: Term::default(),
            unlisted_start: UnlistedStart::default(),
            taken_slot: TakenSlot::default(),
            clash: Clash::default(),
            holding: Holding::default(),
            margin: TimeDelta::zero(),
            confirmation: Term::default(),
            ids: BookingIds::default(),
            alternatives_from: TimeDelta::zero(),
            alternatives_holding: Holding::default(),
        }
    }
}

/// The order of the checks of service and time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CheckOrder {
    #[default]
    ServiceFirst,
    TimeFirst,
}

/// A request for a service that the tenant does not offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum UnknownService {
    #[default]
    Refused,
    /// Booked at any start, on the terms of the tenant's first service.
    BookedAsFirst,
}

/// A text without a visible character.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Blanks {
    #[default]
    Refused,
    Accepted,
}

/// The answer to a request that is repeated within the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum RepeatRule {
    /// The booking that is there.
    #[default]
    Returned,
    /// Another booking, which the first one is not in the way of.
    BookedAgain,
    /// `slot_taken`, because the first booking holds the slot.
    RefusedAsTaken,
}

/// The fields that two requests must have in common to be the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum SameRequest {
    /// Tenant, service, start and customer.
    #[default]
    All,
    AllButTenant,
    AllButService,
    AllButStart,
    AllButCustomer,
    /// As `All`, and of the address what stands before the @ alone.
    AllButHost,
    /// As `All`, and the address letter for letter.
    AllAndSpelling,
}

/// A request whose booking was cancelled since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CancelledRepeat {
    /// A new request.
    #[default]
    New,
    /// The cancelled booking is returned.
    Returned,
    /// Refused with `slot_taken`.
    Refused,
}

/// The earliest start that can be booked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum EarliestStart {
    /// Any that is strictly in the future.
    #[default]
    AfterNow,
    /// This very instant.
    Now,
    /// Any on today's date.
    Today,
    /// Any on a date before today's.
    EarlierDays,
    Any,
}

/// A start that `check_availability` does not list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum UnlistedStart {
    #[default]
    Refused,
    /// Booked if it has passed.
    BookedIfPast,
    Booked,
}

/// A request for a slot that has no room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum TakenSlot {
    #[default]
    Refused,
    /// Booked beside what is there.
    DoubleBooked,
    /// Booked instead of what is there.
    Replaced,
}

/// The bookings that are in the way of another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Clash {
    /// Those that block some of its time.
    #[default]
    Overlap,
    /// Of those, the ones with the same start.
    EqualStart,
    /// Of those, the ones of the same service.
    SameService,
    /// Of those, the ones that do not lie within its time.
    NotWithin,
    /// Of those, the ones within which its time does not lie.
    NotAround,
    /// Of those, the ones that have not begun.
    NotBegun,
}

/// The ids of new bookings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum BookingIds {
    /// Ids that nobody can guess.
    #[default]
    Random,
    Sequential,
}
