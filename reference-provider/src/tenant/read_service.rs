//! Reads a service of the catalogue, and the words that it shares with the rest of the file.

use serde_saphyr::Spanned;

use super::entries::{ServiceEntry, Wrong};
use super::longest_window;
use super::service::limits;
use super::{Member, Price, Resource, Service};
use crate::calendar::OpeningHours;
use crate::currency::places;

/// A service of a tenant with these hours, this currency, staff and resources.
pub(super) fn service(
    entry: ServiceEntry,
    open: &OpeningHours,
    of_tenant: &str,
    staff: &[Member],
    resources: &[Resource],
) -> Result<Service, Wrong> {
    id(&entry.id)?;
    name(&entry.name)?;
    let price = match entry.price {
        None => None,
        Some(text) => Some(Price::parse(&text.value).ok_or_else(|| {
            Wrong::new(
                &text,
                format!("{:?} is not a price such as \"890.50\"", text.value),
            )
        })?),
    };
    let currency = match &entry.currency {
        Some(text) => currency(text)?,
        None => of_tenant.to_owned(),
    };
    for member in &entry.staff {
        known(
            member,
            "of the staff",
            staff.iter().map(|member| member.id.as_str()),
        )?;
    }
    if let Some(resource) = &entry.resource {
        known(
            resource,
            "a resource",
            resources.iter().map(|resource| resource.id.as_str()),
        )?;
    }
    if let Some(price) = &price
        && let Some(places) = places(&currency)
        && price.places() > places
    {
        let at = entry.currency.as_ref().unwrap_or(&entry.id);
        return Err(Wrong::new(
            at,
            format!("{price} has more decimal places than the {places} of {currency}"),
        ));
    }
    let duration_minutes = Wrong::unless_within(
        &entry.duration_minutes,
        5,
        limits::LONGEST_MINUTES,
        "duration_minutes",
    )?;
    let ids: Vec<&str> = entry.staff.iter().map(|id| id.value.as_str()).collect();
    let longest = longest_window(open, staff, &ids);
    if duration_minutes > longest {
        let whose = if ids.is_empty() {
            ""
        } else {
            " in which one of its staff works"
        };
        return Err(Wrong::new(
            &entry.duration_minutes,
            format!(
                "nobody could ever book {duration_minutes} minutes: the longest time{whose} without a break has {longest} minutes"
            ),
        ));
    }
    let minutes = |value: &Option<Spanned<u32>>, most, name| match value {
        Some(value) => Wrong::unless_within(value, 0, most, name),
        None => Ok(0),
    };
    Ok(Service {
        description: entry.description,
        price,
        currency,
        duration_minutes,
        capacity: match &entry.capacity {
            Some(capacity) => Wrong::unless_within(capacity, 1, limits::MOST_PLACES, "capacity")?,
            None => 1,
        },
        requires_confirmation: entry.requires_confirmation,
        lead_minutes: minutes(
            &entry.lead_time_minutes,
            limits::LONGEST_LEAD_MINUTES,
            "lead_time_minutes",
        )?,
        horizon_days: match &entry.horizon_days {
            Some(days) => Some(Wrong::unless_within(days, 1, 730, "horizon_days")?),
            None => None,
        },
        buffer_before_minutes: minutes(
            &entry.buffer_before_minutes,
            limits::LONGEST_BUFFER_MINUTES,
            "buffer_before_minutes",
        )?,
        buffer_after_minutes: minutes(
            &entry.buffer_after_minutes,
            limits::LONGEST_BUFFER_MINUTES,
            "buffer_after_minutes",
        )?,
        staff: entry.staff.into_iter().map(|id| id.value).collect(),
        resource: entry.resource.map(|id| id.value),
        id: entry.id.value,
        name: entry.name.value,
    })
}

/// Refuses what cannot be an id. Ids are kept in a row with spaces between them.
pub(super) fn id(text: &Spanned<String>) -> Result<(), Wrong> {
    let id = &text.value;
    if id.is_empty() || id.len() > 100 || id.contains('~') || id.contains(char::is_whitespace) {
        return Err(Wrong::new(text, format!("{id:?} cannot be an id")));
    }
    Ok(())
}

/// Refuses a name that is blank.
pub(super) fn name(text: &Spanned<String>) -> Result<(), Wrong> {
    if text.value.trim().is_empty() {
        return Err(Wrong::new(text, "the name is empty"));
    }
    Ok(())
}

/// A currency by its code.
pub(super) fn currency(text: &Spanned<String>) -> Result<String, Wrong> {
    let code = &text.value;
    if places(code).is_none() {
        return Err(Wrong::new(text, format!("{code:?} is not an ISO 4217 code")));
    }
    Ok(code.clone())
}

/// Refuses an id that nothing has, with the one that may have been meant.
fn known<'a>(text: &Spanned<String>, what: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), Wrong> {
    let id = text.value.as_str();
    let mut closest = None;
    for other in ids {
        let distance = strsim::damerau_levenshtein(other, id);
        if distance == 0 {
            return Ok(());
        }
        if distance <= 2 && closest.is_none_or(|(least, _)| distance < least) {
            closest = Some((distance, other));
        }
    }
    let hint = closest.map_or_else(String::new, |(_, other)| format!("; did you mean {other}?"));
    Err(Wrong::new(
        text,
        format!("{id:?} is not {what} of this tenant{hint}"),
    ))
}
