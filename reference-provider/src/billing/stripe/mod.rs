//! Stripe's HTTP interface, as far as an invoice needs it: customers, payment intents, refunds, and what its webhooks tell.

mod client;
mod event;
mod options;
mod signature;

pub(super) use client::{Stripe, units};
pub(crate) use event::{GatewayEvent, WebhookError, read_event};
pub use options::{StripeOptions, StripeUrl, StripeUrlError};
