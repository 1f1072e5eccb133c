//! The names that the expressions of a file may read, step by step.

use crate::capability::{Capability, Registry};
use crate::expr::{Names, Shape};

use super::sandbox::SANDBOX;

/// The names that every expression may read: the moment, the run, the provider, and which tools of the domain and of the sandbox it
/// offers.
pub(super) fn base(domain: &str, registry: &Registry) -> Names {
    let mut names = Names::new();
    names.insert("now", Shape::Any);
    names.insert(
        "run",
        Shape::object([("id", Shape::Any), ("short", Shape::Any), ("seed", Shape::Any)]),
    );
    names.insert(
        "provider",
        Shape::object([
            ("id", Shape::Any),
            ("platform", Shape::Any),
            ("tenant", Shape::Any),
        ]),
    );
    let tools = registry
        .iter()
        .filter(|capability| [domain, SANDBOX].contains(&capability.reference.id.domain()))
        .map(|capability| (capability.reference.id.tool().to_owned(), Shape::Any));
    names.insert("offers", Shape::object(tools));
    names
}

/// The fields of `test`, which only the test and the fixtures made for it may read.
pub(super) fn test() -> Shape {
    Shape::object(["id", "name", "key", "tries"].map(|name| (name, Shape::Any)))
}

/// A row made from an input schema.
pub(super) fn generated_row() -> Shape {
    Shape::object(["id", "what", "path", "keyword", "input"].map(|name| (name, Shape::Any)))
}

/// A row for a way in which two slots meet.
pub(super) fn pair_row() -> Shape {
    Shape::object(["id", "kind", "what"].map(|name| (name, Shape::Any)))
}

/// A call that was made: what was sent and what came back.
pub(super) fn call(tool: &Capability) -> Shape {
    Shape::object(parts(tool))
}

/// The names inside the expectation of a call.
pub(super) fn answer(names: &Names, tool: &Capability) -> Names {
    let mut names = names.clone();
    for (name, shape) in parts(tool) {
        names.insert(name, shape);
    }
    names
}

/// The names by which a search reads what it asked and what was answered.
pub(super) fn listing(names: &Names, tool: &Capability) -> Names {
    names
        .with("input", Shape::of_schema(&tool.input.json))
        .with("output", Shape::of_schema(&tool.output.json))
}

/// What may be read of a call. A run binds the same.
fn parts(tool: &Capability) -> Vec<(&'static str, Shape)> {
    let mut parts = vec![
        ("input", Shape::of_schema(&tool.input.json)),
        ("output", Shape::of_schema(&tool.output.json)),
        ("is_error", Shape::Any),
        ("refusal", Shape::Any),
    ];
    if tool.reading().is_native() {
        let more = ["content", "text", "is_structured", "is_mirrored"];
        parts.extend(more.map(|name| (name, Shape::Any)));
    }
    parts
}
