//! What each tool does. A tool gets an input that keeps its schema, and returns an answer.

mod answer;
mod cancel_booking;
mod check_availability;
mod create_booking;
mod list_bookings;
mod list_services;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use answer::Answer;
pub(crate) use cancel_booking::cancel;

use crate::contract::Tool;
use crate::fault::{Fault, Faults};
use crate::provider::Provider;
use crate::store::StoreError;
use crate::tenant::{Service, Tenant};

/// One call of a tool of one tenant.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) tenant: &'a Tenant,
    pub(crate) faults: Faults,
    /// What addresses in the answer begin with; without it, there are none.
    pub(crate) base_url: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Answers a call of a tool with this body.
    pub(crate) async fn answer(self, tool: Tool, body: &[u8]) -> Result<Answer, StoreError> {
        match serde_json::from_slice(body) {
            Ok(input) => self.answer_input(tool, input).await,
            Err(_) => Ok(self.finish(tool, refusal(tool, &Value::Null))),
        }
    }

    /// Answers a call of a tool with this input.
    pub(crate) async fn answer_input(self, tool: Tool, mut input: Value) -> Result<Answer, StoreError> {
        if self.faults.has(Fault::AcceptsZonelessStart) {
            add_zone(&mut input);
        }
        if !tool
            .contract()
            .admits(&input, |keyword, pointer| self.waives(keyword, pointer))
        {
            return Ok(self.finish(tool, refusal(tool, &input)));
        }
        let answer = match tool {
            Tool::ListServices => list_services::answer(self),
            Tool::CheckAvailability => match read(&input) {
                Some(input) => check_availability::answer(self, input).await?,
                None => refusal(tool, &input),
            },
            Tool::CreateBooking => match read(&input) {
                Some(input) => create_booking::answer(self, input).await?,
                None => refusal(tool, &input),
            },
            Tool::CancelBooking => match read(&input) {
                Some(input) => cancel_booking::answer(self, input).await?,
                None => refusal(tool, &input),
            },
            Tool::ListBookingsForCustomer => match read(&input) {
                Some(input) => list_bookings::answer(self, input).await?,
                None => refusal(tool, &input),
            },
        };
        Ok(self.finish(tool, answer))
    }

    /// Whether a fault lets this break of the schema through.
    fn waives(self, keyword: &str, pointer: &str) -> bool {
        (keyword == "additionalProperties" && self.faults.has(Fault::AcceptsUnknownKeys))
            || (pointer == "/customer/email" && self.faults.has(Fault::AcceptsBadEmail))
    }

    /// The answer with the faults that do not depend on the tool's work.
    fn finish(self, tool: Tool, mut answer: Answer) -> Answer {
        if answer.is_success() {
            if tool == Tool::CreateBooking && self.faults.has(Fault::FailsAfterBooking) {
                return Answer::broken();
            }
            return answer;
        }
        if self.faults.has(Fault::RefusesWith500) {
            answer.status = 500;
        }
        if self.faults.has(Fault::ErrorWithoutCode) {
            answer.without("error")
        } else {
            answer
        }
    }

    /// The service that a caller means.
    fn service(self, id: &str) -> Option<&'a Service> {
        let id = match id.rsplit_once('~') {
            Some((stable, _)) if self.faults.has(Fault::UnstableServiceIds) => stable,
            _ => id,
        };
        self.tenant.service(id)
    }
}

/// The answer to an input that breaks the schema.
fn refusal(tool: Tool, input: &Value) -> Answer {
    let code = match tool {
        Tool::ListServices | Tool::CreateBooking => "invalid_input",
        Tool::CheckAvailability => check_availability::refusal(input),
        Tool::CancelBooking => "unknown_booking",
        Tool::ListBookingsForCustomer => list_bookings::refusal(input),
    };
    Answer::malformed(code)
}

/// Makes a start without an offset one in UTC.
fn add_zone(input: &mut Value) {
    if let Some(Value::String(start)) = input.get_mut("start_at")
        && start.parse::<chrono::NaiveDateTime>().is_ok()
    {
        start.push('Z');
    }
}

fn read<T: DeserializeOwned>(input: &Value) -> Option<T> {
    T::deserialize(input).ok()
}

/// An address as it is compared.
fn customer_key(email: &str) -> String {
    email.trim().to_lowercase()
}
