//! The steps of tests and fixtures as people write them. The JSON Schemas for editors are generated from these types, so their comments
//! are its texts.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::{Node, Spot, truth, truth_if_any};

/// One step: exactly one of `call`, `search`, `for_each`, `race`, `wait`, `need`, `let`, `that`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    /// The name under which later steps read this one: `id.input`, `id.output`.
    #[serde(default)]
    pub(super) id: Option<Spot<String>>,
    /// The step is left out unless this holds; its id is `null` then.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
    /// The step tells right from wrong. A test that passes all its steps, and did none that tells, is skipped. Left out everywhere, every
    /// step that judges and is never left out tells.
    #[serde(default, deserialize_with = "truth")]
    pub(super) tells: bool,
    /// Calls a tool: of the domain, or of another domain by its full name.
    #[serde(default)]
    pub(super) call: Option<Spot<String>>,
    /// The input of the call.
    #[serde(default)]
    pub(super) input: Option<Node>,
    /// A noun phrase for messages that names the input: `a start five seconds in the past`.
    #[serde(default)]
    pub(super) sending: Option<Node>,
    /// The input is meant to break the input schema.
    #[serde(default, deserialize_with = "truth")]
    pub(super) invalid_input: bool,
    /// The step is left out when the provider does not offer the tool; its id is `null` then.
    #[serde(default, deserialize_with = "truth")]
    pub(super) if_offered: bool,
    /// The connection is closed after the request was written whole, before the answer is read, so the call has no `expect`, and the id has
    /// `input` alone. Where the way to the provider cannot lose an answer, the test is skipped.
    #[serde(default, deserialize_with = "truth")]
    pub(super) answer_lost: bool,
    /// The property that this call would show; a note says that it is not observable where the tool is not offered.
    #[serde(default)]
    pub(super) shows: Option<String>,
    /// The expectation of the answer.
    #[serde(default)]
    pub(super) expect: Option<RawExpect>,
    /// The place at which a `call` or a `search` is made, if not the provider under test.
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

impl RawStep {
    /// Every expectation of the step's calls.
    pub(super) fn expected(&self) -> Vec<&RawExpect> {
        let race = self.race.iter().flat_map(|race| {
            let each = race.each.iter().map(|each| &each.expect);
            each.chain(race.calls.iter().flatten().map(|call| &call.expect))
        });
        let search = self.search.iter().map(|search| &search.expect);
        let each = self.for_each.iter().map(|each| &each.expect);
        self.expect.iter().chain(search).chain(each).chain(race).collect()
    }
}

/// The expectation of an answer. Its output schema is always checked, and that `ok` and `error` agree.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExpect {
    /// An expectation that several calls share, by name. Its checks come first, then those that stand here; `ok`, `error`, `otherwise` and
    /// `rule` here replace its own.
    #[serde(default)]
    pub(super) like: Option<Spot<String>>,
    /// `true` if the call must succeed, `false` if it must be refused. Left out, both are accepted.
    #[serde(default, deserialize_with = "truth_if_any")]
    pub(super) ok: Option<bool>,
    /// `true` says that a success and a refusal are both right, where nothing else is expected of the answer than its output schema.
    #[serde(default, deserialize_with = "truth")]
    pub(super) either: bool,
    /// The error codes of which a refusal carries one; implies `ok: false`.
    #[serde(default)]
    pub(super) error: Option<Vec<Spot<String>>>,
    /// The message if `ok` or `error` is not as expected, a sentence. Left out, one is made.
    #[serde(default)]
    pub(super) otherwise: Option<Node>,
    /// The rule that is broken when `ok` or `error` is not as expected. Left out, the first that the test verifies.
    #[serde(default)]
    pub(super) rule: Option<Spot<String>>,
    /// Checks of the answer.
    #[serde(default)]
    pub(super) that: Vec<RawCheck>,
}

/// Something that must hold.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCheck {
    /// The predicate, in CEL; what was found on the left of a comparison, what was expected on the right.
    pub(super) check: Spot<String>,
    /// The message if it does not hold, a sentence.
    pub(super) otherwise: Node,
    /// The rule that is broken then. Left out, the first that the test verifies.
    #[serde(default)]
    pub(super) rule: Option<Spot<String>>,
    /// The check is left out unless this holds.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
}

/// Asks in turn until something is found.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSearch {
    /// Loops, the first the outermost: a name, and the list that it runs over.
    pub(super) over: IndexMap<String, Spot<String>>,
    /// The tool to ask. Answers are kept for the other tests of the provider.
    pub(super) call: Spot<String>,
    /// The input of the call.
    pub(super) input: Node,
    /// The expectation of each answer.
    pub(super) expect: RawExpect,
    /// The list of what was found in an answer, the best first.
    pub(super) pick: Spot<String>,
    /// `soonest` tries days and slots in the order in which they stand, `drawn` in one that differs from run to run, so that runs side by
    /// side seldom meet. Left out, `soonest` where the days are a list that begins with today, `[0, …]`, and `drawn` elsewhere.
    #[serde(default)]
    pub(super) order: Option<RawOrder>,
    /// Two things that meet are looked for, in the place of one, in a test with `kinds`.
    #[serde(default)]
    pub(super) pairs: Option<RawPairs>,
    /// The span of time that is held for this test alone, over all tests of the provider: two instants as text.
    #[serde(default)]
    pub(super) lease: Option<RawLease>,
    /// The outcome if nothing is found: `blocked`, or `skip` where a provider may well have nothing of the kind. Left out, `blocked`. A pair
    /// that is not found although there are slots is always a `skip`.
    #[serde(default)]
    pub(super) otherwise: Option<RawOtherwise>,
    /// The reason if nothing is found.
    pub(super) none: String,
}

/// The order in which a search tries what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawOrder {
    /// As it stands in the suite and in the answers.
    Soonest,
    /// In an order that each run draws for itself.
    Drawn,
}

/// A search for two things whose spans of time meet in the way that the row of the test names. The id is bound to `first`, and to
/// `seconds`: of all that meet the first one in that way, the one whose start is nearest to its own, and the one whose start is
/// farthest from it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPairs {
    /// The loop in one turn of which both are found: in different turns of the loop inside it, or in one answer where there is none.
    pub(super) within: Spot<String>,
}

/// A span of time. Both ends are read from `candidate`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLease {
    /// The beginning.
    pub(super) from: Spot<String>,
    /// The end.
    pub(super) to: Spot<String>,
}

/// Makes a call for each element of a list.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
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
    /// The expectation of each answer.
    pub(super) expect: RawExpect,
}

/// Makes calls at one time: `each` for calls that are alike, `calls` for others.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRaceEach {
    /// The number of calls, 2 to 32.
    pub(super) callers: Spot<usize>,
    /// The milliseconds between the start of a call and that of the next, an expression. Left out, all start at once.
    #[serde(default)]
    pub(super) apart: Option<Spot<String>>,
    /// The tool to call.
    pub(super) call: Spot<String>,
    /// The input of the call; may read `caller`, which counts from 0.
    pub(super) input: Node,
    /// A noun phrase for messages that names the input.
    #[serde(default)]
    pub(super) sending: Option<Node>,
    /// The expectation of each answer.
    pub(super) expect: RawExpect,
}

/// One call of a race.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRaceCall {
    /// The tool to call.
    pub(super) call: Spot<String>,
    /// The input of the call.
    pub(super) input: Node,
    /// A noun phrase for messages that names the input.
    #[serde(default)]
    pub(super) sending: Option<Node>,
    /// The expectation of the answer.
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
#[derive(Debug, Clone, Deserialize, JsonSchema)]
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
