//! The files as people write them. The JSON Schema for editors is generated from these types, so their comments are its texts.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::{Node, Spot, truth, truth_at};

/// The format's version; a file names the one that it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) enum DialectFormat {
    #[serde(rename = "proofhouse.dialect/1")]
    V1,
}

/// A mapping from contracts to a provider's own interface.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Proofhouse dialect")]
pub(super) struct RawDialect {
    /// The version of this format.
    #[expect(dead_code, reason = "it is read so that another version is refused")]
    pub(super) format: DialectFormat,
    /// The dialect's name, which is also the name of the file.
    pub(super) dialect: Spot<String>,
    /// The provider or product whose interface it speaks, in one sentence.
    pub(super) title: String,
    /// The way the provider is reached: `http` for plain requests, `mcp` and `stdio` for tools.
    pub(super) transport: RawProtocol,
    /// The values that the user gives under `fixtures` of the manifest's entry; read as `given.name`.
    #[serde(default)]
    pub(super) constants: IndexMap<String, RawConstant>,
    /// Headers of every request.
    #[serde(default)]
    pub(super) headers: IndexMap<String, Node>,
    /// The rate of requests that the provider takes, if it limits them.
    #[serde(default)]
    pub(super) pacing: Option<RawPacing>,
    /// Rules that hold for every step, after its own.
    #[serde(default)]
    pub(super) answers: Vec<RawRule>,
    /// Values that are looked up once in a run and kept, by name.
    #[serde(default)]
    pub(super) lookups: Vec<RawLookup>,
    /// The calls that are mapped.
    pub(super) calls: Vec<RawCall>,
}

/// The way a provider is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawProtocol {
    /// Plain requests.
    Http,
    /// Tools over MCP's streamable HTTP.
    Mcp,
    /// Tools over MCP on standard input and output.
    Stdio,
}

/// Something that the user gives.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConstant {
    /// A description for people.
    pub(super) title: String,
    /// The value where the user gives none. Without a default the user must give one.
    #[serde(default)]
    pub(super) default: Option<Node>,
}

/// A limit on requests: they are spaced evenly. `max_per_second` of the manifest takes its place.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPacing {
    /// This many requests …
    pub(super) requests: Spot<u32>,
    /// … in so many seconds.
    pub(super) seconds: Spot<u32>,
}

/// A value that is looked up once in a run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLookup {
    /// The name under which calls read it, where they `use` it.
    pub(super) lookup: Spot<String>,
    /// The requests to make. All steps read.
    pub(super) steps: Vec<RawStep>,
    /// The value.
    pub(super) bind: Node,
}

/// One call of a contract.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCall {
    /// The capability, `domain.tool`.
    pub(super) call: Spot<String>,
    /// Look-ups that it reads.
    #[serde(default, rename = "use")]
    pub(super) uses: Vec<Spot<String>>,
    /// The requests to the provider, in order.
    #[serde(default)]
    pub(super) steps: Vec<RawStep>,
    /// The answer of a success, without `ok`. A field that is null is left out.
    #[serde(default)]
    pub(super) output: Option<Node>,
    /// Fields of the answer that come from the dialect and not from the provider, each with the reason.
    #[serde(default)]
    pub(super) fills: IndexMap<String, String>,
    /// The inputs and tests that cannot be asked through this dialect.
    #[serde(default)]
    pub(super) gaps: Vec<RawGap>,
    /// Fields that reach the provider as they are, also where they break the contract's input schema.
    #[serde(default)]
    pub(super) carries: Vec<Spot<String>>,
    /// What the result says of an answer that was not mapped whole.
    #[serde(default)]
    pub(super) notes: Vec<RawNote>,
}

/// A note on the result of a test, such as rows of the provider's that were left out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNote {
    /// The answers for which this holds.
    pub(super) when: Spot<String>,
    /// The words of the note.
    pub(super) note: Node,
}

/// Something that cannot be asked, with the reason. Without `when`, `fields` and `tests` it is the whole call.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGap {
    /// The reason on the results that are skipped.
    pub(super) because: String,
    /// The inputs for which this holds.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
    /// Fields of the input that the provider has no place for.
    #[serde(default)]
    pub(super) fields: Vec<Spot<String>>,
    /// Tests of the capability that would judge the dialect instead of the provider.
    #[serde(default)]
    pub(super) tests: Vec<Spot<String>>,
}

