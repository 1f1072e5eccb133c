//! A complete booking system for many tenants, and one that breaks a single rule when it is told to.
//!
//! It keeps the booking contracts over HTTP and over MCP, from its own definition of them, in two versions: v0.1.0 at
//! `/p/{tenant}` and v0.2.0 at `/p/{tenant}/v0.2.0`. What has one version only is the same at both: services are made and retired,
//! bookings are confirmed, moved, attended and invoiced, customers are kept and tagged. It is the baseline that must pass every
//! test, and with a [`Fault`] switched on the proof that a test can fail.
//!
//! ```text
//! cli ─┬─► server ─► http ─┬─► api_flavor ─┬─► request_context ─► tools ─┬─► policy     the values that the rules read
//!      └────────────► mcp ─┘               └─► favcrm ─────────▲         ├─► calendar   opening hours, slots, free places: pure
//!                                                                        ├─► billing    invoices, and the gateway that settles them
//!                                                                        ├─► store      bookings, services, customers, one writer
//!                                                                        └─► contract   names, texts, schemas, for each version
//!
//! lifecycle = the statuses of a booking, and the moves between them
//! notify    = writes and sends what the store has in its outbox: a task beside the calls
//! sabotage  = the faults: a wrapper around the tools, and another policy for the rules, which name no fault
//! provider  = tenants + policies + store + clock + post, shared by all
//! ```
//!
//! # What it does where the contracts of v0.1.0 leave a choice
//!
//! v0.2.0 leaves most of it no choice, and is kept by the same rules.
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
//! - A booking of a service that requires confirmation is pending: it holds its slot, is answered with `confirmed: false`, and its
//!   customer hears of it once `confirm_booking` has confirmed it. A booking that was completed or missed holds nothing any more,
//!   and is not cancelled: the first version has no code for that and answers `unauthorized`.
//! - Over standard input and output, nobody serves the page behind a cancellation address: unless a public address is
//!   configured, the answer has none.
//! - `list_bookings_for_customer` lists bookings that have not ended, of every status, 50 at most, unless asked otherwise. An
//!   empty `status_in` lists nothing.
//! - A customer is kept in the transaction of their first booking. A phone that is blank is none.
//! - `tag_customer` looks at the tags before it looks for the customer: `invalid_input` comes before `unknown_customer`.
//! - Each confirmation, each cancellation and each move of a confirmed booking sends the customer one message, and a day before the
//!   start there is a reminder. Where they go is said in [`Options::mailing`].
//!
//! # Invoices
//!
//! `create_invoice` and `get_invoice` are served at every version. [`GatewayOptions`] says who takes the money: nobody, where a button on
//! the page of an invoice settles it in the sandbox, or Stripe, which tells `/stripe/webhook` of what was paid.
//!
//! # What a booking takes
//!
//! - A tenant has weekly opening hours and dates with hours of their own, and so has each member of its staff, who is booked
//!   only while the tenant is open too. Starts lie on the tenant's grid.
//! - A service takes one of the staff whom it names, one unit of the resource that it names, both where it names both, and
//!   the tenant's own calendar where it names neither. The first that is free in the order of the file is taken.
//! - Bookings of one service at one start share a session until its capacity is reached. A session that is not full is filled
//!   before another is opened with somebody else.
//! - A booking blocks its buffers as well, so two bookings are apart by the buffer after the one and that before the other.
//!   Buffers may reach beyond opening hours.
//! - A start within the lead time of a service or beyond its horizon is `slot_taken`, like any that is not listed.
//! - A booking that moves keeps its length, and is placed anew by the rules of its service as they are now; it does not stand in
//!   its own way. A service that was retired is offered at no start, so its bookings stay where they are or are cancelled.
//! - A booking keeps the price that its service had when it was made.
//! - A service of the tenant's file can be retired like one that a call made; it stays retired when the file is read again.
//!
//! # The sandbox
//!
//! Where [`Options::sandbox`] is set, two more tools are served: `advance_clock` moves the clock of one tenant, and everything
//! that this tenant does and says follows it; `effects` lists the messages that went out. A clock is not kept: it shows real
//! time again when the provider is started anew.
//!
//! Two APIs in the shape of another make are served as well, at `/p/{tenant}/favcrm` and `/p/{tenant}/favcrm-article`: see
//! `favcrm`.

mod access;
mod address;
mod api_flavor;
mod base_url;
mod billing;
mod calendar;
mod cli;
mod clock;
mod contract;
mod currency;
mod error;
mod fault;
mod favcrm;
mod folder;
mod http;
mod lifecycle;
mod mcp;
mod notify;
mod policy;
mod provider;
mod request_context;
mod sabotage;
mod secret;
mod server;
mod store;
mod tenant;
mod tools;
mod version;

pub use access::Access;
pub use billing::{GatewayOptions, StripeOptions, StripeUrl, StripeUrlError};
pub use calendar::{Calendar, OpeningHours, Slot, WeeklyHours, Window};
pub use cli::main;
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::Error;
pub use fault::{BrokenRule, Fault, UnknownFault};
pub use http::router;
pub use notify::{InvitationTexts, MailError, Mailing, Route, as_line, invitation};
pub use provider::{Options, Provider};
pub use secret::Secret;
pub use server::{Server, serve};
pub use store::{Storage, StoreError};
pub use tenant::{LoadError, Member, Price, Resource, Service, Tenant, Tenants};
pub use tools::Tool;
pub use version::{UnknownVersion, Version};
