//! Writing a mail: the envelope, the headers, the text, the calendar file. The same message is written the same way each time.

use std::time::SystemTime;

use lettre::address::{AddressError, Envelope};
use lettre::message::header::{ContentType, ContentTypeErr, HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use lettre::{Address, Message as Letter};

use super::header::{mailbox, text as encoded};
use super::invitation::{Method, Parties, calendar};
use super::messages;
use crate::store::{Booking, Message};
use crate::tenant::Tenant;

/// A mail that is ready to be sent.
pub(super) struct Mail {
    /// The key that no other mail has, as part of a file's name and of an address.
    pub(super) key: String,
    pub(super) envelope: Envelope,
    pub(super) text: Vec<u8>,
}

/// The reason why a message cannot become a mail.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("cannot send to {0:?}: {1}")]
    Recipient(String, #[source] AddressError),
    #[error("cannot name the calendar file: {0}")]
    ContentType(#[from] ContentTypeErr),
    #[error("cannot put the mail together: {0}")]
    Parts(#[from] lettre::error::Error),
}

/// Writes the mail that tells a customer of a booking. `link` is the page that shows and cancels it.
pub(super) fn write(
    message: &Message,
    booking: &Booking,
    tenant: &Tenant,
    sender: &Address,
    link: Option<&str>,
) -> Result<Mail, WriteError> {
    let recipient: Address = message
        .recipient
        .trim()
        .parse()
        .map_err(|error| WriteError::Recipient(message.recipient.clone(), error))?;
    let key = message.key();
    // The library reads the headers that it wrote, and not every name and address comes back from that: the envelope is ours.
    let to = Envelope::new(Some(sender.clone()), vec![recipient.clone()])?;
    let raw = |name: &'static str, read_as: String, value: String| {
        HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), read_as, value)
    };
    let party = |header: &'static str, name: &str, address: &Address| {
        let value = mailbox(&messages::line(name), address.as_ref());
        // All that the library has to read is that there is one.
        raw(header, "somebody@localhost".to_owned(), value)
    };
    let subject = messages::subject(message, booking, tenant);
    let head = Letter::builder()
        .envelope(to)
        .message_id(Some(format!("<{key}@{}>", sender.domain())))
        .date(SystemTime::from(message.at))
        .raw_header(party("From", &tenant.name, sender))
        .raw_header(party("To", &booking.customer_name, &recipient));
    let head = match encoded(&subject) {
        Some(value) => head.raw_header(raw("Subject", subject, value)),
        None => head.subject(subject),
    };
    let head = head
        // Nobody's holiday reply is to answer it (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let text = messages::text(message, booking, tenant, link);
    let letter = match Method::of(message.kind) {
        None => head.singlepart(SinglePart::plain(text))?,
        Some(method) => {
            let parties = Parties {
                organizer: sender,
                attendee: &recipient,
            };
            let file = calendar(method, message, booking, tenant, &parties, link);
            let kind = format!(
                "text/calendar; charset=utf-8; method={}; name=\"booking.ics\"",
                method.name()
            );
            let file = SinglePart::builder()
                .header(ContentType::parse(&kind)?)
                .body(file);
            head.multipart(
                MultiPart::alternative()
                    // What separates the parts would else be another by chance each time.
                    .boundary(format!("=_{key}"))
                    .singlepart(SinglePart::plain(text))
                    .singlepart(file),
            )?
        }
    };
    Ok(Mail {
        key,
        envelope: letter.envelope().clone(),
        text: letter.formatted(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::sample::{booking, message, shop};
    use crate::store::MessageKind;

    const LINK: &str = "https://book.example/p/shop/bookings/token/cancel";

    fn written(kind: MessageKind, booking: &Booking) -> Mail {
        let sender = "bookings@book.example".parse().unwrap();
        write(&message(kind, booking), booking, &shop(), &sender, Some(LINK)).unwrap()
    }

    fn text(kind: MessageKind, booking: &Booking) -> String {
        String::from_utf8(written(kind, booking).text).unwrap()
    }

    #[test]
    fn a_mail_tells_what_was_booked_and_where_to_cancel_it() {
        insta::assert_snapshot!("confirmation", text(MessageKind::Confirmed, &booking()));
    }

    #[test]
    fn a_mail_tells_that_a_booking_has_moved_with_another_invitation() {
        let text = text(MessageKind::Rescheduled, &booking());
        for expected in [
            "Subject: Moved: ",
            "your booking has another time.",
            "METHOD:REQUEST",
            "UID:bk_7",
            LINK,
        ] {
            assert!(text.contains(expected), "{expected}");
        }
    }

    #[test]
    fn a_mail_tells_that_a_booking_was_cancelled() {
        insta::assert_snapshot!("cancellation", text(MessageKind::Cancelled, &booking()));
    }

    #[test]
    fn a_reminder_has_no_calendar_file() {
        insta::assert_snapshot!("reminder", text(MessageKind::Reminder, &booking()));
    }

    #[test]
    fn a_name_with_lines_and_quotation_marks_adds_no_header_and_no_recipient() {
        let name = "Ada\r\nBcc: eve@example.com\r\n\r\n<b>\"Lovelace\", <eve@example.com>";
        let booking = Booking {
            customer_name: name.to_owned(),
            service_name: "A cut\r\nX-Evil: 1".to_owned(),
            ..booking()
        };
        let mail = written(MessageKind::Confirmed, &booking);
        assert_eq!(mail.envelope.to(), ["ada@example.com".parse().unwrap()]);
        let text = String::from_utf8(mail.text).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<_> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        let expected = [
            "Message-ID",
            "Date",
            "From",
            "To",
            "Subject",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, expected, "{head}");
        assert!(
            !text
                .lines()
                .any(|line| line.starts_with("Bcc") || line.starts_with("X-Evil"))
        );
    }

    #[test]
    fn an_address_that_no_server_takes_is_refused_here() {
        for recipient in [
            "ada",
            "ada@example.com\r\nRCPT TO:<eve@example.com>",
            "ada@ex ample",
        ] {
            let booking = Booking {
                customer_email: recipient.to_owned(),
                ..booking()
            };
            let sender = "bookings@book.example".parse().unwrap();
            let message = message(MessageKind::Confirmed, &booking);
            let error = write(&message, &booking, &shop(), &sender, None).err().unwrap();
            assert!(matches!(error, WriteError::Recipient(..)), "{error}");
        }
    }
}
