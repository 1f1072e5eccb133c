//! The calendar file of a mail: an invitation to what was booked, or its withdrawal (RFC 5545 and, for how it travels, RFC 5546 and
//! RFC 6047). Both carry the same UID; the later one has the higher SEQUENCE.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use lettre::Address;

use super::messages;
use crate::store::{Booking, Message, MessageKind};
use crate::tenant::Tenant;

/// The method of a calendar file (RFC 5546).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Request,
    Cancel,
}

impl Method {
    /// The method for a message; `None` if it carries no calendar file.
    pub(super) fn of(kind: MessageKind) -> Option<Self> {
        match kind {
            MessageKind::Confirmed | MessageKind::Rescheduled => Some(Self::Request),
            MessageKind::Cancelled => Some(Self::Cancel),
            MessageKind::Reminder => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// The organizer and the attendee: the addresses of the tenant and of the customer.
pub(super) struct Parties<'a> {
    pub(super) organizer: &'a Address,
    pub(super) attendee: &'a Address,
}

/// The calendar file.
pub(super) fn calendar(
    method: Method,
    message: &Message,
    booking: &Booking,
    tenant: &Tenant,
    parties: &Parties<'_>,
    link: Option<&str>,
) -> String {
    let mut event = Event::new();
    event
        .uid(&booking.id)
        .sequence(message.sequence)
        .timestamp(message.at)
        .starts(message.slot.start)
        .ends(message.slot.end)
        .summary(&messages::appointment(booking, tenant))
        .location(&messages::line(&tenant.name))
        .append_property(party("ORGANIZER", &tenant.name, parties.organizer))
        .append_property(
            party("ATTENDEE", &booking.customer_name, parties.attendee)
                .add_parameter("ROLE", "REQ-PARTICIPANT")
                .add_parameter("PARTSTAT", "ACCEPTED")
                .done(),
        )
        .status(match method {
            Method::Request => EventStatus::Confirmed,
            Method::Cancel => EventStatus::Cancelled,
        });
    if let (Some(link), Method::Request) = (link, method) {
        event
            .url(link)
            .description(&format!("To look at it or to cancel it: {link}"));
    }
    Calendar {
        properties: Property::from_array([
            ("VERSION", "2.0"),
            ("PRODID", "-//Proofhouse//Reference provider//EN"),
            ("CALSCALE", "GREGORIAN"),
            ("METHOD", method.name()),
        ]),
        components: vec![event.done().into()],
    }
    .to_string()
}

fn party(role: &str, name: &str, address: &Address) -> Property {
    // Within a parameter nothing can stand for a quotation mark.
    let name = messages::line(name).replace('"', "'");
    Property::new(role, format!("mailto:{address}"))
        .add_parameter("CN", &name)
        .done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::sample::{booking, message, shop};

    #[test]
    fn names_are_escaped_and_long_lines_folded() {
        let booking = Booking {
            customer_name: "Zoë; \"the\" Ōta:\r\nATTENDEE:mailto:eve@example.com".to_owned(),
            service_name:
                "Cut, wash; dry \\ and a title that is much longer than one line of a file may be: 髪を切る"
                    .to_owned(),
            ..booking()
        };
        let tenant = Tenant {
            name: "Řezník, Näh & Co\nEND:VEVENT".to_owned(),
            ..shop()
        };
        let parties = Parties {
            organizer: &"bookings@book.example".parse().unwrap(),
            attendee: &"ada@example.com".parse().unwrap(),
        };
        let message = message(MessageKind::Confirmed, &booking);
        let link = Some("https://book.example/p/shop/bookings/token/cancel");
        let file = calendar(Method::Request, &message, &booking, &tenant, &parties, link);
        insta::assert_snapshot!("invitation", file);
        assert!(
            file.split("\r\n")
                .all(|line| line.len() <= 75 && !line.contains('\n'))
        );
        assert_eq!(file.matches("\r\nATTENDEE").count(), 1);
        assert_eq!(file.matches("\r\nEND:VEVENT").count(), 1);
    }
}
