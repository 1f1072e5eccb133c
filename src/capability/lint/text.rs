//! Rules about what the contract says: its examples, its category, its codes, its promises.

use super::report::Report;
use crate::capability::{Capability, Schema, json_text};
use crate::diagnostic::{Node, Problem};

/// Words that say that a call changes nothing.
const READ_WORDS: &[&str] = &["read-only", "read only", "pure read", "no state change"];

pub(super) fn check(report: &mut Report<'_>) {
    let capability = report.capability;
    for example in &capability.examples {
        example_valid(
            report,
            &capability.input,
            &example.input_node,
            "input",
            &example.name,
        );
        example_valid(
            report,
            &capability.output,
            &example.output_node,
            "output",
            &example.name,
        );
    }
    read_category(report);
    code_unexplained(report);
    promise_words(report);
}

/// `example-valid`: an example follows the schemas.
fn example_valid(report: &mut Report<'_>, schema: &Schema, node: &Node, side: &str, name: &str) {
    let source = &report.capability.source;
    for violation in schema.violations(&node.to_json()) {
        let at = json_text::node_at(node, &violation.pointer)
            .unwrap_or(node)
            .span(source);
        report.error(
            "example-valid",
            Problem::at(
                source,
                json_text::first_line(source, at),
                format!("the {side} of the example \"{name}\" breaks the {side} schema: {violation}"),
            )
            .label(format!("`{}` in {}", violation.keyword, schema.source().name())),
        );
    }
}

/// `read-category`: a text that promises not to change anything implies a `.read` category.
fn read_category(report: &mut Report<'_>) {
    let capability = report.capability;
    if capability.is_read() {
        return;
    }
    let texts = [&capability.summary, &capability.semantics].into_iter();
    let invariants = capability.invariants.iter().map(|invariant| &invariant.words);
    let Some(words) = texts.chain(invariants).find_map(|text| says_read(text)) else {
        return;
    };
    let area = capability.category.trim_end_matches(".write");
    report.error(
        "read-category",
        Problem::at(
            &capability.source,
            capability.places.category.clone(),
            format!(
                "the contract says \"{words}\", and its category is `{}`",
                capability.category
            ),
        )
        .label(format!("expected `{area}.read`"))
        .hint("agents ask their user before every call of a `.write` category"),
    );
}

fn says_read(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    READ_WORDS.iter().find_map(|words| {
        let at = lower.find(words)?;
        let denied = lower.get(..at)?.trim_end().ends_with("not");
        text.get(at..)?.get(..words.len()).filter(|_| !denied)
    })
}

/// `code-unexplained`: an error code stands in an invariant or a ruling, or nobody knows when it is used.
fn code_unexplained(report: &mut Report<'_>) {
    let capability = report.capability;
    for (at, code) in capability.error_codes().iter().enumerate() {
        if explains(capability, code) {
            continue;
        }
        let message = format!("no invariant and no ruling says when `{code}` is answered");
        let problem = match capability.reading().is_native() {
            true => Problem::of(&capability.source, message),
            false => {
                let place = format!("/properties/error/enum/{at}");
                json_text::problem_at(capability.output.source(), &place, message)
            }
        };
        report.warning(
            "code-unexplained",
            problem.hint(format!("add a ruling with `codes: [{code}]` that says so")),
        );
    }
}

fn explains(capability: &Capability, code: &str) -> bool {
    capability
        .invariants
        .iter()
        .any(|invariant| mentions(&invariant.words, code))
        || capability
            .rulings
            .iter()
            .any(|ruling| ruling.codes.iter().any(|one| one == code) || mentions(&ruling.ruling, code))
}

/// Returns true if a text has the code as a word.
fn mentions(text: &str, code: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
        .any(|word| word == code)
}

/// `promise-words`: a promise stands word for word in the prose.
fn promise_words(report: &mut Report<'_>) {
    let capability = report.capability;
    for promise in &capability.promises {
        let texts = [
            &capability.summary,
            &capability.semantics,
            &capability.when_to_use,
        ];
        if texts.iter().any(|text| text.contains(&promise.words)) {
            continue;
        }
        report.error(
            "promise-words",
            Problem::at(
                &capability.source,
                promise.words_at.clone(),
                format!(
                    "the promise `{}` stands nowhere in the contract's prose",
                    promise.id
                ),
            )
            .label("expected words of `summary`, `semantics` or `when_to_use`, unchanged"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_reading_are_heard_unless_denied() {
        assert_eq!(says_read("Read-only. Lists all."), Some("Read-only"));
        assert_eq!(says_read("A pure read."), Some("pure read"));
        assert_eq!(says_read("This is not read-only."), None);
        assert_eq!(says_read("Reads the meter and writes it down."), None);
    }

    #[test]
    fn a_code_is_mentioned_as_a_word_only() {
        assert!(mentions("the call fails with `slot_taken` and", "slot_taken"));
        assert!(!mentions("slot_taken_twice", "slot_taken"));
        assert!(!mentions("a taken slot", "slot_taken"));
    }
}
