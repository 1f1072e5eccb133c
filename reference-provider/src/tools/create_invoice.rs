//! `create_invoice`: the invoice of a booking, made when it is first asked for.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::wire_time;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use super::{Answer, Call};
use crate::billing::{Issue, Issued, number, status_at};
use crate::clock::Clock;
use crate::fault::Fault;
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
        faults: call.faults,
    };
    Ok(match request.run(call.provider).await? {
        Issued::Invoice(invoice) => owed(call, *invoice),
        Issued::UnknownBooking => Answer::refused("unknown_booking"),
        Issued::BookingCancelled => Answer::refused("booking_cancelled"),
        Issued::NothingToPay => Answer::refused("nothing_to_pay"),
    })
}

fn owed(call: Call<'_>, mut invoice: Invoice) -> Answer {
    let faults = call.faults;
    let digits = || invoice.amount.replace('.', "");
    if faults.has(Fault::InvoiceOneCentOff) {
        invoice.amount = one_less(&invoice.amount);
    } else if faults.has(Fault::InvoiceInMinorUnits) {
        invoice.amount = digits();
    }
    if faults.has(Fault::WrongCurrency) {
        invoice.currency = if invoice.currency == "EUR" { "GBP" } else { "EUR" }.to_owned();
    }
    if faults.has(Fault::DuplicateNumbers) {
        invoice.number = number(&invoice.tenant, 1);
    }
    if faults.has(Fault::DueBeforeIssue) {
        invoice.due = invoice.issued - TimeDelta::days(1);
    }
    let line = json!({
        "description": invoice.service_name,
        "quantity": 1,
        "unit_amount": invoice.amount,
        "amount": invoice.amount,
    });
    let lines = if faults.has(Fault::LinesDoNotAddUp) {
        vec![line.clone(), line]
    } else {
        vec![line]
    };
    let amount = if faults.has(Fault::AmountAsFloat) {
        invoice
            .amount
            .parse()
            .map_or(Value::Null, |amount: f64| amount.into())
    } else {
        invoice.amount.as_str().into()
    };
    let answer = Answer::success(json!({
        "invoice_id": invoice.id,
        "number": invoice.number,
        "status": status_at(&invoice, call.clock.now()),
        "lines": lines,
        "amount": amount,
        "currency": invoice.currency,
        "issued_at": wire_time(invoice.issued),
        "due_at": wire_time(invoice.due),
        "payment_url": payment_url(call, &invoice),
    }));
    // An address at which nobody answers would be worse than none.
    if call.base_url.is_none() {
        answer.without("payment_url")
    } else {
        answer
    }
}

/// Where the page of an invoice is; None where nobody serves it.
pub(super) fn payment_url(call: Call<'_>, invoice: &Invoice) -> Option<String> {
    call.base_url
        .map(|base_url| format!("{base_url}/p/{}/invoices/{}", invoice.tenant, invoice.token))
}

/// The decimal that is smaller by one in its last place.
fn one_less(amount: &str) -> String {
    let mut digits = amount.as_bytes().to_vec();
    for digit in digits.iter_mut().rev() {
        match digit {
            b'0' => *digit = b'9',
            b'1'..=b'9' => {
                *digit -= 1;
                break;
            }
            _ => {}
        }
    }
    String::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_less_borrows_across_the_point() {
        assert_eq!(one_less("95.00"), "94.99");
        assert_eq!(one_less("95.50"), "95.49");
        assert_eq!(one_less("100"), "099");
    }
}
