//! The tests of one tool that follow from its listing.

use super::file::{DraftFile, Purpose, VERSION};
use super::steps::{alone, first_call, has_fixture, head, its_input};
use super::text::{add, input, quoted};
use super::tool::{Drafted, read};
use super::{pairs, race, surface};
use crate::capability::{GeneratedRow, boundaries, negatives};

/// The reason for which a wrong format is no negative.
const FORMATS: &str = "JSON Schema leaves open whether a format is checked";

/// The reason why a number in a text is no negative of a probe.
const READ: &str = "a server that reads the number out of the text has checked it";

/// The tests of a tool, with the fixture that makes its input.
pub(super) fn files(tool: &Drafted<'_>, all: &[Drafted<'_>], purpose: Purpose) -> Vec<DraftFile> {
    if tool.input.is_err() || !tool.takes_nothing() && tool.sample.is_none() {
        return Vec::new();
    }
    let test = |name: &str, text: String| DraftFile {
        path: format!("suites/{}/{}/{name}.yaml", tool.domain, tool.id),
        text,
    };
    let mut files = Vec::new();
    if let Some(text) = fixture(tool) {
        files.push(DraftFile {
            path: format!("suites/{}/_shared/{}.yaml", tool.domain, tool.fixture()),
            text,
        });
    }
    files.push(test(purpose.plain_test(), happy_path(tool, purpose)));
    if let Some(text) = tables(tool, purpose) {
        files.push(test("_tables", text));
    }
    // Where a made-up input is no good, the schema does not say what a good one is, and an extreme one need be none.
    if !tool.is_given
        && let Some(text) = extremes(tool, purpose)
    {
        files.push(test("accepts_extremes", text));
    }
    if let Some(witness) = tool.witness(all) {
        if tool.is_read() {
            files.push(test("only_reads", only_reads(tool, witness, purpose)));
        } else if tool.tool.hints.idempotent {
            files.push(test("repeats_alike", repeats_alike(tool, witness, purpose)));
        }
    }
    if tool.has_own_text()
        && let Some(reader) = pairs::reader_of(tool, all)
    {
        files.push(test("shows_what_was_kept", read_back(tool, reader, purpose)));
    }
    if purpose.is_probe() {
        if let Some(text) = surface::hides_no_error(tool) {
            files.push(test("marks_its_errors", text));
        }
        if let Some(text) = surface::counts_no_calls(tool, purpose) {
            files.push(test("counts_no_calls", text));
        }
        if let Some(text) = surface::mirrors_its_structure(tool, purpose) {
            files.push(test("mirrors_its_structure", text));
        }
        if let Some(text) = surface::breaks_on_no_input(tool) {
            files.push(test("breaks_on_no_input", text));
        }
    }
    if purpose == Purpose::ProbeSandbox
        && let Some(text) = race::keeps_all(tool, all)
    {
        files.push(test("keeps_parallel_writes", text));
    }
    files
}

/// An input that the manifest gives, else one that is made up.
fn fixture(tool: &Drafted<'_>) -> Option<String> {
    let sample = tool.sample.as_ref().filter(|_| has_fixture(tool))?;
    let (name, id) = (tool.fixture(), &tool.id);
    Some(format!(
        "format: proofhouse.fixture/1\nfixture: {name}\ntitle: an input of {id}\nshare: test\ngiven: [{id}]\nsteps:\n\
         \x20 - let: {{ made_up: {} }}\nbind:\n  is_given: \"${{ given.{id} != null }}\"\n  \
         value: \"${{ given.{id} != null ? given.{id} : made_up }}\"\n",
        input(sample)
    ))
}

fn happy_path(tool: &Drafted<'_>, purpose: Purpose) -> String {
    let title = "A valid input is answered with a result that follows the output schema";
    let more = format!("{}{}", purpose.essential(), alone(tool));
    let name = purpose.plain_test();
    let head = head(tool, name, title, "must", "output-schema", &more);
    format!(
        "{head}steps:\n{}{}",
        first_call(tool, "answered", purpose),
        surface::is_structured(tool, "answered")
    )
}

/// Negatives of the input schema, but for those that servers need not refuse.
fn tables(tool: &Drafted<'_>, purpose: Purpose) -> Option<String> {
    let schema = tool.input.as_ref().ok()?;
    let output = read(&tool.output()).ok()?;
    let rows = negatives(schema, &output);
    let left_out = |row: &&GeneratedRow| {
        row.keyword == "format" || purpose.is_probe() && row.what.contains("written as text")
    };
    let (passed_over, others): (Vec<_>, Vec<_>) = rows.iter().partition(left_out);
    if !others.iter().any(|row| row.left_out().is_none()) {
        return None;
    }
    let mut except = String::new();
    for row in passed_over {
        let why = if row.keyword == "format" { FORMATS } else { READ };
        add(&mut except, &format!("    {}: {why}\n", row.id));
    }
    if !except.is_empty() {
        except = format!("  except:\n{except}");
    }
    let uses = match has_fixture(tool) {
        true => format!("use: [{}]\n", tool.fixture()),
        false => String::new(),
    };
    Some(format!(
        "format: proofhouse.tables/1\ncapability: {}\n{uses}{}from: {}\nrejects_invalid_input:\n  versions: [\"{VERSION}\"]\n{essential}{except}",
        tool.full_id(),
        alone(tool),
        its_input(tool),
        essential = match purpose {
            Purpose::Contracts => "  essential: true\n",
            Purpose::Probe | Purpose::ProbeSandbox => "",
        },
    ))
}

