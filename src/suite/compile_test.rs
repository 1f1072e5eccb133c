//! From the file of a test to the tests that run, one for each version that it names.

use std::sync::Arc;

use super::body::Body;
use super::compile::Compiler;
use super::facts::Facts;
use super::fixture::{Fixtures, peer_shape, shape_of};
use super::raw::{RawTest, RawUse};
use super::shared::SharedFiles;
use super::test::{LazyBody, Test};
use super::{former_names, lint, scope};
use crate::capability::{Capability, Registry};
use crate::diagnostic::{Problem, Source, Spot};
use crate::model::{CapabilityId, Level, TestId, TestName, Version};

/// Compiles a test for each version that it names.
///
/// # Errors
///
/// The first mistake in the file, or in a file that it uses.
pub(super) fn compile_test(
    source: &Arc<Source>,
    raw: &RawTest,
    registry: &Registry,
    shared: &SharedFiles,
    made: &mut Fixtures<'_>,
) -> Result<Vec<Test>, Problem> {
    let at = |spot: &Spot<String>, message: String| Problem::at(source, spot.span(source), message);
    let name: TestName = raw
        .test
        .value
        .parse()
        .map_err(|error| at(&raw.test, format!("{error}")))?;
    let id: CapabilityId = raw
        .capability
        .value
        .parse()
        .map_err(|error| at(&raw.capability, format!("{error}")))?;
    let former_names = former_names::read(source, raw)?;
    if raw.versions.is_empty() {
        return Err(at(
            &raw.test,
            "a test names the `versions` for which it holds".to_owned(),
        ));
    }
    if raw.verifies.is_empty() {
        return Err(at(
            &raw.test,
            "a test names at least one rule that it `verifies`".to_owned(),
        ));
    }
    raw.versions
        .iter()
        .map(|version| {
            let parsed: Version = version
                .value
                .parse()
                .map_err(|error| at(version, format!("{error}")))?;
            let home = registry.get(&id, Some(&parsed)).ok_or_else(|| {
                at(version, format!("`{id}` has no published version {parsed}"))
                    .hint("`proofhouse capabilities list` shows what is published")
            })?;
            let Compiled {
                level,
                verifies,
                body,
            } = compile_version(source, raw, registry, shared, made, home)?;
            Ok(Test {
                id: TestId {
                    capability: home.reference.clone(),
                    name: name.clone(),
                },
                former_names: former_names.clone(),
                capability: Arc::clone(home),
                title: raw.title.clone(),
                level,
                essential: raw.essential,
                optional: raw.optional.clone(),
                verifies,
                exclusive: raw.exclusive,
                slow: raw.slow.as_ref().map(|slow| slow.value.clone()),
                file: source.name().to_owned(),
                facts: Facts::of(&body),
                body: LazyBody::new(move || Ok(body)),
            })
        })
        .collect()
}

/// The part of a test that depends on the version.
pub(super) struct Compiled {
    /// The level.
    level: Level,
    /// The rules that it verifies.
    verifies: Vec<String>,
    /// The fixtures, the table and the steps.
    pub(super) body: Body,
}

/// Compiles a test for one version.
///
/// # Errors
///
/// The first mistake in the file, or in a file that it uses.
pub(super) fn compile_version(
    source: &Arc<Source>,
    raw: &RawTest,
    registry: &Registry,
    shared: &SharedFiles,
    made: &mut Fixtures<'_>,
    home: &Arc<Capability>,
) -> Result<Compiled, Problem> {
    let domain = home.reference.id.domain();
    let mut compiler = Compiler {
        source,
        registry,
        shared,
        home,
        names: scope::base(domain, registry),
        fixture: false,
        has_peer: raw.peer.is_some(),
    };
    let mut verifies = Vec::new();
    for rule in &raw.verifies {
        verifies.extend(compiler.rule(Some(rule))?);
    }
    compiler.names.insert("test", scope::test());
    let mut find = |wanted: &[Spot<RawUse>]| made.all(wanted, source, home);
    let (fixtures, tries) = (find(&raw.uses)?, find(&raw.tries)?);
    let each_row = find(&raw.use_each)?;
    let peer = raw.peer.as_deref().map(&mut find).transpose()?;
    lint::check_fixture_names(source, raw, &[&fixtures, &tries, &each_row])?;
    lint::check_fixture_names(source, raw, &[peer.as_deref().unwrap_or_default()])?;
    for wanted in fixtures.iter().chain(&tries) {
        compiler.names.insert(wanted.name.clone(), shape_of(&wanted.bind));
    }
    if let Some(peer) = &peer {
        compiler.names.insert("peer", peer_shape(peer));
    }
    lint::check_use_each(source, raw, &each_row)?;
    lint::check_peer(source, raw)?;
    lint::check_tries(source, raw)?;
    let outside = compiler.names.clone();
    let cases = compiler.table(raw, &each_row)?;
    if raw.steps.is_empty() {
        return Err(Problem::at(
            source,
            raw.test.span(source),
            "a test has at least one step",
        ));
    }
    let mut steps = compiler.steps(&raw.steps)?;
    lint::mark_telling(source, raw, &mut steps)?;
    let wait = raw
        .steps
        .iter()
        .chain(&raw.after)
        .find_map(|step| step.wait.as_ref());
    match (wait, &raw.slow) {
        (Some(wait), None) => {
            return Err(Problem::at(
                source,
                wait.span(source),
                "a test that waits says under `slow` what for",
            ));
        }
        (None, Some(slow)) => {
            return Err(Problem::at(
                source,
                slow.span(source),
                "a test is slow when it has a `wait`, and this one has none",
            ));
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    let level = lint::level(source, raw, &home.reference.version)?;
    lint::check_essential(source, raw, level)?;
    // The steps after the table read neither a row nor what was done in one.
    compiler.names = outside;
    let body = Body {
        fixtures,
        tries,
        each_row,
        peer,
        cases,
        steps,
        after: compiler.steps(&raw.after)?,
    };
    Ok(Compiled {
        level,
        verifies,
        body,
    })
}
