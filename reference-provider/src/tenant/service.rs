//! One service: what it costs, how long it takes, and what decides when it can be booked.

use std::fmt;

use chrono::TimeDelta;

/// The limits of every service. A search for bookings that are in the way looks this far.
pub(crate) mod limits {
    /// The longest service: a day.
    pub(crate) const LONGEST_MINUTES: u32 = 24 * 60;
    /// The longest buffer on either side.
    pub(crate) const LONGEST_BUFFER_MINUTES: u32 = 4 * 60;
    /// The longest lead time: thirty days.
    pub(crate) const LONGEST_LEAD_MINUTES: u32 = 30 * 24 * 60;
    /// The most customers that share a session.
    pub(crate) const MOST_PLACES: u32 = 1000;
}

/// One service of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The id that callers send as `service_id`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// A line about it.
    pub description: Option<String>,
    /// The price, if it has one.
    pub price: Option<Price>,
    /// ISO 4217 code of the price.
    pub currency: String,
    /// The length in real minutes, also on a day on which the clocks change.
    pub duration_minutes: u32,
    /// The number of customers that share one start.
    pub capacity: u32,
    /// `true` if a booking waits until the provider confirms it.
    pub requires_confirmation: bool,
    /// A start must be at least this far ahead.
    pub lead_minutes: u32,
    /// The last bookable date is this many days after today, where that is not the tenant's horizon.
    pub horizon_days: Option<u32>,
    /// The minutes that are blocked before each booking.
    pub buffer_before_minutes: u32,
    /// The minutes that are blocked after each booking.
    pub buffer_after_minutes: u32,
    /// Ids of the staff of whom one is needed; nobody is where there is none.
    pub staff: Vec<String>,
    /// Id of the resource of which one unit is needed.
    pub resource: Option<String>,
}

impl Service {
    /// A service for one customer at a time that anybody can book at any time.
    pub fn plain(
        id: impl Into<String>,
        name: impl Into<String>,
        currency: &str,
        duration_minutes: u32,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: None,
            price: None,
            currency: currency.to_owned(),
            duration_minutes,
            capacity: 1,
            requires_confirmation: false,
            lead_minutes: 0,
            horizon_days: None,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            staff: Vec::new(),
            resource: None,
        }
    }

    /// The length of the service.
    pub fn duration(&self) -> TimeDelta {
        TimeDelta::minutes(self.duration_minutes.into())
    }
}

/// A price as it is written, so that no cent is lost on the way in. The catalogue shows it as a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price(String);

impl Price {
    /// Reads a price such as `890`, `890.50` or `0`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let sound = match text.split_once('.') {
            Some((whole, cents)) => digits(whole, 9) && digits(cents, 2),
            None => digits(text, 9),
        };
        sound.then(|| Self(text.to_owned()))
    }

    /// The number of decimal places that say something.
    pub(crate) fn places(&self) -> usize {
        let cents = self.0.split_once('.').map_or("", |(_, cents)| cents);
        cents.trim_end_matches('0').len()
    }

    /// The price as a JSON number: whole where there are no cents.
    pub(crate) fn to_number(&self) -> serde_json::Number {
        let (whole, cents) = self.0.split_once('.').unwrap_or((&self.0, "0"));
        match (whole.parse::<u64>(), cents.bytes().all(|byte| byte == b'0')) {
            (Ok(whole), true) => whole.into(),
            _ => self
                .0
                .parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .unwrap_or_else(|| 0.into()),
        }
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_a_plain_decimal_with_up_to_two_places() {
        for good in ["0", "890", "390.5", "89.99", "0.00"] {
            assert!(Price::parse(good).is_some(), "{good}");
        }
        for bad in ["", "-1", "1.", ".5", "1e3", "1.999", "1,50", "NaN", "9999999999"] {
            assert!(Price::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_whole_price_is_a_whole_number_on_the_wire() {
        let on_the_wire = |text| Price::parse(text).unwrap().to_number().to_string();
        assert_eq!(on_the_wire("890.00"), "890");
        assert_eq!(on_the_wire("89.99"), "89.99");
        assert_eq!(on_the_wire("390.5"), "390.5");
    }
}
