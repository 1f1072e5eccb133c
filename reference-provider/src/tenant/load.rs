//! Reading a file of tenants: unknown keys are refused, and what is wrong is shown with its line and column.

use std::collections::HashSet;
use std::sync::Arc;

use chrono_tz::Tz;
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use super::{Price, Service, Tenant, Tenants};
use crate::calendar::{Calendar, WeeklyHours, Window};

/// Why a file of tenants could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read.
    #[error("cannot read {origin}: {source}")]
    Read {
        /// The file.
        origin: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not YAML, or not of the shape of a file of tenants.
    #[error("{origin}: {message}")]
    Shape {
        /// The file.
        origin: String,
        /// What is wrong, with line, column and an excerpt.
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
        /// What is wrong.
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntry {
    tenants: Vec<TenantEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantEntry {
    slug: Spanned<String>,
    name: Spanned<String>,
    timezone: Spanned<String>,
    currency: Spanned<String>,
    slot_step_minutes: Spanned<u32>,
    horizon_days: Spanned<u32>,
    hours: HoursEntry,
    services: Spanned<Vec<ServiceEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct HoursEntry {
    monday: Vec<Spanned<String>>,
    tuesday: Vec<Spanned<String>>,
    wednesday: Vec<Spanned<String>>,
    thursday: Vec<Spanned<String>>,
    friday: Vec<Spanned<String>>,
    saturday: Vec<Spanned<String>>,
    sunday: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceEntry {
    id: Spanned<String>,
    name: Spanned<String>,
    description: Option<String>,
    price: Option<Spanned<String>>,
    duration_minutes: Spanned<u32>,
}

/// A value that cannot be used, and where it stands.
struct Wrong {
    at: Location,
    message: String,
}

impl Wrong {
    fn new<T>(value: &Spanned<T>, message: impl Into<String>) -> Self {
        Self {
            at: value.referenced,
            message: message.into(),
        }
    }
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
    if entry.name.value.trim().is_empty() {
        return Err(Wrong::new(&entry.name, "the name is empty"));
    }
    let timezone: Tz = entry.timezone.value.parse().map_err(|_| {
        Wrong::new(
            &entry.timezone,
            format!("{:?} is not an IANA time zone", entry.timezone.value),
        )
    })?;
    let currency = &entry.currency.value;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Wrong::new(
            &entry.currency,
            format!("{currency:?} is not an ISO 4217 code"),
        ));
    }
    let step_minutes = within(&entry.slot_step_minutes, 5, 24 * 60, "slot_step_minutes")?;
    let horizon_days = within(&entry.horizon_days, 30, 730, "horizon_days")?;
    let hours = hours(entry.hours)?;
    if hours.is_empty() {
        return Err(Wrong::new(&entry.slug, format!("tenant {slug} is never open")));
    }
    if entry.services.value.is_empty() {
        return Err(Wrong::new(
            &entry.services,
            format!("tenant {slug} offers no service"),
        ));
    }
    let mut ids = HashSet::new();
    let mut services = Vec::with_capacity(entry.services.value.len());
    for service_entry in entry.services.value {
        if !ids.insert(service_entry.id.value.clone()) {
            let message = format!("service {} is there twice", service_entry.id.value);
            return Err(Wrong::new(&service_entry.id, message));
        }
        services.push(service(service_entry)?);
    }
    Ok(Tenant {
        slug: entry.slug.value,
        name: entry.name.value,
        currency: entry.currency.value,
        calendar: Arc::new(Calendar {
            timezone,
            hours,
            step_minutes,
            horizon_days,
        }),
        services: services.into(),
    })
}

fn service(entry: ServiceEntry) -> Result<Service, Wrong> {
    let id = &entry.id.value;
    if id.trim() != id || id.is_empty() || id.len() > 100 || id.contains('~') {
        return Err(Wrong::new(
            &entry.id,
            format!("{id:?} cannot be the id of a service"),
        ));
    }
    if entry.name.value.trim().is_empty() {
        return Err(Wrong::new(&entry.name, "the name is empty"));
    }
    let price = match entry.price {
        None => None,
        Some(text) => Some(Price::parse(&text.value).ok_or_else(|| {
            Wrong::new(
                &text,
                format!("{:?} is not a price such as \"890.50\"", text.value),
            )
        })?),
    };
    // The store looks one day back for what may still run, so no service may be longer.
    let duration_minutes = within(&entry.duration_minutes, 5, 24 * 60, "duration_minutes")?;
    Ok(Service {
        id: entry.id.value,
        name: entry.name.value,
        description: entry.description,
        price,
        duration_minutes,
    })
}

fn hours(entry: HoursEntry) -> Result<WeeklyHours, Wrong> {
    let days = [
        entry.monday,
        entry.tuesday,
        entry.wednesday,
        entry.thursday,
        entry.friday,
        entry.saturday,
        entry.sunday,
    ];
    let mut hours = WeeklyHours::default();
    for (day, windows) in hours.days_mut().iter_mut().zip(days) {
        for text in windows {
            let window = Window::parse(&text.value).ok_or_else(|| {
                Wrong::new(
                    &text,
                    format!("{:?} is not a time range such as \"09:00-12:30\"", text.value),
                )
            })?;
            if day.last().is_some_and(|before| window.open < before.close) {
                return Err(Wrong::new(
                    &text,
                    "time ranges of a day must be in order and apart",
                ));
            }
            day.push(window);
        }
    }
    Ok(hours)
}

fn within(value: &Spanned<u32>, least: u32, most: u32, name: &str) -> Result<u32, Wrong> {
    if (least..=most).contains(&value.value) {
        Ok(value.value)
    } else {
        Err(Wrong::new(
            value,
            format!("{name} must be between {least} and {most}"),
        ))
    }
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

    #[test]
    fn a_tenant_that_is_there_twice_is_refused() {
        let twice = format!("{ONE}{}", ONE.trim_start_matches("tenants:\n"));
        assert!(error(&twice).contains("there twice"));
    }
}
