//! The files as people write them. The JSON Schema for editors is generated from these types, so their comments are its texts.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::{Node, Spot};
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
    /// The capability that the test proves, `domain.tool`.
    pub(super) capability: Spot<String>,
    /// The published versions of the capability for which the test holds.
    pub(super) versions: Vec<Spot<String>>,
    /// What a provider does that passes, in one sentence.
    pub(super) title: String,
    /// `must` for the contract's words and their plain sense, `should` for a ruling on what it leaves open.
    pub(super) level: Level,
    /// The version from which on a test that is `should` is `must`.
    #[serde(default)]
    pub(super) must_since: Option<Spot<String>>,
    /// The invariants, promises and rulings that the test verifies, by id.
    pub(super) verifies: Vec<Spot<String>>,
    /// Fixtures to make first, in order; each binds its name.
    #[serde(default, rename = "use")]
    pub(super) uses: Vec<Spot<String>>,
    /// Fixtures to make where they can be made, after those of `use`; where one cannot, its name is `null` and the test goes on.
    #[serde(default, rename = "try")]
    pub(super) tries: Vec<Spot<String>>,
    /// Fixtures to make anew for each row of `cases`, and to give back at its end. Only fixtures that are shared by no tests.
    #[serde(default)]
    pub(super) use_each: Vec<Spot<String>>,
    /// Fixtures to make at another provider of the same platform; read as `peer.name`. Without such a provider the test is skipped.
    #[serde(default)]
    pub(super) peer: Option<Vec<Spot<String>>>,
    /// Runs while no other test of the provider runs.
    #[serde(default)]
    pub(super) exclusive: bool,
    /// Why the test is slow: what it waits for. It runs where the provider has a test clock, or when slow tests are asked for.
    #[serde(default)]
    pub(super) slow: Option<Spot<String>>,
    /// A table: the steps run once for each row, which is bound as `case`.
    #[serde(default)]
    pub(super) cases: Vec<RawCase>,
    /// A table whose rows are made from an input schema, in the place of `cases`.
    #[serde(default)]
    pub(super) generate: Option<RawGenerate>,
    /// What the test does, in order.
    pub(super) steps: Vec<RawStep>,
    /// What the test does once after the last row of its table, whatever came of the rows.
    #[serde(default)]
    pub(super) after: Vec<RawStep>,
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
    /// Why a row is left out whose `when` does not hold.
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
    /// `negatives` break one rule of the schema each, `nulls` have null for a field that may be left out, `boundaries` are valid and
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
}

/// Which rows are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawRows {
    /// Inputs that break one rule of the schema each.
    Negatives,
    /// Inputs with null for a field that may be left out, which the schema does not allow.
    Nulls,
    /// Inputs that the schema allows, each at an extreme.
    Boundaries,
}

/// What several tests need first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Proofhouse fixture")]
pub(super) struct RawFixture {
    /// The version of this format.
    #[expect(dead_code, reason = "it is read so that another version is refused")]
    pub(super) format: FixtureFormat,
    /// The fixture's name: `snake_case`, the name of the file.
    pub(super) fixture: Spot<String>,
    /// What it is, in a few words.
    pub(super) title: String,
    /// `provider` makes it once for all tests of a provider, `test` anew for each.
    pub(super) share: RawShare,
    /// Fixtures to make first, in order; each binds its name.
    #[serde(default, rename = "use")]
    pub(super) uses: Vec<Spot<String>>,
    /// Keys that a manifest may give under `fixtures`; read as `given.name`, `null` where it gives none.
    #[serde(default)]
    pub(super) given: Vec<Spot<String>>,
    /// What has to be done, in order.
    #[serde(default)]
    pub(super) steps: Vec<RawStep>,
    /// The value that the fixture's name is bound to.
    pub(super) bind: Node,
}

/// How widely a fixture is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawShare {
    /// Made once for all tests of a provider.
    Provider,
    /// Made anew for each test.
    Test,
}

/// One step: exactly one of `call`, `search`, `for_each`, `race`, `wait`, `need`, `let`, `that`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    /// The name under which later steps read this one: `id.input`, `id.output`.
    #[serde(default)]
    pub(super) id: Option<Spot<String>>,
    /// The step is left out unless this holds; its id is `null` then.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
    /// Calls a tool: of the domain, or of another domain by its full name.
    #[serde(default)]
    pub(super) call: Option<Spot<String>>,
    /// The input of the call.
    #[serde(default)]
    pub(super) input: Option<Node>,
    /// What is sent, as a noun phrase for messages: `a start five seconds in the past`.
    #[serde(default)]
    pub(super) sending: Option<Node>,
    /// The input is meant to break the input schema.
    #[serde(default)]
    pub(super) invalid_input: bool,
    /// The step is left out when the provider does not offer the tool; its id is `null` then.
    #[serde(default)]
    pub(super) if_offered: bool,
    /// What this call would show; noted as claimed but not observable when the tool is not offered.
    #[serde(default)]
    pub(super) shows: Option<String>,
    /// What the answer must be.
    #[serde(default)]
    pub(super) expect: Option<RawExpect>,
    /// Where a `call` or a `search` is made, if not at the provider under test.
    #[serde(default)]
    pub(super) at: Option<RawPlace>,
    /// Asks in turn until something is found that no other test holds.
    #[serde(default)]
    pub(super) search: Option<RawSearch>,
    /// Makes a call for each element of a list; the id is bound to the list of their `{item, input, output}`.
    #[serde(default)]
    pub(super) for_each: Option<RawForEach>,
    /// Makes calls at one time; the id is bound to the list of their `{caller, input, output}`.
    #[serde(default)]
    pub(super) race: Option<RawRace>,
    /// Waits for a duration, by the provider's test clock where it has one. The test says so under `slow`.
    #[serde(default)]
    pub(super) wait: Option<Spot<String>>,
    /// Ends the test unless a condition holds that is no fault of the provider.
    #[serde(default)]
    pub(super) need: Option<RawNeed>,
    /// Binds names to values.
    #[serde(default, rename = "let")]
    pub(super) bind: Option<IndexMap<String, Node>>,
    /// Checks over what the steps so far have found.
    #[serde(default)]
    pub(super) that: Option<Vec<RawCheck>>,
}

