//! The files of a suite as people write them. The JSON Schemas for editors are generated from these types, so their comments are its
//! texts.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::pair_kind::PairKind;
use super::raw_step::{RawExpect, RawStep};
use crate::diagnostic::{Node, Spot, truth, truth_if_any};
use crate::model::Level;

/// The format's version; a file names the one that it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) enum TestFormat {
    #[serde(rename = "proofhouse.test/1")]
    V1,
}

/// The format's version; a file names the one that it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) enum FixtureFormat {
    #[serde(rename = "proofhouse.fixture/1")]
    V1,
}

/// The format's version; a file names the one that it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) enum ExpectationFormat {
    #[serde(rename = "proofhouse.expectation/1")]
    V1,
}

/// The format's version; a file names the one that it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) enum TablesFormat {
    #[serde(rename = "proofhouse.tables/1")]
    V1,
}

/// A test of a capability.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Proofhouse test")]
pub(super) struct RawTest {
    /// The version of this format.
    #[expect(dead_code, reason = "it is read so that another version is refused")]
    pub(super) format: TestFormat,
    /// The test's name: `snake_case`, the name of the file.
    pub(super) test: Spot<String>,
    /// The names that the test had before. Selections, baselines, dialects, stored runs and certificates may go on using them.
    #[serde(default)]
    pub(super) renamed_from: Vec<RawRename>,
    /// The capability that the test proves, `domain.tool`.
    pub(super) capability: Spot<String>,
    /// The published versions of the capability for which the test holds.
    pub(super) versions: Vec<Spot<String>>,
    /// One sentence: the behaviour of a provider that passes.
    pub(super) title: String,
    /// `must` for the contract's words and their plain sense, `should` for a ruling on what it leaves open.
    pub(super) level: Level,
    /// A claim is unproven unless the test passed or failed. For a test at level `must`.
    #[serde(default, deserialize_with = "truth")]
    pub(super) essential: bool,
    /// What the contract makes optional, in a few words. Where the provider offers nothing that can show it, the test does not apply.
    #[serde(default)]
    pub(super) optional: Option<String>,
    /// The version from which on a test that is `should` is `must`.
    #[serde(default)]
    pub(super) must_since: Option<Spot<String>>,
    /// The invariants, promises and rulings that the test verifies, by id.
    pub(super) verifies: Vec<Spot<String>>,
    /// Fixtures to make first, in order; each binds its name, and `fixture as name` another one.
    #[serde(default, rename = "use")]
    pub(super) uses: Vec<Spot<RawUse>>,
    /// Fixtures to make where they can be made, after those of `use`; where one cannot, its name is `null` and the test goes on.
    #[serde(default, rename = "try")]
    pub(super) tries: Vec<Spot<RawUse>>,
    /// Fixtures to make anew for each row of `cases`, and to give back at its end. Only fixtures that are shared by no tests.
    #[serde(default)]
    pub(super) use_each: Vec<Spot<RawUse>>,
    /// Fixtures to make at another provider of the same platform; read as `peer.name`. Without such a provider the test is skipped.
    #[serde(default)]
    pub(super) peer: Option<Vec<Spot<RawUse>>>,
    /// Runs while no other test of the provider runs.
    #[serde(default, deserialize_with = "truth")]
    pub(super) exclusive: bool,
    /// The reason why the test is slow: the event that it waits for. It runs where the provider has a test clock, or with `--slow`.
    #[serde(default)]
    pub(super) slow: Option<Spot<String>>,
    /// A table: the steps run once for each row, which is bound as `case`.
    #[serde(default)]
    pub(super) cases: Vec<RawCase>,
    /// A table with a row for each of these ways in which two slots meet, in the place of `cases`. A step `search` with `pairs` finds two
    /// that meet so, wherever there are any; where there are none, the row is skipped. Each reads as `case.kind` and `case.what`.
    #[serde(default)]
    pub(super) kinds: Vec<Spot<PairKind>>,
    /// A table whose rows are made from an input schema, in the place of `cases`.
    #[serde(default)]
    pub(super) generate: Option<RawGenerate>,
    /// The steps, in order.
    pub(super) steps: Vec<RawStep>,
    /// The steps that run once after the last row of the table, whatever came of the rows.
    #[serde(default)]
    pub(super) after: Vec<RawStep>,
}

/// A name that a test had before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRename {
    /// The former name.
    pub(super) name: Spot<String>,
    /// The version of Proofhouse in which the test got another name.
    #[serde(rename = "in")]
    pub(super) version: Spot<String>,
}

/// A fixture to make, `slot`, or `free_slot as second_slot`: the fixture `free_slot`, read under the name `second_slot`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct RawUse {
    /// The fixture.
    pub(super) fixture: String,
    /// The name under which it is read.
    pub(super) name: String,
}

