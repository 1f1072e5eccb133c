//! The words of JSON Schema draft 2020-12, and where its schemas hold further schemas.

use serde_json::Value;

use super::json_text::join;

/// The draft that every contract is read as.
pub(super) const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Returns true for the name of draft-07, which many servers of MCP still write their schemas in.
pub(super) fn is_draft_07(name: &str) -> bool {
    let name = name.trim_end_matches('#');
    matches!(
        name,
        "http://json-schema.org/draft-07/schema" | "https://json-schema.org/draft-07/schema"
    )
}

/// Keywords of draft-07 whose value is an object of schemas.
const OLD_MAP: &[&str] = &["definitions", "dependencies"];

/// Keywords whose value is a schema.
const ONE: &[&str] = &[
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords whose value is a list of schemas.
const LIST: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];

/// Keywords whose value is an object of schemas.
const MAP: &[&str] = &["$defs", "dependentSchemas", "patternProperties", "properties"];

/// Keywords that hold no schema.
const PLAIN: &[&str] = &[
    "$anchor",
    "$comment",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$ref",
    "$schema",
    "const",
    "contentEncoding",
    "contentMediaType",
    "default",
    "dependentRequired",
    "deprecated",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
];

/// The keywords that keep no value out: they name, describe or identify.
const ANNOTATIONS: &[&str] = &[
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "contentEncoding",
    "contentMediaType",
    "default",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

/// Returns true if a keyword keeps no value out; one of another vocabulary, `x-…`, keeps none out either.
pub(super) fn is_annotation(word: &str) -> bool {
    ANNOTATIONS.contains(&word) || word.starts_with("x-")
}

/// The formats that are checked.
pub(super) const FORMATS: &[&str] = &[
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

pub(super) fn all() -> impl Iterator<Item = &'static str> {
    [ONE, LIST, MAP, PLAIN].into_iter().flatten().copied()
}

pub(super) fn is_known(word: &str) -> bool {
    word.starts_with("x-") || all().any(|known| known == word)
}

/// The schema itself and every schema in it, each with its JSON pointer, in the order of the file.
pub(super) fn subschemas(root: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    collect(root, "", &mut found);
    found
}

fn collect<'a>(schema: &'a Value, pointer: &str, found: &mut Vec<(String, &'a Value)>) {
    found.push((pointer.to_owned(), schema));
    for (key, value) in schema.as_object().into_iter().flatten() {
        let here = join(pointer, key);
        if ONE.contains(&key.as_str()) {
            collect(value, &here, found);
        } else if LIST.contains(&key.as_str()) {
            for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                collect(item, &format!("{here}/{at}"), found);
            }
        } else if MAP.contains(&key.as_str()) || OLD_MAP.contains(&key.as_str()) {
            for (name, item) in value.as_object().into_iter().flatten() {
                collect(item, &join(&here, name), found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_found_wherever_they_may_stand_and_values_are_not_taken_for_them() {
        let schema = serde_json::json!({
            "properties": { "a/b": { "items": true } },
            "allOf": [{ "not": {} }],
            "default": { "properties": {} }
        });
        let pointers: Vec<_> = subschemas(&schema)
            .into_iter()
            .map(|(pointer, _)| pointer)
            .collect();
        assert_eq!(
            pointers,
            [
                "",
                "/properties/a~1b",
                "/properties/a~1b/items",
                "/allOf/0",
                "/allOf/0/not"
            ]
        );
    }

    #[test]
    fn every_format_that_is_allowed_is_really_checked() {
        let options = jsonschema::options()
            .with_format("idn-email", |_: &str| true)
            .with_format("idn-hostname", |_: &str| true);
        for format in FORMATS {
            assert!(
                options.is_known_format(jsonschema::Draft::Draft202012, format),
                "{format} is not checked"
            );
        }
    }
}
