//! Faults of inputs: what is changed before a tool sees it, and which breaks of the schema are let through.

use serde_json::Value;

use super::lenient;
use crate::fault::{Fault, Faults};
use crate::tools::Call;

/// Changes an input before it is held against the schema.
pub(super) fn loosen(call: Call<'_>, faults: Faults, input: &mut Value) {
    if faults.has(Fault::AcceptsZonelessStart) {
        add_zone(input);
    }
    if faults.has(Fault::CoercesTypes) {
        lenient::coerce(call.contract, input);
    }
    if faults.has(Fault::AcceptsNullFields) {
        lenient::drop_nulls(call.contract, input);
    }
}

/// Returns true if a fault lets this break of the schema through.
pub(super) fn waives(faults: Faults, keyword: &str, pointer: &str) -> bool {
    let accepts = |fault| faults.has(fault);
    match (pointer, keyword) {
        (_, "additionalProperties") if accepts(Fault::AcceptsUnknownKeys) => true,
        ("/customer", "additionalProperties") => accepts(Fault::AcceptsUnknownCustomerKeys),
        ("/customer/name", "minLength") => accepts(Fault::AcceptsEmptyName),
        ("/customer/email", _) => accepts(Fault::AcceptsBadEmail),
        ("/notes", "maxLength") => accepts(Fault::AcceptsLongNotes) || accepts(Fault::BooksDespiteError),
        ("/date", "format") => accepts(Fault::RollsImpossibleDates),
        _ => false,
    }
}

/// Makes a start without an offset one in UTC.
fn add_zone(input: &mut Value) {
    if let Some(Value::String(start)) = input.get_mut("start_at")
        && start.parse::<chrono::NaiveDateTime>().is_ok()
    {
        start.push('Z');
    }
}
