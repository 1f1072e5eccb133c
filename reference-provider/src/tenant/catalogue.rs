//! One tenant: when it is open, who works there, what it has and what it offers.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;

use super::Service;
use crate::calendar::{Calendar, OpeningHours, longest_common};

/// One business that takes bookings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// Its opening hours and its time zone.
    pub calendar: Arc<Calendar>,
    /// The time before the start of a booking at which its customer is reminded; `None` reminds nobody.
    pub reminder: Option<TimeDelta>,
    /// The staff that can be booked.
    pub staff: Arc<[Member]>,
    /// The rooms, chairs and machines that some services need.
    pub resources: Arc<[Resource]>,
    /// The services that it offers from the start, in the order of its catalogue; calls make and retire services.
    pub services: Arc<[Service]>,
}

impl Tenant {
    /// The service with this id.
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }
}

/// Someone of the staff who can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id within the tenant.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its working hours, by the tenant's wall clock. It is booked only while the tenant is open, too.
    pub hours: OpeningHours,
}

/// The longest time without a break, in minutes of the wall clock, in which a service of these of the staff can take place.
pub(crate) fn longest_window(open: &OpeningHours, staff: &[Member], ids: &[&str]) -> u32 {
    if ids.is_empty() {
        return longest_common(&[open]);
    }
    let theirs = staff.iter().filter(|member| ids.contains(&member.id.as_str()));
    theirs
        .map(|member| longest_common(&[open, &member.hours]))
        .max()
        .unwrap_or_default()
}

/// Rooms, chairs or machines of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its id within the tenant.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The number of units.
    pub count: u32,
}

impl Resource {
    /// The units of it, in the order in which they are given away.
    pub(crate) fn units(&self) -> Vec<String> {
        if self.count == 1 {
            return vec![self.id.clone()];
        }
        let unit = |number| format!("{}-{number}", self.id);
        (1..=self.count).map(unit).collect()
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
