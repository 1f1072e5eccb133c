//! Payments and refunds. The transaction that cancels a booking records that money is owed back; the gateway is asked after it, and
//! again by each further cancellation.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::gateway::GatewayError;
use super::stripe::GatewayEvent;
use crate::lifecycle::Status;
use crate::provider::Provider;
use crate::store::{Invoice, InvoiceKey, InvoiceStatus, Refund, StoreError, bookings, invoices};

/// Cancels the invoice of a booking that is being cancelled, or notes that its money is owed back; the invoice as it stood before.
pub(crate) fn cancel_within(db: &Connection, booking_id: &str) -> rusqlite::Result<Option<Invoice>> {
    let Some(invoice) = invoices::find(db, InvoiceKey::Booking(booking_id))? else {
        return Ok(None);
    };
    match invoice.status {
        InvoiceStatus::Paid if invoice.refund.is_none() => {
            invoices::refund(db, &invoice.id, Refund::Pending, None)?;
        }
        InvoiceStatus::Draft | InvoiceStatus::Issued => {
            invoices::cancel(db, &invoice.id)?;
        }
        InvoiceStatus::Paid | InvoiceStatus::Cancelled => {}
    }
    Ok(Some(invoice))
}

/// Has the gateway do what the cancelling of a booking asks of it: voids what was not paid, gives back what was. `before` is the invoice
/// as it stood. How far the refund is; None where nothing was paid.
pub(crate) async fn give_back(provider: &Provider, before: &Invoice) -> Result<Option<Refund>, StoreError> {
    let gateway = &provider.billing.gateway;
    let _turn = provider.billing.locks.turn(&before.id).await;
    let id = before.id.clone();
    let found = provider
        .store
        .read(move |db| invoices::find(db, InvoiceKey::Id(&id)));
    let Some(invoice) = found.await? else {
        return Ok(None);
    };
    match (invoice.refund, &invoice.payment_id) {
        (Some(Refund::Pending), _) => {}
        (None, Some(payment)) if before.status == InvoiceStatus::Issued => {
            // Where this fails, a payment that comes in all the same is given back when the gateway tells of it.
            let _ = gateway.void(payment).await;
            return Ok(None);
        }
        (state, _) => return Ok(state),
    }
    let (state, refund_id) = match gateway.refund(&invoice).await {
        Ok(done) => done,
        Err(GatewayError::Refused { .. }) => (Refund::Denied, None),
        // It may have acted, so it is still owed as far as we know.
        Err(GatewayError::NoAnswer(_) | GatewayError::Amount { .. }) => return Ok(Some(Refund::Pending)),
    };
    let id = invoice.id;
    provider
        .store
        .write(move |db| invoices::refund(db, &id, state, refund_id.as_deref()))
        .await?;
    Ok(Some(state))
}

/// Records that an invoice was paid. A second event changes nothing; the money for a cancelled booking goes back.
pub(crate) async fn pay(
    provider: &Provider,
    invoice_id: &str,
    payment_id: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let id = invoice_id.to_owned();
    let owed_back = provider
        .store
        .write(move |db| {
            if !invoices::pay(db, &id, payment_id.as_deref(), now)? {
                return Ok(None);
            }
            let Some(invoice) = invoices::find(db, InvoiceKey::Id(&id))? else {
                return Ok(None);
            };
            match bookings::find(db, &invoice.tenant, &invoice.booking_id)? {
                Some(booking) if booking.status == Status::Cancelled => cancel_within(db, &booking.id),
                _ => Ok(None),
            }
        })
        .await?;
    if let Some(invoice) = owed_back {
        give_back(provider, &invoice).await?;
    }
    Ok(())
}

/// Takes in what the gateway tells. A payment for an invoice that we do not have is another program's; one of another amount than is
/// owed settles nothing.
pub(crate) async fn record_event(provider: &Provider, told: GatewayEvent) -> Result<(), StoreError> {
    match told {
        GatewayEvent::Other => Ok(()),
        GatewayEvent::Paid(payment) => {
            let (id, named) = (payment.id.clone(), payment.invoice.clone());
            let found = provider.store.read(move |db| {
                // It may be told before we have kept its id.
                match (invoices::find(db, InvoiceKey::Payment(&id))?, named) {
                    (None, Some(named)) => invoices::find(db, InvoiceKey::Id(&named)),
                    (found, _) => Ok(found),
                }
            });
            match found.await? {
                Some(invoice) if payment.settles(&invoice) => {
                    let now = provider.now_at(&invoice.tenant);
                    pay(provider, &invoice.id, Some(payment.id), now).await
                }
                _ => Ok(()),
            }
        }
        GatewayEvent::Refund {
            payment,
            refund,
            state,
        } => {
            let note = provider.store.write(move |db| {
                let Some(invoice) = invoices::find(db, InvoiceKey::Payment(&payment))? else {
                    return Ok(());
                };
                invoices::refund(db, &invoice.id, state, refund.as_deref())?;
                Ok(())
            });
            note.await
        }
    }
}
