//! Proposes entries of a baseline for the failures of a run, as YAML to paste.

use std::fmt::Write;

use chrono::{Days, NaiveDate};

use super::BASELINE_FORMAT;
use crate::model::{KnownAs, Outcome, TestResult};
use crate::summary::Repetitions;

/// The days for which a proposed entry holds.
const DAYS: Days = Days::new(30);
/// The most characters of a message that a reason takes over.
const LONGEST_REASON: usize = 160;

/// Entries to paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// A whole baseline, or the lists to add to the one that the run was judged by.
    pub yaml: String,
    /// The baseline that lacks them. None for a run without one.
    pub file: Option<String>,
    /// The number of entries in `yaml`.
    pub entries: usize,
    /// The number of failures left out because of the limit.
    pub left_out: usize,
}

/// Proposes at most `most` entries for the failures of the worst run. None if there is nothing to add: the baseline already names
/// every failure that decides.
///
/// The first line of the failure becomes the reason, as a draft; the ticket is left to be filled in. A test with different outcomes in
/// the runs goes to the list `flaky`.
pub fn propose(runs: &Repetitions, most: usize) -> Option<Proposal> {
    let summary = runs.worst()?;
    let baseline = summary.header.baseline.as_ref();
    let named = |result: &TestResult| {
        baseline.is_some_and(|baseline| {
            baseline
                .entries
                .iter()
                .any(|entry| entry.provider == result.provider && entry.test == result.id())
        })
    };
    let all: Vec<_> = summary
        .results
        .iter()
        .filter(|result| result.outcome == Outcome::Fail && !summary.is_warning(result))
        .filter(|result| summary.known_as(result).is_none() && !named(result))
        .collect();
    if all.is_empty() {
        return None;
    }
    let expires = summary.header.started_at.date_naive() + DAYS;
    let mut yaml = match baseline {
        Some(_) => String::new(),
        None => format!("format: {BASELINE_FORMAT}\n"),
    };
    for list in [KnownAs::Failing, KnownAs::Flaky] {
        let mut items = all
            .iter()
            .take(most)
            .filter(|result| (list == KnownAs::Flaky) == runs.is_flaky(result))
            .peekable();
        if items.peek().is_some() {
            // Writing into a string cannot fail.
            let _ = writeln!(yaml, "{list}:");
        }
        for result in items {
            yaml.push_str(&entry(result, expires));
        }
    }
    Some(Proposal {
        yaml,
        file: baseline.map(|baseline| baseline.file.clone()),
        entries: all.len().min(most),
        left_out: all.len().saturating_sub(most),
    })
}

fn entry(result: &TestResult, expires: NaiveDate) -> String {
    let message = result.message.as_deref().unwrap_or_default();
    let reason = match message.lines().next().map(str::trim) {
        None | Some("") => "no reason was given",
        Some(first) => first,
    };
    format!(
        "  - provider: {}\n    test: {}\n    reason: {}\n    ticket: to be filled in\n    expires: {expires}\n",
        result.provider,
        result.id(),
        quoted(reason)
    )
}

