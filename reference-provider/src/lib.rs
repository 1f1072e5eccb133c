//! A complete booking system for many tenants, and one that breaks a single rule when it is told to.
//!
//! It keeps five contracts (`list_services`, `check_availability`, `create_booking`, `cancel_booking`,
//! `list_bookings_for_customer`) over HTTP and over MCP, from its own definition of them. It is the baseline that must pass every
//! test, and with a [`Fault`] switched on the proof that a test can fail.
//!
//! ```text
//! cli ─┬─► server ─► http ─┬─► tools ─┬─► calendar   opening hours, slots, alternatives: pure
//!      └────────────► mcp ─┘          ├─► store      bookings in SQLite, one writer
//!                                     └─► contract   names, texts, schemas
//!
//! provider = tenants + store + clock + faults, shared by all calls
//! ```
//!
//! # What it does where the contracts leave a choice
//!
//! - Refusals are looked for in this order: `invalid_input`, `invalid_service`, a repeat within the window, `past_time`,
//!   `slot_taken`.
//! - A repeat counts while the booking is less than 60 s old. Customers are compared by their address, trimmed and in lower
//!   case. The first booking is returned unchanged. A cancelled booking is never returned.
//! - A start between slots, outside of opening hours or beyond the horizon is `slot_taken`, with alternatives: up to five
//!   free slots, the closest to the wish first, of two equally close ones the earlier.
//! - A start with an offset is that instant; one without is `invalid_input`. A name that is blank is `invalid_input`.
//! - Cancelling again answers as the first time did.
//! - `check_availability` lists free slots only. A closed day, a past one and one beyond the horizon have none. As
//!   `create_booking` takes no length, slots of another length than the service's could not be booked: there are none.
//! - A business error has status 200. An input that breaks the schema has status 400 and the closest code that the tool
//!   knows: `invalid_input`; for `check_availability` `invalid_date` if the date is at fault and `invalid_service`
//!   otherwise; for `cancel_booking` `unknown_booking`; for `list_bookings_for_customer` `invalid_email` if the address
//!   that was given is at fault.
//! - Over standard input and output, nobody serves the page behind a cancellation address: unless a public address is
//!   configured, the answer has none.
//! - `list_bookings_for_customer` lists bookings that have not ended, confirmed and cancelled ones, 50 at most, unless
//!   asked otherwise. An empty `status_in` lists nothing.

mod base_url;
mod calendar;
mod cli;
mod clock;
mod contract;
mod error;
mod fault;
mod http;
mod mcp;
mod provider;
mod server;
mod store;
mod tenant;
mod tools;

pub use calendar::{Calendar, Slot, WeeklyHours, Window};
pub use cli::main;
pub use clock::{Clock, ManualClock, SystemClock};
pub use contract::Tool;
pub use error::Error;
pub use fault::{Fault, UnknownFault};
pub use http::router;
pub use provider::{Options, Provider};
pub use server::{Server, serve};
pub use store::{Storage, StoreError};
pub use tenant::{LoadError, Price, Service, Tenant, Tenants};
