//! `get_invoice`: one invoice by its number, as it stands.

use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::answer::wire_time;
use super::call::Call;
use super::create_invoice::payment_url;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::billing::{amount_as_number, status_at};
use crate::clock::Clock;
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
    let tenant = call.tenant.slug.clone();
    let find = call
        .provider
        .store
        .read(move |db| invoices::find(db, InvoiceKey::Number(&tenant, &input.invoice_number)));
    let Some(invoice) = find.await? else {
        return Ok(Answer::refused("unknown_invoice"));
    };
    let answer = Answer::success(json!({
        "invoice_id": invoice.id,
        "status": status_at(&invoice, call.clock.now()),
        "amount": amount_as_number(&invoice.amount),
        "currency": invoice.currency,
        "issued_at": wire_time(invoice.issued),
        "due_at": wire_time(invoice.due),
        "contact": { "name": invoice.customer_name, "email": invoice.customer_email },
        "payment_url": payment_url(call, &invoice),
    }));
    // An address at which nobody answers would be worse than none.
    Ok(if call.base_url.is_none() {
        answer.without("payment_url")
    } else {
        answer
    })
}
