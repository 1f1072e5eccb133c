//! The policy of `check_availability`.

use chrono::TimeDelta;

use super::holding::Holding;

/// The policy of `check_availability`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Availability {
    pub(crate) day: DayBoundary,
    pub(crate) closing: Closing,
    pub(crate) offsets: Offsets,
    pub(crate) starts: ListedStarts,
    /// Slots that are taken.
    pub(crate) taken: TakenSlots,
    /// The distance by which what is taken is moved.
    pub(crate) taken_shift: TimeDelta,
    /// The age that a booking must have to be seen.
    pub(crate) read_lag: TimeDelta,
    /// The statuses in which bookings hold their time.
    pub(crate) holding: Holding,
}

/// The zone in which a date is a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum DayBoundary {
    /// The tenant's.
    #[default]
    Local,
    Utc,
}

/// The last slot of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Closing {
    /// It ends by closing time.
    #[default]
    EndsByThen,
    /// One more follows it.
    OneMore,
}

/// The offset from UTC at which opening hours are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Offsets {
    /// That of the date.
    #[default]
    OfTheDate,
    /// That of January, all year round.
    OfJanuary,
}

/// The starts that are listed, as far as time goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ListedStarts {
    /// Those that can be booked.
    #[default]
    Bookable,
    /// Also those of slots that have begun and not ended.
    InProgressToo,
    /// Also those that have passed.
    PastToo,
}

/// Slots that are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum TakenSlots {
    #[default]
    Hidden,
    Listed,
}
