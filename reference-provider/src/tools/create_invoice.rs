//! `create_invoice`: the invoice of a booking, made when it is first asked for.

use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::answer::wire_time;
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::billing::{Issue, Issued, status_at};
use crate::clock::Clock;
use crate::store::{Invoice, StoreError};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "create_invoice",
    domain: "billing",
    contract: ContractText::Same(include_str!("../../contract/create_invoice.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    booking_id: String,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let request = Issue {
        tenant: call.tenant.slug.clone(),
        currency: call.tenant.currency.clone(),
        booking_id: input.booking_id,
        now: call.clock.now(),
        policy: call.policy.billing,
    };
    Ok(match request.run(call.provider).await? {
        Issued::Invoice(invoice) => shown(call, &invoice),
        Issued::UnknownBooking => Answer::refused("unknown_booking"),
        Issued::BookingCancelled => Answer::refused("booking_cancelled"),
        Issued::NothingToPay => Answer::refused("nothing_to_pay"),
    })
}

fn shown(call: Call<'_>, invoice: &Invoice) -> Answer {
    let line = json!({
        "description": invoice.service_name,
        "quantity": 1,
        "unit_amount": invoice.amount,
        "amount": invoice.amount,
    });
    let answer = Answer::success(json!({
        "invoice_id": invoice.id,
        "number": invoice.number,
        "status": status_at(invoice, call.clock.now()),
        "lines": [line],
        "amount": invoice.amount,
        "currency": invoice.currency,
        "issued_at": wire_time(invoice.issued),
        "due_at": wire_time(invoice.due),
        "payment_url": payment_url(call, invoice),
    }));
    // An address at which nobody answers would be worse than none.
    if call.base_url.is_none() {
        answer.without("payment_url")
    } else {
        answer
    }
}

/// The address of the page of an invoice; `None` if nobody serves it.
pub(super) fn payment_url(call: Call<'_>, invoice: &Invoice) -> Option<String> {
    call.base_url
        .map(|base_url| format!("{base_url}/p/{}/invoices/{}", invoice.tenant, invoice.token))
}
