//! The tools: what each does. A tool gets an input that keeps its schema, and returns an answer.
//!
//! `table` lists the tools, `spec` is the shape of an entry, `served` has each tool at each version and answers calls.

mod advance_clock;
mod alternatives;
mod answer;
mod book;
mod call;
mod cancel_booking;
mod catalogue;
mod check_availability;
mod confirm_booking;
mod create_booking;
mod create_invoice;
mod create_service;
pub(crate) mod cursor;
mod customer_key;
pub(crate) mod customers;
mod effects;
mod get_booking;
mod get_customer;
mod get_invoice;
mod list_bookings;
mod list_bookings_for_customer;
mod list_customers;
mod list_services;
mod page;
mod record_attendance;
mod reschedule_booking;
mod retire_service;
mod room;
mod served;
mod spec;
mod table;
pub(crate) mod tag;
mod tag_customer;

pub(crate) use answer::{Answer, read_start, wire_slot, wire_time};
pub(crate) use call::Call;
pub(crate) use cancel_booking::{Cancellation, Cancelled};
pub(crate) use customer_key::customer_key;
pub use served::Tool;
pub(crate) use served::{Served, answer, find, listed, refuse, run};
