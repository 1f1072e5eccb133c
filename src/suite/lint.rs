//! Checks of keys of a test against each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Problem, Source, Spot};
use crate::model::{Level, Version};

use super::body::{Fixture, Share};
use super::raw::{RawTest, RawUse};
use super::raw_step::RawStep;
use super::step::Step;

/// The level at a version: what is `should` may be `must` from some version on.
pub(super) fn level(source: &Arc<Source>, raw: &RawTest, version: &Version) -> Result<Level, Problem> {
    let Some(since) = &raw.must_since else {
        return Ok(raw.level);
    };
    let at = |message: String| Problem::at(source, since.span(source), message);
    let from: Version = since.value.parse().map_err(|error| at(format!("{error}")))?;
    match raw.level {
        Level::Must => Err(at("`must_since` stands beside `level: should` only".to_owned())),
        Level::Should if *version >= from => Ok(Level::Must),
        Level::Should => Ok(Level::Should),
    }
}

/// Checks that a test that is essential may decide on a claim. It may wait or need a second tenant: where a tool has no success without,
/// a claim of it is unproven until the run has what it takes (provider contract, "What a claim is worth").
pub(super) fn check_essential(source: &Arc<Source>, raw: &RawTest, level: Level) -> Result<(), Problem> {
    if raw.essential && level == Level::Should {
        let message = "an essential test decides on a claim, and this one is `should`".to_owned();
        return Err(Problem::at(source, raw.test.span(source), message));
    }
    Ok(())
}

/// Marks the steps that tell right from wrong, where the file marks none: those that judge, and that no condition leaves out. Checks that
/// there is one: else the test could pass without having judged anybody.
pub(super) fn mark_telling(source: &Arc<Source>, raw: &RawTest, steps: &mut [Step]) -> Result<(), Problem> {
    let at = |message: &str| Problem::at(source, raw.test.span(source), message);
    if let Some(step) = steps.iter().find(|step| step.tells && !step.judges()) {
        let name = step
            .id
            .as_ref()
            .map_or("a step".to_owned(), |id| format!("`{id}`"));
        return Err(at(&format!(
            "{name} has `tells`, and judges nothing of the provider under test"
        )));
    }
    if steps.iter().any(|step| step.tells) {
        return Ok(());
    }
    for step in &mut *steps {
        step.tells = step.judges() && !step.may_be_left_out();
    }
    if steps.iter().any(|step| step.tells) {
        return Ok(());
    }
    Err(
        at("the test can pass without a step that tells right from wrong: each that judges may be left out")
            .hint("set `tells: true` on the step that the title speaks of; a test that leaves it out is then skipped"),
    )
}

/// Checks that each fixture under `try` is read: a test that never looks at one passes the same without it.
pub(super) fn check_tries(source: &Arc<Source>, raw: &RawTest) -> Result<(), Problem> {
    let is_read = |tried: &Spot<RawUse>| {
        let (text, written) = (source.text(), tried.span(source));
        [text.get(..written.start), text.get(written.end..)]
            .into_iter()
            .flatten()
            .flat_map(str::lines)
            .any(|line| says(line, &tried.value.name))
    };
    match raw.tries.iter().find(|tried| !is_read(tried)) {
        None => Ok(()),
        Some(tried) => {
            let name = &tried.value.name;
            let message =
                format!("no step reads `{name}`, so the test passes the same where it cannot be made");
            Err(Problem::at(source, tried.span(source), message)
                .hint("name it under `use`, or read it in a step"))
        }
    }
}

/// Returns true if a line holds a name as a word of its own, outside of comments, titles and the names of tools.
fn says(line: &str, name: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default().trim_start();
    let is_prose = ["#", "title:", "test:", "capability:", "call:"]
        .iter()
        .any(|prose| line.starts_with(prose));
    let of_names = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !is_prose && line.split(|c| !of_names(c)).any(|word| word == name)
}