/// A text as YAML in quotes. What a provider sent may stand in it, so whatever could act on a terminal is spelt out.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (at, c) in text.chars().enumerate() {
        if at == LONGEST_REASON {
            quoted.push('…');
            break;
        }
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ if c.is_alphanumeric() => quoted.push(c),
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::read;
    use crate::diagnostic::Source;
    use crate::model::Verdict;
    use crate::summary::sample::{Row, Sample, known, row};

    fn proposed(samples: &[&Sample], most: usize) -> Option<Proposal> {
        let mut runs = Repetitions::new(samples.len());
        samples.iter().for_each(|sample| runs.add(sample.fold().unwrap()));
        propose(&runs, most)
    }

    fn yaml(sample: &Sample) -> Option<String> {
        proposed(&[sample], 20).map(|proposal| proposal.yaml)
    }

    fn failed(test: &str) -> Row {
        row("a:b", test).fails("a \"wrong\" answer\nand more about it")
    }

    #[test]
    fn a_run_without_a_baseline_proposes_a_whole_one() {
        let sample = Sample::of([
            row("a:b", "fine"),
            failed("always"),
            failed("sometimes").flaky(),
            failed("ruling").should(),
            row("a:b", "unreachable").ends(Outcome::Error),
        ]);
        insta::assert_snapshot!(yaml(&sample).unwrap(), @r#"
        format: proofhouse.baseline/1
        failing:
          - provider: a:b
            test: booking.create_booking@0.1.0/always
            reason: "a \"wrong\" answer"
            ticket: to be filled in
            expires: 2026-12-21
        flaky:
          - provider: a:b
            test: booking.create_booking@0.1.0/sometimes
            reason: "a \"wrong\" answer"
            ticket: to be filled in
            expires: 2026-12-21
        "#);
    }

    #[test]
    fn what_is_proposed_is_a_baseline_that_knows_the_failures() {
        let rows = || [row("a:b", "fine"), failed("always"), failed("sometimes").flaky()];
        let proposed = yaml(&Sample::of(rows())).unwrap();
        let entries = read(&Source::new("known.yaml", proposed)).unwrap().entries;
        let again = Sample::of(rows()).with_baseline(entries);
        assert_eq!(again.fold().unwrap().verdict(), Verdict::Known);
        assert_eq!(yaml(&again), None, "there is nothing to add");
    }

    #[test]
    fn a_test_that_passed_in_another_run_is_proposed_as_flaky() {
        let rows = |loose: Row| Sample::of([row("a:b", "fine"), failed("always"), loose]);
        let (one, two) = (rows(row("a:b", "loose")), rows(failed("loose")));
        let whole = proposed(&[&one, &two, &one], 20).unwrap().yaml;
        // The first of the worst stands for all: it is the one that is shown.
        assert!(whole.contains("/always") && !whole.contains("flaky:"), "{whole}");
        let whole = proposed(&[&two, &one], 20).unwrap().yaml;
        let flaky = whole.find("flaky:").unwrap();
        assert!(
            whole[flaky..].contains("/loose") && !whole[flaky..].contains("/always"),
            "{whole}"
        );
    }

    #[test]
    fn a_run_with_a_baseline_proposes_what_it_does_not_name() {
        let mut expired = known(KnownAs::Failing, "a:b", "expired");
        expired.expires = "2026-01-01".parse().unwrap();
        let sample = Sample::of([failed("expired"), failed("new"), failed("old")])
            .with_baseline([expired, known(KnownAs::Failing, "a:b", "old")]);
        insta::assert_snapshot!(yaml(&sample).unwrap(), @r#"
        failing:
          - provider: a:b
            test: booking.create_booking@0.1.0/new
            reason: "a \"wrong\" answer"
            ticket: to be filled in
            expires: 2026-12-21
        "#);
    }

    #[test]
    fn what_a_provider_sent_reads_back_whole_and_acts_on_no_terminal() {
        let sent = "\u{1b}[2J \u{202e}gnp.\\ : # 'é' \u{7f}\u{1f600} end";
        let proposed = yaml(&Sample::of([row("a:b", "one").fails(sent)])).unwrap();
        let printable = |c: char| c == '\n' || c == 'é' || (' '..='~').contains(&c);
        assert!(proposed.chars().all(printable), "{proposed:?}");
        let read = read(&Source::new("known.yaml", proposed)).unwrap();
        assert_eq!(read.entries[0].reason, sent);
    }

    #[test]
    fn more_than_was_asked_for_is_counted() {
        let sample = Sample::of([failed("one"), failed("two"), failed("three")]);
        let proposal = proposed(&[&sample], 1).unwrap();
        assert_eq!((proposal.entries, proposal.left_out), (1, 2));
        assert_eq!(proposal.yaml.matches("- provider").count(), 1);
    }
}
