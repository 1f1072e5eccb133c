//! The rows of real and of random schemas, each checked by the validator.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::keywords::FORMATS;
use super::super::schema::sample;
use super::*;

const ORDER: &str = r##"{
  "type": "object", "required": ["service_id", "start_at", "customer"], "additionalProperties": false,
  "properties": {
    "service_id": { "type": "string" },
    "start_at": { "type": "string", "format": "date-time" },
    "customer": { "$ref": "#/$defs/customer" },
    "limit": { "type": "integer", "minimum": 1, "maximum": 100 },
    "status_in": { "type": "array", "items": { "type": "string", "enum": ["confirmed", "cancelled"] } },
    "choice": { "oneOf": [{ "type": "string" }, { "type": "number" }] }
  },
  "$defs": { "customer": {
    "type": "object", "required": ["name", "email"], "additionalProperties": false,
    "properties": {
      "name": { "type": "string", "minLength": 1, "maxLength": 40 },
      "email": { "type": "string", "format": "email" },
      "born": { "type": "string", "pattern": "^\\d{4}$" }
    }
  } }
}"##;

const ANSWER: &str = r#"{
  "type": "object", "required": ["ok"],
  "properties": {
    "ok": { "type": "boolean" },
    "error": { "type": "string", "enum": ["invalid_input", "slot_taken"] },
    "order_id": { "type": "string" },
    "start_at": { "type": "string", "format": "date-time" },
    "end_at": { "type": "string", "format": "date-time" },
    "confirmed": { "type": "boolean" },
    "state": { "type": "string", "enum": ["open", "paid"] },
    "service": { "type": "object", "properties": { "id": { "type": "string" }, "name": { "type": "string" } } },
    "customer": { "type": "object", "properties": { "name": { "type": "string" }, "customer_id": { "type": "string" } } },
    "alternatives": { "type": "array", "items": { "type": "string" } }
  }
}"#;

fn answer() -> Schema {
    sample(ANSWER)
}

fn order() -> Value {
    json!({
        "service_id": "haircut", "start_at": "2027-03-02T09:00:00+01:00",
        "customer": { "name": "Jana", "email": "jana@example.com" }
    })
}

/// Each row on a line: its name, what it sends and what is sent, or why it is left out.
fn told(schema: &Schema, rows: &[GeneratedRow], base: &Value) -> String {
    let line = |row: &GeneratedRow| match row.left_out() {
        Some(reason) => format!("{}: left out, {reason}\n", row.id),
        None => format!(
            "{} ({} of `{}`): {}\n    {}\n",
            row.id,
            row.keyword,
            row.path,
            row.what,
            row.made(schema, base).unwrap()
        ),
    };
    rows.iter().map(line).collect()
}

#[test]
fn each_rule_of_a_schema_is_broken_by_a_row_of_its_own() {
    let schema = sample(ORDER);
    insta::assert_snapshot!(
        "negatives_of_an_order",
        told(&schema, &negatives(&schema, &answer()), &order())
    );
}

#[test]
fn a_field_that_callers_do_not_set_is_valid_where_an_object_takes_any_field() {
    let open = sample(
        r#"{ "type": "object", "required": ["start_at"], "properties": {
            "start_at": { "type": "string", "format": "date-time" },
            "customer": { "type": "object", "properties": { "name": { "type": "string" } }, "additionalProperties": false }
        } }"#,
    );
    let base = json!({ "start_at": "2027-03-02T09:00:00Z" });
    let rows = extras(&open, &answer());
    let made: Vec<_> = rows
        .iter()
        .map(|row| (row.id.as_str(), row.made(&open, &base).unwrap()))
        .collect();
    let ids: Vec<_> = made.iter().map(|(id, _)| *id).collect();
    // Neither a truth value nor a number nor a word of a list: an honest answer could have the same.
    assert_eq!(
        ids,
        [
            "sets_order_id",
            "sets_end_at",
            "sets_service",
            "sets_id",
            "sets_created_at",
            "sets_provider_id"
        ]
    );
    assert_eq!(made[1].1["end_at"], "2027-03-02T11:07:00Z");
    assert!(extras(&sample(ORDER), &answer()).is_empty());
}

