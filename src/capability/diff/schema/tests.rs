use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::capability::schema::sample;

fn told(before: &Value, after: &Value) -> Vec<String> {
    compare(before, after)
        .into_iter()
        .map(|change| format!("{:?} {} {}", change.direction, change.pointer, change.words))
        .collect()
}

/// Both ways: what narrows in one direction widens in the other.
fn narrows(before: &Value, after: &Value) {
    let directions = |old: &Value, new: &Value| -> Vec<Direction> {
        compare(old, new)
            .into_iter()
            .map(|change| change.direction)
            .collect()
    };
    assert_eq!(
        directions(before, after),
        [Direction::Narrowed],
        "{before} {after}"
    );
    assert_eq!(
        directions(after, before),
        [Direction::Widened],
        "{after} {before}"
    );
}

#[test]
fn each_keyword_narrows_one_way_and_widens_the_other() {
    for (before, after) in [
        (json!({}), json!({ "type": "string" })),
        (json!({ "type": "number" }), json!({ "type": "integer" })),
        (json!({ "type": ["string", "null"] }), json!({ "type": "string" })),
        (json!({ "enum": ["a", "b"] }), json!({ "enum": ["a"] })),
        (json!({ "enum": [true, false] }), json!({ "const": true })),
        (json!({}), json!({ "const": true })),
        (json!({ "maximum": 9 }), json!({ "maximum": 8 })),
        (json!({ "minimum": 1 }), json!({ "minimum": 1.5 })),
        (json!({}), json!({ "maxLength": 1000 })),
        (json!({}), json!({ "pattern": "^a" })),
        (json!({}), json!({ "format": "date" })),
        (json!({}), json!({ "uniqueItems": true })),
        (json!({}), json!({ "required": ["a"] })),
        (json!({}), json!({ "additionalProperties": false })),
        (json!({}), json!({ "items": { "type": "string" } })),
        (
            json!({}),
            json!({ "if": { "required": ["a"] }, "then": { "required": ["b"] } }),
        ),
        (json!({}), json!({ "oneOf": [{ "type": "string" }] })),
        (json!({}), json!({ "not": { "type": "string" } })),
        (json!(true), json!(false)),
        (
            json!({ "properties": { "a": {} }, "additionalProperties": false }),
            json!({ "additionalProperties": false }),
        ),
        (
            json!({ "properties": { "a": {} } }),
            json!({ "properties": { "a": false } }),
        ),
    ] {
        narrows(&before, &after);
    }
}

#[test]
fn a_new_key_widens_a_closed_object_and_narrows_an_open_one() {
    let with = |key: &str, open: bool| json!({ "properties": { key: { "type": "string" }, "z": {} }, "additionalProperties": open });
    let without = |open: bool| json!({ "properties": { "z": {} }, "additionalProperties": open });
    assert_eq!(
        told(&without(false), &with("a", false)),
        ["Widened /properties/a is allowed now"]
    );
    assert_eq!(
        told(&without(true), &with("a", true)),
        ["Narrowed /properties/a is described now, and could be anything"]
    );
}

#[test]
fn what_cannot_be_compared_goes_either_way() {
    for (before, after) in [
        (json!({ "type": "string" }), json!({ "type": "number" })),
        (json!({ "enum": ["a", "b"] }), json!({ "enum": ["b", "c"] })),
        (json!({ "pattern": "a" }), json!({ "pattern": "b" })),
        (json!({ "multipleOf": 2 }), json!({ "multipleOf": 4 })),
        (json!({ "oneOf": [true] }), json!({ "oneOf": [false] })),
        (
            json!({ "if": true, "then": true }),
            json!({ "if": true, "then": false }),
        ),
        (
            json!({ "patternProperties": { "a": true }, "additionalProperties": false }),
            json!({ "additionalProperties": false }),
        ),
        (json!({ "unevaluatedProperties": false }), json!({})),
    ] {
        let found = compare(&before, &after);
        assert_eq!(found[0].direction, Direction::Either, "{before} {after}");
    }
}

