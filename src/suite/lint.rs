//! Checks of keys of a test against each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Problem, Source, Spot};
use crate::model::{Level, Version};

use super::raw::{RawTest, RawUse};
use super::test::{Fixture, Share};

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
    if raw.cases.is_empty() && raw.generate.is_none() {
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
