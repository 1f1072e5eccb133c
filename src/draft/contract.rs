//! The contract of one tool: its words as the listing has them, its schemas as they are.

use serde_json::Value;

use super::file::{DraftFile, Purpose, VERSION};
use super::text::{prose, quoted, summary};
use super::tool::Drafted;
use super::{pairs, race, surface};

/// The files of a contract; none where its input schema cannot be read.
pub(super) fn files(tool: &Drafted<'_>, all: &[Drafted<'_>], purpose: Purpose) -> Vec<DraftFile> {
    if tool.input.is_err() {
        return Vec::new();
    }
    let folder = format!("capabilities/{}/{}/v{VERSION}", tool.domain, tool.id);
    let file = |name: &str, text: String| DraftFile {
        path: format!("{folder}/{name}"),
        text,
    };
    let schema = |schema: &Value| format!("{schema:#}\n");
    vec![
        file("capability.yaml", contract(tool, all, purpose)),
        file("input.schema.json", schema(&tool.tool.input)),
        file("output.schema.json", schema(&tool.output())),
    ]
}

fn contract(tool: &Drafted<'_>, all: &[Drafted<'_>], purpose: Purpose) -> String {
    let Drafted {
        tool: listed,
        domain,
        id,
        ..
    } = tool;
    let act = if tool.is_read() { "read" } else { "write" };
    let area: String = domain.chars().filter(|c| !c.is_ascii_digit()).collect();
    let description = listed.description.as_deref().unwrap_or_default().trim();
    let head = match (&listed.title, summary(description)) {
        (_, summary) if !summary.is_empty() => summary,
        (Some(title), _) if !title.trim().is_empty() => title.trim().to_owned(),
        _ => "TODO: say in a line what the tool does.".to_owned(),
    };
    let semantics = match description {
        "" => "TODO: say what a call means.",
        description => description,
    };
    let wire = match listed.name == *id {
        true => String::new(),
        false => format!("tool: {}\n", quoted(&listed.name)),
    };
    format!(
        "format: proofhouse.capability/1\nid: {domain}.{id}\nversion: {VERSION}\nstatus: draft\ncategory: {area}.{act}\n\
         answers: native\n{wire}{annotations}\
         # Codes of refusals, by which tests can name them:\n# errors:\n#   - {{ code: not_found, pattern: \"(?i)not found\" }}\n\
         summary: {summary}\nsemantics: {semantics}\n\
         # What always holds, a rule each; a test names the rules that it verifies.\ninvariants: {invariants}\n\
         when_to_use: \"TODO: say when an agent should call it.\"\nreversibility:\n  summary: {back}\n{undo}examples: []\n",
        annotations = annotations(tool, all),
        invariants = invariants(tool, all, purpose),
        summary = quoted(&head),
        semantics = prose(semantics, 2),
        back = quoted(match tool.is_read() {
            true => "A call changes nothing.",
            false => "TODO: say how a call is taken back, if it can be.",
        }),
        undo = pairs::proposed_undo(tool, all),
    )
}

/// The rules that a probe has of its own.
fn invariants(tool: &Drafted<'_>, all: &[Drafted<'_>], purpose: Purpose) -> String {
    let mut rules = Vec::new();
    if purpose.is_probe() && surface::counts_no_calls(tool, purpose).is_some() {
        rules.push((surface::COUNTS_NO_CALLS, surface::COUNTS_NO_CALLS_WORDS));
    }
    if purpose == Purpose::ProbeSandbox && race::keeps_all(tool, all).is_some() {
        rules.push((race::RULE, race::WORDS));
    }
    let rules = rules
        .iter()
        .map(|(id, words)| format!("\n  - {{ id: {id}, words: {} }}", quoted(words)));
    match rules.collect::<String>() {
        rules if rules.is_empty() => "[]".to_owned(),
        rules => rules,
    }
}

/// The annotations that the contract promises: those that the listing has and a test can tell.
fn annotations(tool: &Drafted<'_>, all: &[Drafted<'_>]) -> String {
    let hints = tool.tool.hints;
    if !tool.has_witness(all) {
        return String::new();
    }
    match (hints.read_only, hints.idempotent) {
        (true, _) => "annotations: { readOnlyHint: true }\n".to_owned(),
        (false, true) => "annotations: { idempotentHint: true }\n".to_owned(),
        (false, false) => String::new(),
    }
}