#[test]
fn other_words_are_words_only_and_another_order_is_nothing() {
    let before = json!({ "description": "a", "default": 1, "required": ["a", "b"], "enum": [1, 2] });
    let after = json!({ "enum": [2, 1], "required": ["b", "a"], "description": "b", "default": 2 });
    let found = compare(&before, &after);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|change| change.direction == Direction::Words));
}

#[test]
fn references_are_followed_to_what_they_lead_to() {
    let schema = |kind: &str| json!({ "properties": { "a": { "$ref": "#/$defs/a" } }, "$defs": { "a": { "type": kind } } });
    assert_eq!(
        told(&schema("number"), &schema("integer")),
        ["Narrowed /properties/a/type integer, was number"]
    );
    let inline = json!({ "properties": { "a": { "type": "number" } } });
    assert!(compare(&inline, &schema("number")).is_empty());
    let branch =
        |kind: &str| json!({ "anyOf": [{ "$ref": "#/$defs/a" }], "$defs": { "a": { "type": kind } } });
    assert_eq!(
        compare(&branch("number"), &branch("integer"))[0].direction,
        Direction::Either
    );
    let circle = json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/a" } } });
    assert_eq!(compare(&circle, &inline)[0].direction, Direction::Either);
}

fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!(false)),
        Just(json!({})),
        (0..4u32).prop_map(|least| json!({ "type": "integer", "minimum": least })),
        (0..4u32).prop_map(|most| json!({ "maximum": most })),
        Just(json!({ "type": "number" })),
        Just(json!({ "type": ["string", "integer"] })),
        (0..3u32).prop_map(|most| json!({ "type": "string", "maxLength": most })),
        proptest::sample::subsequence(vec!["a", "bb", "ccc"], 1..=3)
            .prop_map(|values| json!({ "enum": values })),
        Just(json!({ "const": 1 })),
    ];
    leaf.prop_recursive(3, 24, 3, |inner| {
        let keys = proptest::sample::subsequence(vec!["a", "b", "c"], 0..=3);
        let required = keys.clone();
        let objects = (
            keys,
            proptest::collection::vec(inner.clone(), 3),
            required,
            any::<Option<bool>>(),
        )
            .prop_map(|(keys, schemas, required, others)| {
                let properties: Map<String, Value> =
                    keys.into_iter().map(str::to_owned).zip(schemas).collect();
                let mut schema = json!({ "type": "object", "properties": properties, "required": required });
                if let Some(others) = others {
                    schema["additionalProperties"] = others.into();
                }
                schema
            });
        prop_oneof![
            objects,
            (inner.clone(), 0..3u32).prop_map(|(items, most)| json!({ "items": items, "maxItems": most })),
            inner.prop_map(|then| json!({ "if": { "required": ["a"] }, "then": then })),
        ]
    })
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        (0..5i32).prop_map(Value::from),
        Just(json!(1.5)),
        proptest::sample::select(vec!["", "a", "bb", "ccc"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let keys = proptest::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned);
        prop_oneof![
            proptest::collection::btree_map(keys, inner.clone(), 0..3).prop_map(|keys| json!(keys)),
            proptest::collection::vec(inner, 0..3).prop_map(Value::from),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_schema_does_not_differ_from_itself(schema in schemas()) {
        prop_assert_eq!(compare(&schema, &schema), []);
    }

    #[test]
    fn what_is_said_to_widen_or_narrow_does_so(
        before in schemas(),
        after in schemas(),
        values in proptest::collection::vec(values(), 24),
    ) {
        let found = compare(&before, &after);
        let (old, new) = (sample(&before.to_string()), sample(&after.to_string()));
        let only = |directions: &[Direction]| found.iter().all(|change| directions.contains(&change.direction));
        for value in values {
            if only(&[Direction::Widened, Direction::Words]) {
                prop_assert!(!old.is_valid(&value) || new.is_valid(&value), "{}", value);
            }
            if only(&[Direction::Narrowed, Direction::Words]) {
                prop_assert!(!new.is_valid(&value) || old.is_valid(&value), "{}", value);
            }
        }
    }
}
