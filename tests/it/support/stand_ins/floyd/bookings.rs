//! Bookings of a ledger, and the answers that are kept under a key.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::asked::Asked;
use super::{Ledger, conflict, data, error, invalid, iso, read_time, well_formed, with_time};
use crate::support::servers::Response;

/// What a booking is told apart by under a key: the customer is not among it.
const SIGNIFICANT: [&str; 5] = ["serviceId", "resourceId", "startTime", "endTime", "status"];

/// A booking with its only allocation.
pub(super) struct Booking {
    id: String,
    allocation: String,
    service: String,
    policy: String,
    resource: String,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    /// `hold`, `confirmed` or `canceled`.
    status: &'static str,
    expires: Option<DateTime<Utc>>,
    metadata: Value,
    made: DateTime<Utc>,
}

impl Booking {
    fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.status == "hold" && self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether it blocks its time.
    pub(super) fn is_active(&self, now: DateTime<Utc>) -> bool {
        self.status != "canceled" && !self.is_expired(now)
    }

    fn written(&self, ledger: &str, now: DateTime<Utc>) -> Value {
        let status = if self.is_expired(now) {
            "expired"
        } else {
            self.status
        };
        json!({
            "id": self.id,
            "ledgerId": ledger,
            "serviceId": self.service,
            "policyId": self.policy,
            "status": status,
            "expiresAt": self.expires.map(iso),
            "allocations": [{
                "id": self.allocation,
                "resourceId": self.resource,
                "startTime": iso(self.start),
                "endTime": iso(self.end),
                "buffer": { "beforeMs": 0, "afterMs": 0 },
                "active": self.is_active(now),
            }],
            "metadata": self.metadata,
            "createdAt": iso(self.made),
        })
    }
}

impl Ledger {
    pub(super) fn all_bookings(&self) -> Vec<Value> {
        let now = Utc::now();
        self.bookings
            .iter()
            .map(|booking| booking.written(&self.id, now))
            .collect()
    }

    /// The allocations that block a stretch of a resource.
    pub(super) fn clashing(
        &self,
        resource: &str,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Vec<&str> {
        self.bookings
            .iter()
            .filter(|booking| booking.resource == resource && booking.is_active(now))
            .filter(|booking| booking.start < end && start < booking.end)
            .map(|booking| booking.allocation.as_str())
            .collect()
    }

    /// `GET /bookings/{id}`
    pub(super) fn booking(&self, id: &str) -> Result<Response, Response> {
        let at = self.position(id)?;
        Ok(data(&self.bookings[at].written(&self.id, Utc::now())))
    }

    fn position(&self, id: &str) -> Result<usize, Response> {
        well_formed("bkg", id, "id")?;
        let found = self.bookings.iter().position(|booking| booking.id == id);
        found.ok_or_else(|| error(404, "not_found", "Booking not found"))
    }

    /// `POST /bookings`: once for each key, however often it is asked; refusals keep no key.
    pub(super) fn book(&mut self, asked: &Asked<'_>) -> Result<Response, Response> {
        let body = asked
            .json()
            .ok_or_else(|| error(400, "invalid_json", "Invalid JSON"))?;
        let Some(key) = asked.header("idempotency-key") else {
            return Ok(told(&self.insert(&body)?));
        };
        let sent: Value = SIGNIFICANT.iter().map(|field| body[*field].clone()).collect();
        if let Some((_, before, answer)) = self.answered.iter().find(|(known, _, _)| known == key) {
            if *before != sent {
                let message = "Idempotency key already used with different payload";
                return Err(error(422, "idempotency_payload_mismatch", message));
            }
            return Ok(told(answer));
        }
        let answer = self.insert(&body)?;
        self.answered.push((key.to_owned(), sent, answer.clone()));
        Ok(told(&answer))
    }

    fn insert(&mut self, body: &Value) -> Result<Value, Response> {
        let text = |key: &str| {
            let text = body[key].as_str();
            text.ok_or_else(|| invalid(key, "Expected a string"))
        };
        let (service, resource) = (text("serviceId")?, text("resourceId")?);
        well_formed("svc", service, "serviceId")?;
        well_formed("rsc", resource, "resourceId")?;
        let (start, end) = (read_time(body, "startTime")?, read_time(body, "endTime")?);
        if end <= start {
            return Err(invalid("endTime", "endTime must be after startTime"));
        }
        let status = match body.get("status").map(Value::as_str) {
            None | Some(Some("hold")) => "hold",
            Some(Some("confirmed")) => "confirmed",
            Some(_) => return Err(invalid("status", "Expected hold or confirmed")),
        };
        self.find_resource(resource, "resourceId")?;
        let found = self.find(service)?;
        let Some(policy) = &found.policy else {
            let details = json!({ "serviceId": service });
            return Err(conflict(
                "service.no_policy",
                "The service has no policy",
                &details,
            ));
        };
        self.evaluate(policy, start, end)?;
        let now = Utc::now();
        let clashing = self.clashing(resource, start, end, now);
        if !clashing.is_empty() && !self.ways.double_books {
            let details = json!({ "conflictingAllocationIds": clashing });
            return Err(conflict(
                "allocation.overlap",
                "The time is already allocated",
                &details,
            ));
        }
        let policy = policy.id.clone();
        let booking = Booking {
            id: self.next_id("bkg"),
            allocation: self.next_id("alc"),
            service: service.to_owned(),
            policy,
            resource: resource.to_owned(),
            start,
            end,
            status,
            expires: (status == "hold").then(|| now + self.ways.hold),
            metadata: body["metadata"].clone(),
            made: now,
        };
        let answer = with_time(201, &booking.written(&self.id, now));
        self.bookings.push(booking);
        Ok(answer)
    }

    /// `POST /bookings/{id}/confirm`
    pub(super) fn confirm(&mut self, id: &str) -> Result<Response, Response> {
        let (at, now) = (self.position(id)?, Utc::now());
        let booking = &mut self.bookings[at];
        if booking.is_expired(now) {
            let details = json!({ "expiresAt": booking.expires.map(iso), "serverTime": iso(now) });
            return Err(conflict("booking.hold_expired", "The hold has expired", &details));
        }
        if booking.status == "canceled" {
            let details = json!({ "status": booking.status });
            return Err(conflict(
                "booking.invalid_transition",
                "The booking cannot be confirmed",
                &details,
            ));
        }
        booking.status = "confirmed";
        booking.expires = None;
        Ok(told(&with_time(200, &booking.written(&self.id, now))))
    }

    /// `POST /bookings/{id}/cancel`; a reason has no place in it.
    pub(super) fn cancel(&mut self, id: &str) -> Result<Response, Response> {
        let (at, now) = (self.position(id)?, Utc::now());
        let booking = &mut self.bookings[at];
        booking.status = "canceled";
        booking.expires = None;
        Ok(told(&with_time(200, &booking.written(&self.id, now))))
    }
}

/// The answer that was kept: its status and its body.
fn told(answer: &Value) -> Response {
    let status = answer[0].as_u64().and_then(|status| u16::try_from(status).ok());
    Response::Json(status.unwrap(), answer[1].clone())
}
