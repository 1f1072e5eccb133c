//! One tenant and what it offers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::calendar::Calendar;

/// One business that takes bookings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// When it is open, and where.
    pub calendar: Arc<Calendar>,
    /// What it offers, in the order of its catalogue.
    pub services: Arc<[Service]>,
}

impl Tenant {
    /// The service with this id.
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }
}

/// One service of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// What callers send as `service_id`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// A line about it.
    pub description: Option<String>,
    /// What it costs, where that is set.
    pub price: Option<Price>,
    /// How long it takes: real minutes, also on a day on which the clocks change.
    pub duration_minutes: u32,
}

impl Service {
    /// How long it takes.
    pub fn duration(&self) -> TimeDelta {
        TimeDelta::minutes(self.duration_minutes.into())
    }
}

/// A price as it is written, so that no cent is lost on the way in. On the wire it is a number.
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

/// All tenants of one provider, in the order of their file, each slug once.
#[derive(Debug, Clone)]
pub struct Tenants {
    list: Vec<Tenant>,
    by_slug: HashMap<String, usize>,
}

impl Tenants {
    /// Keeps the first tenant of every slug.
    pub(super) fn from_list(tenants: Vec<Tenant>) -> Self {
        let mut list = Vec::with_capacity(tenants.len());
        let mut by_slug = HashMap::with_capacity(tenants.len());
        for tenant in tenants {
            if !by_slug.contains_key(&tenant.slug) {
                by_slug.insert(tenant.slug.clone(), list.len());
                list.push(tenant);
            }
        }
        Self { list, by_slug }
    }

    /// All of them, in order.
    pub fn as_slice(&self) -> &[Tenant] {
        &self.list
    }

    /// The tenant with this slug.
    pub fn get(&self, slug: &str) -> Option<&Tenant> {
        self.position(slug).map(|at| &self.list[at])
    }

    pub(crate) fn position(&self, slug: &str) -> Option<usize> {
        self.by_slug.get(slug).copied()
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
