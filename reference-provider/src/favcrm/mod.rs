//! The provider as FavCRM would be called: two APIs over the same tenants, bookings and rules, to prove mappings against.
//!
//! FavCRM is described in two shapes that disagree. The *live* one is that of the tools it serves: an account first, a
//! local day and local times. The *article's* is that of its walkthrough: an instant and a customer. Both are served where
//! the sandbox is, at `/p/{tenant}/favcrm` and `/p/{tenant}/favcrm-article`, over MCP and over HTTP.
//!
//! Each call becomes calls of the provider's own tools at v0.2.0, so it has their rules. Owned here
//! are names, shapes and times; nothing is decided here. What the provider has no tool for, accounts and the bookings of all
//! customers, is read from the store.
//!
//! # What an answer becomes
//!
//! Every result is `{data, summary, renderType}`, and `data` has no schema. A refusal has the same shape, with `error` as
//! `renderType`, `{code, message, details?}` as `data`, `isError` over MCP, and the status that the provider's own refusal
//! has over HTTP.
//!
//! | refusal | code |
//! |---|---|
//! | `slot_taken`, by the same customer | `BOOKING_ON_HAND`, with `existingBookingId`, `existingBookingDate`, `isRace` |
//! | `slot_taken` | `BOOKING_RACE_CONFLICT` |
//! | `past_time` | `BOOKING_IN_PAST` |
//! | `invalid_service` | `SERVICE_NOT_FOUND` |
//! | `unknown_booking` | `BOOKING_NOT_FOUND` |
//! | an account that is not there | `ACCOUNT_NOT_FOUND` |
//! | a booking that cannot be confirmed any more | `BOOKING_NOT_CONFIRMABLE`, with its `status` |
//! | `booking_cancelled`, of an invoice | `BOOKING_CANCELLED` |
//! | `nothing_to_pay` | `NOTHING_TO_PAY` |
//! | `invalid_input`, `invalid_date`, and an input that breaks the schema | `VALIDATION_ERROR` |
//!
//! The first two are FavCRM's own; what it calls the others is published nowhere. Its `BOOKING_COOLDOWN_ACTIVE` never comes:
//! no service here has a cooldown.
//!
//! # What the shapes leave out
//!
//! - A local time that a day has twice is the earlier one; one that a day does not have is refused.
//! - `endTime` must be the end of the service.
//! - The article has no `cancel_booking`.
//! - Of `create_invoice` no more is described than that it takes a `bookingId` and returns an invoice that can be paid. Its fields are
//!   named here as those of a booking are.

mod accounts;
mod ask;
mod booking;
mod bookings;
mod catalogue;
mod create;
mod dispatch;
mod invoice;
mod local;
mod reply;
mod shape;

pub(crate) use dispatch::answer;
pub(crate) use shape::Shape;
