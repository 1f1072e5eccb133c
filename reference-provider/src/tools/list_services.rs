//! `list_services`: the catalogue.

use serde_json::{Map, Value, json};

use super::{Answer, Call};
use crate::fault::Fault;

pub(super) fn answer(call: Call<'_>) -> Answer {
    let unstable = call
        .faults
        .has(Fault::UnstableServiceIds)
        .then(|| call.provider.next_call());
    let services: Vec<Value> = call
        .tenant
        .services
        .iter()
        .map(|service| {
            let id = match unstable {
                Some(number) => format!("{}~{number}", service.id),
                None => service.id.clone(),
            };
            let mut entry = Map::new();
            entry.insert("id".to_owned(), id.into());
            entry.insert("name".to_owned(), service.name.as_str().into());
            if let Some(description) = &service.description {
                entry.insert("description".to_owned(), description.as_str().into());
            }
            if let Some(price) = &service.price {
                entry.insert("price".to_owned(), price.to_number().into());
                entry.insert("currency".to_owned(), call.tenant.currency.as_str().into());
            }
            entry.insert("duration_minutes".to_owned(), service.duration_minutes.into());
            entry.into()
        })
        .collect();
    Answer::success(json!({
        "currency": call.tenant.currency,
        "timezone": call.tenant.calendar.timezone.name(),
        "services": services,
    }))
}