#[test]
fn a_schema_that_combines_others_still_names_the_fields_of_its_answer() {
    let input = sample(r#"{ "type": "object", "properties": {}, "additionalProperties": false }"#);
    let answer = sample(
        r##"{ "type": "object", "properties": { "ok": { "type": "boolean" } },
            "oneOf": [{ "properties": { "order_id": { "type": "string" } } }, { "$ref": "#/$defs/refusal" }],
            "$defs": { "refusal": { "properties": { "retry_at": { "type": "string", "format": "date-time" } } } } }"##,
    );
    let rows = negatives(&input, &answer);
    for id in ["sets_order_id", "sets_retry_at"] {
        let row = rows.iter().find(|row| row.id == id).unwrap();
        assert!(!input.is_valid(&row.made(&input, &json!({})).unwrap()), "{id}");
    }
}

#[test]
fn each_extreme_that_a_schema_allows_is_a_row() {
    let schema = sample(ORDER);
    insta::assert_snapshot!(
        "boundaries_of_an_order",
        told(&schema, &boundaries(&schema), &order())
    );
}

#[test]
fn every_format_is_broken_by_a_row() {
    for format in FORMATS {
        let schema = sample(
            &json!({ "type": "object", "properties": { "it": { "type": "string", "format": format } } })
                .to_string(),
        );
        let rows = negatives(&schema, &answer());
        let broken = rows.iter().filter(|row| row.keyword == "format");
        let made: Vec<_> = broken.map(|row| row.made(&schema, &json!({}))).collect();
        assert!(
            !made.is_empty() && made.iter().all(Result::is_ok),
            "{format}: {made:?}"
        );
    }
}

#[test]
fn a_base_that_is_invalid_or_lacks_the_place_makes_no_row() {
    let schema = sample(
        r#"{ "type": "object", "required": ["at"], "properties": { "at": { "type": "string", "format": "date-time" } } }"#,
    );
    let rows = negatives(&schema, &answer());
    let missing = rows.iter().find(|row| row.id == "missing_at").unwrap();
    assert!(matches!(
        missing.made(&schema, &json!({ "at": 7 })),
        Err(NotMade::Base(_))
    ));
    let offset = rows.iter().find(|row| row.id == "at_without_offset").unwrap();
    let made = offset.made(&schema, &json!({ "at": "2027-03-02T09:00:00Z" }));
    assert_eq!(made, Ok(json!({ "at": "2027-03-02T09:00:00" })));
}