/// What an answer must be. Its output schema is always checked, and that `ok` and `error` agree.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExpect {
    /// Whether the call succeeds. Left out, both are honest.
    #[serde(default)]
    pub(super) ok: Option<bool>,
    /// The error codes of which a refusal carries one; implies `ok: false`.
    #[serde(default)]
    pub(super) error: Option<Vec<Spot<String>>>,
    /// What is wrong when `ok` or `error` is not as expected, as a sentence. Left out, one is made.
    #[serde(default)]
    pub(super) otherwise: Option<Node>,
    /// The rule that is broken when `ok` or `error` is not as expected. Left out, the first that the test verifies.
    #[serde(default)]
    pub(super) rule: Option<Spot<String>>,
    /// What must hold of the answer.
    #[serde(default)]
    pub(super) that: Vec<RawCheck>,
}

/// Something that must hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCheck {
    /// The predicate, in CEL; what was found on the left of a comparison, what was expected on the right.
    pub(super) check: Spot<String>,
    /// What is wrong when it does not hold, as a sentence.
    pub(super) otherwise: Node,
    /// The rule that is broken then. Left out, the first that the test verifies.
    #[serde(default)]
    pub(super) rule: Option<Spot<String>>,
    /// The check is left out unless this holds.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
}

/// Asks in turn until something is found.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSearch {
    /// Loops, the first the outermost: a name, and the list that it runs over.
    pub(super) over: IndexMap<String, Spot<String>>,
    /// The tool to ask. Answers are kept for the other tests of the provider.
    pub(super) call: Spot<String>,
    /// The input of the call.
    pub(super) input: Node,
    /// What each answer must be.
    pub(super) expect: RawExpect,
    /// The list of what was found in an answer, the best first.
    pub(super) pick: Spot<String>,
    /// The span of time that is held for this test alone, over all tests of the provider: two instants as text.
    #[serde(default)]
    pub(super) lease: Option<RawLease>,
    /// Why the test is blocked when nothing is found.
    pub(super) none: String,
}

/// A span of time. Both ends are read from `candidate`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLease {
    /// Where it begins.
    pub(super) from: Spot<String>,
    /// Where it ends.
    pub(super) to: Spot<String>,
}

/// Makes a call for each element of a list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawForEach {
    /// The list.
    #[serde(rename = "in")]
    pub(super) list: Spot<String>,
    /// The name of the element.
    #[serde(rename = "as")]
    pub(super) name: Spot<String>,
    /// The tool to call.
    pub(super) call: Spot<String>,
    /// The input of the call.
    pub(super) input: Node,
    /// What each answer must be.
    pub(super) expect: RawExpect,
}

/// Makes calls at one time: `each` for calls that are alike, `calls` for others.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRace {
    /// Calls that are alike.
    #[serde(default)]
    pub(super) each: Option<RawRaceEach>,
    /// Calls that differ, each written out.
    #[serde(default)]
    pub(super) calls: Option<Vec<RawRaceCall>>,
}

/// Calls that are alike.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRaceEach {
    /// How many calls are made, 2 to 32.
    pub(super) callers: usize,
    /// The tool to call.
    pub(super) call: Spot<String>,
    /// The input of the call; may read `caller`, which counts from 0.
    pub(super) input: Node,
    /// What is sent, as a noun phrase for messages.
    #[serde(default)]
    pub(super) sending: Option<Node>,
    /// What each answer must be.
    pub(super) expect: RawExpect,
}

/// One call of a race.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRaceCall {
    /// The tool to call.
    pub(super) call: Spot<String>,
    /// The input of the call.
    pub(super) input: Node,
    /// What is sent, as a noun phrase for messages.
    #[serde(default)]
    pub(super) sending: Option<Node>,
    /// What the answer must be.
    pub(super) expect: RawExpect,
}

/// A place other than the provider under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawPlace {
    /// The other provider of the same platform.
    Peer,
}

/// A condition that is no fault of the provider.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNeed {
    /// The condition.
    pub(super) check: Spot<String>,
    /// The outcome without it: `skip` where the provider lacks what the test needs, `blocked` where its data does.
    pub(super) otherwise: RawOtherwise,
    /// The reason, for people.
    pub(super) reason: Node,
}

/// The outcome of a test whose condition does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawOtherwise {
    /// The provider lacks what the test needs.
    Skip,
    /// The provider's data lacks what the test needs.
    Blocked,
}

/// The JSON Schema of a test file, for editors.
pub fn test_schema() -> serde_json::Value {
    schemars::schema_for!(RawTest).to_value()
}

/// The JSON Schema of a fixture file, for editors.
pub fn fixture_schema() -> serde_json::Value {
    schemars::schema_for!(RawFixture).to_value()
}
