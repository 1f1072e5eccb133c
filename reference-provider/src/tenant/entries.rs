//! The keys of a file of tenants, before their values are checked. Unknown keys are refused here.

use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileEntry {
    pub(super) tenants: Vec<TenantEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantEntry {
    pub(super) slug: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) timezone: Spanned<String>,
    pub(super) currency: Spanned<String>,
    pub(super) slot_step_minutes: Spanned<u32>,
    pub(super) horizon_days: Spanned<u32>,
    pub(super) reminder_hours: Option<Spanned<u32>>,
    pub(super) hours: HoursEntry,
    #[serde(default)]
    pub(super) exceptions: Vec<ExceptionEntry>,
    #[serde(default)]
    pub(super) staff: Vec<MemberEntry>,
    #[serde(default)]
    pub(super) resources: Vec<ResourceEntry>,
    pub(super) services: Spanned<Vec<ServiceEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(super) struct HoursEntry {
    pub(super) monday: Vec<Spanned<String>>,
    pub(super) tuesday: Vec<Spanned<String>>,
    pub(super) wednesday: Vec<Spanned<String>>,
    pub(super) thursday: Vec<Spanned<String>>,
    pub(super) friday: Vec<Spanned<String>>,
    pub(super) saturday: Vec<Spanned<String>>,
    pub(super) sunday: Vec<Spanned<String>>,
}

/// A date with hours of its own; without any, it is closed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExceptionEntry {
    pub(super) date: Spanned<String>,
    #[serde(default)]
    pub(super) hours: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberEntry {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) hours: Option<HoursEntry>,
    #[serde(default)]
    pub(super) exceptions: Vec<ExceptionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceEntry {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) count: Spanned<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceEntry {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) description: Option<String>,
    pub(super) price: Option<Spanned<String>>,
    pub(super) currency: Option<Spanned<String>>,
    pub(super) duration_minutes: Spanned<u32>,
    pub(super) capacity: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) requires_confirmation: bool,
    pub(super) lead_time_minutes: Option<Spanned<u32>>,
    pub(super) horizon_days: Option<Spanned<u32>>,
    pub(super) buffer_before_minutes: Option<Spanned<u32>>,
    pub(super) buffer_after_minutes: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) staff: Vec<Spanned<String>>,
    pub(super) resource: Option<Spanned<String>>,
}

/// A value that cannot be used, and where it stands.
pub(super) struct Wrong {
    pub(super) at: Location,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn new<T>(value: &Spanned<T>, message: impl Into<String>) -> Self {
        Self {
            at: value.referenced,
            message: message.into(),
        }
    }

    /// The value, if it lies between these.
    pub(super) fn unless_within(
        value: &Spanned<u32>,
        least: u32,
        most: u32,
        name: &str,
    ) -> Result<u32, Self> {
        if (least..=most).contains(&value.value) {
            Ok(value.value)
        } else {
            Err(Self::new(
                value,
                format!("{name} must be between {least} and {most}"),
            ))
        }
    }
}
