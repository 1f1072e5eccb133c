//! Payments and refunds. What is told of money is kept as a fact, and what an invoice comes to follows from all of them. The transaction
//! that cancels a booking records that money is owed back; the gateway is asked after it, and again by each further cancellation.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::gateway::{GatewayError, Refunding};
use super::standing::{Held, Standing, standing};
use super::stripe::{GatewayEvent, units};
use crate::provider::Provider;
use crate::store::payments::{self, Payment, Told};
use crate::store::{Invoice, InvoiceKey, InvoiceStatus, Refund, StoreError, invoices};

/// Cancels the invoice of a booking that is being cancelled, or notes that its money is owed back; the invoice as it stood before.
pub(crate) fn cancel_within(
    db: &Connection,
    booking_id: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<Invoice>> {
    let Some(invoice) = invoices::find(db, InvoiceKey::Booking(booking_id))? else {
        return Ok(None);
    };
    settle(db, &invoice, now)?;
    Ok(Some(invoice))
}

/// Sets what an invoice comes to, by all that is known of its money.
fn settle(db: &Connection, invoice: &Invoice, now: DateTime<Utc>) -> rusqlite::Result<Standing> {
    let standing = stands(db, invoice)?;
    invoices::settle(db, &invoice.id, standing.status, standing.refund, now)?;
    Ok(standing)
}

fn stands(db: &Connection, invoice: &Invoice) -> rusqlite::Result<Standing> {
    let facts = payments::of_invoice(db, invoice)?;
    // An amount that the gateway cannot count was never charged.
    let owed = units(invoice).unwrap_or(u64::MAX);
    Ok(standing(invoice, owed, &facts))
}

/// Has the gateway do what the cancelling of a booking asks of it: voids what was not paid, gives back what was. `before` is the invoice
/// as it stood. How far the refund is; None where nothing was paid.
pub(crate) async fn give_back(provider: &Provider, before: &Invoice) -> Result<Option<Refund>, StoreError> {
    let gateway = &provider.billing.gateway;
    let _turn = provider.billing.locks.turn(&before.id).await;
    let id = before.id.clone();
    let found = provider.store.read(move |db| {
        let Some(invoice) = invoices::find(db, InvoiceKey::Id(&id))? else {
            return Ok(None);
        };
        let standing = stands(db, &invoice)?;
        Ok(Some((invoice, standing)))
    });
    let Some((invoice, standing)) = found.await? else {
        return Ok(None);
    };
    if let Some(payment) = &invoice.payment_id
        && before.status == InvoiceStatus::Issued
        && !standing.held.iter().any(|held| held.payment == *payment)
    {
        // Where this fails, a payment that comes in all the same is given back when the gateway tells of it.
        let _ = gateway.void(payment).await;
    }
    let mut refund = invoice.refund;
    if refund == Some(Refund::Pending) {
        for held in standing.held.into_iter().filter(|held| !held.is_denied) {
            refund = give_back_one(provider, &invoice, held).await?;
        }
    }
    Ok(refund)
}

/// Has the gateway give one payment back; how far the refund of the invoice is then.
async fn give_back_one(
    provider: &Provider,
    invoice: &Invoice,
    held: Held,
) -> Result<Option<Refund>, StoreError> {
    let done = match provider.billing.gateway.refund(invoice, &held).await {
        Ok(done) => done,
        Err(GatewayError::Refused { .. }) => Refunding {
            state: Refund::Denied,
            id: Some(format!("{}-refused", held.payment)),
            units: None,
        },
        // It may have acted, so it is still owed as far as we know.
        Err(GatewayError::NoAnswer(_) | GatewayError::Amount { .. }) => return Ok(invoice.refund),
    };
    let told = Told {
        id: done.id.unwrap_or_else(|| format!("{}-refund", held.payment)),
        payment: held.payment,
        units: done.units,
        currency: None,
        state: done.state,
        is_ours: true,
    };
    let (id, now) = (invoice.id.clone(), provider.now_at(&invoice.tenant));
    let note = provider.store.write(move |db| {
        payments::note_refund(db, &told)?;
        match invoices::find(db, InvoiceKey::Id(&id))? {
            Some(invoice) => Ok(settle(db, &invoice, now)?.refund),
            None => Ok(None),
        }
    });
    note.await
}

/// Notes that the whole of an invoice was paid, where nobody takes the money; the invoice.
pub(crate) fn pay_within(
    db: &Connection,
    invoice_id: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<Invoice>> {
    let Some(invoice) = invoices::find(db, InvoiceKey::Id(invoice_id))? else {
        return Ok(None);
    };
    let payment = Payment {
        id: invoice.id.clone(),
        units: None,
        currency: invoice.currency.clone(),
    };
    payments::note_payment(db, &invoice.id, &payment)?;
    settle(db, &invoice, now)?;
    invoices::find(db, InvoiceKey::Id(invoice_id))
}

/// Records that an invoice was paid, where nobody takes the money. A second time changes nothing; the money for a cancelled booking goes
/// back.
pub(crate) async fn pay(provider: &Provider, invoice_id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let id = invoice_id.to_owned();
    let paid = provider.store.write(move |db| pay_within(db, &id, now));
    if let Some(invoice) = paid
        .await?
        .filter(|invoice| invoice.refund == Some(Refund::Pending))
    {
        give_back(provider, &invoice).await?;
    }
    Ok(())
}

/// Takes in what the gateway tells. A payment for an invoice that we do not have is another program's; one of less than is owed
/// settles nothing, and goes back with the booking.
pub(crate) async fn record_event(provider: &Provider, told: GatewayEvent) -> Result<(), StoreError> {
    let pays = matches!(told, GatewayEvent::Paid { .. });
    let now = provider.now();
    let noted = provider.store.write(move |db| note(db, &told, now));
    let owes = |invoice: &Invoice| pays && invoice.refund == Some(Refund::Pending);
    if let Some(invoice) = noted.await?.filter(owes) {
        give_back(provider, &invoice).await?;
    }
    Ok(())
}

/// Notes what the gateway tells; the invoice that it is about, as it stands then.
fn note(db: &Connection, told: &GatewayEvent, now: DateTime<Utc>) -> rusqlite::Result<Option<Invoice>> {
    let payment_id = match told {
        GatewayEvent::Paid { payment, .. } => &payment.id,
        GatewayEvent::Refund(told) => &told.payment,
        GatewayEvent::AllGivenBack { payment } => payment,
        GatewayEvent::Other => return Ok(None),
    };
    let mut found = invoices::find(db, InvoiceKey::Payment(payment_id))?;
    match told {
        GatewayEvent::Paid { payment, invoice } => {
            // It may be told before we have kept its id.
            if let (None, Some(named)) = (&found, invoice) {
                found = invoices::find(db, InvoiceKey::Id(named))?;
            }
            if let Some(invoice) = &found {
                payments::note_payment(db, &invoice.id, payment)?;
            }
        }
        GatewayEvent::Refund(told) => payments::note_refund(db, told)?,
        GatewayEvent::AllGivenBack { payment } => payments::note_given_back(db, payment)?,
        GatewayEvent::Other => {}
    }
    let Some(invoice) = found else {
        return Ok(None);
    };
    settle(db, &invoice, now)?;
    invoices::find(db, InvoiceKey::Id(&invoice.id))
}
