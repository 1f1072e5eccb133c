//! Invoices and what settles them.
//!
//! ```text
//! issue    one invoice a booking, with its number; then the gateway makes what settles it
//! settle   what is told of money, and what goes back when a booking is cancelled
//! standing what an invoice comes to, by all that is known of its money
//! gateway  who takes the money: one trait; `stripe` is one, `Embedded` the default
//! money    decimals and minor units of a currency, in integers
//! ```
//!
//! It owns the order of things: our own record first, the gateway after it, so that a gateway which is down loses no invoice. It
//! refuses floats, and it keeps no card: a customer pays at the gateway.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod gateway;
mod issue;
mod locks;
mod money;
mod settle;
mod standing;
mod stripe;

pub(crate) use gateway::Gateway;
pub use gateway::GatewayOptions;
pub(crate) use issue::{Issue, Issued, TERM, number, status_at};
pub(crate) use locks::Locks;
pub(crate) use money::as_number as amount_as_number;
pub(crate) use settle::{cancel_within, give_back, pay, pay_within, record_event};
pub(crate) use stripe::{GatewayEvent, WebhookError, read_event};
pub use stripe::{StripeOptions, StripeUrl, StripeUrlError};

use crate::secret::Secret;

/// The gateway, and the turns of those who wait for it.
pub(crate) struct Billing {
    pub(crate) gateway: Box<dyn Gateway>,
    /// Nobody asks the gateway twice at one time for the same invoice.
    pub(crate) locks: Locks,
    /// The secret that signs the webhooks of the gateway; `None` if it has none.
    pub(crate) webhook_secret: Option<Secret>,
}

impl Billing {
    /// With this gateway.
    pub(crate) fn open(options: GatewayOptions) -> Result<Self, crate::Error> {
        let (gateway, webhook_secret): (Box<dyn Gateway>, _) = match options {
            GatewayOptions::Embedded => (Box::new(gateway::Embedded), None),
            GatewayOptions::Stripe(options) => {
                let secret = options.webhook_secret.clone();
                (Box::new(stripe::Stripe::new(options)?), Some(secret))
            }
        };
        Ok(Self {
            gateway,
            locks: Locks::default(),
            webhook_secret,
        })
    }
}
