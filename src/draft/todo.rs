//! `TODO.md` of a draft: what only a person can say.

use super::file::{DraftFile, Request};
use super::pairs;
use super::text::add;
use super::tool::{Drafted, read};

/// The list.
pub(super) fn file(request: &Request<'_>, all: &[Drafted<'_>]) -> DraftFile {
    let mut text = format!(
        "# What is left to do\n\nThis draft of `{}` was made from the listing of a server. It runs as it is:\n\n\
         ```sh\nproofhouse capabilities lint --registry .\nproofhouse run --registry . --providers providers.yaml\n```\n\n\
         The tests say what can be said of any server. What the tools are for, only you can say:\n\n",
        request.domain
    );
    if request.reached.is_none() {
        text.push_str("- [ ] `providers.yaml`: say how the server is reached.\n");
    }
    if request.operations {
        text.push_str(
            "- [ ] These are operations of an HTTP interface, and no run can call them as they are: the path, the method and the headers of \
             each stand in its contract in words only. Write a dialect that says them, or serve the operations as tools over MCP under \
             these names, and give its address.\n",
        );
    }
    text.push_str(
        "- [ ] `providers.yaml`: name the tools that may be called. A negative that a server takes has been done.\n\
         - [ ] Each text in `capabilities/` that begins with `TODO`.\n\
         - [ ] `invariants`: what always holds, a rule each, and a test that verifies it.\n\
         - [ ] `errors`: codes for the refusals that a test should tell apart.\n\
         - [ ] When a contract is done, run `proofhouse capabilities publish --registry .`. It says what is missing.\n",
    );
    for tool in all {
        let lines = of_tool(tool, all);
        if !lines.is_empty() {
            add(&mut text, &format!("\n## `{}`\n\n", tool.tool.name));
            for line in lines {
                add(&mut text, &format!("- [ ] {line}\n"));
            }
        }
    }
    DraftFile {
        path: "TODO.md".to_owned(),
        text,
    }
}

fn of_tool(tool: &Drafted<'_>, all: &[Drafted<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    if let Err(why) = &tool.input {
        lines.push(format!(
            "It has no contract: its input schema cannot be read ({why})."
        ));
        return lines;
    }
    if let Some(why) = tool.tool.output.as_ref().and_then(|schema| read(schema).err()) {
        lines.push(format!(
            "Its output schema cannot be read and was left out ({why})."
        ));
    }
    if tool.tool.description.is_none() {
        lines.push("It has no description.".to_owned());
    }
    if !tool.takes_nothing() {
        lines.push(match &tool.sample {
            Some(_) => format!(
                "Its tests send an input that was made up. If the server refuses it, `happy_path` is skipped: give one under \
                 `fixtures.{}` of `providers.yaml`.",
                tool.id
            ),
            None => "No input can be made up from its schema, so it has no tests yet.".to_owned(),
        });
    }
    if !tool.is_read() && !pairs::proposed_undo(tool, all).is_empty() {
        lines.push(
            "Its contract proposes an `undo` in a comment. Without one, what tests make stays.".to_owned(),
        );
    } else if !tool.is_read() {
        lines.push(
            "Say how a call is taken back, if it can be. Without an `undo`, what tests make stays."
                .to_owned(),
        );
    }
    let promises = tool.is_read() || tool.tool.hints.idempotent;
    if promises && !tool.has_witness(all) {
        lines.push("No other reader can show whether its annotations are true, so no test does.".to_owned());
    }
    lines
}
