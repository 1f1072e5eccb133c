//! Tools that are seen to belong together by their names: one that makes something and one that takes it back, one that writes something
//! and one that lists it.

use serde_json::Value;

use super::names::{stem, words};
use super::text::add;
use super::tool::Drafted;

/// Words for making something, each with the words for taking it back.
const TAKEN_BACK: &[(&str, &[&str])] = &[
    ("add", &["remove", "delete"]),
    ("create", &["delete", "remove", "cancel"]),
    ("insert", &["delete", "remove"]),
    ("open", &["close"]),
    ("start", &["stop", "cancel"]),
    ("enable", &["disable"]),
    ("book", &["cancel"]),
    ("order", &["cancel"]),
    ("subscribe", &["unsubscribe"]),
    ("lock", &["unlock"]),
];

/// Words for showing what is there.
const SHOWS: &[&str] = &["list", "get", "read", "show", "all"];

/// Words for putting something in.
const KEEPS: &[&str] = &["add", "create", "insert"];

/// An undo that the names propose, as a comment: only a person knows if it is one.
pub(super) fn proposed_undo(tool: &Drafted<'_>, all: &[Drafted<'_>]) -> String {
    let Some(by) = all.iter().find(|other| takes_back(tool, other)) else {
        return String::new();
    };
    let mut lines = format!(
        "  # By its name, `{}` may take it back. If it does, take the `#` away:\n  # undo:\n  #   tool: {}\n  #   input:\n",
        by.tool.name, by.id
    );
    let required = by.tool.input.get("required").and_then(Value::as_array);
    for key in required.into_iter().flatten().filter_map(Value::as_str) {
        add(&mut lines, &format!("  #     {key}: {}\n", value_for(key, tool)));
    }
    lines
}

/// Returns true if the names say that one tool takes back what another has made.
fn takes_back(tool: &Drafted<'_>, other: &Drafted<'_>) -> bool {
    let (made, back) = (words(&tool.id), words(&other.id));
    let (Some((made, what)), Some((back, of))) = (made.split_first(), back.split_first()) else {
        return false;
    };
    let known = TAKEN_BACK.iter().find(|(word, _)| word == made);
    !tool.is_read()
        && other.input.is_ok()
        && known.is_some_and(|(_, words)| words.contains(back))
        && stems(what) == stems(of)
}

/// What a key of an undo's input may be made of: a field of the answer, or of the input.
fn value_for(key: &str, tool: &Drafted<'_>) -> String {
    let has = |schema: &Value, name: &str| {
        schema
            .pointer("/properties")
            .is_some_and(|all| all.get(name).is_some())
    };
    let output = tool.tool.output.as_ref();
    if output.is_some_and(|schema| has(schema, key)) {
        return format!("/{key}");
    }
    if key.ends_with("id") && output.is_some_and(|schema| has(schema, "id")) {
        return "/id".to_owned();
    }
    if has(&tool.tool.input, key) {
        return format!("\"${{ input.{key} }}\"");
    }
    "TODO, such as \"${ output.id }\"".to_owned()
}

/// The reader that shows what a tool has put in, by their names: it takes nothing, and they speak of the same.
pub(super) fn reader_of<'d, 't>(tool: &Drafted<'t>, all: &'d [Drafted<'t>]) -> Option<&'d Drafted<'t>> {
    let made = words(&tool.id);
    let (verb, what) = made.split_first()?;
    if tool.is_read() || !KEEPS.contains(verb) {
        return None;
    }
    all.iter().filter(|other| other.is_witness()).find(|other| {
        let shown = words(&other.id);
        let of: Vec<&str> = shown
            .iter()
            .copied()
            .filter(|word| !SHOWS.contains(word))
            .collect();
        of.len() < shown.len() && stems(&of) == stems(what)
    })
}

fn stems(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| stem(word)).collect()
}
