//! Checks of a contract against itself and its siblings: codes, the call that takes back, prerequisites.

use std::collections::BTreeSet;

use super::contract::{Capability, Undo, UndoPlaces, UndoValue};
use super::{Knowledge, Registry, json_text};
use crate::diagnostic::{Problem, Problems, Span, near_miss};

/// Checks all contracts of a registry against one another.
pub(super) fn check(registry: &Registry) -> Problems {
    let mut problems = Problems::new();
    for capability in registry.iter() {
        envelope(capability, &mut problems);
        ruled_codes(capability, &mut problems);
        prerequisites(registry, capability, &mut problems);
        if let (Some(undo), Some(places)) = (&capability.reversibility.undo, &capability.places.undo) {
            take_back(registry, capability, undo, places, &mut problems);
        }
    }
    problems
}

/// An answer with `ok` is told from other bodies by it, so every contract of such answers must have one.
fn envelope(capability: &Capability, problems: &mut Problems) {
    let output = &capability.output;
    let is_boolean = output
        .json
        .pointer("/properties/ok/type")
        .is_some_and(|kind| kind == "boolean");
    if !capability.reading().is_native() && (!is_boolean || !output.required().any(|name| name == "ok")) {
        problems.push(
            Problem::of(output.source(), "an answer of this schema need not carry `ok`")
                .hint("list `ok` under `required`, and give it the type `boolean` under `properties`"),
        );
    }
    if capability
        .input
        .json
        .get("type")
        .is_none_or(|kind| kind != "object")
    {
        problems.push(
            Problem::of(
                capability.input.source(),
                "an input of this schema need not be an object",
            )
            .hint("set `type` to `object`: inputs are sent as objects"),
        );
    }
}

fn ruled_codes(capability: &Capability, problems: &mut Problems) {
    let known = capability.error_codes();
    for ruling in &capability.rulings {
        for (code, at) in ruling.codes.iter().zip(&ruling.codes_at) {
            unknown_code(capability, capability, code, at, known, problems);
        }
    }
}

fn unknown_code(
    written_in: &Capability,
    of: &Capability,
    code: &str,
    at: &Span,
    known: &[String],
    problems: &mut Problems,
) {
    if !known.iter().any(|one| one == code) {
        problems.push(
            Problem::at(
                &written_in.source,
                at.clone(),
                format!("`{code}` is no error code of `{}`", of.reference),
            )
            .label(expected(known))
            .did_you_mean(near_miss(code, known.iter().map(String::as_str))),
        );
    }
}

fn expected(names: &[String]) -> String {
    match names {
        [] => "its output schema lists none".to_owned(),
        names => format!("expected one of {}", names.join(", ")),
    }
}

fn unknown_tool(registry: &Registry, capability: &Capability, tool: &str, at: &Span) -> Problem {
    let domain = capability.reference.id.domain();
    let mut tools: Vec<String> = registry
        .iter()
        .filter(|other| {
            other.reference.id.domain() == domain && other.reference.id != capability.reference.id
        })
        .map(|other| other.reference.id.tool().to_owned())
        .collect();
    tools.dedup();
    let label = match tools.as_slice() {
        [] => format!("the domain `{domain}` has no other tool"),
        tools => format!("expected one of {}", tools.join(", ")),
    };
    Problem::at(
        &capability.source,
        at.clone(),
        format!("the domain `{domain}` has no tool `{tool}`"),
    )
    .label(label)
    .did_you_mean(near_miss(tool, tools.iter().map(String::as_str)))
}

fn prerequisites(registry: &Registry, capability: &Capability, problems: &mut Problems) {
    for (tool, at) in capability
        .prerequisites
        .iter()
        .zip(&capability.places.prerequisites)
    {
        match sibling(registry, capability, tool) {
            None => problems.push(unknown_tool(registry, capability, tool, at)),
            Some(first) if leads_to(registry, first, capability, &mut BTreeSet::new()) => problems.push(
                Problem::at(
                    &capability.source,
                    at.clone(),
                    format!("`{tool}` needs `{}` itself", capability.reference.id.tool()),
                )
                .label("no order of calls would satisfy both"),
            ),
            Some(_) => {}
        }
    }
}

