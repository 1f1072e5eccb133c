//! `Issue`: one invoice a booking. The record is made in a transaction, number and all; the gateway is asked after it.
//!
//! An invoice is a draft until the gateway has made what settles it. A gateway that is down loses nothing: the next one who asks for
//! the invoice asks the gateway again, with the same key.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use uuid::Uuid;

use super::money;
use crate::lifecycle::Status;
use crate::policy::{Billing as Rules, InvoiceRule};
use crate::provider::Provider;
use crate::store::{Invoice, InvoiceKey, InvoiceStatus, StoreError, bookings, invoices};

/// The time that a customer has to pay.
pub(crate) const TERM: TimeDelta = TimeDelta::days(14);

/// A request for the invoice of a booking.
#[derive(Clone)]
pub(crate) struct Issue {
    pub(crate) tenant: String,
    /// The tenant's currency, for a booking without a price.
    pub(crate) currency: String,
    pub(crate) booking_id: String,
    pub(crate) now: DateTime<Utc>,
    pub(crate) policy: Rules,
}

/// The result of the request.
pub(crate) enum Issued {
    /// The invoice, made now or before.
    Invoice(Box<Invoice>),
    UnknownBooking,
    BookingCancelled,
    NothingToPay,
}

impl Issue {
    /// Finds or makes the invoice, and has the gateway make what settles it.
    pub(crate) async fn run(self, provider: &Provider) -> Result<Issued, StoreError> {
        let ready = provider.billing.gateway.needs_nothing();
        let issued = provider.store.write(move |db| self.record(db, ready)).await?;
        match issued {
            Issued::Invoice(invoice) if invoice.status == InvoiceStatus::Draft => {
                let charged = charge(provider, *invoice).await?;
                Ok(Issued::Invoice(Box::new(charged)))
            }
            other => Ok(other),
        }
    }

    fn record(self, db: &Connection, ready: bool) -> rusqlite::Result<Issued> {
        let Some(booking) = bookings::find(db, &self.tenant, &self.booking_id)? else {
            return Ok(Issued::UnknownBooking);
        };
        let is_cancelled = booking.status == Status::Cancelled;
        if is_cancelled && self.policy.cancelled_booking == InvoiceRule::Refused {
            return Ok(Issued::BookingCancelled);
        }
        if let Some(earlier) = invoices::find(db, InvoiceKey::Booking(&booking.id))? {
            return Ok(Issued::Invoice(Box::new(earlier)));
        }
        let (amount, currency) = match bookings::details(db, &booking.id)?.price {
            Some((price, currency)) if !money::is_nothing(&price) => (price, currency),
            _ if self.policy.unpriced_booking == InvoiceRule::Made => ("0".to_owned(), self.currency),
            _ => return Ok(Issued::NothingToPay),
        };
        let count = invoices::last_count(db, &booking.tenant)?.saturating_add(self.policy.number_step);
        let invoice = Invoice {
            id: invoice_id(),
            number: number(&booking.tenant, count),
            tenant: booking.tenant,
            booking_id: booking.id,
            token: Uuid::new_v4().simple().to_string(),
            amount: money::written(&amount, &currency),
            currency,
            status: if ready {
                InvoiceStatus::Issued
            } else {
                InvoiceStatus::Draft
            },
            issued: self.now,
            due: self.now.checked_add_signed(TERM).unwrap_or(self.now),
            payment_id: None,
            refund: None,
            service_name: booking.service_name,
            customer_name: booking.customer_name,
            customer_email: booking.customer_email,
            is_withdrawn: is_cancelled,
        };
        invoices::insert(db, &invoice, count)?;
        Ok(Issued::Invoice(Box::new(invoice)))
    }
}

/// Has the gateway make what settles a draft. Where it does not, the draft stays one.
async fn charge(provider: &Provider, draft: Invoice) -> Result<Invoice, StoreError> {
    let billing = &provider.billing;
    let _turn = billing.locks.turn(&draft.id).await;
    let id = draft.id.clone();
    let found = provider
        .store
        .read(move |db| invoices::find(db, InvoiceKey::Id(&id)));
    // Somebody else may have had the turn before.
    let Some(current) = found.await?.filter(|found| found.status == InvoiceStatus::Draft) else {
        return reread(provider, draft).await;
    };
    let charged = billing.gateway.charge(&current).await;
    let id = current.id.clone();
    let kept = match charged {
        Ok(payment) => {
            let kept = payment.clone();
            let written = provider.store.write(move |db| invoices::issue(db, &id, &kept));
            written.await?;
            let kept = reread(provider, current).await?;
            if kept.status == InvoiceStatus::Cancelled {
                // The booking was cancelled meanwhile. Where this fails too, a payment that comes in is given back.
                let _ = billing.gateway.void(&payment).await;
            }
            kept
        }
        Err(error) => {
            let failure = error.to_string();
            provider
                .store
                .write(move |db| invoices::fail(db, &id, &failure))
                .await?;
            current
        }
    };
    Ok(kept)
}

async fn reread(provider: &Provider, known: Invoice) -> Result<Invoice, StoreError> {
    let id = known.id.clone();
    let found = provider
        .store
        .read(move |db| invoices::find(db, InvoiceKey::Id(&id)));
    Ok(found.await?.unwrap_or(known))
}

fn invoice_id() -> String {
    format!("inv_{}", Uuid::new_v4().simple())
}

/// A number says whose invoice it is, so that no two tenants have the same.
pub(crate) fn number(tenant: &str, count: i64) -> String {
    format!("{}-{count:05}", tenant.to_uppercase())
}

/// The status of an invoice at a moment, in the words of the contracts: one that is issued and due is overdue.
pub(crate) fn status_at(invoice: &Invoice, now: DateTime<Utc>) -> &'static str {
    if invoice.status == InvoiceStatus::Issued && now > invoice.due {
        "overdue"
    } else {
        invoice.status.name()
    }
}
