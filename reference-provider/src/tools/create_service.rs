//! `create_service`: one more service in the catalogue.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::answer::Answer;
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::clock::Clock;
use crate::policy::{ServiceRepeat, UnknownStaff};
use crate::store::{StoreError, StoredService, services};
use crate::tenant::{Price, Service, Tenant, longest_window};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "create_service",
    domain: "booking",
    contract: ContractText::Same(include_str!("../../contract/create_service.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

/// The time for which the same request returns the same service.
const WINDOW: TimeDelta = TimeDelta::seconds(60);

#[derive(Deserialize)]
pub(super) struct Input {
    name: String,
    description: Option<String>,
    duration_minutes: f64,
    price: Option<String>,
    currency: Option<String>,
    capacity: Option<f64>,
    requires_confirmation: Option<bool>,
    #[serde(default)]
    staff_ids: Vec<String>,
    resource_id: Option<String>,
    lead_time_minutes: Option<f64>,
    horizon_days: Option<f64>,
    buffer_before_minutes: Option<f64>,
    buffer_after_minutes: Option<f64>,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let (tenant, rules) = (call.tenant, call.policy.catalogue);
    let is_staff = |id: &String| tenant.staff.iter().any(|member| member.id == *id);
    if !input.staff_ids.iter().all(is_staff) && rules.unknown_staff == UnknownStaff::Refused {
        return Ok(Answer::refused("unknown_staff"));
    }
    let is_resource = |id: &String| tenant.resources.iter().any(|resource| resource.id == *id);
    if !input.resource_id.as_ref().is_none_or(is_resource) {
        return Ok(Answer::refused("unknown_resource"));
    }
    let (Some(price), false) = (price(input.price.as_deref()), input.name.trim().is_empty()) else {
        return Ok(Answer::malformed("invalid_input"));
    };
    let minutes = |number: Option<f64>| number.map_or(0, whole);
    let wished = Service {
        id: format!("svc_{}", Uuid::new_v4().simple()),
        name: input.name,
        description: input.description,
        price,
        currency: input.currency.unwrap_or_else(|| tenant.currency.clone()),
        duration_minutes: whole(input.duration_minutes),
        capacity: input.capacity.map_or(1, whole),
        requires_confirmation: input.requires_confirmation.unwrap_or_default(),
        lead_minutes: minutes(input.lead_time_minutes),
        horizon_days: input.horizon_days.map(whole),
        buffer_before_minutes: minutes(input.buffer_before_minutes),
        buffer_after_minutes: minutes(input.buffer_after_minutes),
        staff: input.staff_ids,
        resource: input.resource_id,
    };
    let (slug, clock) = (tenant.slug.clone(), call.clock.clone());
    let made = call
        .provider
        .store
        .write(move |db| {
            let now = clock.now();
            let since = now - WINDOW;
            let repeat = match rules.repeats {
                ServiceRepeat::Returned => services::find_repeat(db, &slug, &wished, since)?,
                ServiceRepeat::RetiredToo => services::find_repeat_of_any_status(db, &slug, &wished, since)?,
                ServiceRepeat::MadeAgain => None,
            };
            if let Some(earlier) = repeat {
                return Ok(earlier);
            }
            let new = StoredService {
                service: wished,
                active: true,
            };
            services::insert(db, &slug, &new, now)?;
            Ok(new.service)
        })
        .await?;
    call.provider.notice(|| unbookable(tenant, &made));
    Ok(answered(&made))
}

/// What is to be said of a service that nobody can ever book: the contract has no word for it, and its schema admits it.
fn unbookable(tenant: &Tenant, service: &Service) -> Option<String> {
    let ids: Vec<&str> = service.staff.iter().map(String::as_str).collect();
    let longest = longest_window(&tenant.calendar.hours, &tenant.staff, &ids);
    (service.duration_minutes > longest).then(|| {
        format!(
            "service {} of {} takes {} minutes, and nobody can book it: the longest time without a break has {longest} minutes",
            service.id, tenant.slug, service.duration_minutes
        )
    })
}

/// The price that was sent, or none. Returns `None` for a text that is no price, although the schema admits it.
fn price(text: Option<&str>) -> Option<Option<Price>> {
    match text {
        Some(text) => Price::parse(text).map(Some),
        None => Some(None),
    }
}

/// A number that the schema keeps whole and small.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the schema admits no other numbers"
)]
fn whole(number: f64) -> u32 {
    number as u32
}

/// The service as it is kept, without what it does not have.
fn answered(service: &Service) -> Answer {
    let mut answer = Answer::success(json!({
        "service_id": service.id,
        "name": service.name,
        "description": service.description,
        "duration_minutes": service.duration_minutes,
        "price": service.price.as_ref().map(ToString::to_string),
        "currency": service.currency,
        "capacity": service.capacity,
        "requires_confirmation": service.requires_confirmation,
        "staff_ids": service.staff,
        "resource_id": service.resource,
        "lead_time_minutes": service.lead_minutes,
        "horizon_days": service.horizon_days,
        "buffer_before_minutes": service.buffer_before_minutes,
        "buffer_after_minutes": service.buffer_after_minutes,
    }));
    answer.body.retain(|_, value| !value.is_null());
    answer
}
