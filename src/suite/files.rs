//! Suite files, sorted by kind.
//!
//! It owns where a file of each kind stands and what it must say of its place. It refuses to compile anything.

use std::sync::Arc;

use super::location::{Location, TABLES};
use super::parsed::Parsed;
use super::raw::{RawExpectation, RawFixture, RawTables, RawTest};
use super::shared::{EXPECTATIONS, FIXTURES, SharedFiles};
use super::tables;
use crate::diagnostic::{Problem, Source, read_yaml};

/// The part of a file that is read when it is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Everything, for its mistakes.
    Whole,
    /// The place alone.
    Place,
}

/// The files of a folder.
#[derive(Debug, Default)]
pub(super) struct SuiteFiles {
    /// What several tests use.
    pub(super) shared: SharedFiles,
    /// The files of tests, each with the tests that it makes.
    pub(super) tests: Vec<Parsed<Vec<RawTest>>>,
}

impl SuiteFiles {
    /// Adds a file.
    ///
    /// # Errors
    ///
    /// No suite file stands at its place, or it is read whole and has a mistake.
    pub(super) fn add(&mut self, source: &Arc<Source>, reading: Reading) -> Result<(), Problem> {
        let Location { domain, folder, stem } = Location::of(source)?;
        match folder.as_str() {
            FIXTURES => {
                let file = add(source, fixture, reading)?;
                self.shared.add_fixture(domain, stem, file);
            }
            EXPECTATIONS => {
                let file = add(source, expectation, reading)?;
                self.shared.add_expectation(domain, stem, file);
            }
            _ => self.tests.push(add(source, tests, reading)?),
        }
        Ok(())
    }

    /// The files that were parsed, by name.
    pub(super) fn parsed(&self) -> Vec<&str> {
        let tests = self.tests.iter().filter(|file| file.is_parsed());
        let mut parsed: Vec<_> = tests.map(|file| file.source().name()).collect();
        parsed.extend(self.shared.parsed());
        parsed.sort_unstable();
        parsed
    }
}

fn add<R>(
    source: &Arc<Source>,
    read: fn(&Arc<Source>) -> Result<R, Problem>,
    reading: Reading,
) -> Result<Parsed<R>, Problem> {
    let file = Parsed::new(source, read);
    if reading == Reading::Whole {
        file.raw()?;
    }
    Ok(file)
}

fn fixture(source: &Arc<Source>) -> Result<RawFixture, Problem> {
    let raw: RawFixture = read_yaml(source)?;
    let place = Location::of(source)?;
    Location::agree(source, &raw.fixture, "fixture", &place.stem)?;
    Ok(raw)
}

fn expectation(source: &Arc<Source>) -> Result<RawExpectation, Problem> {
    let raw: RawExpectation = read_yaml(source)?;
    let place = Location::of(source)?;
    Location::agree(source, &raw.expectation, "expectation", &place.stem)?;
    Ok(raw)
}

/// The test of a file, or all those of the tables that it asks for.
fn tests(source: &Arc<Source>) -> Result<Vec<RawTest>, Problem> {
    let Location { domain, folder, stem } = Location::of(source)?;
    let capability = format!("{domain}.{folder}");
    if stem == TABLES {
        let raw: RawTables = read_yaml(source)?;
        Location::agree(source, &raw.capability, "capability", &capability)?;
        return tables::tests(source, raw);
    }
    let raw: RawTest = read_yaml(source)?;
    Location::agree(source, &raw.test, "test", &stem)?;
    Location::agree(source, &raw.capability, "capability", &capability)?;
    Ok(vec![raw])
}
