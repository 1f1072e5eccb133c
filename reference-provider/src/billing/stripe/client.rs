//! Requests to Stripe: form posts with a key against repeats, a limit of time and a limit of length on every answer.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::StripeOptions;
use crate::billing::gateway::{Gateway, GatewayError, Refunding};
use crate::billing::money;
use crate::billing::standing::Held;
use crate::currency;
use crate::store::{Invoice, Refund};

/// The timeout of one answer. An invoice takes two calls, and its caller waits no longer than ten seconds.
const LIMIT: Duration = Duration::from_secs(4);

const CONNECT: Duration = Duration::from_secs(2);

/// An answer has a few kilobytes.
const LONGEST_ANSWER: usize = 256 * 1024;

/// The part of a refusal that is kept, in characters.
const LONGEST_MESSAGE: usize = 300;

/// An account at Stripe.
pub(crate) struct Stripe {
    options: StripeOptions,
    client: reqwest::Client,
}

impl Stripe {
    pub(crate) fn new(options: StripeOptions) -> Result<Self, crate::Error> {
        // Whoever was first has chosen the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(LIMIT)
            .connect_timeout(CONNECT)
            // A key is for the address that was configured, and for no other.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| crate::Error::Gateway(error.to_string()))?;
        Ok(Self { options, client })
    }

    /// Posts a form. The same key asks for the same thing, however often it is sent.
    async fn post(&self, path: &str, key: &str, form: &[(&str, &str)]) -> Result<Value, GatewayError> {
        let no_answer = |error: reqwest::Error| GatewayError::NoAnswer(error.without_url().to_string());
        let mut response = self
            .client
            .post(format!("{}/v1/{path}", self.options.url.as_str()))
            .bearer_auth(self.options.key.reveal())
            .header("Idempotency-Key", key)
            .form(form)
            .send()
            .await
            .map_err(no_answer)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
            if body.len().saturating_add(chunk.len()) > LONGEST_ANSWER {
                return Err(GatewayError::NoAnswer("the answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        let answer = serde_json::from_slice::<Value>(&body).ok();
        match answer {
            Some(answer) if status.is_success() => Ok(answer),
            // It is overloaded, or broken: not a word about what it was asked.
            _ if status.is_server_error() || status.as_u16() == 429 || status.is_success() => {
                Err(GatewayError::NoAnswer(format!("status {}", status.as_u16())))
            }
            answer => Err(GatewayError::Refused {
                status: status.as_u16(),
                message: refusal(answer.as_ref()),
            }),
        }
    }
}

#[async_trait]
impl Gateway for Stripe {
    fn needs_nothing(&self) -> bool {
        false
    }

    async fn charge(&self, invoice: &Invoice) -> Result<String, GatewayError> {
        let amount = units(invoice)?.to_string();
        let customer = self
            .post(
                "customers",
                &format!("{}-customer", invoice.id),
                &[
                    ("name", &invoice.customer_name),
                    ("email", &invoice.customer_email),
                    ("metadata[tenant]", &invoice.tenant),
                ],
            )
            .await?;
        let intent = self
            .post(
                "payment_intents",
                &format!("{}-payment", invoice.id),
                &[
                    ("amount", &amount),
                    ("currency", &invoice.currency.to_lowercase()),
                    ("customer", id_of(&customer, "cus_")?),
                    ("metadata[invoice]", &invoice.id),
                    ("metadata[number]", &invoice.number),
                ],
            )
            .await?;
        id_of(&intent, "pi_").map(str::to_owned)
    }

    async fn void(&self, payment_id: &str) -> Result<(), GatewayError> {
        let path = format!("payment_intents/{payment_id}/cancel");
        self.post(&path, &format!("{payment_id}-void"), &[]).await?;
        Ok(())
    }

    async fn refund(&self, invoice: &Invoice, held: &Held) -> Result<Refunding, GatewayError> {
        let payment = held.payment.as_str();
        let of = match invoice.payment_id.as_deref() == Some(payment) {
            true => invoice.id.as_str(),
            false => payment,
        };
        let key = match held.refunds {
            0 => format!("{of}-refund"),
            earlier => format!("{of}-refund-{earlier}"),
        };
        let form = [("payment_intent", payment), ("metadata[invoice]", &invoice.id)];
        let refund = self.post("refunds", &key, &form).await?;
        let state = refund_state(refund.get("status").and_then(Value::as_str).unwrap_or_default());
        Ok(Refunding {
            state,
            id: id_of(&refund, "re_").ok().map(str::to_owned),
            units: refund.get("amount").and_then(Value::as_u64),
        })
    }
}

/// The status of a refund, in Stripe's words.
pub(super) fn refund_state(status: &str) -> Refund {
    match status {
        "succeeded" => Refund::Refunded,
        "failed" | "canceled" => Refund::Denied,
        _ => Refund::Pending,
    }
}

/// The amount in the units in which Stripe counts: the minor ones of the currency, but for two that it writes with cents which they do
/// not have, and for those with three places, of which the last must be zero (<https://docs.stripe.com/currencies>).
pub(crate) fn units(invoice: &Invoice) -> Result<u64, GatewayError> {
    let exponent = match invoice.currency.as_str() {
        "ISK" | "UGX" => Some(2),
        other => currency::places(other),
    };
    exponent
        .and_then(|exponent| {
            let units = money::units(&invoice.amount, exponent)?;
            (exponent < 3 || units.is_multiple_of(10)).then_some(units)
        })
        .ok_or_else(|| GatewayError::Amount {
            amount: invoice.amount.clone(),
            currency: invoice.currency.clone(),
        })
}

/// The id of what was made. Part of it goes into addresses, so it must be one.
fn id_of<'a>(answer: &'a Value, prefix: &str) -> Result<&'a str, GatewayError> {
    let plain = |id: &&str| {
        id.starts_with(prefix)
            && id.len() <= 255
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    answer["id"]
        .as_str()
        .filter(plain)
        .ok_or_else(|| GatewayError::NoAnswer(format!("an answer without an id that begins with {prefix}")))
}

fn refusal(answer: Option<&Value>) -> String {
    let said = answer.and_then(|answer| answer.pointer("/error/message")?.as_str());
    said.unwrap_or("it does not say why")
        .chars()
        .take(LONGEST_MESSAGE)
        .collect()
}
