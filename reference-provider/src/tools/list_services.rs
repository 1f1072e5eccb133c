//! `list_services`: the catalogue.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::store::StoreError;

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "list_services",
    domain: "booking",
    contract: ContractText::PerVersion([
        include_str!("../../contract/list_services.json"),
        include_str!("../../contract/v0.2.0/list_services.json"),
    ]),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {}

pub(super) async fn answer(call: Call<'_>, _: Input) -> Result<Answer, StoreError> {
    let services: Vec<Value> = call
        .services()
        .await?
        .iter()
        .map(|service| {
            let mut entry = Map::new();
            entry.insert("id".to_owned(), service.id.as_str().into());
            entry.insert("name".to_owned(), service.name.as_str().into());
            if let Some(description) = &service.description {
                entry.insert("description".to_owned(), description.as_str().into());
            }
            if let Some(price) = &service.price {
                entry.insert("price".to_owned(), price.to_number().into());
                entry.insert("currency".to_owned(), service.currency.as_str().into());
            }
            entry.insert("duration_minutes".to_owned(), service.duration_minutes.into());
            if service.capacity > 1 {
                entry.insert("capacity".to_owned(), service.capacity.into());
            }
            if service.requires_confirmation {
                entry.insert("requires_confirmation".to_owned(), true.into());
            }
            entry.into()
        })
        .collect();
    Ok(Answer::success(json!({
        "currency": call.tenant.currency,
        "timezone": call.tenant.calendar.timezone.name(),
        "services": services,
    })))
}
