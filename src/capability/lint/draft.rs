//! Rules about what a person has to say before a contract can be published.

use super::report::Report;
use crate::diagnostic::Problem;

/// The word with which a text begins that is still to be written.
const TODO: &str = "TODO";

pub(super) fn check(report: &mut Report<'_>) {
    let capability = report.capability;
    let source = &capability.source;
    let texts = [
        ("summary", &capability.summary),
        ("semantics", &capability.semantics),
        ("when_to_use", &capability.when_to_use),
        ("summary of `reversibility`", &capability.reversibility.summary),
    ];
    for (name, _) in texts
        .iter()
        .filter(|(_, text)| text.trim_start().starts_with(TODO))
    {
        let name = match name.contains('`') {
            true => format!("the {name}"),
            false => format!("`{name}`"),
        };
        let problem = Problem::of(source, format!("{name} is still to be written"));
        report.error("todo", problem);
    }
    if !capability.is_draft {
        return;
    }
    if capability.invariants.is_empty() && capability.promises.is_empty() {
        let problem = Problem::of(source, "the draft has no invariant and no promise");
        report.warning(
            "draft",
            problem.hint("say what always holds, a rule each, and verify each by a test"),
        );
    }
    if capability.examples.is_empty() {
        let problem = Problem::of(source, "the draft has no example");
        report.warning(
            "draft",
            problem.hint("agents learn a tool from calls with their answers"),
        );
    }
}