impl TryFrom<String> for RawUse {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (fixture, name) = match text.split_once(" as ") {
            Some((fixture, name)) => (fixture.trim(), name.trim()),
            None => (text.as_str(), text.as_str()),
        };
        if [fixture, name]
            .iter()
            .any(|part| part.is_empty() || part.contains(' '))
        {
            return Err(format!("`{text}` is neither `fixture` nor `fixture as name`"));
        }
        Ok(Self {
            fixture: fixture.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl JsonSchema for RawUse {
    fn schema_name() -> Cow<'static, str> {
        "RawUse".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z][a-z0-9_]*( as [a-z][a-z0-9_]*)?$" })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// A row of a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCase {
    /// The row's name: `snake_case`, unique within the test.
    pub(super) id: Spot<String>,
    /// The row is left out unless this holds.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
    /// The reason that is shown if `when` does not hold.
    #[serde(default)]
    pub(super) because: Option<String>,
    /// The row's values; read as `case.name`. Expressions are evaluated when the row begins.
    #[serde(default)]
    pub(super) values: IndexMap<String, Node>,
}

/// Rows made from the input schema of a tool. Each reads as `case.id`, `case.what`, `case.path`, `case.keyword` and `case.input`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGenerate {
    /// `negatives` break one rule of the schema each, `extras` set a field of the answer where the schema takes any field, `nulls` have null for a field that may be left out, `boundaries` are valid and
    /// extreme.
    pub(super) rows: RawRows,
    /// A valid input, from which each row is made by one change.
    pub(super) from: Node,
    /// The tool whose input schema it is; left out, the one that the test proves.
    #[serde(default)]
    pub(super) tool: Option<Spot<String>>,
    /// Rows that are left out, by id, each with the reason.
    #[serde(default)]
    pub(super) except: IndexMap<String, Spot<String>>,
    /// The same, where there are such rows. No file writes it.
    #[serde(skip)]
    pub(super) except_where_known: Vec<(&'static str, &'static str)>,
}

/// The kind of rows that are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawRows {
    /// Inputs that break one rule of the schema each.
    Negatives,
    /// Inputs with null for a field that may be left out, which the schema does not allow.
    Nulls,
    /// Valid inputs with a field of the answer, in objects that take fields which their schema does not name.
    Extras,
    /// Inputs that the schema allows, each at an extreme.
    Boundaries,
}

/// Something that several tests need first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Proofhouse fixture")]
pub(super) struct RawFixture {
    /// The version of this format.
    #[expect(dead_code, reason = "it is read so that another version is refused")]
    pub(super) format: FixtureFormat,
    /// The fixture's name: `snake_case`, the name of the file.
    pub(super) fixture: Spot<String>,
    /// A description in a few words.
    pub(super) title: String,
    /// `provider` makes it once for all tests of a provider, `test` anew for each.
    pub(super) share: RawShare,
    /// Fixtures to make first, in order; each binds its name.
    #[serde(default, rename = "use")]
    pub(super) uses: Vec<Spot<RawUse>>,
    /// Keys that a manifest may give under `fixtures`; read as `given.name`, `null` where it gives none.
    #[serde(default)]
    pub(super) given: Vec<Spot<String>>,
    /// The steps that make it, in order.
    #[serde(default)]
    pub(super) steps: Vec<RawStep>,
    /// The value that the fixture's name is bound to.
    pub(super) bind: Node,
}

/// The scope in which a fixture is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawShare {
    /// Made once for all tests of a provider.
    Provider,
    /// Made anew for each test.
    Test,
}

/// An expectation that several calls of a tool share; a call refers to it by `expect: { like: name }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Proofhouse expectation")]
pub(super) struct RawExpectation {
    /// The version of this format.
    #[expect(dead_code, reason = "it is read so that another version is refused")]
    pub(super) format: ExpectationFormat,
    /// The expectation's name: `snake_case`, the name of the file.
    pub(super) expectation: Spot<String>,
    /// A description in a few words.
    #[expect(dead_code, reason = "it is for people who read the file")]
    pub(super) title: String,
    /// The capability whose answers it judges, `domain.tool`.
    pub(super) tool: Spot<String>,
    /// The expectation of an answer.
    pub(super) expect: RawExpect,
}

