//! Events of Stripe's webhooks, as far as they concern an invoice. Events come late, twice and in any order, so each is read as a fact
//! on its own, and never as the next step of a sequence.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::client::refund_state;
use super::signature::is_signed;
use crate::secret::Secret;
use crate::store::payments::{Payment, Told};

/// A fact about a payment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum GatewayEvent {
    /// It went through.
    Paid {
        payment: Payment,
        /// The invoice for which it was made, as we have told Stripe.
        invoice: Option<String>,
    },
    /// The status of a refund of it: of the whole, or of a part.
    Refund(Told),
    /// All of it was given back.
    AllGivenBack {
        /// The payment's id.
        payment: String,
    },
    /// Nothing that matters here.
    Other,
}

/// The reason why an event is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WebhookError {
    #[error("the signature is missing, wrong or too old")]
    Unsigned,
    #[error("the body is no event")]
    NoEvent,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// Reads an event that Stripe signed.
pub(crate) fn read_event(
    header: Option<&str>,
    body: &[u8],
    secret: &Secret,
    now: DateTime<Utc>,
) -> Result<GatewayEvent, WebhookError> {
    if !header.is_some_and(|header| is_signed(header, body, secret, now)) {
        return Err(WebhookError::Unsigned);
    }
    let event: Event = serde_json::from_slice(body).map_err(|_| WebhookError::NoEvent)?;
    Ok(told(&event.kind, &event.data.object).unwrap_or(GatewayEvent::Other))
}

fn told(kind: &str, object: &Value) -> Option<GatewayEvent> {
    let text = |key: &str| object[key].as_str().map(str::to_owned);
    let invoice = || object.pointer("/metadata/invoice").and_then(Value::as_str);
    match kind {
        "payment_intent.succeeded" => Some(GatewayEvent::Paid {
            payment: Payment {
                id: text("id")?,
                // Older versions of the interface do not say how much was received.
                units: Some(
                    amount(&object["amount_received"])?
                        .or(amount(&object["amount"])?)
                        .filter(|units| *units > 0)?,
                ),
                currency: text("currency")?,
            },
            invoice: invoice().map(str::to_owned),
        }),
        // It is told of a part of the amount too, of which its refund is told as well.
        "charge.refunded" if object["refunded"] == true => Some(GatewayEvent::AllGivenBack {
            payment: text("payment_intent")?,
        }),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            Some(GatewayEvent::Refund(Told {
                id: text("id")?,
                payment: text("payment_intent")?,
                units: amount(&object["amount"])?,
                currency: text("currency"),
                state: refund_state(object["status"].as_str()?),
                // We have told Stripe for which invoice we ask it back; nobody else has.
                is_ours: invoice().is_some(),
            }))
        }
        _ => None,
    }
}

/// An amount in Stripe's units, or that there is none. Returns None for what is no amount: nothing can be made of it.
fn amount(value: &Value) -> Option<Option<u64>> {
    match value {
        Value::Null => Some(None),
        amount => amount.as_u64().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::Refund;

    #[test]
    fn events_are_read_as_facts_and_all_others_are_nothing() {
        let paid = json!({
            "id": "pi_1", "amount": 9500, "currency": "usd", "metadata": { "invoice": "inv_1" },
        });
        let expected = |units| {
            Some(GatewayEvent::Paid {
                payment: Payment {
                    id: "pi_1".to_owned(),
                    units: Some(units),
                    currency: "usd".to_owned(),
                },
                invoice: Some("inv_1".to_owned()),
            })
        };
        assert_eq!(told("payment_intent.succeeded", &paid), expected(9500));
        let mut part = paid.clone();
        part["amount_received"] = 100.into();
        assert_eq!(told("payment_intent.succeeded", &part), expected(100));
        part["amount_received"] = 0.into();
        assert_eq!(told("payment_intent.succeeded", &part), None);
        assert_eq!(told("payment_intent.payment_failed", &paid), None);
        assert_eq!(told("payment_intent.succeeded", &json!({ "id": 1 })), None);
        let refund = |state| {
            Some(GatewayEvent::Refund(Told {
                id: "re_1".to_owned(),
                payment: "pi_1".to_owned(),
                units: None,
                currency: None,
                state,
                is_ours: false,
            }))
        };
        for (status, state) in [
            ("succeeded", Refund::Refunded),
            ("pending", Refund::Pending),
            ("requires_action", Refund::Pending),
            ("failed", Refund::Denied),
            ("canceled", Refund::Denied),
        ] {
            let object = json!({ "id": "re_1", "payment_intent": "pi_1", "status": status });
            assert_eq!(told("refund.updated", &object), refund(state), "{status}");
        }
        let charge = |refunded| json!({ "id": "ch_1", "payment_intent": "pi_1", "refunded": refunded });
        assert!(told("charge.refunded", &charge(true)).is_some());
        assert_eq!(told("charge.refunded", &charge(false)), None);
    }
}
