//! The file: two lists apart, each entry with its reason, its ticket and its last day.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::diagnostic::{Problem, Problems, Source, Spot, check_format, read_yaml};
use crate::model::{Baseline, BaselineEntry, KnownAs, ProviderId, TestId, hex};

/// The name and version of the format.
pub const BASELINE_FORMAT: &str = "proofhouse.baseline/1";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    format: Spot<String>,
    #[serde(default)]
    failing: Vec<RawEntry>,
    #[serde(default)]
    flaky: Vec<RawEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    provider: Spot<String>,
    test: Spot<String>,
    reason: Spot<String>,
    ticket: Spot<String>,
    expires: Spot<String>,
}

impl RawEntry {
    /// The byte at which its first value begins, whichever key comes first.
    fn start(&self, source: &Source) -> usize {
        let values = [
            &self.provider,
            &self.test,
            &self.reason,
            &self.ticket,
            &self.expires,
        ];
        values
            .iter()
            .map(|value| value.span(source).start)
            .min()
            .unwrap_or_default()
    }
}

/// Reads a baseline whose entries name tests by the ids that they have today.
///
/// # Errors
///
/// Those of [`read_with`].
pub fn read(source: &Arc<Source>) -> Result<Baseline, Problems> {
    read_with(source, &TestId::clone)
}

/// Reads a baseline. `current` gives the id that a test has today, by one that it has or had: an entry goes on naming a test that has
/// been renamed.
///
/// # Errors
///
/// Every mistake in its entries; only the first where the form is broken or a key is not known.
pub fn read_with(source: &Arc<Source>, current: &dyn Fn(&TestId) -> TestId) -> Result<Baseline, Problems> {
    let raw: RawFile = read_yaml(source)?;
    let mut problems = Problems::new();
    check_format(source, &raw.format, BASELINE_FORMAT, "a baseline", &mut problems);
    let mut entries = Vec::with_capacity(raw.failing.len() + raw.flaky.len());
    let mut first: HashMap<(ProviderId, TestId), usize> = HashMap::new();
    for (list, items) in [(KnownAs::Failing, &raw.failing), (KnownAs::Flaky, &raw.flaky)] {
        for item in items {
            let Some(mut entry) = entry(source, list, item, &mut problems) else {
                continue;
            };
            entry.test = current(&entry.test);
            let key = (entry.provider.clone(), entry.test.clone());
            match first.get(&key) {
                Some(line) => {
                    let message = format!(
                        "`{}` of `{}` stands twice, first in line {line}",
                        entry.test, entry.provider
                    );
                    problems.push(Problem::at(source, item.test.span(source), message));
                }
                None => {
                    first.insert(key, entry.line);
                    entries.push(entry);
                }
            }
        }
    }
    let name = source.name();
    problems.or(Baseline {
        file: name.rsplit('/').next().unwrap_or(name).to_owned(),
        digest: hex(&Sha256::digest(source.text())),
        entries,
    })
}

/// One entry; None when something is wrong with it, which is noted.
fn entry(
    source: &Arc<Source>,
    list: KnownAs,
    item: &RawEntry,
    problems: &mut Problems,
) -> Option<BaselineEntry> {
    let provider = parsed::<ProviderId>(source, &item.provider, problems);
    let test = parsed::<TestId>(source, &item.test, problems);
    let reason = said(
        source,
        "reason",
        "why the failure is borne for now",
        &item.reason,
        problems,
    );
    let ticket = said(
        source,
        "ticket",
        "where it is followed up",
        &item.ticket,
        problems,
    );
    let expires = NaiveDate::parse_from_str(&item.expires.value, "%Y-%m-%d").ok();
    if expires.is_none() {
        let message = format!("`{}` is no day", item.expires.value);
        problems.push(
            Problem::at(source, item.expires.span(source), message)
                .label("the last day on which the entry holds, such as `2026-12-24`"),
        );
    }
    Some(BaselineEntry {
        list,
        provider: provider?,
        test: test?,
        reason: reason?,
        ticket: ticket?,
        expires: expires?,
        line: source.place(item.start(source)).line,
    })
}

fn parsed<T: FromStr<Err = crate::model::IdError>>(
    source: &Arc<Source>,
    text: &Spot<String>,
    problems: &mut Problems,
) -> Option<T> {
    match text.value.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            problems.push(Problem::at(source, text.span(source), error.to_string()));
            None
        }
    }
}