/// Checks that `use_each` has rows, and names no fixture that is made once for all tests.
pub(super) fn check_use_each(
    source: &Arc<Source>,
    raw: &RawTest,
    each_row: &[Arc<Fixture>],
) -> Result<(), Problem> {
    let Some(first) = raw.use_each.first() else {
        return Ok(());
    };
    let at = |spot: &Spot<RawUse>, message: String| Err(Problem::at(source, spot.span(source), message));
    if raw.cases.is_empty() && raw.kinds.is_empty() && raw.generate.is_none() {
        return at(
            first,
            "`use_each` makes fixtures for each row of `cases`, and there is none".to_owned(),
        );
    }
    let shared = raw
        .use_each
        .iter()
        .zip(each_row)
        .find(|(_, fixture)| fixture.share == Share::Provider);
    match shared {
        Some((spot, fixture)) => at(
            spot,
            format!(
                "`{}` is made once for all tests, so it stands under `use`",
                fixture.name
            ),
        ),
        None => Ok(()),
    }
}

/// A row of `kinds` needs a search for a pair of its kind, and such a search needs to know the kind.
pub(super) fn check_kinds(source: &Arc<Source>, raw: &RawTest) -> Result<(), Problem> {
    let pairs_in = |steps: &'_ [RawStep]| {
        let mut searches = steps.iter().filter_map(|step| step.search.as_ref());
        searches.find_map(|search| search.pairs.as_ref().map(|pairs| pairs.within.span(source)))
    };
    if let Some(place) = pairs_in(&raw.after) {
        let message =
            "a search with `pairs` looks for the kind of its row, and the steps under `after` have none";
        return Err(Problem::at(source, place, message));
    }
    let pairs = pairs_in(&raw.steps);
    let mut seen = Vec::new();
    let twice = raw.kinds.iter().find(|kind| {
        let known = seen.contains(&kind.value);
        seen.push(kind.value);
        known
    });
    let (place, message) = match (raw.kinds.first(), pairs, twice) {
        (_, _, Some(kind)) => (
            kind.span(source),
            format!("the kind `{}` stands twice", kind.value.as_str()),
        ),
        (Some(kind), None, None) => (
            kind.span(source),
            "a test with `kinds` looks for each of them: it has a step `search` with `pairs`".to_owned(),
        ),
        (None, Some(pairs), None) => (
            pairs,
            "a search with `pairs` looks for the kind of its row: the test names its `kinds`".to_owned(),
        ),
        (Some(_), Some(_), None) | (None, None, None) => return Ok(()),
    };
    Err(Problem::at(source, place, message))
}

/// A test with a peer runs beside others, here and there.
pub(super) fn check_peer(source: &Arc<Source>, raw: &RawTest) -> Result<(), Problem> {
    if !raw.exclusive || raw.peer.is_none() {
        return Ok(());
    }
    Err(Problem::at(
        source,
        raw.test.span(source),
        "a test with a `peer` cannot be `exclusive`: two providers that each run alone would wait for each other",
    ))
}

/// A name is read as one fixture: those that others use are read under their names too.
pub(super) fn check_fixture_names(
    source: &Arc<Source>,
    raw: &RawTest,
    fixtures: &[&[Arc<Fixture>]],
) -> Result<(), Problem> {
    let mut definitions = BTreeMap::new();
    let mut twice = None;
    for fixture in fixtures.iter().copied().flatten() {
        visit(fixture, &mut |fixture| {
            let first = definitions
                .entry(fixture.name.clone())
                .or_insert_with(|| fixture.definition.clone());
            if *first != fixture.definition {
                twice = Some((fixture.name.clone(), first.clone(), fixture.definition.clone()));
            }
        });
    }
    match twice {
        None => Ok(()),
        Some((name, first, second)) => Err(Problem::at(
            source,
            raw.test.span(source),
            format!("`{name}` is the name of two fixtures, `{first}` and `{second}`"),
        )),
    }
}

/// Visits a fixture and those that it uses, each as often as it is used.
fn visit(fixture: &Arc<Fixture>, found: &mut dyn FnMut(&Fixture)) {
    found(fixture);
    for used in &fixture.fixtures {
        visit(used, found);
    }
}