/// The tests of a capability that do nothing but send inputs made from its input schema: one line for each.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Proofhouse tables")]
pub(super) struct RawTables {
    /// The version of this format.
    #[expect(dead_code, reason = "it is read so that another version is refused")]
    pub(super) format: TablesFormat,
    /// The capability that the tests prove, `domain.tool`.
    pub(super) capability: Spot<String>,
    /// Fixtures to make first, in order; each binds its name, and `fixture as name` another one.
    #[serde(default, rename = "use")]
    pub(super) uses: Vec<Spot<RawUse>>,
    /// Fixtures to make anew for each row, and to give back at its end: an order for each cancellation.
    #[serde(default)]
    pub(super) use_each: Vec<Spot<RawUse>>,
    /// A valid input, from which each row is made by one change.
    pub(super) from: Node,
    /// Each test runs while no other test of the provider runs.
    #[serde(default, deserialize_with = "truth")]
    pub(super) exclusive: bool,
    /// A test at level `must`: inputs that break one rule of the schema each are refused.
    #[serde(default)]
    pub(super) rejects_invalid_input: Option<RawTable>,
    /// A test at level `should`: null is refused for a field that may be left out.
    #[serde(default)]
    pub(super) rejects_null_fields: Option<RawTable>,
    /// A test at level `must`: a field of the answer that a caller sends, where the input schema takes any field, does not come back.
    #[serde(default)]
    pub(super) ignores_fields_of_callers: Option<RawTable>,
    /// A test at level `must`: inputs that are valid and extreme are accepted.
    #[serde(default)]
    pub(super) accepts_boundaries: Option<RawTable>,
    /// Two tests at level `must`, of what agents do: a call whose answer was lost is made again, `retried_after_a_lost_answer`, and a
    /// call is sent twice within milliseconds, `sent_twice`. It takes effect once.
    #[serde(default)]
    pub(super) repeats: Option<RawRepeats>,
}

/// Two tests of a call that comes again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRepeats {
    /// The published versions of the capability for which the tests hold.
    pub(super) versions: Vec<Spot<String>>,
    /// The rules that the tests verify, by id.
    pub(super) verifies: Vec<Spot<String>>,
    /// The fields of the answer that are the same in each answer to the call.
    #[serde(default)]
    pub(super) same: Vec<Spot<String>>,
    /// Fixtures in the place of those of the file. They are made anew for each row.
    #[serde(default, rename = "use")]
    pub(super) uses: Option<Vec<Spot<RawUse>>>,
    /// A valid input in the place of that of the file.
    #[serde(default)]
    pub(super) from: Option<Node>,
    /// No other test of the provider runs at the same time. Left out, as in the file.
    #[serde(default, deserialize_with = "truth_if_any")]
    pub(super) exclusive: Option<bool>,
    /// The reason why the tests are slow: the event that `before` waits for.
    #[serde(default)]
    pub(super) slow: Option<Spot<String>>,
    /// The steps before the first call.
    #[serde(default)]
    pub(super) before: Vec<RawStep>,
    /// The expectation of each answer. Left out, `ok: true`.
    #[serde(default)]
    pub(super) expect: Option<RawExpect>,
    /// The expectation of the answers to two calls at one time. Left out, `expect`.
    #[serde(default)]
    pub(super) at_once: Option<RawExpect>,
    /// The steps that read back what was done. They may read `again`, the call that was made last.
    #[serde(default)]
    pub(super) then: Vec<RawStep>,
}

/// A test that is a table made from the input schema.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTable {
    /// The published versions of the capability for which the test holds.
    pub(super) versions: Vec<Spot<String>>,
    /// A claim is unproven unless the test passed or failed. For a test at level `must`.
    #[serde(default, deserialize_with = "truth")]
    pub(super) essential: bool,
    /// One sentence: the behaviour of a provider that passes. Left out, the sentence of all such tests.
    #[serde(default)]
    pub(super) title: Option<String>,
    /// The rules that the test verifies, by id. Left out, `input-schema`.
    #[serde(default)]
    pub(super) verifies: Vec<Spot<String>>,
    /// Fixtures in the place of those of the file.
    #[serde(default, rename = "use")]
    pub(super) uses: Option<Vec<Spot<RawUse>>>,
    /// Fixtures for each row, in the place of those of the file.
    #[serde(default)]
    pub(super) use_each: Option<Vec<Spot<RawUse>>>,
    /// A valid input in the place of that of the file.
    #[serde(default)]
    pub(super) from: Option<Node>,
    /// Rows that are left out, by id, each with the reason.
    #[serde(default)]
    pub(super) except: IndexMap<String, Spot<String>>,
    /// The expectation of each answer. Left out, `ok: false` for inputs that are to be refused, `ok: true` for the others.
    #[serde(default)]
    pub(super) expect: Option<RawExpect>,
    /// The steps that run once after the last row, whatever came of the rows.
    #[serde(default)]
    pub(super) after: Vec<RawStep>,
}
