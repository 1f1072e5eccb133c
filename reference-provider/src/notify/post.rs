//! The post office of a provider: what it takes to write and send a mail, and a bell for who sends them.

use lettre::Address;
use tokio::sync::Notify;

use super::mailer::Mailer;
use super::route::{MailError, Mailing};

/// The parts that write and send mails.
pub(crate) struct Post {
    pub(super) sender: Address,
    pub(super) mailer: Mailer,
    pub(super) bell: Notify,
}

impl Post {
    /// Makes ready to send.
    pub(crate) fn open(mailing: &Mailing) -> Result<Self, MailError> {
        Ok(Self {
            sender: mailing.sender()?,
            mailer: mailing.route.open()?,
            bell: Notify::new(),
        })
    }

    /// Says that there may be something to send.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }
}
