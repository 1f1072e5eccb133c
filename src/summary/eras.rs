//! What differs between the eras of one server: entries that are reached at one place, each proven in a revision of MCP of its own.

use std::collections::BTreeMap;

use crate::event::RunHeader;
use crate::model::{Outcome, ProviderId, TestResult};

/// The most differences of two entries that are told.
const MOST: usize = 20;

/// A test, as rows of two entries share it.
type Key<'r> = (&'r str, String, &'r str);

/// What ends otherwise in the later era, as a note of its entry.
pub(super) fn differences<'r>(
    header: &RunHeader,
    results: &(impl Iterator<Item = &'r TestResult> + Clone),
) -> Vec<(ProviderId, String)> {
    let mut notes = Vec::new();
    if !results.clone().any(|result| result.era.is_some()) {
        return notes;
    }
    for (at, one) in header.providers.iter().enumerate() {
        let mut before = header.providers.iter().take(at);
        let Some(other) = before.rfind(|before| before.endpoint == one.endpoint && before.id != one.id)
        else {
            continue;
        };
        let of = |id: &ProviderId| -> BTreeMap<Key<'r>, &'r TestResult> {
            let rows = results.clone().filter(|result| result.provider == *id);
            rows.map(|row| (key(row), row)).collect()
        };
        let (theirs, ours) = (of(&other.id), of(&one.id));
        let told = ours.iter().filter_map(|(key, row)| {
            let before = theirs.get(key)?;
            let (then, now) = (before.era.as_deref()?, row.era.as_deref()?);
            // What could not be asked at all says nothing of an era.
            let says = |outcome| !matches!(outcome, Outcome::Error | Outcome::Blocked);
            let differs = before.outcome != row.outcome && says(before.outcome) && says(row.outcome);
            (then != now && differs).then(|| {
                format!(
                    "differs between the eras of MCP: {}/{} ends as {} in {then} and as {} in {now}",
                    row.capability.tool(),
                    row.test,
                    before.outcome,
                    row.outcome
                )
            })
        });
        notes.extend(told.take(MOST).map(|note| (one.id.clone(), note)));
    }
    notes
}

fn key(row: &TestResult) -> Key<'_> {
    (
        row.capability.as_str(),
        row.version.to_string(),
        row.test.as_str(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample::{Sample, row};

    #[test]
    fn a_test_that_ends_otherwise_in_the_other_era_is_told() {
        let sample = Sample::of([
            row("a:b", "one"),
            row("a:b", "two"),
            row("a:b-2026-07-28", "one"),
            row("a:b-2026-07-28", "two").fails("it is wrong"),
        ]);
        let mut summary = sample.fold().unwrap();
        for result in &mut summary.results {
            let modern = result.provider.as_str() == "a:b-2026-07-28";
            result.era = Some(if modern { "2026-07-28" } else { "2025-11-25" }.to_owned());
        }
        let endpoint = summary.header.providers[0].endpoint.clone();
        summary.header.providers[1].endpoint = endpoint;
        let found = differences(&summary.header, &summary.results.iter());
        let [(provider, note)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(provider.as_str(), "a:b-2026-07-28");
        assert!(
            note.ends_with("/two ends as pass in 2025-11-25 and as fail in 2026-07-28"),
            "{note}"
        );
    }
}