/// Extremes that the schema allows. Schemas seldom say all, so a refusal of one is a warning.
fn extremes(tool: &Drafted<'_>, purpose: Purpose) -> Option<String> {
    let rows = boundaries(tool.input.as_ref().ok()?);
    if !rows.iter().any(|row| row.left_out().is_none()) {
        return None;
    }
    let title = "An input that is valid and extreme is accepted, where a plain one is";
    let head = head(
        tool,
        "accepts_extremes",
        title,
        "should",
        "input-schema",
        alone(tool),
    );
    let (name, sent) = (&tool.id, its_input(tool));
    Some(format!(
        "{head}generate: {{ rows: boundaries, from: {sent} }}\nsteps:\n{}  - id: extreme\n    tells: true\n    call: {name}\n    \
         sending: \"${{ case.what }}\"\n    input: \"${{ case.input }}\"\n    expect: {{ ok: true }}\n",
        first_call(tool, "plain", purpose)
    ))
}

/// What a witness answers twice in a row, and the same after something.
fn witnessed(witness: &Drafted<'_>, between: &str, after: &str, rule: &str) -> String {
    let name = &witness.id;
    let call = |id: &str, expect: &str| {
        format!(
            "  - id: {id}\n    call: {name}\n    sending: nothing\n    input: {{}}\n    expect: {expect}\n"
        )
    };
    let unlike = "otherwise: skip\n      reason: ";
    format!(
        "{}{}  - need:\n      check: before.output == settled.output\n      {unlike}\"{name} answers differently each time, so it shows nothing\"\n\
         {between}{}",
        call("before", "{ ok: true }"),
        call("settled", "{ ok: true }"),
        call(
            "after",
            &format!(
                "\n      ok: true\n      that:\n        - check: output == before.output\n          rule: {rule}\n          otherwise: {}",
                quoted(after)
            )
        )
        .replace("    expect: \n", "    expect:\n"),
    )
}

fn only_reads(tool: &Drafted<'_>, witness: &Drafted<'_>, purpose: Purpose) -> String {
    let title = "A call changes nothing that another reader shows";
    let head = head(
        tool,
        "only_reads",
        title,
        "must",
        "read-only-hint",
        "exclusive: true\n",
    );
    let (id, other) = (&tool.tool.name, &witness.tool.name);
    let after =
        format!("{id} says `readOnlyHint: true`, and {other} answers differently after it was called");
    let steps = witnessed(
        witness,
        &first_call(tool, "read", purpose),
        &after,
        "read-only-hint",
    );
    format!("{head}steps:\n{steps}")
}

fn repeats_alike(tool: &Drafted<'_>, witness: &Drafted<'_>, purpose: Purpose) -> String {
    let title = "The same call again changes nothing more that a reader shows";
    let head = head(
        tool,
        "repeats_alike",
        title,
        "must",
        "idempotent-hint",
        "exclusive: true\n",
    );
    let (name, sent, other) = (&tool.id, its_input(tool), &witness.tool.name);
    let again = format!(
        "  - id: again\n    call: {name}\n    sending: the same input again\n    input: {sent}\n    expect: {{ either: true }}\n"
    );
    let wire = &tool.tool.name;
    let after = format!(
        "{wire} says `idempotentHint: true`, and {other} answers differently after the same call again"
    );
    let steps = witnessed(witness, &again, &after, "idempotent-hint");
    format!("{head}steps:\n{}{steps}", first_call(tool, "first", purpose))
}

/// What was put in is shown. Names may deceive, so it is a warning if it is not.
fn read_back(tool: &Drafted<'_>, reader: &Drafted<'_>, purpose: Purpose) -> String {
    let title = "What was put in is shown by the reader of the same things";
    let head = head(
        tool,
        "shows_what_was_kept",
        title,
        "should",
        "output-schema",
        alone(tool),
    );
    let (shown, kept) = (&reader.id, &tool.tool.name);
    let otherwise = format!("{} does not show what {kept} has kept", reader.tool.name);
    format!(
        "{head}steps:\n{}  - call: {shown}\n    sending: nothing\n    input: {{}}\n    expect:\n      ok: true\n      that:\n        \
         - when: \"!{}.is_given\"\n          check: text.contains('ph-' + run.short + '-' + test.key)\n          \
         otherwise: {}\n",
        first_call(tool, "kept", purpose),
        tool.fixture(),
        quoted(&otherwise)
    )
}
