//! Faults that refuse an input which the schema admits, before a tool sees it.

use serde_json::{Value, json};

use super::fields::{instant, text};
use super::memory::RequestKey;
use crate::fault::{Fault, Faults};
use crate::tools::{Answer, Call, customer_key};

/// The refusal of an input, if a fault refuses it.
pub(super) fn refuse(call: Call<'_>, faults: Faults, input: &Value) -> Option<Answer> {
    match call.tool {
        "create_booking" => {
            let name = text(input, "/customer/name").chars().count();
            let notes = input["notes"].as_str();
            let refuses = (name == 1 && faults.has(Fault::RefusesShortNames))
                || (notes == Some("") && faults.has(Fault::RefusesEmptyNotes))
                || (notes.is_some_and(|notes| notes.len() > 1000) && faults.has(Fault::CountsNotesInBytes));
            if refuses {
                return Some(Answer::malformed("invalid_input"));
            }
            if !faults.has(Fault::CachesRefusals) {
                return None;
            }
            let alternatives = call.provider.memory.refused(&request_key(call, input)?)?;
            let fields = json!({ "available_alternatives": alternatives });
            Some(Answer::refused_with("slot_taken", fields))
        }
        "cancel_booking" if input["reason"] == "" && faults.has(Fault::RefusesEmptyReason) => {
            Some(Answer::malformed("unknown_booking"))
        }
        "cancel_booking" => {
            let fails = !text(input, "/reason").is_ascii() && faults.has(Fault::ReasonBeyondAsciiIs500);
            fails.then(|| Answer {
                status: 500,
                ..Answer::malformed("internal")
            })
        }
        "list_bookings_for_customer" => {
            let is_highest = input["limit"].as_f64() == Some(100.0);
            let refuses = is_highest && faults.has(Fault::RefusesHighestLimit);
            refuses.then(|| Answer::malformed("invalid_input"))
        }
        _ => None,
    }
}

/// The key by which a refused request is remembered.
pub(super) fn request_key(call: Call<'_>, input: &Value) -> Option<RequestKey> {
    Some((
        call.tenant.slug.clone(),
        text(input, "/service_id").to_owned(),
        customer_key(text(input, "/customer/email")),
        instant(input, "/start_at")?,
    ))
}
