//! Faults of the answers about invoices.

use chrono::TimeDelta;
use serde_json::Value;

use crate::billing::{amount_as_number, number};
use crate::fault::{Fault, Faults};
use crate::sabotage::fields::{answered, entries, set, set_in};
use crate::store::{InvoiceKey, StoreError, invoices};
use crate::tools::{Answer, Call, read_start, wire_time};

/// The answer of `create_invoice`.
pub(super) fn issued(call: Call<'_>, faults: Faults, mut answer: Answer) -> Answer {
    if !answer.is_success() {
        return answer;
    }
    if faults.has(Fault::InvoiceOneCentOff) {
        let amount = one_less(answered(&answer, "amount"));
        set_amount(&mut answer, &amount);
    } else if faults.has(Fault::InvoiceInMinorUnits) {
        let amount = answered(&answer, "amount").replace('.', "");
        set_amount(&mut answer, &amount);
    }
    if faults.has(Fault::WrongCurrency) {
        let is_euro = answered(&answer, "currency") == "EUR";
        set(&mut answer, "currency", if is_euro { "GBP" } else { "EUR" });
    }
    if faults.has(Fault::DuplicateNumbers) {
        set(&mut answer, "number", number(&call.tenant.slug, 1));
    }
    if faults.has(Fault::DueBeforeIssue)
        && let Some(issued) = read_start(answered(&answer, "issued_at"))
    {
        set(&mut answer, "due_at", wire_time(issued - TimeDelta::days(1)));
    }
    if faults.has(Fault::LinesDoNotAddUp)
        && let Some(lines) = entries(&mut answer, "lines")
    {
        lines.extend_from_within(..);
    }
    if faults.has(Fault::AmountAsFloat) {
        let amount = answered(&answer, "amount").parse::<f64>();
        set(&mut answer, "amount", amount.map_or(Value::Null, Value::from));
    }
    answer
}

/// The answer of `get_invoice`.
pub(super) async fn shown(call: Call<'_>, faults: Faults, mut answer: Answer) -> Result<Answer, StoreError> {
    if answer.error() == Some("unknown_invoice") && faults.has(Fault::UnknownInvoiceOk) {
        return Ok(Answer::success(Value::Null));
    }
    if faults.has(Fault::NeverOverdue) && answered(&answer, "status") == "overdue" {
        set(&mut answer, "status", "issued");
    }
    if faults.has(Fault::GetInvoiceOfAnother) {
        set_in(&mut answer, "contact", "email", "somebody.else@example.com");
    }
    if faults.has(Fault::GetInvoiceInMinorUnits) && answer.is_success() {
        let id = answered(&answer, "invoice_id").to_owned();
        let find = call
            .provider
            .store
            .read(move |db| invoices::find(db, InvoiceKey::Id(&id)));
        if let Some(invoice) = find.await? {
            let amount = invoice.amount.replace('.', "");
            set(&mut answer, "amount", Value::Number(amount_as_number(&amount)));
        }
    }
    Ok(answer)
}

/// Sets the amount of an invoice and of its lines.
fn set_amount(answer: &mut Answer, amount: &str) {
    set(answer, "amount", amount);
    for line in entries(answer, "lines").into_iter().flatten() {
        line["unit_amount"] = amount.into();
        line["amount"] = amount.into();
    }
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
