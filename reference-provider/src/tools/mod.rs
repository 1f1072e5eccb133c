//! What each tool does. A tool gets an input that keeps its schema, and returns an answer.

mod advance_clock;
mod alternatives;
mod answer;
mod book;
mod cancel_booking;
mod catalogue;
mod check_availability;
mod confirm_booking;
mod create_booking;
mod create_invoice;
mod create_service;
mod cursor;
mod customers;
mod effects;
mod get_booking;
mod get_customer;
mod get_invoice;
mod lenient;
mod list_bookings;
mod list_bookings_for_customer;
mod list_customers;
mod list_services;
mod record_attendance;
mod reschedule_booking;
mod retire_service;
mod tag_customer;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use answer::{Answer, wire_time};
pub(crate) use cancel_booking::{Cancellation, Cancelled};

use crate::clock::TenantClock;
use crate::contract::Tool;
use crate::fault::{Fault, Faults};
use crate::provider::Provider;
use crate::store::StoreError;
use crate::tenant::Tenant;
use crate::version::{Served, Version};

/// One call of a tool of one tenant.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// Which tool, at which version.
    pub(crate) served: &'static Served,
    pub(crate) provider: &'a Provider,
    pub(crate) tenant: &'a Tenant,
    /// The tenant's own.
    pub(crate) clock: &'a Arc<TenantClock>,
    pub(crate) faults: Faults,
    /// What addresses in the answer begin with; without it, there are none.
    pub(crate) base_url: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Answers the call with this body.
    pub(crate) async fn answer(self, body: &[u8]) -> Result<Answer, StoreError> {
        match serde_json::from_slice(body) {
            Ok(input) => self.answer_input(input).await,
            Err(_) => Ok(self.finish(refusal(self.served, &Value::Null))),
        }
    }

    /// Answers the call with this input.
    pub(crate) async fn answer_input(self, mut input: Value) -> Result<Answer, StoreError> {
        if self.faults.has(Fault::AcceptsZonelessStart) {
            add_zone(&mut input);
        }
        if self.faults.has(Fault::CoercesTypes) {
            lenient::coerce(self.served, &mut input);
        }
        if self.faults.has(Fault::AcceptsNullFields) {
            lenient::drop_nulls(self.served, &mut input);
        }
        let Served { tool, contract, .. } = self.served;
        if !contract.admits(&input, |keyword, pointer| self.waives(keyword, pointer)) {
            let mut answer = refusal(self.served, &input);
            if self.faults.has(Fault::InvalidInputIs500) {
                answer.status = 500;
            }
            return Ok(self.finish(answer));
        }
        let answer = match tool {
            Tool::ListServices => list_services::answer(self).await?,
            Tool::CreateService => match read(&input) {
                Some(input) => create_service::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::RetireService => match read(&input) {
                Some(input) => retire_service::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::CheckAvailability => match read(&input) {
                Some(input) => check_availability::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::CreateBooking => match read(&input) {
                Some(input) => create_booking::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::CancelBooking => match read(&input) {
                Some(input) => cancel_booking::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::ListBookingsForCustomer => match read(&input) {
                Some(input) => list_bookings_for_customer::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::GetBooking => match read(&input) {
                Some(input) => get_booking::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::ListBookings => match read(&input) {
                Some(input) => list_bookings::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::ConfirmBooking => match read(&input) {
                Some(input) => confirm_booking::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::RescheduleBooking => match read(&input) {
                Some(input) => reschedule_booking::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::RecordAttendance => match read(&input) {
                Some(input) => record_attendance::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::GetCustomer => match read(&input) {
                Some(input) => get_customer::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::ListCustomers => match read(&input) {
                Some(input) => list_customers::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::TagCustomer => match read(&input) {
                Some(input) => tag_customer::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::CreateInvoice => match read(&input) {
                Some(input) => create_invoice::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::GetInvoice => match read(&input) {
                Some(input) => get_invoice::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::AdvanceClock => match read(&input) {
                Some(input) => advance_clock::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
            Tool::Effects => match read(&input) {
                Some(input) => effects::answer(self, input).await?,
                None => refusal(self.served, &input),
            },
        };
        Ok(self.finish(answer))
    }

    /// Whether a fault lets this break of the schema through.
    fn waives(self, keyword: &str, pointer: &str) -> bool {
        let long_notes =
            self.faults.has(Fault::AcceptsLongNotes) || self.faults.has(Fault::BooksDespiteError);
        (keyword == "additionalProperties" && self.faults.has(Fault::AcceptsUnknownKeys))
            || (keyword == "additionalProperties"
                && pointer == "/customer"
                && self.faults.has(Fault::AcceptsUnknownCustomerKeys))
            || (pointer == "/customer/name"
                && keyword == "minLength"
                && self.faults.has(Fault::AcceptsEmptyName))
            || (pointer == "/customer/email" && self.faults.has(Fault::AcceptsBadEmail))
            || (pointer == "/notes" && keyword == "maxLength" && long_notes)
            || (pointer == "/date" && keyword == "format" && self.faults.has(Fault::RollsImpossibleDates))
    }

    /// The answer with the faults that do not depend on the tool's work.
    fn finish(self, mut answer: Answer) -> Answer {
        if answer.is_success() {
            let books = self.served.tool == Tool::CreateBooking;
            if books && self.faults.has(Fault::FailsAfterBooking) {
                return Answer::broken();
            }
            if books && self.faults.has(Fault::ExtraOutputFields) {
                answer.body.insert("internal_id".to_owned(), 7.into());
            }
            return answer;
        }
        let unknown_service = answer
            .body
            .get("error")
            .is_some_and(|code| code == "invalid_service");
        if unknown_service
            && self.served.tool == Tool::CreateBooking
            && self.faults.has(Fault::UnknownServiceIs500)
        {
            answer.status = 500;
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
}

/// The answer to an input that breaks the schema.
fn refusal(served: &Served, input: &Value) -> Answer {
    let code = match (served.tool, served.version) {
        (Tool::CheckAvailability, _) => check_availability::refusal(served, input),
        (Tool::ListBookingsForCustomer, _) => list_bookings_for_customer::refusal(served, input),
        (Tool::GetCustomer, _) => customers::refusal(served, input, "/email"),
        (Tool::TagCustomer, _) => customers::refusal(served, input, "/customer_email"),
        // The first version has no code for it.
        (Tool::CancelBooking, Version::V0_1_0) => "unknown_booking",
        _ => "invalid_input",
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

/// An address as it is compared: trimmed, its ASCII letters in lower case.
pub(crate) fn customer_key(email: &str) -> String {
    email.trim().to_ascii_lowercase()
}