/// One step: exactly one of `request`, `tool`, `rows`, `let` and `first_of`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    /// The name under which later steps read it.
    #[serde(default)]
    pub(super) id: Option<Spot<String>>,
    /// The step is left out unless this holds; its id is `null` then.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
    /// The method and the path behind the base URL: `POST /notes`. Values in it are percent-encoded.
    #[serde(default)]
    pub(super) request: Option<Node>,
    /// The query, by name. A list stands for the name several times, null for not at all.
    #[serde(default)]
    pub(super) query: IndexMap<String, Node>,
    /// Headers of this request.
    #[serde(default)]
    pub(super) headers: IndexMap<String, Node>,
    /// The body as JSON.
    #[serde(default)]
    pub(super) json: Option<Node>,
    /// The body as a form.
    #[serde(default)]
    pub(super) form: IndexMap<String, Node>,
    /// The name of a tool of the provider's own.
    #[serde(default)]
    pub(super) tool: Option<Node>,
    /// Its arguments.
    #[serde(default)]
    pub(super) arguments: Option<Node>,
    /// The request changes nothing. GET and HEAD imply it.
    #[serde(default, deserialize_with = "truth")]
    pub(super) reads: bool,
    /// This step decides the outcome: where calls race, they wait for each other before it. The only step that
    /// writes implies it.
    #[serde(default, deserialize_with = "truth")]
    pub(super) decides: bool,
    /// Makes the request once for each element of a list.
    #[serde(default)]
    pub(super) for_each: Option<RawForEach>,
    /// Makes the request page by page.
    #[serde(default)]
    pub(super) pages: Option<RawPages>,
    /// The meaning of answers: the first rule that matches counts. An answer that none matches is a failure of the provider.
    #[serde(default)]
    pub(super) answers: Vec<RawRule>,
    /// The request that takes this step back where a later one does not succeed.
    #[serde(default)]
    pub(super) undo: Option<Box<Self>>,
    /// The request that removes what this step made, once the test that needed it has ended. It reads `body`, `input` and `given`.
    #[serde(default)]
    pub(super) cleanup: Option<Box<Self>>,
    /// Reads a list row by row. Rows that cannot be read are left out, which a note says. Its `id` names the list of those that were read.
    #[serde(default)]
    pub(super) rows: Option<Box<RawRows>>,
    /// Values to bind.
    #[serde(default, rename = "let")]
    pub(super) bound: IndexMap<String, Node>,
    /// Branches of which the first whose `when` holds is done.
    #[serde(default)]
    pub(super) first_of: Vec<RawBranch>,
}

/// One of several ways.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBranch {
    /// The condition under which it is taken; the last branch may go without.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
    /// The steps of the branch.
    pub(super) steps: Vec<RawStep>,
}

/// A loop over a list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawForEach {
    /// The list.
    #[serde(rename = "in")]
    pub(super) list: Spot<String>,
    /// The name of the element.
    #[serde(rename = "as")]
    pub(super) name: Spot<String>,
    /// The most elements. Where there are more, the call fails.
    pub(super) most: Spot<u32>,
}

/// A list that is read row by row.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRows {
    /// The list.
    #[serde(rename = "in")]
    pub(super) list: Spot<String>,
    /// The name of the row.
    #[serde(rename = "as")]
    pub(super) name: Spot<String>,
    /// The rows that are wanted: those for which this holds. The others are nobody's loss, and no note says that they are left out.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
    /// What a row is read as.
    pub(super) is: Node,
    /// Fields of it without which it cannot be read: those that are null or missing.
    #[serde(default)]
    pub(super) needs: Vec<Spot<String>>,
    /// What the note calls the rows: `appointments`.
    #[serde(default)]
    pub(super) called: Option<String>,
}

/// A loop over pages. `page` is the mark of the page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPages {
    /// The mark of the first page: a number, or null where the first has none.
    pub(super) first: Node,
    /// The mark of the next page, read from this one; null after the last.
    pub(super) next: Spot<String>,
    /// The most pages. Where there are more, the call fails.
    pub(super) most: Spot<u32>,
}

/// The meaning of an answer: exactly one of `ok`, `error`, `retry`, `wait`, `not_asked`, `fault` and `gap`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    /// A status, a class such as `4xx`, or a list of them; left out, any.
    #[serde(default)]
    pub(super) status: Option<Node>,
    /// The answers for which this holds: over `status`, `headers`, `body` and `is_error`.
    #[serde(default)]
    pub(super) when: Option<Spot<String>>,
    /// `true`: the step succeeded.
    #[serde(default, deserialize_with = "truth_at")]
    pub(super) ok: Option<Spot<bool>>,
    /// The contract's error code.
    #[serde(default)]
    pub(super) error: Option<Spot<String>>,
    /// The request is made again, this often at most, a second later each time. Only where it reads or carries a key of idempotency.
    #[serde(default)]
    pub(super) retry: Option<Spot<u32>>,
    /// `true`: the provider did nothing and asks for patience. The request is made again after `Retry-After`, at most 8 times and 30 s
    /// each; without one after 1, 2, 4 … s.
    #[serde(default, deserialize_with = "truth_at")]
    pub(super) wait: Option<Spot<bool>>,
    /// The provider could not be asked, for this reason.
    #[serde(default)]
    pub(super) not_asked: Option<Spot<String>>,
    /// The provider is wrong, for this reason.
    #[serde(default)]
    pub(super) fault: Option<Spot<String>>,
    /// This cannot be asked through this dialect, for this reason.
    #[serde(default)]
    pub(super) gap: Option<Spot<String>>,
}

/// The JSON Schema of a dialect, for editors.
pub fn dialect_schema() -> serde_json::Value {
    schemars::schema_for!(RawDialect).to_value()
}
