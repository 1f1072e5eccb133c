//! What an invoice comes to, by all that is known of its money. It is pure: the same facts come to the same, in whatever order they were
//! told. Only amounts and ids decide.

use crate::store::payments::{Facts, Payment};
use crate::store::{Invoice, InvoiceStatus, Refund};

/// What an invoice comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) status: InvoiceStatus,
    /// How far the refund is of an invoice whose booking is cancelled, or of which all has gone back.
    pub(super) refund: Option<Refund>,
    /// The payments of which money is here.
    pub(super) held: Vec<Held>,
}

/// A payment of which money is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// The gateway's id of it.
    pub(crate) payment: String,
    /// The gateway has refused to give it back, or failed to.
    pub(crate) is_denied: bool,
    /// The number of refunds that we have asked for and that were done: what is left needs another one.
    pub(crate) refunds: usize,
}

/// One payment, with what has gone back of it.
struct Account {
    received: u64,
    /// It is of the currency of the invoice, so that it pays some of it.
    counts: bool,
    /// All of it has gone back.
    is_back: bool,
    held: Held,
}

/// What an invoice comes to that costs so many of the gateway's units.
pub(super) fn standing(invoice: &Invoice, owed: u64, facts: &Facts) -> Standing {
    let mut accounts: Vec<Account> = facts
        .payments
        .iter()
        .map(|payment| account(payment, invoice, owed, facts))
        .collect();
    accounts.extend(untold(invoice, owed, facts));
    let pays = |account: &&Account| account.counts;
    let sum = |sum: u64, account: &Account| sum.saturating_add(account.received);
    let received = accounts.iter().filter(pays).fold(0, sum);
    let kept = accounts
        .iter()
        .filter(pays)
        .filter(|account| !account.is_back)
        .fold(0, sum);
    let is_paid = |units| accounts.iter().any(|account| account.counts) && units >= owed;
    let is_back = !accounts.is_empty() && accounts.iter().all(|account| account.is_back);
    let was_paid = is_paid(received);
    let stays_paid = is_paid(kept) && !is_back;
    let held: Vec<Held> = accounts
        .into_iter()
        .filter(|account| !account.is_back)
        .map(|account| account.held)
        .collect();
    let (status, refund) = match invoice.is_withdrawn {
        _ if is_back && (invoice.is_withdrawn || was_paid) => {
            (InvoiceStatus::Cancelled, Some(Refund::Refunded))
        }
        true if held.is_empty() => (InvoiceStatus::Cancelled, None),
        true if held.iter().all(|held| held.is_denied) => (InvoiceStatus::Paid, Some(Refund::Denied)),
        true => (InvoiceStatus::Paid, Some(Refund::Pending)),
        false if stays_paid => (InvoiceStatus::Paid, None),
        false if invoice.status == InvoiceStatus::Draft => (InvoiceStatus::Draft, None),
        // A part that was paid settles nothing, and one that has gone back takes nothing away.
        false => (InvoiceStatus::Issued, None),
    };
    Standing { status, refund, held }
}

fn account(payment: &Payment, invoice: &Invoice, owed: u64, facts: &Facts) -> Account {
    let received = payment.units.unwrap_or(owed);
    let refunds: Vec<_> = facts
        .refunds
        .iter()
        .filter(|refund| refund.payment == payment.id)
        .filter(|refund| {
            let currency = refund.currency.as_ref();
            currency.is_none_or(|currency| currency.eq_ignore_ascii_case(&payment.currency))
        })
        .collect();
    let count = |state: Refund, ours: bool| {
        let of_state = refunds.iter().filter(|refund| refund.state == state);
        of_state.filter(|refund| refund.is_ours || !ours).count()
    };
    let given = refunds
        .iter()
        .filter(|refund| refund.state == Refund::Refunded)
        .fold(0_u64, |sum, refund| {
            sum.saturating_add(refund.units.unwrap_or(received))
        });
    // A refund that fails takes back what the gateway said of the whole before.
    let said = facts.given_back.contains(&payment.id) && count(Refund::Denied, false) == 0;
    let summed = given >= received && count(Refund::Refunded, false) > 0;
    Account {
        received,
        counts: payment.currency.eq_ignore_ascii_case(&invoice.currency),
        is_back: said || summed,
        held: Held {
            payment: payment.id.clone(),
            is_denied: count(Refund::Denied, true) > 0,
            refunds: count(Refund::Refunded, true),
        },
    }
}

/// The payment that was made for an invoice, where nothing was told of it yet but that all of it has gone back.
fn untold(invoice: &Invoice, owed: u64, facts: &Facts) -> Option<Account> {
    let id = invoice.payment_id.as_ref()?;
    if facts.payments.iter().any(|payment| payment.id == *id) {
        return None;
    }
    let payment = Payment {
        id: id.clone(),
        units: None,
        currency: invoice.currency.clone(),
    };
    Some(account(&payment, invoice, owed, facts)).filter(|account| account.is_back)
}
