//! Faults of every answer of a tool, whatever the tool did.

use crate::fault::{Fault, Faults};
use crate::tools::{Answer, Call};

/// The answer as it leaves the provider.
pub(crate) fn respond(call: Call<'_>, faults: Faults, mut answer: Answer) -> Answer {
    let books = call.tool == "create_booking";
    if answer.is_success() {
        if books && faults.has(Fault::FailsAfterBooking) {
            return Answer::broken();
        }
        if books && faults.has(Fault::ExtraOutputFields) {
            answer.body.insert("internal_id".to_owned(), 7.into());
        }
        return answer;
    }
    let is_unknown_service = answer.error() == Some("invalid_service");
    if is_unknown_service && books && faults.has(Fault::UnknownServiceIs500) {
        answer.status = 500;
    }
    if faults.has(Fault::RefusesWith500) {
        answer.status = 500;
    }
    if faults.has(Fault::ErrorWithoutCode) {
        answer.without("error")
    } else {
        answer
    }
}
