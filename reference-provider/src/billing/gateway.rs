//! The gateway, which takes the money: one trait, and the default that takes none.

use async_trait::async_trait;

use super::standing::Held;
use super::stripe::StripeOptions;
use crate::store::{Invoice, Refund};

/// The gateway that takes the money.
#[derive(Debug, Clone, Default)]
pub enum GatewayOptions {
    /// None: an invoice is settled by a button on its page where the sandbox is on, and at the venue elsewhere.
    #[default]
    Embedded,
    /// Stripe, or what speaks its interface.
    Stripe(StripeOptions),
}

/// The reason why a gateway did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    /// It could not be reached, answered too late, too long or nothing that can be read: it may have acted, and is asked again.
    #[error("the gateway gave no answer: {0}")]
    NoAnswer(String),
    /// It answered that it will not.
    #[error("the gateway refused with status {status}: {message}")]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// Its message.
        message: String,
    },
    /// The amount cannot be said in units that the gateway knows.
    #[error("{amount} {currency} is no whole number of the units that the gateway counts in")]
    Amount {
        /// The decimal.
        amount: String,
        /// Of this currency.
        currency: String,
    },
}

/// What a gateway answered that was asked to give money back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refunding {
    pub(crate) state: Refund,
    /// Its id of the refund.
    pub(crate) id: Option<String>,
    /// The amount in its units; None for all that was left.
    pub(crate) units: Option<u64>,
}

/// Takes the money for an invoice. Each call may be repeated: asked twice for one invoice, it acts once.
#[async_trait]
pub(crate) trait Gateway: Send + Sync {
    /// Returns true if an invoice can be paid as soon as it is written, without the gateway.
    fn needs_nothing(&self) -> bool;

    /// Makes what settles an invoice; its id.
    async fn charge(&self, invoice: &Invoice) -> Result<String, GatewayError>;

    /// Makes sure that a payment which was made for an invoice cannot be paid any more.
    async fn void(&self, payment_id: &str) -> Result<(), GatewayError>;

    /// Gives back what is here of a payment for an invoice.
    async fn refund(&self, invoice: &Invoice, held: &Held) -> Result<Refunding, GatewayError>;
}

/// Takes no money, so there is nothing to make and nothing to wait for.
pub(super) struct Embedded;

#[async_trait]
impl Gateway for Embedded {
    fn needs_nothing(&self) -> bool {
        true
    }

    async fn charge(&self, invoice: &Invoice) -> Result<String, GatewayError> {
        Ok(invoice.id.clone())
    }

    async fn void(&self, _: &str) -> Result<(), GatewayError> {
        Ok(())
    }

    async fn refund(&self, _: &Invoice, _: &Held) -> Result<Refunding, GatewayError> {
        Ok(Refunding {
            state: Refund::Refunded,
            id: None,
            units: None,
        })
    }
}
