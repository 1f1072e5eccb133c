//! Faults that cross tenants: a call about one record goes to the tenant whose record it is.

use serde_json::Value;

use super::fields::text;
use super::records;
use crate::fault::{Fault, Faults};
use crate::store::StoreError;
use crate::tools::{Call, customers};

/// Moves a call to the tenant whose booking, invoice or customer it names.
pub(super) async fn follow(call: &mut Call<'_>, faults: Faults, input: &Value) -> Result<(), StoreError> {
    let fault = match call.tool {
        "cancel_booking" => Fault::CancelsAcrossTenants,
        "get_booking" => Fault::GetBookingCrossesTenants,
        "confirm_booking" => Fault::ConfirmsAcrossTenants,
        "record_attendance" => Fault::AttendanceAcrossTenants,
        "reschedule_booking" => Fault::RescheduleAcrossTenants,
        "create_invoice" => Fault::InvoicesCrossTenants,
        "get_invoice" => Fault::GetInvoiceCrossesTenants,
        "get_customer" => Fault::CustomersCrossTenants,
        "tag_customer" => Fault::TagsCrossTenants,
        _ => return Ok(()),
    };
    if !faults.has(fault) {
        return Ok(());
    }
    let own = call.tenant.slug.clone();
    let (booking, number) = (
        text(input, "/booking_id").to_owned(),
        text(input, "/invoice_number").to_owned(),
    );
    let email = match call.tool {
        "tag_customer" => text(input, "/customer_email"),
        _ => text(input, "/email"),
    };
    let key = customers::key(email, call.policy.customers);
    let tool = call.tool;
    let find = call.provider.store.read(move |db| match tool {
        "get_invoice" => records::tenant_of_invoice(db, &number),
        "get_customer" | "tag_customer" => records::tenant_of_customer(db, &own, &key),
        _ => records::tenant_of_booking(db, &booking),
    });
    if let Some(owner) = find.await?
        && let Some(tenant) = call.provider.tenant(&owner)
    {
        call.tenant = tenant;
    }
    Ok(())
}
