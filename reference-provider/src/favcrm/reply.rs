//! The answers: the envelope, and refusals in FavCRM's words.

use serde_json::{Map, Value};

use crate::request_context::Reply;
use crate::store::StoreError;
use crate::tools::Answer;

/// The reason why a call fails.
pub(super) enum Failure {
    /// A tool of the provider refused.
    Answered(Answer),
    /// The flavor itself refuses.
    Refused(Refusal),
    /// The bookings could not be read or kept.
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A refusal as FavCRM words it.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) details: Value,
}

impl Refusal {
    /// A refusal of what was asked for.
    pub(super) fn new(code: &str, message: &str) -> Self {
        Self {
            status: 200,
            code: code.to_owned(),
            message: message.to_owned(),
            details: Value::Null,
        }
    }

    /// A refusal of an input that cannot be understood.
    pub(super) fn invalid(message: &str) -> Self {
        Self {
            status: 400,
            ..Self::new("VALIDATION_ERROR", message)
        }
    }

    pub(super) fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// The refusal of a tool of the provider, in FavCRM's words. A code without a counterpart keeps its own.
    fn of(answer: &Answer) -> Self {
        let own = answer
            .body
            .get("error")
            .and_then(Value::as_str)
            .unwrap_or("unknown_error");
        let (code, message) = match own {
            "slot_taken" => ("BOOKING_RACE_CONFLICT", "The slot is not free."),
            "past_time" => ("BOOKING_IN_PAST", "The start is not in the future."),
            "invalid_service" => ("SERVICE_NOT_FOUND", "There is no such service."),
            "unknown_booking" => ("BOOKING_NOT_FOUND", "There is no such booking."),
            "booking_cancelled" => ("BOOKING_CANCELLED", "The booking is cancelled."),
            "nothing_to_pay" => ("NOTHING_TO_PAY", "The booking costs nothing."),
            "invalid_input" | "invalid_date" | "invalid_email" => {
                ("VALIDATION_ERROR", "The arguments are not valid.")
            }
            other => (other, "The call was refused."),
        };
        Self {
            status: answer.status,
            ..Self::new(&code.to_uppercase(), message)
        }
    }
}

impl Failure {
    /// The answer to the caller. What broke while it was answered stays as it is.
    pub(super) fn reply(self) -> Result<Reply, StoreError> {
        let refusal = match self {
            Self::Store(error) => return Err(error),
            Self::Answered(answer) if answer.status >= 500 => return Ok(answer.into()),
            Self::Answered(answer) => Refusal::of(&answer),
            Self::Refused(refusal) => refusal,
        };
        let mut data = Map::new();
        data.insert("code".to_owned(), refusal.code.into());
        data.insert("message".to_owned(), refusal.message.as_str().into());
        if !refusal.details.is_null() {
            data.insert("details".to_owned(), refusal.details);
        }
        Ok(Reply {
            status: refusal.status,
            succeeded: false,
            body: envelope(data.into(), &refusal.message, "error"),
        })
    }
}

/// A success.
pub(super) fn success(data: Value, summary: &str, render_type: &str) -> Reply {
    Reply {
        status: 200,
        succeeded: true,
        body: envelope(data, summary, render_type),
    }
}

fn envelope(data: Value, summary: &str, render_type: &str) -> Map<String, Value> {
    Map::from_iter([
        ("data".to_owned(), data),
        ("summary".to_owned(), summary.into()),
        ("renderType".to_owned(), render_type.into()),
    ])
}

/// A count and what was counted: `1 service`, `3 services`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
