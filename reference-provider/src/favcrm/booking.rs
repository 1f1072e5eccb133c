//! A booking in either shape.

use serde_json::{Map, Value, json};

use super::catalogue::Catalogue;
use super::local;
use super::shape::Shape;
use crate::store::Booking;
use crate::tools::wire_time;

/// The fields of a booking that are shown. Values are the provider's own, right or wrong.
pub(super) struct Shown {
    pub(super) id: Value,
    pub(super) status: Value,
    pub(super) start: Value,
    pub(super) end: Value,
    /// `id` and `name`.
    pub(super) service: Value,
    /// `name` and `email`.
    pub(super) customer: Value,
    pub(super) account: Option<String>,
    pub(super) notes: Option<Value>,
}

impl Shown {
    /// From the answer of a tool that carries a booking.
    pub(super) fn answered(mut answer: Map<String, Value>) -> Self {
        let mut take = |key: &str| answer.remove(key);
        let status = take("status").or_else(|| {
            // create_booking says it in this way.
            let confirmed = take("confirmed")?.as_bool()?;
            Some(if confirmed { "confirmed" } else { "pending" }.into())
        });
        Self {
            id: take("booking_id").unwrap_or_default(),
            status: status.unwrap_or_default(),
            start: take("start_at").unwrap_or_default(),
            end: take("end_at").unwrap_or_default(),
            service: take("service").unwrap_or_default(),
            customer: take("customer").unwrap_or_default(),
            account: None,
            notes: take("notes"),
        }
    }

    /// From the store.
    pub(super) fn kept(booking: Booking) -> Self {
        Self {
            id: booking.id.into(),
            status: booking.status.name().into(),
            start: wire_time(booking.slot.start).into(),
            end: wire_time(booking.slot.end).into(),
            service: json!({ "id": booking.service_id, "name": booking.service_name }),
            customer: json!({ "name": booking.customer_name, "email": booking.customer_email }),
            account: None,
            notes: None,
        }
    }

    pub(super) fn of_account(mut self, id: Option<String>) -> Self {
        self.account = id;
        self
    }

    /// The booking as a shape has it.
    pub(super) fn written(self, shape: Shape, zone: time_zones::Zone, catalogue: &Catalogue) -> Value {
        let price = self.service["id"].as_str().and_then(|id| catalogue.price(id));
        let mut entry = match json!({
            "id": self.id,
            "status": self.status,
            "serviceId": self.service["id"],
            "serviceName": self.service["name"],
        }) {
            Value::Object(entry) => entry,
            _ => Map::new(),
        };
        let mut put = |key: &str, value: Value| entry.insert(key.to_owned(), value);
        match shape {
            Shape::Live => {
                put("accountId", self.account.into());
                put("bookingDate", local::date(zone, &self.start));
                put("startTime", local::time(zone, &self.start));
                put("endTime", local::time(zone, &self.end));
            }
            Shape::Article => {
                put("start", self.start);
                put("end", self.end);
                put("customer", self.customer);
            }
        }
        if let Some((amount, currency)) = price {
            put("totalPrice", amount);
            put("currency", currency);
        }
        if let Some(notes) = self.notes {
            put("notes", notes);
        }
        entry.into()
    }
}
