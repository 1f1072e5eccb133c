//! The policy of invoices.

/// The policy of `create_invoice`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Billing {
    /// The invoice of a booking that is cancelled.
    pub(crate) cancelled_booking: InvoiceRule,
    /// The invoice of a booking without a price, in the tenant's currency.
    pub(crate) unpriced_booking: InvoiceRule,
    /// The distance between the numbers of two invoices.
    pub(crate) number_step: i64,
}

impl Default for Billing {
    fn default() -> Self {
        Self {
            cancelled_booking: InvoiceRule::default(),
            unpriced_booking: InvoiceRule::default(),
            number_step: 1,
        }
    }
}

/// The rule for an invoice of something that owes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum InvoiceRule {
    #[default]
    Refused,
    Made,
}
