//! What the tests of a draft have in common: their heads, their inputs, and the call that comes first.

use super::file::{Purpose, VERSION};
use super::text::quoted;
use super::tool::Drafted;

/// The head of a test.
pub(super) fn head(
    tool: &Drafted<'_>,
    name: &str,
    title: &str,
    level: &str,
    verifies: &str,
    more: &str,
) -> String {
    let uses = match has_fixture(tool) {
        true => format!("use: [{}]\n", tool.fixture()),
        false => String::new(),
    };
    format!(
        "format: proofhouse.test/1\ntest: {name}\ncapability: {}\nversions: [\"{VERSION}\"]\ntitle: {}\nlevel: {level}\n\
         verifies: [{verifies}]\n{more}{uses}",
        tool.full_id(),
        quoted(title)
    )
}

/// The key of a test during which no other runs. What servers do with calls at one time is a question of its own.
pub(super) fn alone(tool: &Drafted<'_>) -> &'static str {
    match tool.is_read() {
        true => "",
        false => "exclusive: true\n",
    }
}

/// Returns true if its input is made by a fixture: anything but an empty input.
pub(super) fn has_fixture(tool: &Drafted<'_>) -> bool {
    !tool.takes_nothing() && tool.sample.is_some()
}

/// The input of a call of the tool.
pub(super) fn its_input(tool: &Drafted<'_>) -> String {
    match has_fixture(tool) {
        true => quoted(&format!("${{ {}.value }}", tool.fixture())),
        false => "{}".to_owned(),
    }
}

/// A call that must succeed where the manifest gives its input, and without which the test is skipped otherwise.
pub(super) fn first_call(tool: &Drafted<'_>, id: &str, purpose: Purpose) -> String {
    let (name, sent) = (&tool.id, its_input(tool));
    if purpose.is_probe() {
        let wire = &tool.tool.name;
        // Servers refuse for want of a login, of a network, of the thing that an input names: none of that is wrong.
        return format!(
            "  - id: {id}\n    call: {name}\n    sending: a valid input\n    input: {sent}\n    expect: {{ either: true }}\n  \
             - need:\n      check: \"!{id}.is_error\"\n      otherwise: skip\n      reason: {}\n",
            quoted(&match has_fixture(tool) {
                true => format!(
                    "{wire} refused an input that was made up from its schema (${{ {id}.refusal }}); `--given {wire}.PARAM=VALUE` gives a better one"
                ),
                false => format!("{wire} refused an empty input (${{ {id}.refusal }})"),
            })
        );
    }
    if !has_fixture(tool) {
        return format!(
            "  - id: {id}\n    call: {name}\n    sending: an empty input\n    input: {{}}\n    expect: {{ ok: true }}\n"
        );
    }
    let fixture = tool.fixture();
    format!(
        "  - id: {id}\n    call: {name}\n    sending: a valid input\n    input: {sent}\n    expect:\n      that:\n        \
         - check: \"!is_error || !{fixture}.is_given\"\n          \
         otherwise: \"{name} refused the input that the manifest gives: ${{ refusal }}\"\n  \
         - need:\n      check: \"!{id}.is_error\"\n      otherwise: skip\n      \
         reason: \"{name} refused an input that was made up from its schema (${{ {id}.refusal }}); give one under `fixtures.{name}` of the manifest\"\n"
    )
}
