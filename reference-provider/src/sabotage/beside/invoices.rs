//! Faults of what stands in the store of invoices.

use uuid::Uuid;

use crate::billing::{TERM, pay_within};
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::sabotage::fields::{answered, set};
use crate::sabotage::records;
use crate::store::StoreError;
use crate::tools::{Answer, Call, wire_time};

/// Changes the store and the answer after `create_invoice`. `had_none` says that the booking had no invoice before.
pub(super) async fn issued(
    call: Call<'_>,
    faults: Faults,
    had_none: bool,
    mut answer: Answer,
) -> Result<Answer, StoreError> {
    if !answer.is_success() {
        return Ok(answer);
    }
    let id = answered(&answer, "invoice_id").to_owned();
    let is_repeat = !call.provider.memory.is_first(&format!("invoiced {id}"));
    if is_repeat && faults.has(Fault::RepeatRenewsInvoice) {
        let now = call.clock.now();
        set(&mut answer, "issued_at", wire_time(now));
        set(&mut answer, "due_at", wire_time(now + TERM));
        if answered(&answer, "status") == "overdue" {
            set(&mut answer, "status", "issued");
        }
        call.provider
            .store
            .write(move |db| records::renew_invoice(db, &id, now, TERM))
            .await?;
    }
    if is_repeat && (had_none || faults.has(Fault::InvoicePerCall)) {
        set(
            &mut answer,
            "invoice_id",
            format!("inv_{}", Uuid::new_v4().simple()),
        );
    }
    Ok(answer)
}

/// Changes the store after `get_invoice`.
pub(super) async fn read(call: Call<'_>, faults: Faults, answer: Answer) -> Result<Answer, StoreError> {
    if answer.is_success() && faults.has(Fault::ReadingPays) {
        let (id, now) = (answered(&answer, "invoice_id").to_owned(), call.clock.now());
        call.provider
            .store
            .write(move |db| pay_within(db, &id, now))
            .await?;
    }
    Ok(answer)
}
