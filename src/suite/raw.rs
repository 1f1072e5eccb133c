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
    /// The invariants, promises and rulings that the test verifies, by id.
    pub(super) verifies: Vec<Spot<String>>,
    /// Fixtures to make first, in order; each binds its name.
    #[serde(default, rename = "use")]
    pub(super) uses: Vec<Spot<String>>,
    /// Fixtures to make where they can be made, after those of `use`; where one cannot, its name is `null` and the test goes on.
    #[serde(default, rename = "try")]
    pub(super) tries: Vec<Spot<String>>,
    /// Runs while no other test of the provider runs.
    #[serde(default)]
    pub(super) exclusive: bool,
    /// Why the test is slow. A slow test runs only when slow tests are asked for.
    #[serde(default)]
    pub(super) slow: Option<String>,
    /// A table: the steps run once for each row, which is bound as `case`.
    #[serde(default)]
    pub(super) cases: Vec<RawCase>,
    /// What the test does, in order.
    pub(super) steps: Vec<RawStep>,
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

/// One step: exactly one of `call`, `search`, `for_each`, `wait`, `need`, `let`, `that`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    /// The name under which later steps read this one: `id.input`, `id.output`.
    #[serde(default)]
    pub(super) id: Option<Spot<String>>,
    /// The step is left out unless this holds; its id is `null` then.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
    /// Calls a tool of the domain.
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
    /// Asks in turn until something is found that no other test holds.
    #[serde(default)]
    pub(super) search: Option<RawSearch>,
    /// Makes a call for each element of a list; the id is bound to the list of their `{item, input, output}`.
    #[serde(default)]
    pub(super) for_each: Option<RawForEach>,
    /// Waits for a duration.
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
