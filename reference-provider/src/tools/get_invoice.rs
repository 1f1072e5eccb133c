//! `get_invoice`: one invoice by its number, as it stands.

use serde::Deserialize;
use serde_json::json;

use super::answer::wire_time;
use super::create_invoice::payment_url;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use super::{Answer, Call};
use crate::billing::{amount_as_number, status_at};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::store::{InvoiceKey, StoreError, invoices};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "get_invoice",
    domain: "crm",
    contract: ContractText::Same(include_str!("../../contract/get_invoice.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    invoice_number: String,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let faults = call.faults;
    let now = call.clock.now();
    let any_tenant = faults.has(Fault::GetInvoiceCrossesTenants);
    let tenant = (!any_tenant).then(|| call.tenant.slug.clone());
    let store = &call.provider.store;
    let find = store.read(move |db| {
        let key = InvoiceKey::Number(tenant.as_deref(), &input.invoice_number);
        invoices::find(db, key)
    });
    let Some(invoice) = find.await? else {
        return Ok(if faults.has(Fault::UnknownInvoiceOk) {
            Answer::success(json!({}))
        } else {
            Answer::refused("unknown_invoice")
        });
    };
    if faults.has(Fault::ReadingPays) {
        let id = invoice.id.clone();
        store.write(move |db| invoices::pay(db, &id, None, now)).await?;
    }
    let shown_at = if faults.has(Fault::NeverOverdue) {
        invoice.due
    } else {
        now
    };
    let amount = if faults.has(Fault::GetInvoiceInMinorUnits) {
        invoice.amount.replace('.', "")
    } else {
        invoice.amount.clone()
    };
    let email = if faults.has(Fault::GetInvoiceOfAnother) {
        "somebody.else@example.com"
    } else {
        &invoice.customer_email
    };
    let answer = Answer::success(json!({
        "invoice_id": invoice.id,
        "status": status_at(&invoice, shown_at),
        "amount": amount_as_number(&amount),
        "currency": invoice.currency,
        "issued_at": wire_time(invoice.issued),
        "due_at": wire_time(invoice.due),
        "contact": { "name": invoice.customer_name, "email": email },
        "payment_url": payment_url(call, &invoice),
    }));
    // An address at which nobody answers would be worse than none.
    Ok(if call.base_url.is_none() {
        answer.without("payment_url")
    } else {
        answer
    })
}
