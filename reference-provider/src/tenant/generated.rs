//! Any number of alike tenants, for load tests.

use std::sync::Arc;

use time_zones::Zone;

use super::{Price, Service, Tenant, Tenants};
use crate::calendar::{Calendar, WeeklyHours, Window};

impl Tenants {
    /// `count` tenants named `tenant-0000`, `tenant-0001`, …: open all week from six to ten in the evening,
    /// with services of 30, 60 and 90 minutes. They share one catalogue, so a thousand cost little.
    pub fn generated(count: usize) -> Self {
        const ZONES: [&str; 4] = [
            "Europe/Prague",
            "America/New_York",
            "America/Chicago",
            "America/Los_Angeles",
        ];
        let hours = WeeklyHours::every_day(Window {
            open: 6 * 60,
            close: 22 * 60,
        });
        let calendars = ZONES.map(|timezone| {
            Arc::new(Calendar {
                timezone: Zone::named(timezone).unwrap_or_else(Zone::utc),
                hours: hours.clone().into(),
                step_minutes: 30,
                horizon_days: 60,
            })
        });
        let services: Arc<[Service]> = [30_u32, 60, 90]
            .into_iter()
            .map(|minutes| Service {
                price: Price::parse(&format!("{}.00", minutes * 10)),
                ..Service::plain(
                    format!("svc-{minutes}"),
                    format!("Session of {minutes} minutes"),
                    "EUR",
                    minutes,
                )
            })
            .collect();
        let tenants = (0..count)
            .map(|number| Tenant {
                slug: format!("tenant-{number:04}"),
                name: format!("Tenant {number}"),
                currency: "EUR".to_owned(),
                calendar: Arc::clone(&calendars[number % ZONES.len()]),
                reminder: None,
                staff: [].into(),
                resources: [].into(),
                services: Arc::clone(&services),
            })
            .collect();
        Self::from_list(tenants)
    }
}
