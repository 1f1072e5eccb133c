//! The tools about services, free slots and settings.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ask::ask;
use super::local;
use super::reply::{Failure, counted, success};
use super::shape::Shape;
use crate::request_context::{Reply, RequestContext};

/// The catalogue as `list_services` of the provider answers it.
pub(super) struct Catalogue {
    currency: Value,
    services: Vec<Value>,
}

impl Catalogue {
    pub(super) async fn of(context: RequestContext<'_>) -> Result<Self, Failure> {
        let mut answer = ask(context, "list_services", json!({})).await?;
        let services = match answer.remove("services") {
            Some(Value::Array(services)) => services,
            _ => Vec::new(),
        };
        Ok(Self {
            currency: answer.remove("currency").unwrap_or_default(),
            services,
        })
    }

    fn find(&self, id: &str) -> Option<&Value> {
        self.services.iter().find(|service| service["id"] == id)
    }

    /// The length of a service; `None` if there is no such service.
    pub(super) fn length(&self, id: &str) -> Option<TimeDelta> {
        self.find(id)?["duration_minutes"]
            .as_i64()
            .and_then(TimeDelta::try_minutes)
    }

    /// The price of a service: a decimal and its currency; `None` if it has no price.
    pub(super) fn price(&self, id: &str) -> Option<(Value, Value)> {
        let service = self.find(id)?;
        Some((decimal(&service["price"])?.into(), self.currency_of(service)))
    }

    /// A service as FavCRM has it.
    fn written(&self, service: &Value) -> Value {
        let mut entry = Map::new();
        for (ours, theirs) in [
            ("id", "id"),
            ("name", "name"),
            ("description", "description"),
            ("duration_minutes", "durationMinutes"),
            ("capacity", "capacity"),
            ("requires_confirmation", "requiresConfirmation"),
        ] {
            if let Some(value) = service.get(ours) {
                entry.insert(theirs.to_owned(), value.clone());
            }
        }
        // FavCRM has no service without a price: what is not set is its default.
        let price = decimal(&service["price"]).unwrap_or_else(|| "0".to_owned());
        entry.insert("price".to_owned(), price.into());
        entry.insert("currency".to_owned(), self.currency_of(service));
        entry.insert("status".to_owned(), "active".into());
        entry.into()
    }

    fn currency_of(&self, service: &Value) -> Value {
        service.get("currency").unwrap_or(&self.currency).clone()
    }
}

/// A price as FavCRM writes it: a decimal string with two places.
fn decimal(price: &Value) -> Option<String> {
    Some(format!("{:.2}", price.as_f64()?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceInput {
    name: String,
    duration_minutes: u32,
    price: Option<String>,
    currency: Option<String>,
    capacity: Option<u32>,
    requires_confirmation: Option<bool>,
    description: Option<String>,
}

/// `create_service`
pub(super) async fn create_service(
    context: RequestContext<'_>,
    input: ServiceInput,
) -> Result<Reply, Failure> {
    let mut asked = json!({
        "name": input.name,
        "duration_minutes": input.duration_minutes,
        "price": input.price.unwrap_or_else(|| "0".to_owned()),
    });
    for (key, value) in [
        ("currency", input.currency.map(Value::from)),
        ("capacity", input.capacity.map(Value::from)),
        (
            "requires_confirmation",
            input.requires_confirmation.map(Value::from),
        ),
        ("description", input.description.map(Value::from)),
    ] {
        if let Some(value) = value {
            asked[key] = value;
        }
    }
    let made = ask(context, "create_service", asked).await?;
    let id = made.get("service_id").and_then(Value::as_str).unwrap_or_default();
    let catalogue = Catalogue::of(context).await?;
    let service = catalogue.find(id).map(|service| catalogue.written(service));
    let summary = format!("Service {id}");
    Ok(success(json!({ "service": service }), &summary, "service"))
}

/// `list_services`
pub(super) async fn list_services(context: RequestContext<'_>) -> Result<Reply, Failure> {
    let catalogue = Catalogue::of(context).await?;
    let written = |service| catalogue.written(service);
    let services: Vec<Value> = catalogue.services.iter().map(written).collect();
    let summary = counted(services.len(), "service");
    Ok(success(json!({ "services": services }), &summary, "service_list"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SlotsInput {
    service_id: String,
    date: String,
}

/// `get_available_slots`
pub(super) async fn slots(
    context: RequestContext<'_>,
    shape: Shape,
    input: SlotsInput,
) -> Result<Reply, Failure> {
    let asked = json!({ "service_id": input.service_id, "date": input.date });
    let answer = ask(context, "check_availability", asked).await?;
    let zone = context.tenant.calendar.timezone;
    let written = |slot: &Value| match shape {
        Shape::Live => json!({
            "startTime": local::time(zone, &slot["start_at"]),
            "endTime": local::time(zone, &slot["end_at"]),
            "available": slot["available"],
        }),
        Shape::Article => json!({
            "start": slot["start_at"],
            "end": slot["end_at"],
            "available": slot["available"],
        }),
    };
    let listed = answer.get("slots").and_then(Value::as_array);
    let slots: Vec<Value> = listed.into_iter().flatten().map(written).collect();
    let summary = counted(slots.len(), "free slot");
    let data = json!({ "serviceId": input.service_id, "date": input.date, "slots": slots });
    Ok(success(data, &summary, "slot_list"))
}

/// `get_booking_settings`
pub(super) fn settings(context: RequestContext<'_>) -> Reply {
    let data = json!({
        "timezone": context.tenant.calendar.timezone.name(),
        "currency": context.tenant.currency,
        "hideUnavailableTimeslots": true,
        "allowMemberCancellation": true,
        "memberCancellationCutoffHours": 0,
        "minimumAdvanceBookingMinutes": null,
    });
    success(data, "Booking settings", "settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_two_places() {
        for (price, written) in [(json!(10.5), "10.50"), (json!(890), "890.00"), (json!(0), "0.00")] {
            assert_eq!(decimal(&price).as_deref(), Some(written));
        }
        assert_eq!(decimal(&Value::Null), None);
    }
}