/// A text in which something is said.
fn said(
    source: &Arc<Source>,
    key: &str,
    what: &str,
    text: &Spot<String>,
    problems: &mut Problems,
) -> Option<String> {
    let trimmed = text.value.trim();
    if trimmed.is_empty() {
        let problem = Problem::at(source, text.span(source), format!("`{key}` says nothing"));
        problems.push(problem.label(what));
        return None;
    }
    Some(trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "\
format: proofhouse.baseline/1
failing:
  - provider: bookio:salon-aurora
    test: booking.create_booking@0.1.0/rejects_past_time
    reason: the host's clock is in local time
    ticket: BOOK-412
    expires: 2026-12-24
flaky:
  - test: booking.create_booking@v0.1.0/happy_path
    provider: bookio:salon-aurora
    reason: >
      the payment gateway times out
      now and then
    ticket: \"17\"
    expires: 2027-01-31
";

    fn source(text: &str) -> Arc<Source> {
        Source::new("ci/known.yaml", text)
    }

    fn mistakes(text: &str) -> String {
        read(&source(text)).unwrap_err().render(false)
    }

    #[test]
    fn the_two_lists_are_read_with_all_that_an_entry_says() {
        let baseline = read(&source(WHOLE)).unwrap();
        assert_eq!(
            (baseline.file.as_str(), baseline.digest.len()),
            ("known.yaml", 64)
        );
        let [failing, flaky] = baseline.entries.as_slice() else {
            panic!("{:?}", baseline.entries)
        };
        assert_eq!(
            (failing.list, failing.line, failing.expires.to_string().as_str()),
            (KnownAs::Failing, 3, "2026-12-24")
        );
        assert_eq!(
            (flaky.list, flaky.line, flaky.ticket.as_str()),
            (KnownAs::Flaky, 9, "17")
        );
        assert_eq!(flaky.test.to_string(), "booking.create_booking@0.1.0/happy_path");
        assert_eq!(flaky.reason, "the payment gateway times out now and then");
    }

    #[test]
    fn an_entry_goes_on_naming_a_test_that_was_renamed_and_names_it_once() {
        let current = |id: &TestId| {
            let renamed = id
                .to_string()
                .replace("/rejects_past_time", "/rejects_past_start");
            renamed.parse().unwrap()
        };
        let read = read_with(&source(WHOLE), &current).unwrap();
        assert_eq!(
            read.entries[0].test.to_string(),
            "booking.create_booking@0.1.0/rejects_past_start"
        );
        let twice = WHOLE.replace("v0.1.0/happy_path", "0.1.0/rejects_past_start");
        let wrong = read_with(&source(&twice), &current).unwrap_err().to_string();
        assert!(wrong.contains("stands twice, first in line 3"), "{wrong}");
    }

    #[test]
    fn a_baseline_in_which_nothing_is_known_is_one() {
        for text in [
            "format: proofhouse.baseline/1\n",
            "format: proofhouse.baseline/1\nfailing: []\nflaky:\n",
        ] {
            assert_eq!(read(&source(text)).unwrap().entries, []);
        }
    }

    #[test]
    fn an_unknown_key_is_shown_at_its_place_with_the_one_that_was_meant() {
        insta::assert_snapshot!(mistakes(&WHOLE.replace("ticket: BOOK", "tickets: BOOK")), @"
        error: there is no key `tickets` here
         --> ci/known.yaml:6:5
          |
        6 |     tickets: BOOK-412
          |     ^^^^^^^
          |
          = help: did you mean `ticket`?
        ");
    }

    #[test]
    fn an_entry_without_an_end_is_no_entry() {
        insta::assert_snapshot!(mistakes(&WHOLE.replace("    expires: 2026-12-24\n", "")), @"
        error: the key `expires` is missing
         --> ci/known.yaml:3:5
          |
        3 |   - provider: bookio:salon-aurora
          |     ^^^^^^^^
        ");
    }

    #[test]
    fn every_mistake_in_the_entries_is_told_at_once() {
        let text = WHOLE
            .replace("baseline/1", "baseline/2")
            .replace(
                "provider: bookio:salon-aurora\n    test",
                "provider: bookio\n    test",
            )
            .replace("reason: the host's clock is in local time", "reason: ''")
            .replace("2026-12-24", "24.12.2026")
            .replace(
                "booking.create_booking@v0.1.0/happy_path",
                "create_booking/happy_path",
            );
        insta::assert_snapshot!(mistakes(&text), @"
        error: `proofhouse.baseline/2` is no format of a baseline
         --> ci/known.yaml:1:9
          |
        1 | format: proofhouse.baseline/2
          |         ^^^^^^^^^^^^^^^^^^^^^ `proofhouse.baseline/1` is expected

        error: `bookio` is not a provider id: `platform:tenant`, lower-case letters, digits and dashes on both sides
         --> ci/known.yaml:3:15
          |
        3 |   - provider: bookio
          |               ^^^^^^

        error: `reason` says nothing
         --> ci/known.yaml:5:13
          |
        5 |     reason: ''
          |             ^^ why the failure is borne for now

        error: `24.12.2026` is no day
         --> ci/known.yaml:7:14
          |
        7 |     expires: 24.12.2026
          |              ^^^^^^^^^^ the last day on which the entry holds, such as `2026-12-24`

        error: `create_booking/happy_path` is not a test in full: `domain.tool@version/test`, for example `notes.add_note@0.1.0/happy_path`
         --> ci/known.yaml:9:11
          |
        9 |   - test: create_booking/happy_path
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^
        ");
    }

    #[test]
    fn a_test_is_known_once() {
        let text = WHOLE.replace("happy_path", "rejects_past_time");
        insta::assert_snapshot!(mistakes(&text), @"
        error: `booking.create_booking@0.1.0/rejects_past_time` of `bookio:salon-aurora` stands twice, first in line 3
         --> ci/known.yaml:9:11
          |
        9 |   - test: booking.create_booking@v0.1.0/rejects_past_time
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        ");
    }
}
