//! The calendar file of a mail: an invitation to what was booked, or its withdrawal (RFC 5545 and, for how it travels, RFC 5546 and
//! RFC 6047). Both carry the same UID; the later one has the higher SEQUENCE.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use lettre::Address;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::messages;
use crate::store::{Booking, Message, MessageKind};
use crate::tenant::Tenant;

/// The characters that do not stand for themselves in the address of a `mailto:` (RFC 6068, `dtext-no-obs` and `qchar` aside).
const BEYOND_MAILTO: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'*')
    .remove(b'+');

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
        .append_property(attendee(method, booking, parties.attendee))
        .status(match method {
            Method::Request => EventStatus::Confirmed,
            Method::Cancel => EventStatus::Cancelled,
        });
    if let (Some(link), Method::Request) = (link, method) {
        event
            .url(link)
            .description(&format!("To look at it or to cancel it: {link}"));
    }
    let file = Calendar {
        properties: Property::from_array([
            ("VERSION", "2.0"),
            ("PRODID", "-//Proofhouse//Reference provider//EN"),
            ("CALSCALE", "GREGORIAN"),
            ("METHOD", method.name()),
        ]),
        components: vec![event.done().into()],
    }
    .to_string();
    fold(&file)
}

/// The greatest length of a line, without its end (RFC 5545, section 3.1).
const LONGEST_LINE: usize = 75;

/// Folds the lines of a file anew. The library counts neither the space with which a line goes on nor characters of several bytes. No line
/// ends or goes on with a space of its own, which some on the way take off.
fn fold(file: &str) -> String {
    let mut folded = String::with_capacity(file.len());
    for line in file.replace("\r\n ", "").split_terminator("\r\n") {
        let (mut rest, mut most) = (line, LONGEST_LINE);
        while let Some((first, after)) = cut(rest, most) {
            folded.push_str(first);
            folded.push_str("\r\n ");
            (rest, most) = (after, LONGEST_LINE.saturating_sub(1));
        }
        folded.push_str(rest);
        folded.push_str("\r\n");
    }
    folded
}

/// Cuts a line that is too long, beside no space if it has another place; None for one that is not.
fn cut(line: &str, most: usize) -> Option<(&str, &str)> {
    if line.len() <= most {
        return None;
    }
    let places = || {
        line.char_indices()
            .map(|(at, _)| at)
            .take_while(|at| *at <= most)
            .skip(1)
    };
    let beside_no_space = |at: &usize| {
        line.split_at_checked(*at)
            .is_some_and(|(before, after)| !before.ends_with(' ') && !after.starts_with(' '))
    };
    let at = places()
        .filter(beside_no_space)
        .last()
        .or_else(|| places().last())?;
    line.split_at_checked(at)
}

/// The customer. Whoever is asked has not answered yet (RFC 5546, 3.2.2), and a withdrawal asks nobody.
fn attendee(method: Method, booking: &Booking, address: &Address) -> Property {
    let mut attendee = party("ATTENDEE", &booking.customer_name, address);
    attendee.add_parameter("ROLE", "REQ-PARTICIPANT");
    if method == Method::Request {
        attendee.add_parameter("PARTSTAT", "NEEDS-ACTION");
    }
    attendee.done()
}

fn party(role: &str, name: &str, address: &Address) -> Property {
    // Within a parameter a circumflex begins what stands for another character (RFC 6868).
    let name = messages::line(name).replace('^', "^^").replace('"', "^'");
    // Whatever a reader could take for an end or for a parameter stands in quotation marks.
    let is_plain = |char: char| char.is_alphanumeric() || " .-'^".contains(char);
    let name = match name.chars().all(is_plain) {
        true => name,
        false => format!("\"{name}\""),
    };
    // What a URI gives a meaning is written as its code (RFC 6068).
    let local = utf8_percent_encode(address.user(), BEYOND_MAILTO);
    let domain = utf8_percent_encode(address.domain(), BEYOND_MAILTO);
    Property::new(role, format!("mailto:{local}@{domain}"))
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

    /// Found by the fuzzer: a line of 76 bytes.
    #[test]
    fn no_line_is_too_long_wherever_its_letters_of_several_bytes_stand() {
        for before in 0..80 {
            let file = format!(
                "SUMMARY:{}{}\r\nEND:VEVENT\r\n",
                "x".repeat(before),
                "髪é".repeat(60)
            );
            let folded = fold(&file);
            assert!(folded.split("\r\n").all(|line| line.len() <= 75), "{folded}");
            assert_eq!(folded.replace("\r\n ", ""), file);
        }
    }

    /// Found with the reader of another: a space at the end of a line was lost on the way.
    #[test]
    fn no_line_ends_or_goes_on_with_a_space_of_its_own() {
        for before in 0..80 {
            let file = format!("SUMMARY:{}{}\r\n", "x".repeat(before), " a bc".repeat(60));
            let folded = fold(&file);
            assert!(
                folded
                    .split("\r\n")
                    .all(|line| line.len() <= 75 && !line.ends_with(' ')),
                "{folded}"
            );
            assert!(!folded.contains("\r\n  "), "{folded}");
            assert_eq!(folded.replace("\r\n ", ""), file);
        }
    }

    #[test]
    fn addresses_and_names_come_back_as_they_were() {
        let parties = Parties {
            organizer: &"bookings@book.example".parse().unwrap(),
            attendee: &"a%2fb?c#d&e=f@example.com".parse().unwrap(),
        };
        let booking = Booking {
            customer_name: "Ada ^n ^' \"the\" Countess".to_owned(),
            ..booking()
        };
        let file = |method, kind| {
            let message = message(kind, &booking);
            let file = calendar(method, &message, &booking, &shop(), &parties, None);
            file.replace("\r\n ", "")
        };
        let request = file(Method::Request, MessageKind::Confirmed);
        assert!(
            request.contains(":mailto:a%252fb%3Fc%23d%26e%3Df@example.com\r\n"),
            "{request}"
        );
        assert!(request.contains("CN=Ada ^^n ^^' ^'the^' Countess"), "{request}");
        assert!(request.contains("PARTSTAT=NEEDS-ACTION"), "{request}");
        for (name, expected) in [
            ("Ada\\", ";CN=\"Ada\\\";"),
            ("Ada =?utf-8?q?x?=", ";CN=\"Ada =?utf-8?q?x?=\";"),
            ("Ada, Countess", ";CN=\"Ada, Countess\";"),
        ] {
            let mut named = booking.clone();
            named.customer_name = name.to_owned();
            let message = message(MessageKind::Confirmed, &named);
            let file =
                calendar(Method::Request, &message, &named, &shop(), &parties, None).replace("\r\n ", "");
            assert!(file.contains(expected), "{file}");
        }
        assert!(!file(Method::Cancel, MessageKind::Cancelled).contains("PARTSTAT"));
    }
}
