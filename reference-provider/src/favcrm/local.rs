//! Instants of the wire as days and times of a place, and back.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use serde_json::Value;
use time_zones::Zone;

/// The day of an instant, as `2027-03-02`. What is no instant stays as it is, for the caller to see.
pub(super) fn date(zone: Zone, instant: &Value) -> Value {
    written(zone, instant, "%Y-%m-%d")
}

/// The time of day of an instant, as `09:30`.
pub(super) fn time(zone: Zone, instant: &Value) -> Value {
    written(zone, instant, "%H:%M")
}

fn written(zone: Zone, instant: &Value, pattern: &str) -> Value {
    match read(instant) {
        Some(read) => read.with_timezone(&zone).format(pattern).to_string().into(),
        None => instant.clone(),
    }
}

/// An instant of the wire.
pub(super) fn read(instant: &Value) -> Option<DateTime<Utc>> {
    let read = DateTime::parse_from_rfc3339(instant.as_str()?).ok()?;
    Some(read.to_utc())
}

/// The instant of a day and a time there: of two the earlier, none where the clocks leap over it.
pub(super) fn instant(zone: Zone, date: NaiveDate, time: &str) -> Option<DateTime<Utc>> {
    let time = NaiveTime::parse_from_str(time, "%H:%M").ok()?;
    let local = zone.from_local_datetime(&date.and_time(time)).earliest()?;
    Some(local.to_utc())
}

/// The beginning of a day there: midnight, or the first instant after the clocks leap over midnight.
pub(super) fn midnight(zone: Zone, date: NaiveDate) -> Option<DateTime<Utc>> {
    let quarters = (0..24 * 4).filter_map(|quarter| {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(quarter * 900, 0)?;
        zone.from_local_datetime(&date.and_time(time)).earliest()
    });
    quarters.map(|local| local.to_utc()).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prague() -> Zone {
        Zone::named("Europe/Prague").unwrap()
    }

    fn on(date: &str, time: &str) -> Option<String> {
        instant(prague(), date.parse().unwrap(), time).map(|instant| instant.to_rfc3339())
    }

    #[test]
    fn a_time_is_one_instant_also_where_the_clocks_change() {
        assert_eq!(
            on("2027-03-02", "09:30").as_deref(),
            Some("2027-03-02T08:30:00+00:00")
        );
        assert_eq!(on("2027-03-28", "02:30"), None);
        assert_eq!(
            on("2027-10-31", "02:30").as_deref(),
            Some("2027-10-31T00:30:00+00:00")
        );
    }

    #[test]
    fn an_instant_has_a_day_and_a_time() {
        let late = "2027-03-02T23:15:00Z".into();
        assert_eq!(
            (date(prague(), &late), time(prague(), &late)),
            ("2027-03-03".into(), "00:15".into())
        );
        assert_eq!(time(prague(), &"soon".into()), "soon");
    }

    #[test]
    fn a_day_begins_later_where_the_clocks_leap_over_midnight() {
        let begins = |zone, date: &str| midnight(zone, date.parse().unwrap()).unwrap().to_rfc3339();
        assert_eq!(begins(prague(), "2027-03-02"), "2027-03-01T23:00:00+00:00");
        assert_eq!(
            begins(Zone::named("America/Sao_Paulo").unwrap(), "2018-11-04"),
            "2018-11-04T03:00:00+00:00"
        );
    }
}
