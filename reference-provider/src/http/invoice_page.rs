//! The page behind a payment address. Looking at it changes nothing; where the sandbox is on and nobody takes money, a POST settles
//! the invoice. It works without a script, and its headers allow none.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{DOCTYPE, Markup, html};

use super::problem::storage_failed;
use crate::billing;
use crate::provider::Provider;
use crate::store::{Invoice, InvoiceKey, InvoiceStatus, StoreError, invoices};
use crate::tenant::Tenant;

/// Nothing but our own style is loaded, nothing runs, nobody frames it, and its form goes where it came from.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The address is as good as a key.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
];

/// Beside the page, so that the page needs no style of its own.
pub(super) async fn style() -> Response {
    let css = include_str!("invoice_page.css");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response()
}

/// Shows the amount, and how to pay it.
pub(super) async fn show(
    State(provider): State<Arc<Provider>>,
    Path((slug, token)): Path<(String, String)>,
) -> Response {
    match find(&provider, slug, token).await {
        Ok(Some(invoice)) => match provider.tenant(&invoice.tenant) {
            Some(tenant) => page(StatusCode::OK, &body(&provider, tenant, &invoice)),
            None => unknown(),
        },
        Ok(None) => unknown(),
        Err(error) => storage_failed(&error),
    }
}

/// Settles the invoice, as a payment would.
pub(super) async fn submit(
    State(provider): State<Arc<Provider>>,
    Path((slug, token)): Path<(String, String)>,
) -> Response {
    let invoice = match find(&provider, slug, token).await {
        Ok(Some(invoice)) => invoice,
        Ok(None) => return unknown(),
        Err(error) => return storage_failed(&error),
    };
    let payable = matches!(invoice.status, InvoiceStatus::Draft | InvoiceStatus::Issued);
    if payable && settles_here(&provider) {
        let now = provider.now_at(&invoice.tenant);
        if let Err(error) = billing::pay(&provider, &invoice.id, now).await {
            return storage_failed(&error);
        }
    }
    // Back to the page, so that loading it again sends nothing twice.
    Redirect::to(&invoice.token).into_response()
}

async fn find(provider: &Provider, slug: String, token: String) -> Result<Option<Invoice>, StoreError> {
    let store = &provider.store;
    store
        .read(move |db| invoices::find(db, InvoiceKey::Token(&slug, &token)))
        .await
}

/// Returns true if a click is a payment: only in the sandbox.
fn settles_here(provider: &Provider) -> bool {
    provider.has_sandbox() && provider.billing.gateway.needs_nothing()
}

fn body(provider: &Provider, tenant: &Tenant, invoice: &Invoice) -> Markup {
    let now = provider.now_at(&invoice.tenant);
    let status = billing::status_at(invoice, now);
    let date = |instant: chrono::DateTime<chrono::Utc>| {
        let local = instant.with_timezone(&tenant.calendar.timezone);
        local.format("%-d %B %Y").to_string()
    };
    html! {
        h1 { (tenant.name) }
        p.number { "Invoice " (invoice.number) }
        p.amount { (invoice.amount) " " (invoice.currency) }
        p { span.status.(status) { (status) } }
        table {
            tr { th { (invoice.service_name) } td { (invoice.amount) " " (invoice.currency) } }
            tr { th { "For" } td { (invoice.customer_name) } }
            tr { th { "Issued" } td { time datetime=(invoice.issued.to_rfc3339()) { (date(invoice.issued)) } } }
            tr { th { "Due" } td { time datetime=(invoice.due.to_rfc3339()) { (date(invoice.due)) } } }
        }
        (what_next(provider, invoice))
    }
}

fn what_next(provider: &Provider, invoice: &Invoice) -> Markup {
    let said = match invoice.status {
        InvoiceStatus::Paid => "It is paid. Thank you.",
        InvoiceStatus::Cancelled => "It is cancelled. Nothing is owed.",
        InvoiceStatus::Draft => "It cannot be paid yet. Please come back later.",
        InvoiceStatus::Issued if settles_here(provider) => {
            return html! {
                form method="post" { button type="submit" { "Pay in the sandbox" } }
                p { "This is a sandbox: no money moves." }
            };
        }
        InvoiceStatus::Issued => match &invoice.payment_id {
            Some(payment) => {
                return html! { p { "It is paid through Stripe, as payment " code { (payment) } "." } };
            }
            None => "Please pay at the venue.",
        },
    };
    html! { p { (said) } }
}

fn unknown() -> Response {
    page(
        StatusCode::NOT_FOUND,
        &html! { h1 { "There is no such invoice." } },
    )
}

fn page(status: StatusCode, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "Invoice" }
                // Relative, as the provider may stand behind an address with a path.
                link rel="stylesheet" href="../../../invoice.css";
            }
            body { main { (body) } }
        }
    };
    (status, HEADERS, page.into_string()).into_response()
}
