//! `retire_service`: takes a service out of the catalogue. Its bookings stay.

use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::clock::Clock;
use crate::store::{StoreError, StoredService, services};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "retire_service",
    domain: "booking",
    contract: ContractText::Same(include_str!("../../contract/retire_service.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    service_id: String,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let retired = |id: &str| Answer::success(json!({ "service_id": id, "retired": true }));
    let Some(known) = call.known_service(&input.service_id).await? else {
        return Ok(Answer::refused("unknown_service"));
    };
    if !known.active {
        return Ok(retired(&input.service_id));
    }
    let (tenant, now) = (call.tenant.slug.clone(), call.clock.now());
    call.provider
        .store
        .write(move |db| {
            let id = &known.service.id;
            match services::find(db, &tenant, id)? {
                Some(_) => services::retire(db, &tenant, id),
                // A service of the tenant's file gets a row of its own, which goes before the file.
                None => {
                    let retired = StoredService {
                        active: false,
                        ..known
                    };
                    services::insert(db, &tenant, &retired, now)
                }
            }
        })
        .await?;
    Ok(retired(&input.service_id))
}
