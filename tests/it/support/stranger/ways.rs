//! What a stranger's provider is like: its shop, its habits, and what may be wrong with it.

use std::time::Duration;

use chrono::Weekday;
use time_zones::Zone;

use super::others::Others;

/// A service of the catalogue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offered {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) minutes: i64,
}

/// How instants are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// `2026-11-23T09:00:00Z`
    Zulu,
    /// `2026-11-23T09:00:00.000Z`
    Fractions,
    /// With this offset, in minutes: `2026-11-23T11:00:00+02:00`
    Offset(i32),
    /// With the offset of the shop's own zone.
    Local,
    /// `2026-11-23t09:00:00z`
    Lower,
}

/// What a day without a free slot is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    EmptyList,
    NoSlots,
}

/// What a date beyond the horizon is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beyond {
    LikeADayWithoutSlots,
    InvalidDate,
}

/// Which check comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The service, then the day and the start.
    ServiceFirst,
    /// The day and the start, then the service.
    TimeFirst,
}

/// How `GET /tools` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    None,
    Loose,
}

/// What a second cancel is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Fine,
    AlreadyCancelled,
}

/// Which of a customer's bookings is listed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    LatestStart,
    EarliestStart,
    LatestMade,
}

/// How the connection is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    KeepAlive,
    /// HTTP/1.0, without a length, closed after each answer.
    OldAndClosed,
    /// `Connection: close` after each answer.
    Closed,
}