/// A tool of the same domain under its bare name.
fn sibling<'a>(registry: &'a Registry, of: &Capability, tool: &str) -> Option<&'a Capability> {
    registry
        .sibling(of, tool)
        .map(AsRef::as_ref)
        .filter(|found| found.reference.id.tool() == tool)
}

fn leads_to<'a>(
    registry: &'a Registry,
    from: &'a Capability,
    to: &Capability,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    from.reference.id == to.reference.id
        || seen.insert(from.reference.id.tool())
            && from
                .prerequisites
                .iter()
                .filter_map(|tool| sibling(registry, from, tool))
                .any(|next| leads_to(registry, next, to, seen))
}

fn take_back(
    registry: &Registry,
    capability: &Capability,
    undo: &Undo,
    places: &UndoPlaces,
    problems: &mut Problems,
) {
    let at = |span: &Span, message: String| Problem::at(&capability.source, span.clone(), message);
    if capability.is_read() {
        problems.push(
            at(
                &places.tool,
                format!(
                    "a call of the category `{}` leaves nothing to take back",
                    capability.category
                ),
            )
            .hint("leave `undo` out, or give the contract a `.write` category"),
        );
    }
    let Some(tool) = sibling(registry, capability, &undo.tool) else {
        problems.push(unknown_tool(registry, capability, &undo.tool, &places.tool));
        return;
    };
    for ((key, value), span) in undo.input.iter().zip(&places.input) {
        if let Knowledge::Unknown { known, .. } = tool.input.property(&[key]) {
            problems.push(
                at(span, format!("`{}` takes no `{key}`", tool.reference))
                    .label(format!("expected one of {}", known.join(", ")))
                    .did_you_mean(near_miss(key, known.iter().map(String::as_str))),
            );
        }
        if let UndoValue::Pointer(pointer) = value {
            pointed_at(capability, pointer, span, problems);
        }
    }
    for key in tool.input.required().filter(|key| !undo.input.contains_key(*key)) {
        problems.push(
            at(
                &places.tool,
                format!("`{}` cannot be called without `{key}`", tool.reference),
            )
            .label("its input gives no pointer for it"),
        );
    }
    let known = tool.error_codes();
    for (code, span) in undo.already_done.iter().zip(&places.already_done) {
        unknown_code(capability, tool, code, span, known, problems);
    }
}

