//! `proofhouse capabilities diff`: the changes of a later version, for callers and for providers.

use super::args::DiffFormat;
use super::output::{Printer, WIDEST_TEXT};
use crate::app::{AppError, Drift};
use crate::capability::diff::{Change, Diff, Effect, Part};
use crate::model::plural;
use crate::report;

/// The column at which the place and the text of a change begin, after the two effects.
const PLACE: usize = 24;

/// Prints a diff.
pub(super) fn print(diff: &Diff, format: DiffFormat, printer: &Printer) -> Result<(), AppError> {
    match format {
        DiffFormat::Json => printer.json(&diff.view())?,
        DiffFormat::Table => {
            for line in lines(diff, printer.width().map(|width| width.min(WIDEST_TEXT))) {
                printer.line(&line);
            }
        }
    }
    Ok(())
}

/// Prints the drift of a server, what breaks first.
pub(super) fn print_drift(drift: &Drift, format: DiffFormat, printer: &Printer) -> Result<(), AppError> {
    if format == DiffFormat::Json {
        return printer.json(drift);
    }
    let mut changes: Vec<_> = drift.changes.iter().collect();
    changes.sort_by_key(|change| !change.breaking);
    for change in &changes {
        let word = if change.breaking { "breaking" } else { "harmless" };
        let place = match change.place.as_str() {
            "" => String::new(),
            place => format!(" {place}"),
        };
        let line = format!("{} {}{place}: {}", change.tool, change.part, change.change);
        printer.wrapped(&format!("{word}  "), "          ", &report::clean(&line));
    }
    let breaking = changes.iter().filter(|change| change.breaking).count();
    printer.line(&format!(
        "{} compared, {} breaking, {} harmless",
        plural(drift.compared, "tool"),
        plural(breaking, "change"),
        changes.len().saturating_sub(breaking)
    ));
    Ok(())
}

/// The lines of a diff: each change under its part, with its place on one line and its text wrapped below.
fn lines(diff: &Diff, width: Option<usize>) -> Vec<String> {
    let mut lines = vec![format!(
        "{}  v{} → v{}",
        diff.before.id, diff.before.version, diff.after.version
    )];
    for part in Part::ALL {
        let mut changes = diff
            .changes
            .iter()
            .filter(|change| change.part == part)
            .peekable();
        if changes.peek().is_some() {
            lines.push(String::new());
            lines.push(row("callers", "providers", part.as_str()));
            lines.extend(changes.flat_map(|change| change_lines(change, width)));
        }
    }
    lines.push(String::new());
    lines.extend(report::wrap(&last_line(diff), width));
    lines
}

fn row(caller: &str, provider: &str, place: &str) -> String {
    format!("{caller:<10}  {provider:<10}  {place}")
        .trim_end()
        .to_owned()
}

fn change_lines(change: &Change, width: Option<usize>) -> Vec<String> {
    let place = if change.place.is_empty() {
        "(the whole schema)"
    } else {
        &change.place
    };
    let room = width.map(|width| width.saturating_sub(PLACE).max(1));
    let words = report::wrap(&report::clean(&change.words), room);
    let mut texts = report::wrap(place, room).into_iter().chain(words);
    let first = texts.next().unwrap_or_default();
    let rest = texts.map(|text| format!("{:PLACE$}{text}", ""));
    std::iter::once(row(change.caller.as_str(), change.provider.as_str(), &first))
        .chain(rest)
        .collect()
}

fn last_line(diff: &Diff) -> String {
    if diff.changes.is_empty() {
        return "nothing changes".to_owned();
    }
    let side = |of: fn((usize, usize)) -> usize| {
        let count = |effect| of(diff.count(effect));
        format!(
            "{} breaking, {} widening, {} words only",
            count(Effect::Breaking),
            count(Effect::Widening),
            count(Effect::WordsOnly)
        )
    };
    format!(
        "callers: {} · providers: {}",
        side(|both| both.0),
        side(|both| both.1)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Bundle, diff_contracts};

    fn shown(before: &str, after: Option<&str>) -> String {
        let registry = Bundle::contracts(None).unwrap();
        lines(&diff_contracts(&registry, before, after).unwrap(), Some(80)).join("\n")
    }

    #[test]
    fn the_diff_of_create_booking_fits_into_80_columns() {
        let shown = shown(
            "booking.create_booking@0.1.0",
            Some("booking.create_booking@0.2.0"),
        );
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
        insta::assert_snapshot!("create_booking", shown);
    }

    #[test]
    fn a_version_alone_is_one_of_the_same_capability_and_none_is_the_newest() {
        let whole = shown(
            "booking.list_bookings_for_customer@0.1.0",
            Some("booking.list_bookings_for_customer@0.2.0"),
        );
        insta::assert_snapshot!("list_bookings_for_customer", whole);
        assert_eq!(
            shown("booking.list_bookings_for_customer@0.1.0", Some("v0.2.0")),
            whole
        );
        assert_eq!(shown("booking.list_bookings_for_customer", None), whole);
        assert_eq!(
            shown("booking.get_booking", None),
            "booking.get_booking  v0.1.0 → v0.2.0\n\nnothing changes"
        );
    }
}