#[test]
fn a_value_that_does_not_keep_to_its_rule_is_not_made() {
    let schema = sample(
        r#"{ "type": "object", "properties": { "name": { "type": "string", "minLength": 1 } }, "required": ["name"] }"#,
    );
    let row = |id: &str| {
        negatives(&schema, &answer())
            .into_iter()
            .find(|row| row.id == id)
            .unwrap()
    };
    let base = json!({ "name": "Jana" });
    // Another schema than the one that the rows are of stands for one whose rules meet in a way that is not seen.
    let lax = sample(r#"{ "type": "object", "properties": { "name": { "type": "string" } } }"#);
    assert_eq!(row("name_too_short").made(&lax, &base), Err(NotMade::StillValid));
    let other = sample(r#"{ "type": "object", "properties": { "name": { "enum": ["Jana"] } } }"#);
    assert!(matches!(
        row("name_wrong_type").made(&other, &base),
        Err(NotMade::BreaksElsewhere(_))
    ));
    let boundary = boundaries(&schema)
        .into_iter()
        .find(|row| row.id == "name_shortest")
        .unwrap();
    assert!(matches!(boundary.made(&other, &base), Err(NotMade::Invalid(_))));
}

#[test]
fn rows_of_one_name_are_numbered_and_a_schema_that_needs_itself_has_an_end() {
    let schema = sample(
        r#"{ "type": "object", "properties": { "a_b": { "type": "string" }, "a": { "type": "object", "properties": { "b": { "type": "string" } } } } }"#,
    );
    let ids: Vec<_> = nulls(&schema).into_iter().map(|row| row.id).collect();
    assert!(
        ids.contains(&"null_a_b".to_owned()) && ids.contains(&"null_a_b_2".to_owned()),
        "{ids:?}"
    );
    let endless = sample(
        r##"{ "type": "object", "properties": { "next": { "$ref": "#" } }, "additionalProperties": false }"##,
    );
    let rows = negatives(&endless, &answer());
    assert!(rows.iter().any(|row| row.left_out().is_some()) && rows.len() < 100);
}

/// The rows of a field `it` of a schema, each with what it sends there, or the reason why it is left out.
fn rows_of(schema: &str, make: fn(&Schema) -> Vec<GeneratedRow>) -> Vec<(String, Result<Value, String>)> {
    let schema = sample(schema);
    let base = valid_input(&schema).unwrap_or_else(|| json!({}));
    make(&schema)
        .into_iter()
        .map(|row| {
            let made = match row.left_out() {
                Some(reason) => Err(reason.to_owned()),
                None => row
                    .made(&schema, &base)
                    .map(|made| made["it"].clone())
                    .map_err(|error| format!("NOT MADE: {error}")),
            };
            (row.id, made)
        })
        .collect()
}

fn broken_rows(schema: &Schema) -> Vec<GeneratedRow> {
    let closed = sample(r#"{ "type": "object" }"#);
    negatives(schema, &closed)
        .into_iter()
        .chain(nulls(schema))
        .collect()
}

/// What the row of a field `it` sends.
fn sent(words: &str, more: &str, make: fn(&Schema) -> Vec<GeneratedRow>, id: &str) -> Result<Value, String> {
    let schema =
        format!(r#"{{ "type": "object", "required": ["it"], "properties": {{ "it": {words} }}{more} }}"#);
    let rows = rows_of(&schema, make);
    let found = rows.iter().find(|(name, _)| name == id);
    found
        .unwrap_or_else(|| panic!("{words}: no {id} in {rows:#?}"))
        .1
        .clone()
}

#[test]
fn a_limit_at_the_edge_of_numbers_has_an_exact_row_beyond_it_or_a_reason() {
    let above = |words: &str| sent(words, "", broken_rows, "it_above_maximum");
    let number = |text: &str| Ok(serde_json::from_str::<Value>(text).unwrap());
    assert_eq!(
        above(r#"{ "type": "integer", "maximum": 9007199254740992 }"#),
        number("9007199254740993")
    );
    assert_eq!(
        above(r#"{ "type": "integer", "maximum": 9223372036854775807 }"#),
        number("9223372036854775808")
    );
    assert_eq!(
        above(r#"{ "type": "number", "maximum": 9007199254740991.0 }"#),
        number("9007199254740992")
    );
    assert!(
        above(r#"{ "type": "number", "maximum": 1.7976931348623157e308 }"#)
            .unwrap_err()
            .contains("can be written")
    );
    assert_eq!(
        sent(
            r#"{ "type": "integer", "minimum": -9007199254740993 }"#,
            "",
            broken_rows,
            "it_below_minimum"
        ),
        number("-9007199254740994")
    );
    for (words, id, at) in [
        (
            r#"{ "type": "integer", "maximum": 9007199254740991 }"#,
            "it_maximum",
            "9007199254740991",
        ),
        (
            r#"{ "type": "integer", "minimum": 9007199254740993 }"#,
            "it_minimum",
            "9007199254740993",
        ),
    ] {
        assert_eq!(sent(words, "", boundaries, id).unwrap().to_string(), at);
    }
    // A text between limits that no double tells apart.
    let narrow = r#"{ "type": "integer", "minimum": 9007199254740993, "maximum": 9007199254740993 }"#;
    assert_eq!(above(narrow), number("9007199254740994"));
}

#[test]
fn an_anchor_an_identifier_and_an_escaped_pointer_lead_to_rows() {
    let defs = |defs: &str| format!(r#", "$defs": {{ {defs} }}"#);
    for (words, more) in [
        (
            r##"{ "$ref": "#/$defs/a~1b" }"##,
            defs(r#""a/b": { "type": "string", "minLength": 2 }"#),
        ),
        (
            r##"{ "$ref": "#/$defs/a~0b" }"##,
            defs(r#""a~b": { "type": "string", "minLength": 2 }"#),
        ),
        (
            r##"{ "$ref": "#/$defs/50%25" }"##,
            defs(r#""50%": { "type": "string", "minLength": 2 }"#),
        ),
        (
            r##"{ "$ref": "#name" }"##,
            defs(r#""x": { "$anchor": "name", "type": "string", "minLength": 2 }"#),
        ),
        (
            r##"{ "$dynamicRef": "#name" }"##,
            defs(r#""x": { "$dynamicAnchor": "name", "type": "string", "minLength": 2 }"#),
        ),
        (
            r##"{ "$ref": "name.json" }"##,
            defs(r#""x": { "$id": "name.json", "type": "string", "minLength": 2 }"#),
        ),
        (
            r##"{ "$ref": "urn:x:name" }"##,
            defs(r#""x": { "$id": "urn:x:name", "type": "string", "minLength": 2 }"#),
        ),
        (
            r##"{ "$ref": "other.json" }"##,
            defs(
                r##""x": { "$id": "other.json", "$ref": "#/$defs/y", "$defs": { "y": { "type": "string", "minLength": 2 } } }"##,
            ),
        ),
        (
            r##"{ "$ref": "#/$defs/x", "type": "string" }"##,
            defs(r#""x": { "minLength": 2 }"#),
        ),
    ] {
        assert_eq!(
            sent(words, &more, broken_rows, "it_too_short"),
            Ok(json!("x")),
            "{words}"
        );
        assert_eq!(
            sent(words, &more, boundaries, "it_shortest"),
            Ok(json!("xx")),
            "{words}"
        );
    }
}

#[test]
fn common_shapes_of_combined_schemas_are_taken_apart() {
    for words in [
        r#"{ "anyOf": [{ "type": "string", "minLength": 2 }, { "type": "null" }] }"#,
        r#"{ "oneOf": [{ "type": "null" }, { "type": "string", "minLength": 2 }] }"#,
        r#"{ "anyOf": [{ "const": null }, { "type": "string", "minLength": 2 }], "description": "x" }"#,
        r#"{ "allOf": [{ "type": "string", "minLength": 2 }] }"#,
        r#"{ "allOf": [{ "type": "string" }, { "minLength": 2 }, { "minLength": 1 }] }"#,
        r#"{ "type": "string", "allOf": [{ "allOf": [{ "minLength": 2 }] }] }"#,
        r#"{ "anyOf": [{ "type": "string", "minLength": 2 }] }"#,
    ] {
        assert_eq!(
            sent(words, "", broken_rows, "it_too_short"),
            Ok(json!("x")),
            "{words}"
        );
        assert_eq!(
            sent(words, "", broken_rows, "it_wrong_type"),
            Ok(json!(17)),
            "{words}"
        );
        assert_eq!(
            sent(words, "", boundaries, "it_shortest"),
            Ok(json!("xx")),
            "{words}"
        );
    }
    let listed = r#"{ "oneOf": [{ "const": "a", "title": "A" }, { "const": "b" }, { "enum": ["c"] }] }"#;
    assert_eq!(
        sent(listed, "", broken_rows, "it_unknown_value"),
        Ok(json!("no_such_value"))
    );
    assert_eq!(sent(listed, "", boundaries, "it_c"), Ok(json!("c")));
    let union = r#"{ "oneOf": [{ "type": "string", "minLength": 3 }, { "type": "integer", "minimum": 5 },
        { "type": "object", "required": ["kind"], "properties": { "kind": { "const": "x" } } }] }"#;
    assert_eq!(sent(union, "", broken_rows, "it_no_alternative"), Ok(json!(true)));
    assert_eq!(
        sent(union, "", broken_rows, "it_alternative_1_too_short"),
        Ok(json!("xx"))
    );
    assert_eq!(
        sent(union, "", broken_rows, "it_alternative_2_below_minimum"),
        Ok(json!(4))
    );
    assert_eq!(
        sent(union, "", broken_rows, "it_alternative_3_missing_kind"),
        Ok(json!({}))
    );
    assert!(sent(union, "", boundaries, "it_alternative_3").is_ok());
    // What stands beside a word that is not taken apart is.
    let beside = r#"{ "type": "string", "minLength": 2, "not": { "const": "no" } }"#;
    assert_eq!(sent(beside, "", broken_rows, "it_too_short"), Ok(json!("x")));
    assert!(
        sent(beside, "", broken_rows, "it_combined")
            .unwrap_err()
            .contains("`not`")
    );
}

#[test]
fn each_word_that_bounds_a_value_has_a_row_or_a_reason() {
    let words = [
        ("minLength", r#"{ "type": "string", "minLength": 200000 }"#),
        ("maxLength", r#"{ "type": "string", "maxLength": 200000 }"#),
        ("pattern", r#"{ "type": "string", "pattern": "" }"#),
        ("pattern", r#"{ "type": "string", "pattern": "^a" }"#),
        ("multipleOf", r#"{ "type": "number", "multipleOf": 1e-300 }"#),
        ("minItems", r#"{ "type": "array", "minItems": 5000 }"#),
        ("maxItems", r#"{ "type": "array", "maxItems": 5000 }"#),
        (
            "uniqueItems",
            r#"{ "type": "array", "uniqueItems": true, "items": false }"#,
        ),
        ("enum", r#"{ "enum": [true, {}, null] }"#),
        ("const", r#"{ "const": {} }"#),
        (
            "type",
            r#"{ "type": ["string", "number", "boolean", "null", "object"] }"#,
        ),
        ("combined", r#"{ "type": "object", "minProperties": 2 }"#),
        (
            "combined",
            r#"{ "type": "object", "patternProperties": { "^x": {} } }"#,
        ),
        (
            "combined",
            r#"{ "type": "object", "propertyNames": { "maxLength": 3 } }"#,
        ),
        (
            "combined",
            r#"{ "type": "object", "additionalProperties": { "type": "string" } }"#,
        ),
        (
            "combined",
            r#"{ "type": "object", "dependentRequired": { "a": ["b"] } }"#,
        ),
        ("combined", r#"{ "type": "array", "contains": { "const": 1 } }"#),
        (
            "combined",
            r#"{ "type": "array", "prefixItems": [{ "type": "string" }] }"#,
        ),
        (
            "combined",
            r#"{ "if": { "type": "string" }, "then": { "minLength": 1 } }"#,
        ),
        (
            "combined",
            r#"{ "type": "string", "allOf": [{ "pattern": "a" }, { "pattern": "b" }] }"#,
        ),
    ];
    for (keyword, words) in words {
        let schema = sample(&format!(
            r#"{{ "type": "object", "properties": {{ "it": {words} }} }}"#
        ));
        let rows = broken_rows(&schema);
        assert!(
            rows.iter().any(|row| row.keyword == keyword && row.path == "it"),
            "{words}: {:?}",
            rows.iter()
                .map(|row| (&row.id, row.keyword, row.left_out()))
                .collect::<Vec<_>>()
        );
    }
}

/// The rows that are not left out.
fn made_rows(rows: Vec<GeneratedRow>) -> impl Iterator<Item = GeneratedRow> {
    rows.into_iter().filter(|row| row.left_out().is_none())
}

/// The schema of a field, and a value that follows it.
fn field() -> impl Strategy<Value = (Value, Value)> {
    let leaf = prop_oneof![
        (0u64..4, 0u64..4, any::<bool>()).prop_map(|(fewest, more, wide)| {
            let text = if wide { "ž" } else { "y" }.repeat(usize::try_from(fewest).unwrap());
            (
                json!({ "type": "string", "minLength": fewest, "maxLength": fewest + more }),
                json!(text),
            )
        }),
        prop_oneof![
            Just(("email", "a@example.com")),
            Just(("date-time", "2031-05-06T07:08:09-03:00")),
            Just(("date", "2031-05-06")),
            Just(("uri", "https://example.com/a")),
            Just(("uuid", "2fa3ba4f-4b1c-4b29-9b4f-0d3f5f6c7a81")),
        ]
        .prop_map(|(format, text)| (json!({ "type": "string", "format": format }), json!(text))),
        Just((json!({ "type": "string", "pattern": "^[0-9]{3}$" }), json!("123"))),
        (-50i64..50, 0i64..50).prop_map(|(low, more)| {
            (
                json!({ "type": "integer", "minimum": low, "maximum": low + more }),
                json!(low),
            )
        }),
        (1i64..9, -9i64..9).prop_map(|(step, times)| {
            (
                json!({ "type": "integer", "multipleOf": step }),
                json!(step * times),
            )
        }),
        (-50i64..50).prop_map(|low| (
            json!({ "type": "number", "exclusiveMinimum": low }),
            json!(low + 1)
        )),
        Just((json!({ "type": "boolean" }), json!(false))),
        Just((json!({ "type": ["string", "null"] }), Value::Null)),
        Just((
            json!({ "type": "string", "enum": ["small", "Large", "x y"] }),
            json!("Large")
        )),
        Just((json!({ "const": "only" }), json!("only"))),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0u64..3, any::<bool>(), any::<bool>()).prop_map(
                |((schema, value), more, fewest, distinct)| {
                    let fewest = u64::from(fewest);
                    let list = json!({
                        "type": "array", "items": schema, "uniqueItems": distinct,
                        "minItems": fewest, "maxItems": fewest + more
                    });
                    (list, json!(vec![value; usize::try_from(fewest).unwrap()]))
                }
            ),
            object(inner),
        ]
    })
}

/// The schema of an object whose fields are some of these, and an object that follows it.
fn object(inner: impl Strategy<Value = (Value, Value)> + 'static) -> impl Strategy<Value = (Value, Value)> {
    let fields = proptest::collection::vec((inner, any::<bool>(), any::<bool>()), 0..4);
    (fields, any::<bool>()).prop_map(|(fields, closed)| {
        let (mut properties, mut object, mut required) = (Map::new(), Map::new(), Vec::new());
        for (at, ((schema, value), needed, there)) in fields.into_iter().enumerate() {
            let name = format!("field{at}");
            properties.insert(name.clone(), schema);
            if needed || there {
                object.insert(name.clone(), value);
            }
            if needed {
                required.push(name);
            }
        }
        let schema = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": !closed
        });
        (schema, Value::Object(object))
    })
}

proptest! {
    #[test]
    fn every_negative_is_broken_at_its_place_alone_and_every_boundary_is_valid((schema, base) in object(field())) {
        let schema = sample(&schema.to_string());
        prop_assert!(schema.is_valid(&base), "{base}");
        let broken = negatives(&schema, &answer()).into_iter().chain(nulls(&schema));
        for row in made_rows(broken.collect()) {
            let made = row.made(&schema, &base);
            prop_assert!(made.as_ref().is_ok_and(|made| !schema.is_valid(made)), "{}: {made:?}", row.id);
        }
        for row in made_rows(boundaries(&schema)) {
            let made = row.made(&schema, &base);
            prop_assert!(made.as_ref().is_ok_and(|made| schema.is_valid(made)), "{}: {made:?}", row.id);
        }
    }
}
