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