/// A pointer must lead to something that an answer can have.
fn pointed_at(capability: &Capability, pointer: &str, span: &Span, problems: &mut Problems) {
    let problem = |message: String| Problem::at(&capability.source, span.clone(), message);
    if !pointer.starts_with('/') {
        problems.push(
            problem(format!("`{pointer}` is not a JSON pointer"))
                .label("expected a pointer into the answer, for example `/id`"),
        );
        return;
    }
    let keys: Vec<String> = json_text::keys(pointer).collect();
    let path: Vec<&str> = keys.iter().map(String::as_str).collect();
    if let Knowledge::Unknown { at, known } = capability.output.property(&path) {
        let key = path.get(at).copied().unwrap_or_default();
        problems.push(
            problem(format!(
                "an answer of `{}` has no `{key}` there",
                capability.reference
            ))
            .label(if known.is_empty() {
                "no key can stand there".to_owned()
            } else {
                expected(&known)
            })
            .did_you_mean(near_miss(key, known.iter().map(String::as_str))),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;

    const ORDER: &str = "order_pickup/v0.1.0/capability.yaml";

    fn mistake(from: &str, to: &str) -> String {
        Sample::new().change(ORDER, from, to).mistake()
    }

    #[test]
    fn the_call_that_takes_back_must_exist() {
        insta::assert_snapshot!(mistake("tool: cancel_pickup", "tool: cancel_pikcup"), @"
        error: the domain `parcels` has no tool `cancel_pikcup`
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:20:11
           |
        20 |     tool: cancel_pikcup
           |           ^^^^^^^^^^^^^ expected one of cancel_pickup, quote_delivery
           |
           = help: did you mean `cancel_pickup`?
        ");
    }

    #[test]
    fn the_call_that_takes_back_takes_what_its_schema_names() {
        insta::assert_snapshot!(mistake("pickup_id: /pickup/id", "pickup: /pickup/id"), @"
        error: `parcels.cancel_pickup@0.1.0` takes no `pickup`
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:22:15
           |
        22 |       pickup: /pickup/id
           |               ^^^^^^^^^^ expected one of pickup_id
           |
           = help: did you mean `pickup_id`?

        error: `parcels.cancel_pickup@0.1.0` cannot be called without `pickup_id`
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:20:11
           |
        20 |     tool: cancel_pickup
           |           ^^^^^^^^^^^^^ its input gives no pointer for it
        ");
    }

    #[test]
    fn a_pointer_leads_to_something_in_the_answer() {
        insta::assert_snapshot!(mistake("/pickup/id", "/pickup/idd"), @"
        error: an answer of `parcels.order_pickup@0.1.0` has no `idd` there
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:22:18
           |
        22 |       pickup_id: /pickup/idd
           |                  ^^^^^^^^^^^ expected one of id
           |
           = help: did you mean `id`?
        ");
        insta::assert_snapshot!(mistake("/pickup/id", "pickup.id"), @"
        error: `pickup.id` is not a JSON pointer
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:22:18
           |
        22 |       pickup_id: pickup.id
           |                  ^^^^^^^^^ expected a pointer into the answer, for example `/id`
        ");
    }

    #[test]
    fn codes_stand_in_the_output_schema() {
        insta::assert_snapshot!(
            Sample::new()
                .change(ORDER, "[already_gone]", "[already_cancelled]")
                .change(ORDER, "[past_day]", "[past_days]")
                .mistake(), @"
        error: `past_days` is no error code of `parcels.order_pickup@0.1.0`
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:29:13
           |
        29 |     codes: [past_days]
           |             ^^^^^^^^^ expected one of past_day, no_courier
           |
           = help: did you mean `past_day`?

        error: `already_cancelled` is no error code of `parcels.cancel_pickup@0.1.0`
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:23:20
           |
        23 |     already_done: [already_cancelled]
           |                    ^^^^^^^^^^^^^^^^^ expected one of already_gone
           |
           = help: did you mean `already_gone`?
        ");
    }

    #[test]
    fn a_read_leaves_nothing_to_take_back() {
        insta::assert_snapshot!(mistake("logistics.write", "logistics.read"), @"
        error: a call of the category `logistics.read` leaves nothing to take back
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:20:11
           |
        20 |     tool: cancel_pickup
           |           ^^^^^^^^^^^^^
           |
           = help: leave `undo` out, or give the contract a `.write` category
        ");
    }

    #[test]
    fn prerequisites_exist_and_go_in_no_circle() {
        insta::assert_snapshot!(mistake("[quote_delivery]", "[quote]"), @"
        error: the domain `parcels` has no tool `quote`
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:24:17
           |
        24 | prerequisites: [quote]
           |                 ^^^^^ expected one of cancel_pickup, quote_delivery
           |
           = help: did you mean `quote_delivery`?
        ");
        insta::assert_snapshot!(mistake("[quote_delivery]", "[cancel_pickup]"), @"
        error: `order_pickup` needs `cancel_pickup` itself
          --> capabilities/parcels/cancel_pickup/v0.1.0/capability.yaml:13:17
           |
        13 | prerequisites: [order_pickup]
           |                 ^^^^^^^^^^^^ no order of calls would satisfy both

        error: `cancel_pickup` needs `order_pickup` itself
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:24:17
           |
        24 | prerequisites: [cancel_pickup]
           |                 ^^^^^^^^^^^^^ no order of calls would satisfy both
        ");
    }

    #[test]
    fn every_answer_says_whether_it_is_ok() {
        insta::assert_snapshot!(
            Sample::new()
                .change("order_pickup/v0.1.0/output.schema.json", "\"required\": [\"ok\"],\n", "")
                .change("order_pickup/v0.1.0/input.schema.json", "\"type\": \"object\",\n", "")
                .mistake(), @"
        error: an answer of this schema need not carry `ok`
        --> capabilities/parcels/order_pickup/v0.1.0/output.schema.json
         = help: list `ok` under `required`, and give it the type `boolean` under `properties`

        error: an input of this schema need not be an object
        --> capabilities/parcels/order_pickup/v0.1.0/input.schema.json
         = help: set `type` to `object`: inputs are sent as objects
        ");
    }
}
