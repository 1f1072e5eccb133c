//! Reading a file of tenants: unknown keys are refused, and what is wrong is shown with its line and column.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::TimeDelta;
use time_zones::Zone;

use super::entries::{FileEntry, MemberEntry, ResourceEntry, TenantEntry, Wrong};
use super::read_hours::{exceptions, weekly};
use super::read_service::{currency, id, name, service};
use super::{Member, Resource, Tenant, Tenants};
use crate::calendar::{Calendar, OpeningHours};

/// The hours before the start of a booking at which its customer is reminded, if the file does not say; 0 in the file reminds nobody.
const REMINDER_HOURS: u32 = 24;

/// The reason why a file of tenants could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read.
    #[error("cannot read {origin}: {source}")]
    Read {
        /// The file.
        origin: String,
        /// The message of the operating system.
        source: std::io::Error,
    },
    /// It is not YAML, or not of the shape of a file of tenants.
    #[error("{origin}: {message}")]
    Shape {
        /// The file.
        origin: String,
        /// The mistake, with line, column and an excerpt.
        message: String,
    },
    /// A value in it cannot be used.
    #[error("{origin}:{line}:{column}: {message}")]
    Value {
        /// The file.
        origin: String,
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// The mistake.
        message: String,
    },
}

impl Tenants {
    /// The tenants that come with the provider.
    pub fn bundled() -> Result<Self, LoadError> {
        Self::parse(include_str!("tenants.yaml"), "tenants.yaml")
    }

    /// Reads a file of tenants.
    pub fn read(path: &std::path::Path) -> Result<Self, LoadError> {
        let origin = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, &origin),
            Err(source) => Err(LoadError::Read { origin, source }),
        }
    }

    /// Reads tenants from text; `origin` names it in errors.
    pub fn parse(text: &str, origin: &str) -> Result<Self, LoadError> {
        let file: FileEntry = serde_saphyr::from_str(text).map_err(|error| {
            // The parser knows no file name and writes this in its place.
            let excerpt = error.to_string().replace("<input>", origin);
            let message = excerpt.strip_prefix("error: ").unwrap_or(&excerpt).to_owned();
            LoadError::Shape {
                origin: origin.to_owned(),
                message,
            }
        })?;
        if file.tenants.is_empty() {
            let message = "no tenants".to_owned();
            return Err(LoadError::Value {
                origin: origin.to_owned(),
                line: 1,
                column: 1,
                message,
            });
        }
        let mut slugs = HashSet::new();
        let mut tenants = Vec::with_capacity(file.tenants.len());
        for entry in file.tenants {
            let checked = if slugs.insert(entry.slug.value.clone()) {
                tenant(entry)
            } else {
                Err(Wrong::new(
                    &entry.slug,
                    format!("tenant {} is there twice", entry.slug.value),
                ))
            };
            tenants.push(checked.map_err(|wrong| LoadError::Value {
                origin: origin.to_owned(),
                line: wrong.at.line(),
                column: wrong.at.column(),
                message: wrong.message,
            })?);
        }
        Ok(Self::from_list(tenants))
    }
}

fn tenant(entry: TenantEntry) -> Result<Tenant, Wrong> {
    let slug = &entry.slug.value;
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if slug.is_empty() || slug.starts_with('-') || !slug.bytes().all(letters) {
        return Err(Wrong::new(
            &entry.slug,
            format!("{slug:?} is not of the form [a-z0-9][a-z0-9-]*"),
        ));
    }
    name(&entry.name)?;
    let timezone: Zone = entry.timezone.value.parse().map_err(|_| {
        Wrong::new(
            &entry.timezone,
            format!("{:?} is not an IANA time zone", entry.timezone.value),
        )
    })?;
    let currency = currency(&entry.currency)?;
    let step_minutes = Wrong::unless_within(&entry.slot_step_minutes, 5, 24 * 60, "slot_step_minutes")?;
    let horizon_days = Wrong::unless_within(&entry.horizon_days, 30, 730, "horizon_days")?;
    let reminder_hours = match &entry.reminder_hours {
        Some(hours) => Wrong::unless_within(hours, 0, 30 * 24, "reminder_hours")?,
        None => REMINDER_HOURS,
    };
    let hours = OpeningHours {
        weekly: weekly(entry.hours)?,
        exceptions: exceptions(entry.exceptions)?,
    };
    if hours.weekly.is_empty() {
        return Err(Wrong::new(&entry.slug, format!("tenant {slug} is never open")));
    }
    if entry.services.value.is_empty() {
        return Err(Wrong::new(
            &entry.services,
            format!("tenant {slug} offers no service"),
        ));
    }
    let staff = staff(entry.staff, &hours)?;
    let resources = resources(entry.resources)?;
    let mut ids = HashSet::new();
    let mut services = Vec::with_capacity(entry.services.value.len());
    for service_entry in entry.services.value {
        if !ids.insert(service_entry.id.value.clone()) {
            let message = format!("service {} is there twice", service_entry.id.value);
            return Err(Wrong::new(&service_entry.id, message));
        }
        services.push(service(service_entry, &hours, &currency, &staff, &resources)?);
    }
    Ok(Tenant {
        slug: entry.slug.value,
        name: entry.name.value,
        currency,
        calendar: Arc::new(Calendar {
            timezone,
            hours,
            step_minutes,
            horizon_days,
        }),
        reminder: (reminder_hours > 0).then(|| TimeDelta::hours(reminder_hours.into())),
        staff: staff.into(),
        resources: resources.into(),
        services: services.into(),
    })
}

