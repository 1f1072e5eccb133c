//! Mails to customers: about each change of their bookings, with an invitation for their calendar, and reminders.
//!
//! The store decides which messages there are, in the transaction of the change (`store::outbox`). This module writes and
//! sends them, and lets reminders fall due. It refuses to decide whether a message goes out.
//!
//! A message is sent at least once: who dies between sending it and noting that sends it again, with the same `Message-ID`, or as the
//! same file.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod header;
mod invitation;
mod mail;
mod mailer;
mod messages;
mod post;
mod reminders;
mod route;
#[cfg(test)]
mod sample;
mod worker;
mod written;

pub(crate) use post::Post;
pub(crate) use reminders::remind;
pub use route::{MailError, Mailing, Route};
pub(crate) use worker::Worker;
pub use written::{InvitationTexts, as_line, invitation};
