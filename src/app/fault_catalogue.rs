//! The catalogues over which the power of the suites is measured: calendars and services that differ in what they can show.

/// A catalogue of the tenants that have a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Catalogue {
    /// A grid of 30 minutes, open on every day, an hour and half an hour.
    #[default]
    Grid30,
    /// A grid of 15 minutes.
    Grid15,
    /// A grid of 60 minutes.
    Grid60,
    /// One service.
    OneService,
    /// Two services of one length.
    EqualLengths,
    /// A quarter of an hour beside four hours.
    UnequalLengths,
    /// A month of which most slots are taken.
    NearlyFull,
    /// The zone of Auckland, which is a day ahead.
    FarEast,
    /// The zone of Honolulu, whose clocks never change.
    FarWest,
    /// Open on two days of a week.
    ClosedDays,
}

/// The properties of a catalogue.
pub(super) struct Shape {
    pub(super) zone: &'static str,
    /// The minutes between two starts.
    pub(super) step: u32,
    /// The days that are open.
    pub(super) days: &'static [&'static str],
    pub(super) hours: &'static str,
    pub(super) horizon_days: u32,
    /// True if bookings take most of the slots before a test begins.
    pub(super) is_nearly_full: bool,
    /// The name, the minutes and the price of each service.
    pub(super) services: &'static [(&'static str, u32, Option<&'static str>)],
}

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

impl Catalogue {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Grid30,
        Self::Grid15,
        Self::Grid60,
        Self::OneService,
        Self::EqualLengths,
        Self::UnequalLengths,
        Self::NearlyFull,
        Self::FarEast,
        Self::FarWest,
        Self::ClosedDays,
    ];

    /// Its name, as reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grid30 => "grid-30",
            Self::Grid15 => "grid-15",
            Self::Grid60 => "grid-60",
            Self::OneService => "one-service",
            Self::EqualLengths => "equal-lengths",
            Self::UnequalLengths => "unequal-lengths",
            Self::NearlyFull => "nearly-full",
            Self::FarEast => "far-east",
            Self::FarWest => "far-west",
            Self::ClosedDays => "closed-days",
        }
    }

    /// The catalogue of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|catalogue| catalogue.name() == name)
    }

    pub(super) fn shape(self) -> Shape {
        let usual = Shape {
            zone: "America/Los_Angeles",
            step: 30,
            days: &DAYS,
            hours: "12:00-20:00",
            horizon_days: 60,
            is_nearly_full: false,
            services: &[("hour", 60, Some("95.50")), ("half", 30, None)],
        };
        match self {
            Self::Grid30 => usual,
            Self::Grid15 => Shape { step: 15, ..usual },
            Self::Grid60 => Shape {
                step: 60,
                hours: "10:00-22:00",
                ..usual
            },
            Self::OneService => Shape {
                services: &[("hour", 60, Some("95.50"))],
                ..usual
            },
            Self::EqualLengths => Shape {
                services: &[("hour", 60, Some("95.50")), ("other", 60, None)],
                ..usual
            },
            Self::UnequalLengths => Shape {
                step: 15,
                hours: "08:00-22:00",
                services: &[("quarter", 15, None), ("morning", 240, Some("95.50"))],
                ..usual
            },
            Self::NearlyFull => Shape {
                hours: "12:00-15:00",
                horizon_days: 30,
                is_nearly_full: true,
                ..usual
            },
            Self::FarEast => Shape {
                zone: "Pacific/Auckland",
                ..usual
            },
            Self::FarWest => Shape {
                zone: "Pacific/Honolulu",
                ..usual
            },
            Self::ClosedDays => Shape {
                days: &["tuesday", "friday"],
                ..usual
            },
        }
    }
}
