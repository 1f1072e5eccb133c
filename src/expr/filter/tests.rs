//! The short ways and the interpreter side by side.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::diagnostic::Source;
use crate::expr::value::from_json;
use crate::expr::{Expression, Names, Shape};

fn bindings() -> Bindings {
    let mut bindings = Bindings::new();
    let slots = json!([
        { "id": 1, "free": true, "at": { "day": "a" } },
        { "id": 2, "free": false, "at": { "day": "b" } },
        { "id": 3, "free": true, "at": { "day": "b" } },
    ]);
    bindings.bind_json(
        "output",
        json!({ "ok": true, "slots": slots, "names": { "x": 1 } }),
    );
    bindings.bind_json("wanted", json!(["b"]));
    bindings.bind("now", Bound::instant("2030-01-01T08:00:00Z".parse().unwrap()));
    bindings
}

fn expression(text: &str) -> Expression {
    let mut names = Names::new();
    for name in ["output", "wanted", "now"] {
        names.insert(name, Shape::Any);
    }
    let source: Arc<Source> = Source::new("test.yaml", text);
    Expression::compile(&source, &(0..text.len()), text, &names).unwrap()
}

/// The way of their own and the interpreter come to the same, or neither has a value.
fn agree(text: &str, bindings: &Bindings) {
    let expression = expression(text);
    let interpreted = Value::resolve_val(expression.tree(), &bindings.context())
        .and_then(|value| val_to_json(value.as_ref()));
    match (expression.evaluate(bindings), interpreted) {
        (Ok(found), Ok(interpreted)) => {
            // What is kept as it stands may spell a whole number with a fraction.
            let found = val_to_json(from_json(&found).as_ref()).unwrap();
            assert_eq!(found, interpreted, "{text}");
        }
        (found, interpreted) => assert!(found.is_err() && interpreted.is_err(), "{text}: {found:?}"),
    }
}

#[test]
fn the_short_way_and_the_interpreter_keep_the_same() {
    for (text, short) in [
        ("output.slots.filter(s, s.free)", true),
        ("output.slots.filter(s, s.at.day in wanted && s.id > 1)", true),
        ("output.ok ? output.slots.filter(s, !s.free) : []", true),
        ("!output.ok ? output.slots.filter(s, !s.free) : []", true),
        (
            "output.slots.filter(output, has(output.at) && output.at == {'day': 'b'})",
            true,
        ),
        ("output.slots.filter(s, s == {'id': 1})", true),
        ("output.names.filter(n, n == 'x')", false),
        (
            "output.ok ? [output.slots.filter(s, s.free)].map(kept, size(kept) > 1 ? kept.slice(0, size(kept) - 1) : kept)[0] : []",
            true,
        ),
        (
            "[output.ok ? output.slots.filter(s, s.id < 3) : []].map(kept, size(kept) > 2 ? kept.slice(0, 1) : kept)[0]",
            true,
        ),
        (
            "[output.slots.filter(s, s.free)].map(kept, kept.slice(size(kept) > 0 ? size(kept) - 1 : 0, size(kept)))[0]",
            true,
        ),
        ("[output.slots.filter(s, s.free)].map(wanted, wanted)[0]", true),
        ("output.slots.slice(1, 3)", true),
        ("output.slots.slice(1, 4)", false),
        ("output.slots.slice(2, 1)", false),
        (
            "[output.slots.filter(s, s.free)].map(kept, kept.map(s, s.id))[0]",
            true,
        ),
        (
            "[output.slots.filter(s, s.free)].map(kept, kept.slice(0, 9))[0]",
            false,
        ),
        ("[output.slots.filter(s, s.free)].map(kept, kept)[1]", false),
        ("output.slots.map(s, s.id)", true),
        ("output.slots.map(s, s.at)", false),
        ("output.slots.map(s, s.free, s.id)", false),
        ("output.slots.filter(s, s.free).filter(s, s.id > 1)", true),
        ("output.slots.filter(s, s.nothing)", false),
        ("output.slots.filter(s, s.id)", false),
    ] {
        let bindings = bindings();
        assert_eq!(
            filtered(expression(text).tree(), &bindings).is_some(),
            short,
            "{text}"
        );
        agree(text, &bindings);
    }
}

/// What searches pick, and its sisters.
const PICKS: &[&str] = &[
    "output.slots.filter(s, s.free)",
    "output.slots.filter(s, s.free && timestamp(s.start) > now + duration('2h'))",
    "output.ok ? output.slots.filter(s, s.free && timestamp(s.start) >= now - duration('1h30m')) : []",
    "output.slots.filter(s, !s.free || timestamp(s.start) == timestamp(s.end))",
    "output.slots.filter(s, timestamp(s.start) != now && s.free)",
    "output.slots.filter(s, s.free && timestamp(s.start) < now + duration('300000h'))",
    "output.slots.filter(s, s.free).map(s, {'start': s.start, 'n': s.n, 'end': s.end})",
    "output.slots.map(s, s.n)",
    "[output.ok ? output.slots.filter(s, s.free) : []].map(free, free.slice(0, size(free) < 2 ? size(free) : 2).map(first, \
     free.filter(s, timestamp(s.start) == timestamp(first.end)).map(second, {'start': first.start, 'later': second.n})).flatten())[0]",
    "[output.ok ? output.slots.filter(s, s.free) : []].map(free, free.slice(0, size(free) < 100 ? size(free) : 100).map(first, \
     free.filter(second, timestamp(second.start) > timestamp(first.start) && timestamp(second.start) < timestamp(first.end)) \
     .map(second, {'start': first.start, 'later': second.start, 'end': second.end})).flatten())[0]",
    "[output.slots.filter(s, size(output.slots) > 2 && s.free)].map(free, free.map(output, output.n))[0]",
    "output.slots.map(s, output.slots.filter(t, t.free).slice(0, 1)).flatten().flatten()",
];

proptest! {
    #[test]
    fn what_searches_pick_is_what_the_interpreter_picks(
        slots in proptest::collection::vec((0usize..7, 0usize..7, 0usize..5, 0usize..6), 0..7),
        ok in 0usize..6,
    ) {
        let times = [
            json!("2030-01-01T07:00:00Z"),
            json!("2030-01-01T10:00:00+01:00"),
            json!("2030-01-01T11:00:00Z"),
            json!("2030-01-01T11:00:00.000000001Z"),
            json!("9999-12-31T23:00:00Z"),
            json!("11:00"),
            json!(null),
        ];
        // Most are as they should be: one slot that is not leaves nothing to compare.
        let often = |at: usize, good: usize| if at.is_multiple_of(3) { at } else { at % good };
        let flags = [json!(true), json!(false), json!(true), json!("yes"), json!(null), json!(true)];
        let numbers = [json!(1), json!(30.0), json!(2.5), json!("x"), json!({ "a": 1 })];
        let slots: Vec<Json> = slots
            .into_iter()
            .map(|(start, end, number, free)| {
                let mut slot = json!({ "start": times[often(start, 4)], "n": numbers[often(number, 3)], "free": flags[often(free, 3)] });
                if end != 6 || number != 3 {
                    slot["end"] = times[often(end, 4)].clone();
                }
                slot
            })
            .collect();
        let mut bindings = bindings();
        bindings.bind_json("output", json!({ "ok": flags[ok], "slots": slots }));
        for text in PICKS {
            agree(text, &bindings);
        }
    }
}