/// A provider that keeps the contract, in its own way.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    pub(crate) zone: Zone,
    pub(crate) tells_zone: bool,
    pub(crate) services: Vec<Offered>,
    pub(crate) days: Vec<Weekday>,
    /// Opening and closing, in minutes after midnight.
    pub(crate) hours: (i64, i64),
    /// The grid of starts, in minutes.
    pub(crate) grid: i64,
    /// Whether slots follow each other without a gap, so that a booking moves those after it.
    pub(crate) packs: bool,
    /// Minutes that stay free between bookings, which no slot shows.
    pub(crate) buffer: i64,
    /// How many of ten slots nobody else has taken.
    pub(crate) free_of_ten: u64,
    pub(crate) lists_taken: bool,
    pub(crate) horizon: i64,
    pub(crate) beyond: Beyond,
    pub(crate) nothing: Nothing,
    pub(crate) order: Order,
    /// The statuses of errors, by code; 200 where none is given.
    pub(crate) statuses: &'static [(&'static str, u16)],
    pub(crate) times: Times,
    pub(crate) minutes_as_float: bool,
    pub(crate) extras: bool,
    pub(crate) minimal: bool,
    pub(crate) refuses_offsets: bool,
    pub(crate) lowers_emails: bool,
    pub(crate) strict_emails: bool,
    pub(crate) says_confirmed: bool,
    /// Whether every tool answers an input that breaks its schema with `invalid_input`, whatever codes its contract has.
    pub(crate) one_code_for_broken_input: bool,
    pub(crate) alternatives: usize,
    pub(crate) again: Again,
    pub(crate) listed: Listed,
    /// Tools that are not there.
    pub(crate) without: &'static [&'static str],
    pub(crate) listing: Listing,
    /// How far the clock is ahead, in seconds.
    pub(crate) ahead: i64,
    pub(crate) tells_date: bool,
    pub(crate) wire: Wire,
    /// How long each answer takes.
    pub(crate) pace: Option<Duration>,
    /// A tool that takes longer than the others.
    pub(crate) slow_tool: Option<(&'static str, Duration)>,
    /// Every how-manieth request is told to slow down, and for how long.
    pub(crate) limited: Option<(usize, &'static str)>,
    /// The first requests find the provider starting.
    pub(crate) starting: usize,
    /// Other customers of the shop.
    pub(crate) others: Option<Others>,
    pub(crate) wrong: Option<Wrong>,
}

impl Default for Ways {
    fn default() -> Self {
        let offered = |id, title, minutes| Offered { id, title, minutes };
        Self {
            zone: time_zones::Zone::named("Europe/Lisbon").unwrap(),
            tells_zone: true,
            services: vec![
                offered("7", "Sharpening", 25),
                offered("SVC/8 ü", "Polishing & <care>", 50),
                offered("🪒", "Shave", 75),
            ],
            days: vec![
                Weekday::Mon,
                Weekday::Tue,
                Weekday::Wed,
                Weekday::Thu,
                Weekday::Fri,
                Weekday::Sat,
            ],
            hours: (8 * 60 + 10, 14 * 60 + 25),
            grid: 25,
            packs: false,
            buffer: 0,
            free_of_ten: 10,
            lists_taken: false,
            horizon: 40,
            beyond: Beyond::LikeADayWithoutSlots,
            nothing: Nothing::EmptyList,
            order: Order::ServiceFirst,
            statuses: &[],
            times: Times::Zulu,
            minutes_as_float: false,
            extras: false,
            minimal: false,
            refuses_offsets: false,
            lowers_emails: false,
            strict_emails: false,
            says_confirmed: true,
            one_code_for_broken_input: false,
            alternatives: 3,
            again: Again::Fine,
            listed: Listed::LatestStart,
            without: &[],
            listing: Listing::None,
            ahead: 0,
            tells_date: true,
            wire: Wire::KeepAlive,
            pace: None,
            slow_tool: None,
            limited: None,
            starting: 0,
            others: None,
            wrong: None,
        }
    }
}

impl Ways {
    /// The default ways with some of them changed.
    pub(crate) fn but(change: impl FnOnce(&mut Self)) -> Self {
        let mut ways = Self::default();
        change(&mut ways);
        ways
    }

    /// The default ways with one thing wrong.
    pub(crate) fn wrong(wrong: Wrong) -> Self {
        Self::but(|ways| ways.wrong = Some(wrong))
    }

    /// The code for an input that breaks its schema; `usual` is the one that most give.
    pub(crate) fn code_for_broken_input(&self, usual: &'static str) -> &'static str {
        if self.one_code_for_broken_input {
            "invalid_input"
        } else {
            usual
        }
    }

    pub(crate) fn is(&self, wrong: Wrong) -> bool {
        self.wrong == Some(wrong)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A success carries an error.
    OkWithError,
    /// Refusals carry no code.
    NoCode,
    /// An unknown service ends in status 500.
    UnknownServiceIs500,
    /// An unknown service ends in status 400 with an HTML page.
    UnknownServiceIsHtml,
    /// An unknown service ends in status 404 with an HTML page.
    UnknownServiceIsHtml404,
    /// An unknown service closes the connection.
    UnknownServiceHangsUp,
    /// An unknown service is answered with `invalid_input`.
    UnknownServiceIsInvalidInput,
    /// An unknown service has no slots.
    UnknownServiceHasNoSlots,
    /// A start in the past is answered with `slot_taken`.
    PastIsSlotTaken,
    /// The past is told by the date alone.
    PastByDate,
    /// `end_at` lies before `start_at`.
    EndsBeforeItStarts,
    /// A repeat has another id and makes nothing.
    NewIdOnRepeat,
    /// A repeat is `slot_taken`.
    RepeatIsTaken,
    /// Every booking is `slot_taken`.
    EverythingIsTaken,
    /// A taken slot is booked again.
    TakenIsBooked,
    /// The taken slot is its own alternative.
    OffersTheTaken,
    /// Refusals for a taken slot come without alternatives.
    NoAlternatives,
    /// The booking names another service.
    OtherService,
    /// The booking names another customer.
    OtherCustomer,
    /// The booking starts at another time.
    OtherStart,
    /// The booking says that it is not confirmed.
    Unconfirmed,
    /// The booking has no id.
    NoId,
    /// The booking's id is a number.
    IdIsANumber,
    /// `ok` is the text `true`.
    OkIsText,
    /// Fields without a value are null.
    Nulls,
    /// An unknown booking is cancelled.
    CancelsUnknown,
    /// A cancelled slot stays taken.
    NeverFrees,
    /// The second cancel does not know the booking.
    ForgetsCancelled,
    /// The freed slot is another one.
    FreesOther,
    /// Slots come in any order.
    Unordered,
    /// Slots are too long.
    LongSlots,
    /// Slots have no zone.
    Zoneless,
    /// Booked slots are still available.
    StaleSlots,
    /// Slots of today that have begun are listed.
    BegunSlots,
    /// Slots come as a bare list.
    BareList,
    /// Durations are texts.
    MinutesAreText,
    /// The services are missing from the answer.
    ForgetsServices,
    /// A service has an empty id.
    EmptyServiceId,
    /// Ids are made anew for each answer.
    NewServiceIds,
    /// Fields that nobody knows are accepted.
    TakesAnyField,
    /// Everybody's bookings are listed.
    ListsEverybody,
    /// The address is compared letter by letter.
    EmailCase,
    /// A booking is listed with a status of its own.
    OtherStatus,
    /// Anything is an address.
    AnyEmail,
    /// A booking blocks its own service alone.
    BlocksOwnServiceOnly,
    /// A booking blocks slots of the same start alone, whatever is listed.
    BlocksSameStartOnly,
    /// A slot that touches a booking is listed and refused.
    RefusesTouching,
    /// What was refused once is refused for ever.
    RemembersRefusals,
    /// A booking is kept although its start was refused.
    KeepsRefused,
    /// What is free is refused as taken, and booked.
    BooksWhatItRefuses,
    /// What is taken is refused, and booked once more.
    BooksOverRefused,
    /// The refusal of a taken slot names the booking that holds it.
    NamesTheHolder,
    /// Alternatives are five minutes too short.
    ShortAlternatives,
    /// Alternatives are what is listed on an empty calendar.
    BlindAlternatives,
    /// Every booking takes an hour.
    AlwaysAnHour,
    /// A repeat with other notes is no repeat.
    NotesInKey,
    /// A repeat is told by service and address alone.
    KeyWithoutStart,
    /// A repeat is told by start and address alone.
    KeyWithoutService,
    /// A repeat is told by the text of its start.
    SpellingInKey,
    /// The offset of a start is dropped.
    DropsOffset,
    /// What is soon is listed and refused.
    RefusesSoon,
    /// A second cancel cancels whoever has booked since.
    SecondCancelFrees,
    /// A cancel cancels everything of its customer.
    CancelsAll,
    /// A cancelled slot is listed and refused.
    FreesListOnly,
    /// Whoever's address begins with the one that was asked for is listed.
    ListsByPrefix,
    /// Whoever has never booked has no address.
    UnknownCustomerIsInvalid,
}
