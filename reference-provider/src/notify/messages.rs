//! The texts of mails: subject and body.

use time_zones::Zone;

use crate::store::{Booking, Message, MessageKind};
use crate::tenant::Tenant;

/// A name longer than this, in characters, is cut where it can be seen: whoever books chooses it, and somebody else may have to read it.
const LONGEST_NAME: usize = 200;

/// A text of a caller's as one line: a name that brings lines of its own could pass for ours. All else in it stays as it is.
pub(super) fn line(text: &str) -> String {
    let breaks = |char: char| char == ' ' || char.is_control() || ['\u{2028}', '\u{2029}'].contains(&char);
    let words: Vec<&str> = text.split(breaks).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST_NAME {
        return line;
    }
    line.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

/// The appointment: the service and its tenant.
pub(super) fn appointment(booking: &Booking, tenant: &Tenant) -> String {
    format!("{} at {}", line(&booking.service_name), line(&tenant.name))
}

/// The subject.
pub(super) fn subject(message: &Message, booking: &Booking, tenant: &Tenant) -> String {
    let what = match message.kind {
        MessageKind::Confirmed => "Confirmed",
        MessageKind::Rescheduled => "Moved",
        MessageKind::Cancelled => "Cancelled",
        MessageKind::Reminder => "Reminder",
    };
    let start = message.slot.start.with_timezone(&tenant.calendar.timezone);
    let day = start.format("%A, %-d %B %Y, %H:%M");
    format!("{what}: {}, {day}", appointment(booking, tenant))
}

/// The text, in lines that end in a line feed.
pub(super) fn text(message: &Message, booking: &Booking, tenant: &Tenant, link: Option<&str>) -> String {
    let news = match message.kind {
        MessageKind::Confirmed => "your booking is confirmed.",
        MessageKind::Rescheduled => "your booking has another time.",
        MessageKind::Cancelled => "your booking is cancelled.",
        MessageKind::Reminder => "this is a reminder of your booking.",
    };
    let mut text = format!(
        "Hello {},\n\n{news}\n\n{}\n{}\n",
        line(&booking.customer_name),
        appointment(booking, tenant),
        time(message, tenant.calendar.timezone),
    );
    if let Some(link) = link
        && message.kind != MessageKind::Cancelled
    {
        text.push_str("\nTo look at it or to cancel it, open this page:\n");
        text.push_str(link);
        text.push('\n');
    }
    text
}

/// The time, by the tenant's wall clock.
fn time(message: &Message, zone: Zone) -> String {
    let start = message.slot.start.with_timezone(&zone);
    let end = message.slot.end.with_timezone(&zone);
    let until = match start.date_naive() == end.date_naive() {
        true => end.format("%H:%M (%Z)"),
        false => end.format("%A, %-d %B, %H:%M (%Z)"),
    };
    format!("{} to {until}", start.format("%A, %-d %B %Y, %H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_however_it_is_written() {
        assert_eq!(line("Ada\r\nBcc: eve@example.com"), "Ada Bcc: eve@example.com");
        assert_eq!(line(" Ada\t\u{0}Lovelace\u{85}"), "Ada Lovelace");
        assert_eq!(line("山田\u{3000}太郎 a\u{a0}b"), "山田\u{3000}太郎 a\u{a0}b");
        assert_eq!(line("Ada\u{2028}Bcc: eve\u{2029}x"), "Ada Bcc: eve x");
        let long = line(&"x".repeat(1000));
        assert!(
            long.ends_with('…') && long.chars().count() == LONGEST_NAME,
            "{long}"
        );
    }
}