/// The staff; whoever has no hours of their own works while the tenant is open.
fn staff(entries: Vec<MemberEntry>, open: &OpeningHours) -> Result<Vec<Member>, Wrong> {
    let mut staff: Vec<Member> = Vec::with_capacity(entries.len());
    for entry in entries {
        id(&entry.id)?;
        name(&entry.name)?;
        if staff.iter().any(|member| member.id == entry.id.value) {
            return Err(Wrong::new(
                &entry.id,
                format!("{} is there twice", entry.id.value),
            ));
        }
        let weekly = match entry.hours {
            Some(hours) => weekly(hours)?,
            None => open.weekly.clone(),
        };
        // The staff follow the special dates of the tenant, but for those on which they have hours of their own.
        let exceptions = exceptions(entry.exceptions)?;
        let inherited = open
            .exceptions
            .iter()
            .map(|(date, windows)| (*date, windows.clone()));
        staff.push(Member {
            id: entry.id.value,
            name: entry.name.value,
            hours: OpeningHours {
                weekly,
                exceptions: inherited.chain(exceptions).collect(),
            },
        });
    }
    Ok(staff)
}

fn resources(entries: Vec<ResourceEntry>) -> Result<Vec<Resource>, Wrong> {
    let mut resources: Vec<Resource> = Vec::with_capacity(entries.len());
    for entry in entries {
        id(&entry.id)?;
        name(&entry.name)?;
        let resource = Resource {
            count: Wrong::unless_within(&entry.count, 1, 100, "count")?,
            id: entry.id.value.clone(),
            name: entry.name.value,
        };
        // `room` in two pieces has the units room-1 and room-2, so another resource may not be named like one of them.
        let units = resource.units();
        if resources
            .iter()
            .any(|other| other.id == resource.id || other.units().iter().any(|unit| units.contains(unit)))
        {
            return Err(Wrong::new(&entry.id, format!("{} is there twice", resource.id)));
        }
        resources.push(resource);
    }
    Ok(resources)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "tenants:
  - slug: one
    name: One
    timezone: Europe/Prague
    currency: CZK
    slot_step_minutes: 30
    horizon_days: 30
    hours: { monday: [\"09:00-17:00\"] }
    services:
      - { id: a, name: A, price: \"1.50\", duration_minutes: 30 }
";

    fn error(text: &str) -> String {
        Tenants::parse(text, "my.yaml").unwrap_err().to_string()
    }

    #[test]
    fn the_bundled_tenants_are_sound_and_in_order() {
        let tenants = Tenants::bundled().unwrap();
        let slugs: Vec<_> = tenants
            .as_slice()
            .iter()
            .map(|tenant| tenant.slug.as_str())
            .collect();
        assert_eq!(slugs.len(), 10);
        assert!(slugs.is_sorted());
        for tenant in tenants.as_slice() {
            assert!((3..=6).contains(&tenant.services.len()), "{}", tenant.slug);
        }
    }

    #[test]
    fn a_small_file_is_read() {
        let tenants = Tenants::parse(ONE, "my.yaml").unwrap();
        assert_eq!(
            tenants.get("one").unwrap().service("a").unwrap().duration_minutes,
            30
        );
        assert!(tenants.get("two").is_none());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let message = error(&ONE.replace("    currency: CZK\n", "    currency: CZK\n    colour: red\n"));
        assert!(
            message.starts_with("my.yaml: line 6 column 5: unknown field `colour`"),
            "{message}"
        );
        assert!(message.contains("my.yaml:6:5"), "{message}");
    }

    #[test]
    fn a_wrong_value_is_shown_with_line_and_column() {
        for (from, to, place) in [
            ("Europe/Prague", "Europe/Atlantis", "my.yaml:4:15: "),
            ("slug: one", "slug: One", "my.yaml:2:11: "),
            ("09:00-17:00", "17:00-09:00", "my.yaml:8:23: "),
            ("\"1.50\"", "\"1.505\"", "my.yaml:10:34: "),
            ("horizon_days: 30", "horizon_days: 3", "my.yaml:7:19: "),
        ] {
            let message = error(&ONE.replace(from, to));
            assert!(message.starts_with(place), "{from}: {message}");
        }
    }

    /// As [`ONE`], with staff, a resource and a service that needs both.
    fn staffed() -> String {
        ONE.replace(
            "    services:\n",
            "    exceptions: [{ date: 2027-12-24, hours: [\"09:00-10:00\"] }, { date: 2027-12-25 }]
    staff:
      - { id: ada, name: Ada, exceptions: [{ date: 2027-03-01 }] }
      - { id: eve, name: Eve, hours: { friday: [\"10:00-11:00\"] } }
    resources: [{ id: room, name: Room, count: 2 }]
    services:
      - { id: b, name: B, duration_minutes: 60, capacity: 3, staff: [ada, eve], resource: room, lead_time_minutes: 90,
          horizon_days: 14, buffer_before_minutes: 5, buffer_after_minutes: 10, requires_confirmation: true, currency: EUR }
",
        )
    }

    #[test]
    fn staff_resources_and_exceptions_are_read() {
        let tenants = Tenants::parse(&staffed(), "my.yaml").unwrap();
        let tenant = tenants.get("one").unwrap();
        let date = |text: &str| text.parse().unwrap();
        let windows = |member: usize, day| tenant.staff[member].hours.on(date(day)).len();
        // A Monday, a Friday, and the special dates, which are a Friday and a Saturday.
        assert_eq!((windows(0, "2027-03-08"), windows(1, "2027-03-08")), (1, 0));
        assert_eq!((windows(0, "2027-03-01"), windows(1, "2027-03-05")), (0, 1));
        assert_eq!((windows(0, "2027-12-24"), windows(0, "2027-12-25")), (1, 0));
        assert_eq!(tenant.resources[0].units(), ["room-1", "room-2"]);
        let service = tenant.service("b").unwrap();
        assert_eq!((service.capacity, service.horizon_days), (3, Some(14)));
        assert_eq!(
            (&*service.currency, &*tenant.service("a").unwrap().currency),
            ("EUR", "CZK")
        );
    }

    #[test]
    fn what_a_service_needs_and_nobody_has_is_shown_with_what_may_have_been_meant() {
        for (from, to, end) in [
            (
                "[ada, eve]",
                "[ada, ewe]",
                "is not of the staff of this tenant; did you mean eve?",
            ),
            (
                "resource: room,",
                "resource: hall,",
                "\"hall\" is not a resource of this tenant",
            ),
            ("id: eve, name", "id: ada, name", "ada is there twice"),
            (
                "2027-12-25",
                "2027-12-32",
                "\"2027-12-32\" is not a date such as 2027-12-24",
            ),
            (
                "date: 2027-12-25",
                "date: 2027-12-24",
                "2027-12-24 is there twice",
            ),
            ("count: 2", "count: 0", "count must be between 1 and 100"),
            (
                "capacity: 3",
                "capacity: 0",
                "capacity must be between 1 and 1000",
            ),
            (
                "buffer_after_minutes: 10",
                "buffer_after_minutes: 300",
                "buffer_after_minutes must be between 0 and 240",
            ),
            (
                "[{ id: room,",
                "[{ id: room-1, name: R, count: 1 }, { id: room,",
                "room is there twice",
            ),
        ] {
            let message = error(&staffed().replace(from, to));
            assert!(message.ends_with(end), "{to}: {message}");
        }
        let message = error(&staffed().replace("lead_time_minutes", "lead_minutes"));
        assert!(message.contains("unknown field `lead_minutes`"), "{message}");
    }

    #[test]
    fn a_tenant_that_is_there_twice_is_refused() {
        let twice = format!("{ONE}{}", ONE.trim_start_matches("tenants:\n"));
        assert!(error(&twice).contains("there twice"));
    }
}
