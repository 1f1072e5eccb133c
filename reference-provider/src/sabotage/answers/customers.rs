//! Faults of the answers about one customer.

use serde_json::{Map, Value};

use crate::fault::{Fault, Faults};
use crate::sabotage::fields::set;
use crate::tools::Answer;

/// The answer of `get_customer`.
pub(super) fn shown(faults: Faults, mut answer: Answer) -> Answer {
    if answer.error() == Some("unknown_customer") && faults.has(Fault::UnknownCustomerIsInvalidEmail) {
        set(&mut answer, "error", "invalid_email");
    }
    if faults.has(Fault::FirstAndLastSwapped) {
        swap_first_and_last(&mut answer.body);
    }
    if faults.has(Fault::TagsDuplicate) {
        trim_tags(answer.body.get_mut("tags"));
    }
    answer
}

/// Swaps the starts of the first and the last booking of a customer.
pub(super) fn swap_first_and_last(fields: &mut Map<String, Value>) {
    let first = fields.get("first_booking_at").cloned();
    let last = fields.get("last_booking_at").cloned();
    if let (Some(first), Some(last)) = (first, last) {
        fields.insert("first_booking_at".to_owned(), last);
        fields.insert("last_booking_at".to_owned(), first);
    }
}

/// Trims tags: the second copy of a tag is kept under the tag and a space.
pub(super) fn trim_tags(tags: Option<&mut Value>) {
    let tags = tags.and_then(Value::as_array_mut).into_iter().flatten();
    for tag in tags {
        *tag = tag.as_str().unwrap_or_default().trim_end().into();
    }
}
