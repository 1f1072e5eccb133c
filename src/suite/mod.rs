//! Suites: the tests of a contract as data, one file a test, and the fixtures that tests of a domain share.
//!
//! It owns the format (`docs/suite-format.md`), its loading and its cross-checks against the registry: every tool, rule, name and
//! field that a file mentions exists, or the load fails with a caret under it. It refuses to run anything.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod body;
mod compile;
mod compile_race;
mod compile_test;
mod expectation;
mod facts;
mod files;
mod fixture;
mod former_names;
mod index;
mod library;
mod lint;
mod load;
mod location;
mod pair_kind;
mod parsed;
mod raw;
mod raw_step;
mod repeats;
mod sandbox;
mod schema;
mod scope;
mod shared;
mod step;
mod table;
mod tables;
mod test;
mod words;

pub use body::{Body, Case, Fixture, Generated, Share, Values};
pub use index::SuiteIndex;
pub use load::Suites;
pub use pair_kind::PairKind;
pub use sandbox::{ADVANCE_CLOCK, SANDBOX, advance_clock, is_clock};
pub use schema::{expectation_schema, fixture_schema, tables_schema, test_schema};
pub use step::{
    CallStep, Check, Expect, ForEachStep, NeedStep, Otherwise, PairSearch, RaceCall, RaceStep, SearchStep,
    Step, StepKind,
};
pub use test::Test;
pub use words::{InWords, StepInWords, in_words};
