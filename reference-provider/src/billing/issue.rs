//! `Issue`: one invoice a booking. The record is made in a transaction, number and all; the gateway is asked after it.
//!
//! An invoice is a draft until the gateway has made what settles it. A gateway that is down loses nothing: the next one who asks for
//! the invoice asks the gateway again, with the same key.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use uuid::Uuid;

use super::money;
use crate::fault::{Fault, Faults};
use crate::lifecycle::Status;
use crate::provider::Provider;
use crate::store::{Invoice, InvoiceKey, InvoiceStatus, StoreError, bookings, invoices};

/// How long a customer has to pay.
const TERM: TimeDelta = TimeDelta::days(14);

/// A wish for the invoice of a booking.
#[derive(Clone)]
pub(crate) struct Issue {
    pub(crate) tenant: String,
    /// The tenant's currency, for a fault.
    pub(crate) currency: String,
    pub(crate) booking_id: String,
    pub(crate) now: DateTime<Utc>,
    pub(crate) faults: Faults,
}

/// What the wish came to.
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
        let looked = self.look(provider).await?;
        let ready = provider.billing.gateway.needs_nothing();
        let issued = provider
            .store
            .write(move |db| self.record(db, ready, looked))
            .await?;
        match issued {
            Issued::Invoice(invoice) if invoice.status == InvoiceStatus::Draft => {
                let charged = charge(provider, *invoice).await?;
                Ok(Issued::Invoice(Box::new(charged)))
            }
            other => Ok(other),
        }
    }

    /// Whether a fault saw, before the transaction, that there is no invoice.
    async fn look(&self, provider: &Provider) -> Result<bool, StoreError> {
        if !self.faults.has(Fault::ParallelInvoicesMakeTwo) {
            return Ok(false);
        }
        let id = self.booking_id.clone();
        let read = provider
            .store
            .read(move |db| invoices::find(db, InvoiceKey::Booking(&id)));
        let none = read.await?.is_none();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        Ok(none)
    }

    fn record(self, db: &Connection, ready: bool, seen_none: bool) -> rusqlite::Result<Issued> {
        let faults = self.faults;
        let tenant = (!faults.has(Fault::InvoicesCrossTenants)).then_some(self.tenant.as_str());
        let Some(booking) = bookings::find(db, tenant, &self.booking_id)? else {
            return Ok(Issued::UnknownBooking);
        };
        if booking.status == Status::Cancelled && !faults.has(Fault::InvoiceOfCancelled) {
            return Ok(Issued::BookingCancelled);
        }
        if let Some(mut kept) = invoices::find(db, InvoiceKey::Booking(&booking.id))? {
            if faults.has(Fault::RepeatRenewsInvoice) {
                kept.issued = self.now;
                kept.due = self.now + TERM;
                invoices::renew(db, &kept.id, kept.issued, kept.due)?;
            }
            if faults.has(Fault::InvoicePerCall) || seen_none {
                kept.id = invoice_id();
            }
            return Ok(Issued::Invoice(Box::new(kept)));
        }
        let (amount, currency) = match bookings::details(db, &booking.id)?.price {
            Some((price, currency)) if !money::is_nothing(&price) => (price, currency),
            _ if faults.has(Fault::InvoicesUnpriced) => ("0".to_owned(), self.currency),
            _ => return Ok(Issued::NothingToPay),
        };
        let step = if faults.has(Fault::NumberGap) { 2 } else { 1 };
        let count = invoices::last_count(db, &booking.tenant)? + step;
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
            due: self.now + TERM,
            payment_id: None,
            refund: None,
            service_name: booking.service_name,
            customer_name: booking.customer_name,
            customer_email: booking.customer_email,
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

/// Where an invoice stands at a moment, in the words of the contracts: one that is issued and due is overdue.
pub(crate) fn status_at(invoice: &Invoice, now: DateTime<Utc>) -> &'static str {
    if invoice.status == InvoiceStatus::Issued && now > invoice.due {
        "overdue"
    } else {
        invoice.status.name()
    }
}
