//! Payments and refunds. The transaction that cancels a booking records that money is owed back; the gateway is asked after it, and
//! again by each further cancellation.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::gateway::GatewayError;
use super::stripe::{GatewayEvent, units};
use crate::lifecycle::Status;
use crate::provider::Provider;
use crate::store::refunds::Told;
use crate::store::{Invoice, InvoiceKey, InvoiceStatus, Refund, StoreError, bookings, invoices, refunds};

/// Cancels the invoice of a booking that is being cancelled, or notes that its money is owed back; the invoice as it stood before.
pub(crate) fn cancel_within(db: &Connection, booking_id: &str) -> rusqlite::Result<Option<Invoice>> {
    let Some(invoice) = invoices::find(db, InvoiceKey::Booking(booking_id))? else {
        return Ok(None);
    };
    let has_money = invoice.status == InvoiceStatus::Paid || invoice.received_units.is_some();
    match invoice.status {
        _ if has_money && invoice.refund.is_none() => {
            invoices::refund(db, &invoice.id, Refund::Pending)?;
        }
        _ if has_money => {}
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
    let note = provider.store.write(move |db| {
        let Some(refund_id) = refund_id else {
            invoices::refund(db, &invoice.id, state)?;
            return Ok(Some(state));
        };
        invoices::asked_back(db, &invoice.id, &refund_id)?;
        let told = Told {
            id: refund_id,
            units: None,
            state,
            is_ours: true,
        };
        note_refund(db, InvoiceKey::Id(&invoice.id), told)?;
        Ok(invoices::find(db, InvoiceKey::Id(&invoice.id))?.and_then(|invoice| invoice.refund))
    });
    note.await
}

/// Takes in what was told of a refund of an invoice, if we have the invoice.
fn note_refund(db: &Connection, key: InvoiceKey<'_>, mut told: Told) -> rusqlite::Result<()> {
    let Some(invoice) = invoices::find(db, key)? else {
        return Ok(());
    };
    told.is_ours |= invoice.refund_id.as_ref() == Some(&told.id);
    // An amount that the gateway cannot count was never charged.
    let owed = units(&invoice).unwrap_or(u64::MAX);
    refunds::note(db, &invoice, owed, &told)
}

/// Records that an invoice was paid in part, which settles nothing. The money for a cancelled booking goes back.
async fn pay_part(
    provider: &Provider,
    invoice: Invoice,
    payment_id: String,
    units: u64,
) -> Result<(), StoreError> {
    let owed_back = provider
        .store
        .write(move |db| {
            invoices::pay_part(db, &invoice.id, &payment_id, units)?;
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

/// Takes in what the gateway tells. A payment for an invoice that we do not have is another program's; one of less than is owed
/// settles nothing, and goes back with the booking.
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
                Some(invoice) => match payment.part_of(&invoice) {
                    Some(units) => pay_part(provider, invoice, payment.id, units).await,
                    None => Ok(()),
                },
                None => Ok(()),
            }
        }
        GatewayEvent::AllGivenBack { payment } => {
            let note =
                provider.store.write(
                    move |db| match invoices::find(db, InvoiceKey::Payment(&payment))? {
                        Some(invoice) => refunds::note_all(db, &invoice),
                        None => Ok(()),
                    },
                );
            note.await
        }
        GatewayEvent::Refund { payment, told } => {
            let note = provider
                .store
                .write(move |db| note_refund(db, InvoiceKey::Payment(&payment), told));
            note.await
        }
    }
}
